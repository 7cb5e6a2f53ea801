//! A change of one invitee: what Webex is told, and how the invitee is afterwards.

use schemars::JsonSchema;
use serde::Serialize;
use webex::invitees::{self as api, NewInvitee};

use super::{About, Invitee};
use crate::error::CallError;

/// An invitee after a change.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Changed {
    /// false: it was so before.
    pub(super) changed: bool,
    #[serde(flatten)]
    pub(super) invitee: Invitee,
    #[serde(flatten)]
    pub(super) meeting: About,
}

/// What is to change; what is absent stays.
#[derive(Debug)]
pub struct Changes {
    pub display_name: Option<String>,
    pub co_host: Option<bool>,
    pub panelist: Option<bool>,
}

impl Changes {
    /// # Errors
    /// `invalid_arguments` where nothing is to change.
    pub fn check(&self) -> Result<(), CallError> {
        if self.co_host.or(self.panelist).is_some() || self.display_name.is_some() {
            return Ok(());
        }
        let wrong = "nothing to change; give coHost, displayName or panelist";
        Err(CallError::invalid("coHost", wrong))
    }

    /// The whole invitee as it is to be, which is what Webex wants; `None` where it is so already.
    pub fn of(self, present: &api::Invitee) -> Option<NewInvitee> {
        let is = |flag: Option<bool>| flag.unwrap_or_default();
        let wanted = NewInvitee {
            email: present.email.clone().unwrap_or_default(),
            display_name: self.display_name.or_else(|| present.display_name.clone()),
            co_host: self.co_host.or(present.co_host),
            send_email: None,
            panelist: self.panelist.or(present.panelist),
        };
        let is_so = wanted.display_name == present.display_name
            && is(wanted.co_host) == is(present.co_host)
            && is(wanted.panelist) == is(present.panelist);
        (!is_so).then_some(wanted)
    }
}
