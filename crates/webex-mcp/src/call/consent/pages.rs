//! Sends the caller's user to a page of ours: in a round, on the session, or not at all.

use uuid::Uuid;

use super::state::{self, Asked, Decided};
use super::{Ask, Consents, Response, closing};
use crate::call::{Call, Dispatcher, Reply, arguments};
use crate::error::{CallError, Page};
use crate::servers::listed::Listed;

/// What comes of sending somebody to a page.
#[derive(Debug)]
pub(in crate::call) enum Sent {
    /// The user goes to the page with this nonce, and may not be done yet.
    Goes(Uuid),
    Declines,
    /// The client comes back with the answer.
    Later(Reply),
    /// Not by this client.
    Impossible,
}

impl Sent {
    fn of(response: &Response, nonce: Uuid) -> Self {
        match response {
            Response::Accepted(_) => Sent::Goes(nonce),
            Response::Declined | Response::Cancelled => Sent::Declines,
        }
    }
}

impl Consents {
    /// What a client brings back says of a page that this very call sent its user to.
    pub(in crate::call) fn visited(&self, call: &Call, tool: &Listed) -> Option<Sent> {
        let Ask::Rounds {
            previous: Some(round),
        } = &call.pages
        else {
            return None;
        };
        let brought = self.opened(call, tool, &round.state).ok()?;
        if brought.asked != Some(Asked::Visit) {
            return None;
        }
        Some(Sent::of(round.response.as_ref()?, brought.nonce))
    }
}

impl Dispatcher {
    /// Sends the user to a page in the way that this client supports; by the nonce of the link to it,
    /// the call finds out what became of it. The call holds no place yet; one is reserved while the
    /// client of a session shows the page.
    pub(in crate::call) async fn send_to(
        &self,
        call: &Call,
        tool: &Listed,
        (page, nonce): (Page, Uuid),
    ) -> Result<Sent, CallError> {
        match &call.pages {
            Ask::Rounds { .. } => {
                let name = tool.entry.name;
                let digest = arguments::digest_as_given(name, &call.arguments);
                let decided = Decided {
                    asked: Some(Asked::Visit),
                    nonce,
                    ..Decided::new(digest, &call.server.policy_version)
                };
                let (sealer, principal) = (&self.consents.sealer, &call.caller.principal);
                let state = state::seal(sealer, principal, name, &decided)?;
                Ok(Sent::Later(Reply::Visit { page, state }))
            }
            Ask::Session(session) => {
                let _reserved = self.parts.admission.reserve(call)?;
                let answered = tokio::select! {
                    biased;
                    () = self.consents.closing.cancelled() => return Err(closing()),
                    answered = session.visit(&page) => answered,
                };
                Ok(match answered {
                    Ok(response) => Sent::of(&response, nonce),
                    Err(_) => Sent::Impossible,
                })
            }
            Ask::Nobody => Ok(Sent::Impossible),
        }
    }
}
