//! Reads one webhook, or lists the caller's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::webhooks::{self, ListWebhooks};

use super::Webhook;
use crate::error::CallError;
use crate::limits;
use crate::tool::{Context, PageInfo, Policy, Tool, alone};

/// Reads one webhook by webhookId, or without it lists the user's webhooks. Secrets are not told.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Goes with nothing else.
    webhook_id: Option<String>,
    /// org: those of the whole organization, for admins.
    #[schemars(extend("enum" = ["creator", "org"]))]
    owned_by: Option<String>,
    /// Default 20.
    #[schemars(range(min = 1, max = 100))]
    max: Option<u32>,
    /// page.cursor of the answer before.
    cursor: Option<String>,
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
        if let Some(id) = &arguments.webhook_id {
            let others = [
                ("ownedBy", arguments.owned_by.is_some()),
                ("max", arguments.max.is_some()),
                ("cursor", arguments.cursor.is_some()),
            ];
            alone("webhookId", &others)?;
            return Ok(Webhooks {
                webhooks: vec![context.webex.webhooks().get(id).await?.into()],
                page: context.page::<()>(1, None)?,
            });
        }
        let query = ListWebhooks {
            max: Some(arguments.max.unwrap_or(limits::LIST_DEFAULT_ENTRIES)),
            owned_by: arguments.owned_by.filter(|owner| owner == "org"),
        };
        let webhooks = context.webex.webhooks();
        let first = webhooks.list(&query);
        let cursor = arguments.cursor.as_deref();
        let (found, page) = context.listed(&webhooks::LIST, cursor, first).await?;
        let webhooks = found.into_iter().map(Into::into).collect();
        Ok(Webhooks { webhooks, page })
    }
}
