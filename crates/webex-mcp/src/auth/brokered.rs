//! `broker`: callers signed in through our own authorization server, and bring a token that it gave
//! them for this virtual server.

use std::sync::Arc;
use std::time::Duration;

use super::{Head, Reason, Unknown, bearer};
use crate::broker::{Broker, Connected, NotAccepted};
use crate::identity::Caller;
use crate::limits;

const NOT_SENT: Unknown = Unknown::new(
    Reason::NotSent,
    "Sign in through your client: it finds out where from the WWW-Authenticate header.",
);
const REFUSED: Unknown = Unknown::new(
    Reason::Refused,
    "This token is not valid for this server, or no longer valid; sign in again through your client.",
);
const UNREACHABLE: Unknown = Unknown::new(
    Reason::Unreachable {
        retry_after: Duration::from_secs(limits::PERSON_LOOKUP_RETRY_SECONDS),
    },
    "The sign-ins cannot be read at the moment; try again after the time given.",
);

/// The people who signed in.
#[derive(Debug)]
pub struct Brokered(Broker);

impl Brokered {
    pub fn new(broker: Broker) -> Self {
        Brokered(broker)
    }

    pub fn broker(&self) -> &Broker {
        &self.0
    }

    pub(super) async fn caller(&self, head: &Head<'_>) -> Result<Caller, Unknown> {
        let token = bearer::read(head)?.ok_or(NOT_SENT)?;
        known(self.0.accepted(token.expose(), head.server).await)
    }

    pub(super) async fn still(&self, head: &Head<'_>) -> Result<Caller, Unknown> {
        let token = bearer::read(head)?.ok_or(NOT_SENT)?;
        known(self.0.still_accepted(token.expose(), head.server).await)
    }
}

fn known(accepted: Result<Arc<Connected>, NotAccepted>) -> Result<Caller, Unknown> {
    match accepted {
        Ok(connected) => Ok(connected.caller.clone()),
        Err(NotAccepted::Refused) => Err(REFUSED),
        Err(NotAccepted::Ended) => Err(REFUSED.once_known()),
        Err(NotAccepted::Unavailable) => Err(UNREACHABLE),
    }
}
