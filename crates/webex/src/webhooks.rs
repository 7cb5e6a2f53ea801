//! Webhooks: list, create, read, update and delete them; [`rules`] says what can be watched.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::client::Client;
use crate::error::WebexError;
use crate::open_enum::open_enum;
use crate::operation::{Operation, Repeat};
use crate::page::Page;

pub mod rules;

pub use rules::validate;

/// `GET /webhooks`
pub static LIST: Operation = Operation {
    name: "webhooks.list",
    method: Method::GET,
    path: "/webhooks",
    repeat: Repeat::Read,
    scopes: &[],
};

/// `POST /webhooks`; needs the read scope of the watched resource.
pub static CREATE: Operation = Operation {
    name: "webhooks.create",
    method: Method::POST,
    path: "/webhooks",
    repeat: Repeat::Write,
    scopes: &[],
};

/// `GET /webhooks/{webhookId}`
pub static GET: Operation = Operation {
    name: "webhooks.get",
    method: Method::GET,
    path: "/webhooks/{webhookId}",
    repeat: Repeat::Read,
    scopes: &[],
};

/// `PUT /webhooks/{webhookId}`
pub static UPDATE: Operation = Operation {
    name: "webhooks.update",
    method: Method::PUT,
    path: "/webhooks/{webhookId}",
    repeat: Repeat::Write,
    scopes: &[],
};

/// `DELETE /webhooks/{webhookId}`
pub static DELETE: Operation = Operation {
    name: "webhooks.delete",
    method: Method::DELETE,
    path: "/webhooks/{webhookId}",
    repeat: Repeat::Write,
    scopes: &[],
};

open_enum! {
    /// The resource that a webhook watches.
    WebhookResource {
        /// Submitted cards.
        AttachmentActions = "attachmentActions",
        /// Memberships in rooms.
        Memberships = "memberships",
        /// Messages.
        Messages = "messages",
        /// Rooms.
        Rooms = "rooms",
        /// Meetings.
        Meetings = "meetings",
        /// Participants of meetings.
        MeetingParticipants = "meetingParticipants",
        /// Recordings of meetings.
        Recordings = "recordings",
        /// Transcripts of meetings.
        MeetingTranscripts = "meetingTranscripts",
        /// Recordings of calls and meetings.
        ConvergedRecordings = "convergedRecordings",
        /// Data sources of service apps.
        DataSources = "dataSources",
        /// Authorizations of service apps.
        ServiceApp = "serviceApp",
        /// Calls.
        TelephonyCalls = "telephony_calls",
        /// Telephone conferences.
        TelephonyConference = "telephony_conference",
        /// Message waiting.
        TelephonyMwi = "telephony_mwi",
        /// Counters of unified communication clusters, as the reference spells it.
        UcCounters = "uc_counters",
        /// The same, as the guide spells it.
        UcCounter = "uc_counter",
        /// Batch jobs of administrators.
        AdminBatchJobs = "adminBatchJobs",
        /// Memberships, messages and rooms together.
        All = "all",
    }
}

open_enum! {
    /// What happened to the resource.
    WebhookEvent {
        /// It was created.
        Created = "created",
        /// It was changed.
        Updated = "updated",
        /// It was deleted.
        Deleted = "deleted",
        /// It started.
        Started = "started",
        /// It ended.
        Ended = "ended",
        /// Somebody joined.
        Joined = "joined",
        /// Somebody left.
        Left = "left",
        /// It moved to another region and has a new id.
        Migrated = "migrated",
        /// It was authorized.
        Authorized = "authorized",
        /// Its authorization was revoked.
        Deauthorized = "deauthorized",
        /// Its status changed.
        StatusChanged = "statusChanged",
        /// Created, updated or deleted.
        All = "all",
    }
}

open_enum! {
    /// Whether a webhook delivers.
    WebhookStatus {
        /// It delivers.
        Active = "active",
        /// Webex switched it off after too many failed deliveries.
        Inactive = "inactive",
    }
}

/// A webhook.
#[skip_serializing_none]
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// The webhook's id.
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// The URL of its deliveries.
    pub target_url: Option<String>,
    /// The resource that it watches.
    pub resource: Option<WebhookResource>,
    /// The event that it watches for.
    pub event: Option<WebhookEvent>,
    /// The filter, such as `roomId=…&roomType=group`.
    pub filter: Option<String>,
    /// The key that signs the deliveries.
    pub secret: Option<String>,
    /// Whether it delivers.
    pub status: Option<WebhookStatus>,
    /// The time of creation.
    #[serde(default, with = "crate::timestamp::option")]
    pub created: Option<Timestamp>,
    /// `creator` or `org`.
    pub owned_by: Option<String>,
    /// The organization.
    pub org_id: Option<String>,
    /// The person who made it.
    pub created_by: Option<String>,
    /// The application that made it.
    pub app_id: Option<String>,
}

