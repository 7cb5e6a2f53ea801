//! A call between its arguments and its effect.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::state::Decided;
use crate::call::Call;
use crate::call::admission::Place;
use crate::call::arguments::Asked as Arguments;
use crate::servers::listed::Listed;
use crate::tool::{Effect, Met};

/// A call whose arguments are well formed, on its way to its effect.
#[derive(Debug)]
pub(in crate::call) struct Underway {
    pub call: Box<Call>,
    pub tool: Arc<Listed>,
    pub asked: Arguments,
    pub decided: Decided,
    /// What names and addresses were resolved to, by id.
    pub met: BTreeMap<String, Met>,
    pub place: Option<Place>,
    /// How the call was allowed, for the journal.
    pub(super) decision: &'static str,
    /// It is made because the time of a schedule has come.
    pub is_due: bool,
    /// It goes on after a restart.
    pub is_resumed: bool,
    /// It was agreed to in an earlier call.
    is_agreed_before: bool,
    /// The nonce of the confirmation; acting on it uses it up.
    pub(super) nonce: Option<uuid::Uuid>,
}

impl Underway {
    /// A call whose work goes on after a restart; it is agreed to if it was when it began.
    pub(in crate::call) fn resumed(
        call: Box<Call>,
        tool: Arc<Listed>,
        asked: Arguments,
        is_agreed: bool,
    ) -> Self {
        Underway {
            is_agreed_before: is_agreed,
            is_resumed: true,
            ..Underway::agreed_before(call, tool, asked, "resumed after a restart")
        }
    }

    /// A call of a schedule, whose time has come: it was agreed to when it was scheduled.
    pub(in crate::call) fn due(
        call: Box<Call>,
        tool: Arc<Listed>,
        asked: Arguments,
        place: Place,
    ) -> Self {
        let decision = "agreed to when it was scheduled";
        Underway {
            is_due: true,
            place: Some(place),
            ..Underway::agreed_before(call, tool, asked, decision)
        }
    }

    fn agreed_before(
        call: Box<Call>,
        tool: Arc<Listed>,
        asked: Arguments,
        decision: &'static str,
    ) -> Self {
        Underway {
            decided: Decided::new(asked.digest, &call.server.policy_version),
            call,
            tool,
            asked,
            met: BTreeMap::new(),
            place: None,
            decision,
            is_due: false,
            is_resumed: false,
            is_agreed_before: true,
            nonce: None,
        }
    }

    /// A call to which nobody has agreed yet.
    pub(super) fn fresh(
        call: Box<Call>,
        tool: Arc<Listed>,
        asked: Arguments,
        place: Place,
        decided: Decided,
    ) -> Self {
        Underway {
            call,
            tool,
            asked,
            decided,
            met: BTreeMap::new(),
            place: Some(place),
            decision: "no confirmation needed",
            is_due: false,
            is_resumed: false,
            is_agreed_before: false,
            nonce: None,
        }
    }

    /// Whether a person agreed to it, now or before.
    pub(in crate::call) fn is_agreed(&self) -> bool {
        self.nonce.is_some() || self.is_agreed_before
    }

    /// What this call does.
    pub(super) fn effect(&self) -> Effect {
        self.tool.entry.policy.effect_of(&self.call.arguments)
    }
}
