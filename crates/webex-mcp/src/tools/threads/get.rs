//! Reads a thread in the order in which it was written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::messages::{self, ListMessages};

use super::replies::{Shown, first_message, replies};
use crate::error::CallError;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};
use crate::tools::messages::{Asked, Message};

/// Reads a thread: its first message, then the replies (the newest 1,000), oldest first. Latest
/// first: webex-get-message with parentId.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Id, link or name.
    room_id: String,
    /// The thread's first message.
    parent_id: String,
    #[serde(flatten)]
    part: Part,
}

/// The thread, or the part of it that was asked for.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Thread {
    messages: Vec<Message>,
    /// Older replies were left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    older_omitted: bool,
    page: PageInfo,
}

#[derive(Debug)]
pub struct GetThread;

impl Tool for GetThread {
    const NAME: &'static str = "webex-get-thread";
    const TITLE: &'static str = "Read a thread";
    const POLICY: Policy = Policy {
        operations: &[&messages::LIST, &messages::GET],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Thread;

    async fn call(context: &Context, arguments: Arguments) -> Result<Thread, CallError> {
        let (room_id, parent_id) = (arguments.room_id.as_str(), arguments.parent_id.as_str());
        let query = ListMessages {
            parent_id: Some(parent_id.to_owned()),
            ..ListMessages::in_room(room_id)
        };
        let shown: Option<Shown> = context.position(arguments.part.cursor.as_deref())?;
        let (first, mut replies) = match &shown {
            Some(shown) => (None, replies(context, query, Some(shown)).await?),
            None => {
                let api = context.webex.messages();
                let (first, replies) =
                    tokio::join!(api.get(parent_id), replies(context, query, None));
                (first_message(first, &replies)?, replies?)
            }
        };
        // The parent comes on top of `max` replies.
        let entries = arguments.part.entries() as usize;
        let has_more = replies.messages.len() > entries;
        replies.messages.truncate(entries);
        let last = replies.messages.last().filter(|_| has_more).map(Shown::of);
        let asked = Asked {
            room_id: Some(room_id),
            parent_id: Some(parent_id),
        };
        let messages = first.into_iter().chain(replies.messages);
        let messages: Vec<_> = messages.map(|it| Message::of(it, asked)).collect();
        Ok(Thread {
            page: context.page(messages.len(), last.as_ref())?,
            messages,
            older_omitted: replies.older_omitted,
        })
    }
}
