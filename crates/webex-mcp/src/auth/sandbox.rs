//! Authentication for the sandbox: the bearer `sandbox-<name>` is that person, so nothing has to be
//! looked up.

use webex::AccessToken;

use super::{Head, Reason, Unknown, bearer};
use crate::identity::{Caller, Credential, Principal};

const PREFIX: &str = "sandbox-";
const WANTED: &str = "This is the sandbox: send `Authorization: Bearer sandbox-<name>`.";

/// The people of a sandbox.
#[derive(Debug)]
pub struct SandboxPeople {
    local: Option<Caller>,
}

impl SandboxPeople {
    /// `local` is the caller without a bearer, if it calls from this machine and nothing forwarded
    /// it. `None` where the door is bound beyond loopback.
    pub fn new(local: Option<Caller>) -> Self {
        SandboxPeople { local }
    }

    /// The person that owns this token. Tokens of the sandbox are not secrets.
    pub fn person(token: AccessToken) -> Caller {
        let principal = Principal::new(token.expose());
        let mut caller = Caller::new(principal, Some(Credential::Token(token)));
        caller.is_lasting = true;
        caller
    }

    /// The person whose principal has this name.
    pub(super) fn named(principal: &Principal) -> Option<Caller> {
        let name = principal.as_str();
        let token = name.starts_with(PREFIX).then(|| AccessToken::new(name));
        token?.ok().map(Self::person)
    }

    pub(super) fn caller(&self, head: &Head<'_>) -> Result<Caller, Unknown> {
        match (bearer::read(head)?, &self.local) {
            (Some(token), _) if token.expose().starts_with(PREFIX) => Ok(Self::person(token)),
            (Some(_), _) => Err(Unknown::new(Reason::Refused, WANTED)),
            (None, Some(local)) if is_local(head) => Ok(local.clone()),
            (None, _) => Err(Unknown::new(Reason::NotSent, WANTED)),
        }
    }
}

fn is_local(head: &Head<'_>) -> bool {
    let loopback = |address: std::net::IpAddr| address.to_canonical().is_loopback();
    !head.is_forwarded && head.address.is_some_and(loopback)
}