/// A webhook to make.
#[skip_serializing_none]
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateWebhook {
    /// The name.
    pub name: String,
    /// The URL of its deliveries.
    pub target_url: String,
    /// The resource to watch.
    pub resource: WebhookResource,
    /// The event that it watches for.
    pub event: WebhookEvent,
    /// The filter: `a=1&b=2`, with names from [`rules::WATCHABLE`].
    pub filter: Option<String>,
    /// The key that signs the deliveries.
    pub secret: Option<String>,
    /// `org` for a whole organization.
    pub owned_by: Option<String>,
}

/// A webhook's new properties; Webex requires name and target and ignores everything else.
#[skip_serializing_none]
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateWebhook {
    /// The name, required even if it does not change.
    pub name: String,
    /// The URL of its deliveries, required even if it does not change.
    pub target_url: String,
    /// The key that signs the deliveries.
    pub secret: Option<String>,
    /// `org` for a webhook of the whole organization.
    pub owned_by: Option<String>,
    /// `active` switches it on again; it cannot be switched off this way.
    pub status: Option<WebhookStatus>,
}

/// Selects webhooks.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListWebhooks {
    /// Entries per page (Webex's default: 100).
    pub max: Option<u32>,
    /// `org` for the webhooks of the whole organization.
    pub owned_by: Option<String>,
}

/// The calls of this noun. A failed call returns a [`WebexError`]; after `Invalid` and `Foreign`,
/// nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct Webhooks<'a>(pub(crate) &'a Client);

impl Webhooks<'_> {
    /// Lists the webhooks that the token's owner made with this application.
    pub async fn list(&self, query: &ListWebhooks) -> Result<Page<Webhook>, WebexError> {
        self.0.page(LIST.call().query(query)?).await
    }

    /// Creates a webhook. Call [`validate`] first to check whether resource, event and filter fit
    /// together. Scope: the one that reads the resource.
    pub async fn create(&self, webhook: &CreateWebhook) -> Result<Webhook, WebexError> {
        check(&webhook.name, &webhook.target_url)?;
        rules::check_owner(webhook.filter.as_deref(), webhook.owned_by.as_deref())?;
        self.0.reply(CREATE.call().json(webhook)?).await
    }

    /// Reads one webhook.
    pub async fn get(&self, webhook_id: &str) -> Result<Webhook, WebexError> {
        self.0.reply(GET.call().id(webhook_id)?).await
    }

    /// Changes a webhook.
    pub async fn update(
        &self,
        webhook_id: &str,
        webhook: &UpdateWebhook,
    ) -> Result<Webhook, WebexError> {
        check(&webhook.name, &webhook.target_url)?;
        self.0
            .reply(UPDATE.call().id(webhook_id)?.json(webhook)?)
            .await
    }

    /// Deletes a webhook.
    pub async fn delete(&self, webhook_id: &str) -> Result<(), WebexError> {
        self.0.done(DELETE.call().id(webhook_id)?).await
    }
}

fn check(name: &str, target_url: &str) -> Result<(), WebexError> {
    if name.trim().is_empty() {
        return Err(WebexError::invalid("name", "a webhook needs a name"));
    }
    let is_http =
        url::Url::parse(target_url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !is_http {
        return Err(WebexError::invalid(
            "targetUrl",
            "it must be an http or https URL",
        ));
    }
    Ok(())
}

/// `Debug` that shows whether there is a secret, but never the secret.
macro_rules! debug_without_secret {
    ($name:ident { $($field:ident),+ }) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter
                    .debug_struct(stringify!($name))
                    $( .field(stringify!($field), &self.$field) )+
                    .field("secret", &self.secret.as_ref().map(|_| "…"))
                    .finish_non_exhaustive()
            }
        }
    };
}

debug_without_secret!(Webhook {
    id,
    name,
    resource,
    event,
    filter,
    status
});
debug_without_secret!(CreateWebhook {
    name,
    resource,
    event,
    filter
});
debug_without_secret!(UpdateWebhook { name, status });
