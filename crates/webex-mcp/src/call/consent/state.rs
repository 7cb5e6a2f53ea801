//! The decisions so far in a call that asks its user. They are sealed, handed to the client, opened
//! when they come back, and valid for one use.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{CallError, Candidate, Code};
use crate::identity::Principal;
use crate::limits;
use crate::seal::{Purpose, Sealer, Unopened};

const LIFETIME: Duration = Duration::from_secs(limits::CONFIRMATION_LIFETIME_SECONDS);

/// All decisions so far, and the last question.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::call) struct Decided {
    /// Of the arguments as they were given: the decisions count for no others.
    pub digest: [u8; 32],
    /// Of the server when it asked: if the policy has changed since, the server asks again.
    pub policy_version: String,
    /// Acting on the confirmation uses it up.
    pub nonce: uuid::Uuid,
    /// The settled references, by argument: what was confirmed is what is acted on.
    pub references: BTreeMap<Cow<'static, str>, String>,
    pub asked: Option<Asked>,
}

impl Decided {
    /// None yet.
    pub fn new(digest: [u8; 32], policy_version: &str) -> Self {
        Decided {
            digest,
            policy_version: policy_version.to_owned(),
            nonce: uuid::Uuid::new_v4(),
            references: BTreeMap::new(),
            asked: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::call) enum Asked {
    Choice {
        argument: Cow<'static, str>,
        offered: Vec<Offered>,
    },
    /// A form was sent: only a "yes" in it counts.
    Confirmation,
    /// The user was sent to a page of ours.
    Visit,
    /// Nobody could be asked: the agent gives the token back, and that is the "yes".
    Token,
}

/// A candidate that was offered, with what the next question says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::call) struct Offered {
    pub id: String,
    pub name: String,
    pub email: Option<String>,
}

impl From<Candidate> for Offered {
    fn from(candidate: Candidate) -> Self {
        Offered {
            id: candidate.id,
            name: candidate.name.as_str().to_owned(),
            email: candidate.email,
        }
    }
}

fn context(principal: &Principal, tool: &str) -> Vec<u8> {
    [principal.as_str().as_bytes(), b"\0", tool.as_bytes()].concat()
}

/// Seals the decisions for the caller, which has to bring them back.
pub(super) fn seal(
    sealer: &Sealer,
    principal: &Principal,
    tool: &str,
    decided: &Decided,
) -> Result<String, CallError> {
    let context = context(principal, tool);
    let sealed = sealer.seal_json(Purpose::Confirmation, &context, LIFETIME, decided);
    sealed.map_err(CallError::internal)
}

/// # Errors
/// `invalid_arguments` for a state that is foreign, altered or too old.
pub(super) fn open(
    sealer: &Sealer,
    principal: &Principal,
    tool: &str,
    state: &str,
) -> Result<Decided, CallError> {
    let opened = sealer.open_json(Purpose::Confirmation, &context(principal, tool), state);
    opened.map_err(|why| match why {
        Unopened::Foreign => unusable("It was not given for this call with these arguments."),
        Unopened::Expired => unusable("It has expired."),
    })
}

pub(super) fn unusable(why: &'static str) -> CallError {
    CallError::new(
        Code::InvalidArguments,
        format!("The confirmation cannot be used: {why}"),
        "Call again without it to be asked once more; nothing was done.",
    )
}
