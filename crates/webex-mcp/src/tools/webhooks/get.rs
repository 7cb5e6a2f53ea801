//! Reads one webhook, or lists the caller's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::webhooks::{self, ListWebhooks};

use super::{Webhook, received};
use crate::error::CallError;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};

/// Lists all webhooks (hooks, callbacks), or tells about one: how it is set up, which changes it
/// watches (messages, memberships, cards), where it points (its target URL), and whether it is
/// active. To change one: webex-update-webhook.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// One webhook's id; without it all are listed.
    webhook_id: Option<String>,
    /// org: those of the organization (administrators only).
    #[schemars(extend("enum" = ["creator", "org"]))]
    owned_by: Option<String>,
    #[serde(flatten)]
    part: Part,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Webhooks {
    pub(super) webhooks: Vec<Webhook>,
    pub(super) page: PageInfo,
}

pub struct GetWebhook;

impl Tool for GetWebhook {
    const NAME: &'static str = "webex-get-webhook";
    const TITLE: &'static str = "List webhooks, or see how one is set up";
    const POLICY: Policy = Policy {
        operations: &[&webhooks::GET, &webhooks::LIST],
        extra_scopes: &["spark:webhooks_read"],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Webhooks;

    async fn call(context: &Context, arguments: Arguments) -> Result<Webhooks, CallError> {
        let Arguments {
            webhook_id,
            owned_by,
            part,
        } = arguments;
        let webhooks = context.webex.webhooks();
        let Some(id) = webhook_id else {
            let part = context.opened(&part)?;
            let query = ListWebhooks {
                max: Some(part.page_size),
                owned_by: owned_by.filter(|owner| owner == "org"),
            };
            let first = || webhooks.list(&query);
            let entry = |webhook: webhooks::Webhook| Some(webhook.into());
            let listed = context.listed(&webhooks::LIST, &query, part, first, entry);
            let (mut webhooks, page) = listed.await?;
            received::tell(context, &mut webhooks).await;
            return Ok(Webhooks { webhooks, page });
        };
        if owned_by.is_some() || part != Part::default() {
            return Err(CallError::invalid(
                "webhookId",
                "it names one webhook; leave out every other argument, or leave it out for a list",
            ));
        }
        let mut webhooks = vec![webhooks.get(&id).await?.into()];
        received::tell(context, &mut webhooks).await;
        Ok(Webhooks {
            webhooks,
            page: PageInfo::whole(1),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, check, with};

    #[tokio::test]
    async fn reads_and_lists_without_secrets() {
        let world = World::new();
        for name in ["One", "Two"] {
            let wanted = json!({"name": name, "targetUrl": "https://hooks.example.com/", "resource": "rooms", "event": "all"});
            world.facts("alice", "webex-create-webhook", wanted).await;
        }
        let asked = json!({"max": 1});
        let page = world.facts("alice", GetWebhook::NAME, asked.clone()).await;
        let id = &page["webhooks"][0]["id"];
        let rest = with(asked, "cursor", page["page"]["cursor"].clone());
        let one =
            json!({"webhooks": [{"id": id, "event": "all", "status": "active", "secret": null}]});
        check::<GetWebhook>(
            &world,
            [
                alice(json!({}))
                    .answers(json!({"webhooks": [{"secret": null}, {}]}))
                    .calls(1),
                alice(rest)
                    .answers(json!({"webhooks": [{}], "page": {"cursor": null}}))
                    .calls(1),
                alice(json!({"webhookId": id})).answers(one).calls(1),
                bob(json!({})).answers(json!({"webhooks": []})),
                bob(json!({"webhookId": id})).refused(NotFound, ""),
                alice(json!({"webhookId": id, "max": 1})).refused(InvalidArguments, "`webhookId`"),
                alice(json!({"webhookId": id, "ownedBy": "org"}))
                    .refused(InvalidArguments, "`webhookId`"),
                alice(json!({"ownedBy": "me"})).refused(InvalidArguments, "`ownedBy`"),
            ],
        )
        .await;
    }
}
