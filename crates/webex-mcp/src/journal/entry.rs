//! One entry of the journal. It contains ids, digests and decisions, but never people's text or a
//! secret. It is serialized once and stored as those bytes.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::identity::{Principal, Tenant};
use crate::limits;

/// The kind of an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody asked for an effect, and it was allowed.
    Call,
    /// A write is about to be sent.
    Begin,
    /// The result of a write.
    End,
    /// The result of a call.
    Outcome,
    /// An undelivered outcome was handed over.
    HandedOver,
    /// An event that does not belong to a call: a denial, a refused consent, an administrative
    /// change.
    #[default]
    Note,
    /// This many notes were lost because the queue was full.
    Lost,
    /// From here on, this key signs heads.
    Key,
    /// Retention removed every entry up to here.
    Truncated,
}

/// The body of an entry. Absent fields are left out.
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
    /// The confirmation that the call used up.
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
    /// The number of the write in its call, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Text<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Text<'e>,
    /// For a write: done, refused or unknown. For a call: its code.
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

/// The ids that connect an entry with logs and traces elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Correlation {
    pub id: Option<String>,
    pub traceparent: Option<String>,
}

/// An entry that does not belong to a call.
#[derive(Debug, Clone)]
pub struct Note {
    pub tenant: Tenant,
    pub principal: Principal,
    pub client: Option<Arc<str>>,
    pub server: Option<Arc<str>>,
    pub tool: Option<Arc<str>>,
    pub effect: Option<&'static str>,
    /// The decision, such as `denied`, `declined` or `changed`.
    pub decision: &'static str,
    /// Why, in our own words.
    pub reason: Option<String>,
    pub policy_version: Option<Arc<str>>,
    pub ids: Vec<String>,
    pub correlation: Correlation,
}

impl Note {
    /// A decision about somebody, with no other fields.
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
        // Strings, numbers and times always serialize.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The entry in these bytes; `None` where they are not an entry of ours.
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

    /// The outcome of a call whose process ended, made from the call's intent.
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

/// A word from outside, cut to a limit between two characters.
pub fn short(text: &str) -> Text<'_> {
    let mut end = text.len().min(limits::JOURNAL_TEXT_MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).map(Cow::Borrowed)
}

/// The ids, cut to a limit.
pub fn bounded(ids: &[String]) -> Vec<Cow<'_, str>> {
    ids.iter()
        .take(limits::JOURNAL_IDS_MAX)
        .filter_map(|id| short(id))
        .collect()
}
