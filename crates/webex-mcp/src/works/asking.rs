//! A work that asks its owner. Question and answer stand in its record: another process can take the
//! answer, and a new one asks again or knows it.

use std::time::Duration;

use super::{Looked, Owner, Running, Works};
use crate::error::CallError;
use crate::limits;
use crate::tool::Question;

impl Works {
    /// The owner's answer to the question of a work, wherever it runs. One that is not asked, or not
    /// any more, stays as it is: the first answer counts.
    ///
    /// # Errors
    /// As of [`Works::look`]; `unavailable` where nothing can be written.
    pub async fn answer(
        &self,
        owner: Owner<'_>,
        id: &str,
        is_agreed: bool,
    ) -> Result<(), CallError> {
        if !matches!(self.look(owner, id).await?, Looked::Asks(..)) {
            return Ok(());
        }
        match self.here(owner, id) {
            Some(running) => {
                running.answer(is_agreed).await;
                Ok(())
            }
            None => {
                let answered = self.tell(owner, id, |stored| stored.answer(is_agreed));
                answered.await
            }
        }
    }
}

impl Running {
    /// Returns once it asks its owner.
    pub async fn asks(&self) {
        self.turns(true).await;
    }

    /// Returns once a question is open, or none is.
    async fn turns(&self, is_open: bool) {
        let mut open = self.open.subscribe();
        // The sender lives as long as this.
        let _ = open.wait_for(|open| *open == is_open).await;
    }

    /// The owner's answer to its question; the first one counts. Where it cannot be written, it
    /// counts in this process.
    pub(super) async fn answer(&self, is_agreed: bool) {
        self.write(|stored| stored.answer(is_agreed)).await;
        self.open.send_replace(false);
    }

    /// Asks its owner, once; says whether the answer is yes.
    pub(super) async fn ask_owner(&self, question: &Question) -> bool {
        let is_known = self.with_stored(|stored| stored.is_agreed());
        if is_known.is_some() || !self.is_askable {
            return is_known == Some(true);
        }
        let is_written = self.write(|stored| stored.ask(question)).await;
        // A question of an earlier process may be answered by now.
        let is_open = self.with_stored(|stored| stored.open_question().is_some());
        self.open.send_replace(is_open);
        // A question that others cannot find, or that would have to be asked again, is none.
        match is_written {
            true => self.answered().await,
            false => self.answer(false).await,
        }
        self.open.send_replace(false);
        self.with_stored(|stored| stored.is_agreed()) == Some(true)
    }

    /// Returns once the question is answered, at the latest by the time for it, or the work is to end.
    async fn answered(&self) {
        let pause = Duration::from_secs(limits::WORK_QUESTION_LOOK_SECONDS);
        let heard = async {
            loop {
                tokio::time::sleep(pause).await;
                self.hear().await;
            }
        };
        tokio::select! {
            () = self.turns(false) => {}
            () = self.signals.stop.cancelled() => {}
            () = self.signals.drain.cancelled() => self.signals.stop.cancel(),
            () = tokio::time::sleep(limits::WORK_QUESTION_WAIT) => self.answer(false).await,
            () = heard => {}
        }
    }
}
