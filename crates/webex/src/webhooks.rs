//! Webhooks: list, create, read, update, delete; what can be watched stands in [`rules`].

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
    /// What a webhook watches.
    WebhookResource {
        /// Submitted cards.
        AttachmentActions = "attachmentActions",
        /// Who is in which room.
        Memberships = "memberships",
        /// Messages.
        Messages = "messages",
        /// Rooms.
        Rooms = "rooms",
        /// Meetings.
        Meetings = "meetings",
        /// Who is in which meeting.
        MeetingParticipants = "meetingParticipants",
        /// Recordings of meetings.
        Recordings = "recordings",
        /// Transcripts of meetings.
        MeetingTranscripts = "meetingTranscripts",
        /// Recordings of calls and meetings.
        ConvergedRecordings = "convergedRecordings",
        /// Data sources of service apps.
        DataSources = "dataSources",
        /// Authorisations of service apps.
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
        /// It was authorised.
        Authorized = "authorized",
        /// Its authorisation was taken back.
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
        /// It was switched off by Webex after too many failed deliveries.
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
    /// Its name.
    pub name: Option<String>,
    /// Where it delivers.
    pub target_url: Option<String>,
    /// What it watches.
    pub resource: Option<WebhookResource>,
    /// For what.
    pub event: Option<WebhookEvent>,
    /// Under which conditions, such as `roomId=…&roomType=group`.
    pub filter: Option<String>,
    /// The key of the deliveries' signature.
    pub secret: Option<String>,
    /// Whether it delivers.
    pub status: Option<WebhookStatus>,
    /// When it was made.
    #[serde(default, with = "crate::timestamp::option")]
    pub created: Option<Timestamp>,
    /// `creator` or `org`.
    pub owned_by: Option<String>,
    /// The organisation.
    pub org_id: Option<String>,
    /// Who made it.
    pub created_by: Option<String>,
    /// The application that made it.
    pub app_id: Option<String>,
}

/// A webhook to make.
#[skip_serializing_none]
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateWebhook {
    /// Its name.
    pub name: String,
    /// Where it shall deliver.
    pub target_url: String,
    /// What it shall watch.
    pub resource: WebhookResource,
    /// For what.
    pub event: WebhookEvent,
    /// Under which conditions: `a=1&b=2`, names as in [`rules::WATCHABLE`].
    pub filter: Option<String>,
    /// The key of the deliveries' signature.
    pub secret: Option<String>,
    /// `org` for a whole organisation.
    pub owned_by: Option<String>,
}

/// A webhook's new properties; Webex demands name and target and ignores everything else.
#[skip_serializing_none]
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateWebhook {
    /// Its name, also where it stays.
    pub name: String,
    /// Where it delivers, also where it stays.
    pub target_url: String,
    /// The key of the deliveries' signature.
    pub secret: Option<String>,
    /// `org` for a webhook of the whole organisation.
    pub owned_by: Option<String>,
    /// `active` switches it on again; it cannot be switched off.
    pub status: Option<WebhookStatus>,
}

/// Which webhooks.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListWebhooks {
    /// How many a page (Webex's default 100).
    pub max: Option<u32>,
    /// `org` for those of the whole organisation.
    pub owned_by: Option<String>,
}

/// The calls. One that fails ends in a [`WebexError`]; `Invalid` and `Foreign` mean that nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct Webhooks<'a>(pub(crate) &'a Client);

impl Webhooks<'_> {
    /// Lists the webhooks that the token's owner made with this application.
    pub async fn list(&self, query: &ListWebhooks) -> Result<Page<Webhook>, WebexError> {
        self.0.page(LIST.call().query(query)?).await
    }

    /// Makes a webhook. Whether resource, event and filter fit is [`validate`]'s to say beforehand.
    /// Scope: the one that reads the resource.
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

/// `Debug` that tells a secret's presence, never the secret.
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
