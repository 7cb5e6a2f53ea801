//! Changes a webhook's name, target or secret, or switches it on again.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::webhooks::{self, WebhookStatus};

use super::{Changed, check_lines, received, target};
use crate::error::{CallError, Code};
use crate::tool::{Context, Policy, Tool};

/// Points a webhook (hook, callback, notification) at a new address, URL or server; renames it, or
/// activates a disabled one (turns it on again). The rest stays. Webex cannot deactivate (pause,
/// switch off) one: webex-delete-webhook ends it. To watch something else create another.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// From webex-get-webhook.
    webhook_id: String,
    /// The name.
    name: Option<String>,
    /// The public https URL that is called, or self.
    target_url: Option<String>,
    /// The signing secret.
    #[schemars(length(min = 1))]
    secret: Option<String>,
    /// active: enables it again.
    #[schemars(with = "Option<String>")]
    status: Option<WebhookStatus>,
}

pub struct UpdateWebhook;

impl Tool for UpdateWebhook {
    const NAME: &'static str = "webex-update-webhook";
    const TITLE: &'static str = "Change a webhook";
    const POLICY: Policy = Policy {
        operations: &[&webhooks::GET, &webhooks::UPDATE],
        extra_scopes: &["spark:webhooks_write"],
        idempotent: true,
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Changed;

    async fn call(context: &Context, arguments: Arguments) -> Result<Changed, CallError> {
        let is_active = |status: &WebhookStatus| *status == WebhookStatus::Active;
        if !arguments.status.as_ref().is_none_or(is_active) {
            return Err(CallError::new(
                Code::InvalidArguments,
                "`status`: it can only be active. Webex has no way to switch a webhook off; it becomes inactive only when Webex gives up delivering.",
                "Delete it with webex-delete-webhook: the answer has what webex-create-webhook needs to make it again. Nothing was changed.",
            ));
        }
        let (name, secret) = (arguments.name.as_deref(), arguments.secret.as_deref());
        check_lines([("name", name), ("secret", secret)])?;
        let id = &arguments.webhook_id;
        if let Some(target) = &arguments.target_url {
            target::check(target, context.rules.private_webhook_targets)?;
        }
        let webhooks = context.webex.webhooks();
        let (name, target_url) = match (arguments.name, arguments.target_url) {
            (None, None) if arguments.secret.is_none() && arguments.status.is_none() => {
                return Err(CallError::invalid(
                    "name",
                    "there is nothing to change; give it, or what else is to change",
                ));
            }
            (Some(name), Some(target_url)) => (name, target_url),
            (name, target_url) => {
                let present = webhooks.get(id).await?;
                let (name, target_url) = (name.or(present.name), target_url.or(present.target_url));
                name.zip(target_url).ok_or_else(|| {
                    let why = "what this webhook has now cannot be told here; give both name and targetUrl";
                    CallError::invalid("name", why)
                })?
            }
        };
        let webhook = webhooks::UpdateWebhook {
            name,
            target_url,
            secret: arguments.secret,
            status: arguments.status,
            owned_by: None,
        };
        Ok(Changed(received::update(context, id, webhook).await?))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, check, whole};

    #[tokio::test]
    async fn reads_first_only_what_was_left_out() {
        let world = World::new();
        let wanted = json!({"name": "Old", "targetUrl": "https://old.example.com/", "resource": "rooms", "event": "all"});
        let made = world.facts("alice", "webex-create-webhook", wanted).await;
        let id = &whole("WEBHOOK", &made["id"]);
        let whole =
            json!({"webhookId": id, "name": "New", "targetUrl": "https://new.example.com/"});
        let private = json!({"webhookId": id, "targetUrl": "https://10.0.0.1/"});
        let secret = json!({"webhookId": id, "secret": "another"});
        let kept = json!({"name": "New", "targetUrl": "https://new.example.com/", "secret": null});
        check::<UpdateWebhook>(
            &world,
            [
                alice(whole)
                    .answers(json!({"id": id, "name": "New"}))
                    .calls(1),
                alice(json!({"webhookId": id, "status": "active"}))
                    .answers(kept.clone())
                    .calls(2),
                alice(secret).answers(kept).calls(2),
                alice(json!({"webhookId": id})).refused(InvalidArguments, "`name`"),
                alice(json!({"webhookId": id, "status": "inactive"}))
                    .refused(InvalidArguments, "no way to switch a webhook off"),
                alice(json!({"webhookId": id, "status": "inactive", "name": "Off"}))
                    .refused(InvalidArguments, "no way to switch a webhook off"),
                alice(json!({"webhookId": id, "status": "disabled"}))
                    .refused(InvalidArguments, "no way to switch a webhook off"),
                alice(json!({"webhookId": id, "secret": "a\tb"}))
                    .refused(InvalidArguments, "`secret`"),
                alice(json!({"webhookId": id, "name": "x".repeat(5_000)}))
                    .refused(InvalidArguments, "`name`"),
                alice(json!({"webhookId": id, "secret": "x".repeat(5_000)}))
                    .refused(InvalidArguments, "`secret`"),
                alice(json!({"name": "New"})).refused(InvalidArguments, "`webhookId`"),
                alice(private).refused(InvalidArguments, "`targetUrl`"),
                bob(json!({"webhookId": id, "name": "Mine"}))
                    .refused(NotFound, "")
                    .calls(1),
            ],
        )
        .await;
        let webhook = world.client("alice").webhooks().get(id).await.unwrap();
        assert_eq!(webhook.secret.as_deref(), Some("another"));
    }
}
