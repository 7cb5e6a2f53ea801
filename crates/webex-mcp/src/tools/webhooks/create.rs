//! Makes a webhook; its secret is made here unless the caller has one, and told this once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::webhooks::{self, WebhookEvent, WebhookResource, rules};

use super::{secret, target};
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Has Webex POST to targetUrl when something happens, signed with the secret (X-Spark-Signature: hex
/// HMAC-SHA1 of the body).
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// What to call it.
    name: String,
    /// Public https URL.
    target_url: String,
    /// messages, memberships, rooms, attachmentActions, meetings, recordings, all, …
    #[schemars(with = "String")]
    resource: WebhookResource,
    /// created, updated, deleted, all, …
    #[schemars(with = "String")]
    event: WebhookEvent,
    /// Conditions, such as roomId=<id>&hasFiles=true.
    filter: Option<String>,
    /// Left out: made and told once.
    #[schemars(length(min = 1))]
    secret: Option<String>,
    /// org: admins only.
    #[schemars(extend("enum" = ["creator", "org"]))]
    owned_by: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub struct Created {
    id: String,
    /// Told only now: keep it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

pub struct CreateWebhook;

impl Tool for CreateWebhook {
    const NAME: &'static str = "webex-create-webhook";
    const TITLE: &'static str = "Create a webhook";
    const POLICY: Policy = Policy {
        operations: &[&webhooks::CREATE],
        extra_scopes: &["spark:webhooks_write"],
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Created;

    async fn call(context: &Context, arguments: Arguments) -> Result<Created, CallError> {
        target::check(&arguments.target_url, context.rules.private_webhook_targets)?;
        let filter = arguments.filter.as_deref();
        rules::validate(&arguments.resource, &arguments.event, filter)?;
        check_owner(filter, arguments.owned_by.as_deref())?;
        let made = arguments.secret.is_none().then(secret::make).transpose()?;
        let webhook = webhooks::CreateWebhook {
            name: arguments.name,
            target_url: arguments.target_url,
            resource: arguments.resource,
            event: arguments.event,
            filter: arguments.filter,
            secret: arguments.secret.or_else(|| made.clone()),
            owned_by: arguments.owned_by.filter(|owner| owner == "org"),
        };
        let id = context.webex.webhooks().create(&webhook).await?.id;
        Ok(Created { id, secret: made })
    }
}

/// Filters by host or owner are for webhooks of the organization.
fn check_owner(filter: Option<&str>, owned_by: Option<&str>) -> Result<(), CallError> {
    let conditions = filter.unwrap_or_default().split('&');
    let mut names = conditions.filter_map(|condition| condition.split('=').next());
    match names.find(|name| rules::ORG_FILTERS.contains(name)) {
        Some(name) if owned_by != Some("org") => {
            let right = format!("{name} needs ownedBy: org");
            Err(CallError::invalid("filter", right))
        }
        _ => Ok(()),
    }
}
