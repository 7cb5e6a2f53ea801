//! Webhooks: what they look like in answers, and where they may point.

mod create;
mod delete;
mod get;
mod received;
mod render;
mod secret;
mod target;
mod update;

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::CallError;
use crate::text;
use crate::tool::{Entry, Row, ShortId, Theirs, lengths};

pub const TOOLS: &[Entry] = &[
    Entry::of::<create::CreateWebhook>(),
    Entry::of::<get::GetWebhook>(),
    Entry::of::<update::UpdateWebhook>(),
    Entry::of::<delete::DeleteWebhook>(),
];

/// A webhook as an answer tells it; never its secret.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// Short id.
    id: ShortId,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owned_by: Option<String>,
    /// inactive: Webex gave up.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_received_here: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_delivery: Option<String>,
}

impl From<webex::webhooks::Webhook> for Webhook {
    fn from(webhook: webex::webhooks::Webhook) -> Self {
        Webhook {
            id: webhook.id.into(),
            name: webhook.name.map(Theirs::from),
            target_url: webhook.target_url,
            resource: webhook.resource.map(|resource| resource.to_string()),
            event: webhook.event.map(|event| event.to_string()),
            filter: webhook.filter,
            // A creator's own is the rule.
            owned_by: webhook.owned_by.filter(|owner| owner != "creator"),
            status: webhook.status.map(|status| status.to_string()),
            created: webhook.created.map(|time| time.to_string()),
            is_received_here: false,
            last_delivery: None,
        }
    }
}

/// A webhook that was made.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Created {
    #[serde(flatten)]
    webhook: Webhook,
    /// Told only now: keep it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// A webhook after a change.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Changed(Webhook);

/// Refuses values that are no one line: what came with them was copied by mistake.
///
/// # Errors
/// `invalid_arguments`, naming the argument.
fn check_lines(values: [(&str, Option<&str>); 2]) -> Result<(), CallError> {
    let is_wrong = |value: &str| value.contains(text::is_control);
    match values.iter().find(|(_, value)| value.is_some_and(is_wrong)) {
        Some((field, _)) => Err(CallError::invalid(
            field,
            "it must not have a line break or another control character",
        )),
        None => Ok(()),
    }
}

impl Row for Webhook {
    fn bytes(&self) -> usize {
        let plain = [
            self.target_url.as_deref(),
            self.resource.as_deref(),
            self.event.as_deref(),
            self.filter.as_deref(),
            self.owned_by.as_deref(),
            self.status.as_deref(),
            self.created.as_deref(),
            self.last_delivery.as_deref(),
        ];
        self.id.len() + lengths(plain) + self.name.as_ref().map_or(0, Theirs::shown_bytes)
    }
}
