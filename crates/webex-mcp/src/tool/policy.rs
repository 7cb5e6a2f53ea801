//! What a tool declares of its calls: what they do, how long they may take, which operations of Webex
//! they need. What is enforced and what is published derive from it.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};
use webex::Operation;

use crate::limits;

/// What a call does to the world; annotations, confirmation and scopes derive from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Adds or changes; what was there can be brought back.
    Write,
    /// Removes what cannot be brought back, or locks somebody out: asks first.
    Destroy,
}

impl Effect {
    /// The word for it in records.
    pub const fn name(self) -> &'static str {
        match self {
            Effect::Read => "read",
            Effect::Write => "write",
            Effect::Destroy => "destroy",
        }
    }
}

/// How long a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// [`crate::limits::CALL_DEADLINE`].
    Call,
    /// [`crate::limits::TRANSFER_DEADLINE`]: files.
    Transfer,
    /// [`crate::limits::WORK_DEADLINE`]: long work. Its answer comes within
    /// [`crate::limits::WORK_ANSWERED_WITHIN`]; if it is not finished by then, the same tool tells
    /// how far it is.
    Work,
}

impl Span {
    pub const fn duration(self) -> Duration {
        match self {
            Span::Call => limits::CALL_DEADLINE,
            Span::Transfer => limits::TRANSFER_DEADLINE,
            Span::Work => limits::WORK_DEADLINE,
        }
    }
}

/// Whether a call with these arguments only looks.
pub type Looks = fn(&Map<String, Value>) -> bool;

/// An argument that makes a call destroy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DestroysBy {
    /// A flag that is true, or the id of a plan: what it does cannot be undone.
    Given(&'static str),
    /// A flag that is false, and can be set again.
    Unset(&'static str),
    /// A text or fields in place of others, which can be given again.
    Replaced(&'static str),
    /// A list of those who are taken out, and can be added again.
    Removed(&'static str),
}

impl DestroysBy {
    fn is_met(self, arguments: &Map<String, Value>) -> bool {
        match self {
            DestroysBy::Given(name) | DestroysBy::Replaced(name) | DestroysBy::Removed(name) => {
                is_set(arguments.get(name))
            }
            DestroysBy::Unset(name) => arguments.get(name) == Some(&Value::Bool(false)),
        }
    }
}

/// Everything that is enforced or published about a tool beyond its schemas.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// What a call may do at worst.
    pub effect: Effect,
    /// What makes a call destroy. Without any of it, a call only changes something and is not asked
    /// about. Empty where every call has the effect.
    pub destroys_by: &'static [DestroysBy],
    /// Present where its calls may be kept for later: whether a call with these arguments only looks
    /// at what is kept.
    pub looks: Option<Looks>,
    /// The same call twice leaves Webex as the same call once.
    pub idempotent: bool,
    pub span: Span,
    /// The arguments that make a call long work, for a tool whose other calls are like those of any
    /// tool. Empty where all of its calls have its span.
    pub works_by: &'static [&'static str],
    /// The Webex operations that it needs; its scopes are theirs. It reaches no others.
    pub operations: &'static [&'static Operation],
    /// Reads that only make a question or an answer nicer: what they give is left out where the
    /// token lacks their scope. See [`super::Context::courtesy`].
    pub courtesy: &'static [&'static Operation],
    /// Scopes that Webex names for the tool beyond those of its operations.
    pub extra_scopes: &'static [&'static str],
    /// Its answer may hold a secret: it is never stored, and a repeated call is told ids only.
    pub answers_secrets: bool,
}

impl Policy {
    /// A tool's policy is one of these three, with its operations:
    /// `Policy { operations: &[&webex::messages::LIST], ..Policy::READ }`.
    pub const READ: Policy = Policy::of(Effect::Read, true);
    pub const WRITE: Policy = Policy::of(Effect::Write, false);
    pub const DESTROY: Policy = Policy::of(Effect::Destroy, true);

    const fn of(effect: Effect, idempotent: bool) -> Self {
        Policy {
            effect,
            destroys_by: &[],
            looks: None,
            idempotent,
            span: Span::Call,
            works_by: &[],
            operations: &[],
            courtesy: &[],
            extra_scopes: &[],
            answers_secrets: false,
        }
    }

    /// What a call with these arguments does.
    pub fn effect_of(&self, arguments: &Map<String, Value>) -> Effect {
        if self.looks.is_some_and(|looks| looks(arguments)) {
            return Effect::Read;
        }
        let mut destroys_by = self.destroys_by.iter();
        match self.destroys_by.is_empty() || destroys_by.any(|by| by.is_met(arguments)) {
            true => self.effect,
            false => Effect::Write,
        }
    }

    /// Whether what makes a call destroy can be taken back.
    pub(super) fn can_be_undone(&self, arguments: &Map<String, Value>) -> bool {
        let met = self.destroys_by.iter().filter(|by| by.is_met(arguments));
        let mut met = met.peekable();
        met.peek().is_some() && met.all(|by| !matches!(by, DestroysBy::Given(_)))
    }

    /// How long a call with these arguments may take.
    pub fn span_of(&self, arguments: &Map<String, Value>) -> Span {
        let is_given = |name: &&str| is_set(arguments.get(*name));
        match self.works_by.is_empty() || self.works_by.iter().any(is_given) {
            true => self.span,
            false => Span::Call,
        }
    }

    /// The OAuth scopes that its operations need, each once, in order.
    pub fn scopes(&self) -> Vec<&'static str> {
        let of_operations = self
            .operations
            .iter()
            .flat_map(|operation| operation.scopes);
        let mut scopes: Vec<_> = of_operations.chain(self.extra_scopes).copied().collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    }
}

fn is_set(argument: Option<&Value>) -> bool {
    match argument {
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::Object(_)) => true,
        other => other == Some(&Value::Bool(true)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_flag_alone_makes_a_call_destroy() {
        let policy = Policy {
            destroys_by: &[
                DestroysBy::Given("expel"),
                DestroysBy::Unset("enabled"),
                DestroysBy::Replaced("repeat"),
                DestroysBy::Removed("people"),
            ],
            ..Policy::DESTROY
        };
        for (arguments, effect) in [
            (json!({"enabled": false}), Effect::Destroy),
            (json!({"enabled": true}), Effect::Write),
            (json!({"enabled": null}), Effect::Write),
            (json!({"expel": true}), Effect::Destroy),
            (json!({"expel": false}), Effect::Write),
            (json!({"expel": ""}), Effect::Write),
            (json!({"expel": "a plan"}), Effect::Destroy),
            (json!({"muted": true}), Effect::Write),
            (json!({"people": ["bob"]}), Effect::Destroy),
            (json!({"people": []}), Effect::Write),
            (json!({"repeat": {"every": "week"}}), Effect::Destroy),
        ] {
            let given = arguments.as_object().unwrap();
            assert_eq!(policy.effect_of(given), effect, "{arguments}");
            assert_eq!(Policy::DESTROY.effect_of(given), Effect::Destroy);
            assert_eq!(Policy::WRITE.effect_of(given), Effect::Write);
        }
    }
}
