//! What a person's answer to a question of an earlier round comes to. Each question is answered once:
//! an effect uses it up, and so does a "no".

use std::borrow::Cow;

use super::state::{Asked, Offered, unusable};
use super::{Ask, Response, Underway, declined, not_chosen, otherwise};
use crate::call::Dispatcher;
use crate::call::recall::unreadable;
use crate::error::{CallError, Code};
use crate::servers::Otherwise;
use crate::tool::{Met, Reasons};

impl Dispatcher {
    /// Settles a reference with the answer to an earlier choice.
    ///
    /// # Errors
    /// `declined` for a "no", `invalid_arguments` for a question that was answered before.
    pub(super) async fn take_up_choice(&self, underway: &mut Underway) -> Result<(), CallError> {
        let (Some(Asked::Choice { argument, offered }), Some(response)) =
            (underway.decided.asked.clone(), brought(underway).cloned())
        else {
            return Ok(());
        };
        self.is_open(underway).await?;
        if !matches!(response, Response::Accepted(_)) {
            self.end_by_no(underway).await;
            return Err(not_chosen());
        }
        // An answer that was not offered does not count: the question is asked again.
        settle(underway, argument, offered, &response);
        Ok(())
    }

    /// How the call was agreed to by what it brings back; `None` where it has to be asked about.
    ///
    /// # Errors
    /// As of [`Dispatcher::take_up_choice`].
    pub(super) async fn taken_up(
        &self,
        underway: &Underway,
    ) -> Result<Option<&'static str>, CallError> {
        let (is_yes, decision) = match &underway.decided.asked {
            Some(Asked::Token) if otherwise(underway) == Otherwise::Token => {
                (true, "confirmed by token")
            }
            Some(Asked::Confirmation) => match brought(underway).and_then(Response::verdict) {
                Some(is_yes) => (is_yes, "confirmed by form"),
                // What cannot be read does not count: the question is asked again.
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        self.is_open(underway).await?;
        match is_yes {
            true => Ok(Some(decision)),
            false => {
                self.end_by_no(underway).await;
                Err(declined())
            }
        }
    }

    /// # Errors
    /// `invalid_arguments` for a question that was answered before.
    async fn is_open(&self, underway: &Underway) -> Result<(), CallError> {
        let used = self.parts.journal.is_used(underway.decided.nonce).await;
        if !used.map_err(unreadable)? {
            return Ok(());
        }
        // Where a plan was applied by it, that says more.
        match self.question(underway, &Reasons::default()).await {
            Err(error) if error.code == Code::Conflict => Err(error),
            _ => Err(unusable("It was answered before, and works once.")),
        }
    }

    /// Ends the question, so that nothing can be done by it any more.
    async fn end_by_no(&self, underway: &Underway) {
        if let Err(error) = self.parts.journal.use_up(underway.decided.nonce).await {
            tracing::warn!(%error, "a question that was answered with no could not be ended");
        }
    }
}

/// The answer that the call brings back.
pub(super) fn brought(underway: &Underway) -> Option<&Response> {
    match &underway.call.ask {
        Ask::Rounds {
            previous: Some(round),
        } => round.response.as_ref(),
        _ => None,
    }
}

/// Settles a reference with what a person chose, if that was offered.
pub(super) fn settle(
    underway: &mut Underway,
    argument: Cow<'static, str>,
    offered: Vec<Offered>,
    response: &Response,
) -> bool {
    let chosen = response.chosen(offered.iter().map(|offered| offered.id.as_str()));
    let Some(Offered { id, name, email }) = offered
        .into_iter()
        .find(|offered| Some(&offered.id) == chosen.as_ref())
    else {
        return false;
    };
    let name = name.into();
    underway.met.insert(id.clone(), Met { name, email });
    underway.decided.references.insert(argument, id);
    true
}
