//! `jwt`: callers bring a token of the organization's own identity provider. Each acts at Webex with
//! the account that they connected; who has connected none is told where to.

use super::{Head, Reason, Unknown, bearer};
use crate::identity::Caller;
use crate::idp::{Idp, NotAccepted};
use crate::limits;

const NOT_SENT: Unknown = Unknown::new(
    Reason::NotSent,
    "Sign in at your organization's identity provider through your client: it finds out where from the WWW-Authenticate header.",
);
/// One sentence for whatever is wrong: another would help who tries.
const REFUSED: Unknown = Unknown::new(
    Reason::Refused,
    "This token is not valid for this server, or no longer valid; sign in again through your client.",
);
const NOT_ALLOWED: Unknown = Unknown::new(
    Reason::NotAllowed,
    "Your account may not use this server; ask its operator for access.",
);
const NO_KEYS: Unknown = Unknown::new(
    Reason::Unreachable {
        retry_after: limits::IDP_RETRY,
    },
    "The identity provider does not answer, so tokens cannot be checked at the moment; try again after the time given.",
);
const NO_RECORDS: Unknown = Unknown::new(
    Reason::Unreachable {
        retry_after: limits::IDP_RETRY,
    },
    "The connected accounts cannot be read at the moment; try again after the time given.",
);

/// The people whom the identity provider knows.
#[derive(Debug)]
pub struct Jwt(Idp);

impl Jwt {
    pub fn new(idp: Idp) -> Self {
        Jwt(idp)
    }

    pub fn idp(&self) -> &Idp {
        &self.0
    }

    pub(super) async fn caller(&self, head: &Head<'_>) -> Result<Caller, Unknown> {
        let token = bearer::within(head, limits::IDP_TOKEN_MAX_BYTES);
        let token = token.map_err(|_| REFUSED)?.ok_or(NOT_SENT)?;
        let known = self.0.accepted(token.expose(), head.server).await;
        let known = known.map_err(|why| match why {
            NotAccepted::Refused => REFUSED,
            NotAccepted::Ended => REFUSED.once_known(),
            NotAccepted::NotAllowed => NOT_ALLOWED,
            NotAccepted::Unreachable => NO_KEYS,
        })?;
        let account = self.0.account(&known).await.map_err(|_| NO_RECORDS)?;
        let mut caller = Caller::new(known.principal.clone(), None);
        caller.tenant = known.tenant.clone();
        match account {
            Some(account) => {
                caller.credential = Some(account.credential);
                caller.credential_tag = account.tag;
                caller.scopes = Some(account.scopes);
                caller.obtainable = Some(account.obtainable);
                caller.display = account.display;
            }
            None => caller.link = Some(self.0.link(&known)),
        }
        Ok(caller)
    }
}

#[cfg(test)]
mod tests;
