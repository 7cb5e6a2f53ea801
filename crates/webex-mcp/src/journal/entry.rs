//! One entry of the journal. It contains ids, digests and decisions, but never people's text or a
//! secret. It is serialised once and stored as those bytes.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::identity::{Principal, Tenant};
use crate::limits;

/// What an entry tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody asked for an effect, and it was decided that it may happen.
    Call,
    /// A write is about to be sent.
    Begin,
    /// What became of a write.
    End,
    /// What became of a call.
    Outcome,
    /// An outcome that nobody had got was handed over.
    HandedOver,
    /// Something beside calls: a denial, a refused consent, an administrative change.
    #[default]
    Note,
    /// So many notes found no place in the queue.
    Lost,
    /// A key that signs heads from here on.
    Key,
    /// Retention removed everything up to here.
    Truncated,
}

/// An entry's body. Absent parts are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry<'e> {
    pub kind: Kind,
    pub at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Text<'e>,
    /// A pseudonym.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Text<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Text<'e>,
    /// The virtual server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Text<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Text<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Text<'e>,
    /// A keyed digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Text<'e>,
    /// A keyed digest of the caller's idempotency key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Text<'e>,
    /// The confirmation that was used up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Text<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Text<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_version: Text<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Text<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceparent: Text<'e>,
    /// Which write of its call, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Text<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Text<'e>,
    /// Of a write: done, refused or unknown. Of a call: its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Text<'e>,
    /// Webex's HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_id: Text<'e>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<Cow<'e, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Text<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Text<'e>,
}

pub type Text<'e> = Option<Cow<'e, str>>;

/// What ties an entry to logs and traces elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Correlation {
    pub id: Option<String>,
    pub traceparent: Option<String>,
}

/// An entry beside calls.
#[derive(Debug, Clone)]
pub struct Note {
    pub tenant: Tenant,
    pub principal: Principal,
    pub client: Option<Arc<str>>,
    pub server: Option<Arc<str>>,
    pub tool: Option<Arc<str>>,
    pub effect: Option<&'static str>,
    /// What was decided: `denied`, `declined`, `changed`, for example.
    pub decision: &'static str,
    /// Why, in our own words.
    pub reason: Option<String>,
    pub policy_version: Option<Arc<str>>,
    pub ids: Vec<String>,
    pub correlation: Correlation,
}

impl Note {
    /// A decision about somebody, and nothing else known.
    pub fn new(tenant: Tenant, principal: Principal, decision: &'static str) -> Self {
        Note {
            tenant,
            principal,
            client: None,
            server: None,
            tool: None,
            effect: None,
            decision,
            reason: None,
            policy_version: None,
            ids: Vec::new(),
            correlation: Correlation::default(),
        }
    }

    pub(super) fn entry(&self, at: Timestamp) -> Entry<'_> {
        Entry {
            kind: Kind::Note,
            at,
            tenant: short(self.tenant.as_str()),
            principal: short(self.principal.as_str()),
            client: self.client.as_deref().and_then(short),
            server: self.server.as_deref().and_then(short),
            tool: self.tool.as_deref().and_then(short),
            effect: self.effect.and_then(short),
            decision: short(self.decision),
            reason: self.reason.as_deref().and_then(short),
            policy_version: self.policy_version.as_deref().and_then(short),
            correlation_id: self.correlation.id.as_deref().and_then(short),
            traceparent: self.correlation.traceparent.as_deref().and_then(short),
            ids: bounded(&self.ids),
            ..Entry::default()
        }
    }
}

impl<'e> Entry<'e> {
    pub fn to_bytes(&self) -> Vec<u8> {
        // Strings, numbers and times always serialise.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The entry that these bytes hold; `None` where they are no entry of ours.
    pub fn from_bytes(body: &'e [u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    pub(super) fn lost(count: u64, at: Timestamp) -> Entry<'static> {
        Entry {
            kind: Kind::Lost,
            at,
            count: Some(count),
            ..Entry::default()
        }
    }

    /// The outcome of a call whose process ended, from the call's intent.
    pub(super) fn given_up(intent: &'e [u8], call: Uuid, at: Timestamp) -> Entry<'e> {
        let intent = Entry::from_bytes(intent).unwrap_or_default();
        Entry {
            kind: Kind::Outcome,
            at,
            call: Some(call),
            tenant: intent.tenant,
            principal: intent.principal,
            client: intent.client,
            server: intent.server,
            tool: intent.tool,
            effect: intent.effect,
            outcome: Some(super::UNKNOWN.into()),
            reason: Some("the process ended".into()),
            ..Entry::default()
        }
    }
}

/// At most so many bytes of a word that came from outside, cut between characters.
pub fn short(text: &str) -> Text<'_> {
    let mut end = text.len().min(limits::JOURNAL_TEXT_MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).map(Cow::Borrowed)
}

/// At most so many ids.
pub fn bounded(ids: &[String]) -> Vec<Cow<'_, str>> {
    ids.iter()
        .take(limits::JOURNAL_IDS_MAX)
        .filter_map(|id| short(id))
        .collect()
}
