//! Deletes a webhook.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::webhooks;

use crate::error::CallError;
use crate::tool::{Context, Policy, Question, Tool};

/// Deletes a webhook; its deliveries stop. The confirmation reads it first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// From webex-get-webhook.
    webhook_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Deleted {
    pub(super) deleted: bool,
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
        context
            .webex
            .webhooks()
            .delete(&arguments.webhook_id)
            .await?;
        Ok(Deleted { deleted: true })
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
    use crate::tools::check::{World, alice, bob, check};

    #[tokio::test]
    async fn asks_by_name_then_deletes_once() {
        let world = World::new();
        let wanted = json!({"name": "Hook", "targetUrl": "https://hooks.example.com/", "resource": "rooms", "event": "all"});
        let made = world.facts("alice", "webex-create-webhook", wanted).await;
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
                alice(it.clone())
                    .confirmed()
                    .answers(json!({"deleted": true}))
                    .calls(2),
                alice(it).refused(NotFound, ""),
                alice(json!({})).refused(InvalidArguments, "`webhookId`"),
            ],
        )
        .await;
    }
}
