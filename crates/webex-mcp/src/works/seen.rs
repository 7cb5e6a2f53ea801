//! A work as those see it who may look at it.

use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::refusal::{cancelled, ended_with_process, unknown, unreadable};
use super::stored::{End, Stored};
use super::{Looked, Reached, Running, Works};
use crate::error::CallError;
use crate::identity::{Principal, Tenant};
use crate::limits;
use crate::stores::records::RecordStore as _;

/// A work, with what its record says about it.
#[derive(Debug)]
pub struct Seen {
    pub id: Uuid,
    pub tool: String,
    /// The virtual server that it was begun through.
    pub server: String,
    pub began_at: Timestamp,
    /// When it went on or ended.
    pub changed_at: Timestamp,
    /// Its owner wants it to stop, or wanted it.
    pub is_cancelled: bool,
    pub looked: Looked,
}

impl Seen {
    /// The same, where Webex wants no request of its owner for so long.
    pub fn held(self, held: Option<Duration>) -> Self {
        Seen {
            looked: self.looked.held(held),
            ..self
        }
    }
}

impl Works {
    /// A work of this principal, of whatever tool, that was begun through this server.
    ///
    /// # Errors
    /// `not_found` where there is none, or it is somebody else's, or ended too long ago.
    pub async fn of(
        &self,
        (tenant, principal): (&Tenant, &Principal),
        server: &str,
        id: &str,
    ) -> Result<Seen, CallError> {
        let is_own =
            |stored: &Stored| stored.principal == principal.as_str() && stored.server == server;
        self.seen(tenant, id, is_own).await
    }

    pub(super) async fn seen(
        &self,
        tenant: &Tenant,
        id: &str,
        is_own: impl Fn(&Stored) -> bool,
    ) -> Result<Seen, CallError> {
        let id = Uuid::try_parse(id).map_err(|_| unknown())?;
        let here = self.0.running.lock().get(&id).cloned();
        if let Some(seen) = here.and_then(|running| running.seen(&is_own)) {
            return Ok(seen);
        }
        let (record, stored) = self.stored(tenant, id).await?.ok_or_else(unknown)?;
        if !is_own(&stored) {
            return Err(unknown());
        }
        if let Some(end) = stored.end.clone() {
            let kept = self.now() - end.at;
            return match kept <= limits::WORK_KEPT_SECONDS * 1_000 {
                true => Ok(stored.seen(id, Looked::Over(end.outcome()))),
                false => Err(unknown()),
            };
        }
        let is_alive = self.0.records.store().is_alive(stored.process).await;
        let is_alive = is_alive.map_err(unreadable)?;
        let ended = match (stored.is_cancelled, stored.is_lasting) {
            (false, true) => None,
            _ if is_alive => None,
            (true, _) => Some(Err(cancelled())),
            // Its process ended, and its token with it.
            (false, false) => Some(Err(ended_with_process())),
        };
        let Some(ended) = ended else {
            let looked = stored.looked(stored.reached(self.now()));
            return Ok(stored.seen(id, looked));
        };
        let end = End::of(&ended, self.now());
        let stored = Stored {
            end: Some(end),
            ..stored
        };
        let _ = self.put(tenant, id, record.version, &stored).await;
        Ok(stored.seen(id, Looked::Over(ended)))
    }
}

impl Running {
    /// As its owner sees it; `None` for others.
    fn seen(&self, is_own: impl Fn(&Stored) -> bool) -> Option<Seen> {
        let (end, reached) = (self.kept_end(), self.reached());
        let is_cancelled = self.is_cancelled();
        self.with_stored(|stored| {
            let looked = match end {
                Some(end) => Looked::Over(end.outcome()),
                None if is_cancelled => Looked::Running(reached),
                None => stored.looked(reached),
            };
            let seen = is_own(stored).then(|| stored.seen(self.id, looked))?;
            Some(Seen {
                is_cancelled: seen.is_cancelled || is_cancelled,
                ..seen
            })
        })
    }

    /// As its caller sees it.
    pub fn seen_by_caller(&self) -> Option<Seen> {
        self.seen(|_| true)
    }
}

impl Stored {
    /// As it is before its end.
    fn looked(&self, reached: Reached) -> Looked {
        match self.open_question() {
            Some(question) => Looked::Asks(reached, question),
            None => Looked::Running(reached),
        }
    }

    fn seen(&self, id: Uuid, looked: Looked) -> Seen {
        let at = |milliseconds| {
            Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
        };
        let ended_at = self.end.as_ref().map(|end| end.at);
        Seen {
            id,
            tool: self.tool.clone(),
            server: self.server.clone(),
            began_at: at(self.began_at),
            changed_at: at(ended_at.unwrap_or(self.reached_at.max(self.began_at))),
            is_cancelled: self.is_cancelled,
            looked,
        }
    }
}
