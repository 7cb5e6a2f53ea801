//! Reads one webhook, or lists the caller's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::webhooks::{self, ListWebhooks};

use super::Webhook;
use crate::error::CallError;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};

/// Reads one webhook by webhookId, or without it lists the user's webhooks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Stands alone.
    webhook_id: Option<String>,
    /// org: admins only.
    #[schemars(extend("enum" = ["creator", "org"]))]
    owned_by: Option<String>,
    #[serde(flatten)]
    part: Part,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Webhooks {
    webhooks: Vec<Webhook>,
    page: PageInfo,
}

pub struct GetWebhook;

impl Tool for GetWebhook {
    const NAME: &'static str = "webex-get-webhook";
    const TITLE: &'static str = "Read or list webhooks";
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
            let query = ListWebhooks {
                max: Some(part.entries()),
                owned_by: owned_by.filter(|owner| owner == "org"),
            };
            let first = webhooks.list(&query);
            let (found, page) = context.listed(&webhooks::LIST, &part, first).await?;
            let webhooks = found.into_iter().map(Into::into).collect();
            return Ok(Webhooks { webhooks, page });
        };
        if owned_by.is_some() || part != Part::default() {
            return Err(CallError::invalid(
                "webhookId",
                "it names one webhook; leave out every other argument, or leave it out for a list",
            ));
        }
        Ok(Webhooks {
            webhooks: vec![webhooks.get(&id).await?.into()],
            page: PageInfo::whole(1),
        })
    }
}
