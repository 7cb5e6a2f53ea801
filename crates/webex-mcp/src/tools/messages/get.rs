//! Reads one message, or lists those of a space.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::messages;

use super::listing::Listing;
use super::{Asked, Message, Messages, bots_see_mentions};
use crate::error::CallError;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};

/// Reads one message, or lists those of a space, or of the direct space with a person (looked up
/// first), newest first. By words: webex-search-messages; a thread: webex-get-thread.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// One message; stands alone.
    message_id: Option<String>,
    #[serde(flatten)]
    listing: Listing,
    #[serde(flatten)]
    part: Part,
}

#[derive(Debug)]
pub struct GetMessage;

impl Tool for GetMessage {
    const NAME: &'static str = "webex-get-message";
    const TITLE: &'static str = "Read messages";
    const POLICY: Policy = Policy {
        operations: &[&messages::GET, &messages::LIST, &messages::LIST_DIRECT],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Messages;

    async fn call(context: &Context, arguments: Arguments) -> Result<Messages, CallError> {
        match &arguments.message_id {
            Some(id) if arguments.is_one() => one(context, id).await,
            Some(_) => Err(CallError::invalid(
                "messageId",
                "it names one message; leave out every other argument, or leave it out for a list",
            )),
            None => list(context, &arguments.listing, &arguments.part).await,
        }
    }
}

impl Arguments {
    fn is_one(&self) -> bool {
        self.listing == Listing::default() && self.part == Part::default()
    }
}

async fn one(context: &Context, id: &str) -> Result<Messages, CallError> {
    let message = context.webex.messages().get(id).await?;
    Ok(Messages {
        messages: vec![Message::of(message, Asked::default())],
        page: PageInfo::whole(1),
    })
}

async fn list(context: &Context, listing: &Listing, part: &Part) -> Result<Messages, CallError> {
    listing.check()?;
    let first = listing.first(context, part.entries());
    let listed = context.listed(&messages::LIST, part, first).await;
    let (mut items, mut page) = listed.map_err(bots_see_mentions)?;
    // Webex knows no lower bound: the list ends where the first older message stands.
    let end = items.iter().position(|item| listing.filters.ends_at(item));
    if let Some(end) = end {
        items.truncate(end);
        page = PageInfo::whole(end);
    }
    let messages = items.into_iter();
    Ok(Messages {
        messages: messages
            .map(|item| Message::of(item, listing.asked()))
            .collect(),
        page,
    })
}
