//! Deletes a webhook.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::webhooks;

use super::{Webhook, received};
use crate::error::CallError;
use crate::tool::{Context, Policy, Question, Theirs, Tool};

/// Deletes (removes, gets rid of) a webhook (hook, callback) for good: its URL gets no more calls.
/// The user confirms first. For another URL: webex-update-webhook.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// From webex-get-webhook.
    webhook_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deleted {
    pub(super) deleted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) filter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) owned_by: Option<String>,
}

pub struct DeleteWebhook;

impl Tool for DeleteWebhook {
    const NAME: &'static str = "webex-delete-webhook";
    const TITLE: &'static str = "Delete a webhook";
    const POLICY: Policy = Policy {
        operations: &[&webhooks::DELETE, &webhooks::GET],
        extra_scopes: &["spark:webhooks_write"],
        ..Policy::DESTROY
    };

    type Arguments = Arguments;
    type Output = Deleted;

    async fn call(context: &Context, arguments: Arguments) -> Result<Deleted, CallError> {
        let (id, webhooks) = (&arguments.webhook_id, context.webex.webhooks());
        let was = Webhook::from(webhooks.get(id).await?);
        webhooks.delete(id).await?;
        received::forget(context, id).await;
        Ok(Deleted {
            deleted: true,
            name: was.name,
            target_url: was.target_url,
            resource: was.resource,
            event: was.event,
            filter: was.filter,
            owned_by: was.owned_by,
        })
    }

    async fn question(
        context: &Context,
        arguments: &Arguments,
    ) -> Result<Option<Question>, CallError> {
        let webhook = context.webex.webhooks().get(&arguments.webhook_id).await?;
        let question = Question::new("Delete ")
            .named("the webhook", webhook.name)
            .and("? Its target, ")
            .and(
                webhook
                    .target_url
                    .as_deref()
                    .unwrap_or("an unknown address"),
            )
            .and(", gets no more deliveries. This cannot be undone.");
        Ok(Some(question))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, check, with};

    #[tokio::test]
    async fn asks_by_name_then_deletes_once() {
        let world = World::new();
        let wanted = json!({"name": "Hook", "targetUrl": "https://hooks.example.com/",
            "resource": "rooms", "event": "all", "filter": "type=group"});
        let made = world
            .facts("alice", "webex-create-webhook", wanted.clone())
            .await;
        let it = json!({"webhookId": made["id"]});
        let asked = world.call("alice", DeleteWebhook::NAME, it.clone()).await;
        let body = serde_json::to_value(asked.unwrap_err().body()).unwrap();
        assert_eq!(
            body["question"],
            "Delete the webhook “Hook”? Its target, https://hooks.example.com/, gets no more deliveries. This cannot be undone."
        );
        check::<DeleteWebhook>(
            &world,
            [
                bob(it.clone()).refused(NotFound, ""),
                // What it was is all that making it again takes, but for the secret.
                alice(it.clone())
                    .confirmed()
                    .answers(with(wanted, "deleted", true))
                    .calls(3),
                alice(it).refused(NotFound, ""),
                alice(json!({})).refused(InvalidArguments, "`webhookId`"),
            ],
        )
        .await;
    }
}
