//! Reads a thread in the order in which it was written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::messages::{self, ListMessages};

use super::replies::{Shown, first_message, page, replies};
use crate::error::CallError;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};
use crate::tools::messages::{Asked, Message};

/// Reads a thread: the whole discussion (conversation) under one message, post or announcement,
/// what people replied, answered or commented after it. The first one, then all replies, oldest
/// first, at most the newest 1,000. A space's other messages: webex-get-message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// The space: id, link or title.
    room_id: String,
    /// The thread's first message: id or link.
    parent_id: String,
    #[serde(flatten)]
    part: Part,
}

/// The thread, or the part of it that was asked for.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Thread {
    pub(super) messages: Vec<Message>,
    /// Older replies were left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) older_omitted: bool,
    pub(super) page: PageInfo,
}

#[derive(Debug)]
pub struct GetThread;

impl Tool for GetThread {
    const NAME: &'static str = "webex-get-thread";
    const TITLE: &'static str = "Read a thread and its replies";
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
        let (first, replies) = match &shown {
            Some(shown) => (None, replies(context, query, Some(shown)).await?),
            None => {
                let api = context.webex.messages();
                let (first, replies) =
                    tokio::join!(api.get(parent_id), replies(context, query, None));
                (first_message(first, &replies)?, replies?)
            }
        };
        let asked = Asked {
            room_id: Some(room_id),
            parent_id: Some(parent_id),
        };
        let entries = arguments.part.entries();
        let (messages, next) = page(first, replies.messages, entries, asked);
        Ok(Thread {
            page: context.page(messages.len(), next.as_ref())?,
            messages,
            older_omitted: replies.older_omitted,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::limits::THREAD_MAX_REPLIES;
    use crate::tools::check::{World, alice, by, check};

    /// A thread in Project Unicorn with so many replies; its space and its first message.
    async fn thread(world: &World, replies: usize) -> (String, String) {
        let room = world.space("Project Unicorn").await;
        let client = world.client("bob");
        let mut parent_id = None;
        for number in 0..=replies {
            let to = messages::Destination::Room(room.clone());
            let mut message = messages::CreateMessage::to(to);
            message.text = Some(number.to_string());
            message.parent_id = parent_id.clone();
            let sent = client.messages().create(&message).await.unwrap();
            parent_id = parent_id.or(Some(sent.id));
        }
        (room, parent_id.unwrap())
    }

    #[tokio::test]
    async fn reads_in_the_order_of_writing() {
        let world = World::new();
        let (room, parent) = thread(&world, 3).await;
        let ask = json!({"roomId": room, "parentId": parent});
        let said = |text: &str| json!({"text": text, "roomId": null, "parentId": null});
        let all = [said("0"), said("1"), said("2"), said("3")];
        let whole = world.facts("alice", GetThread::NAME, ask.clone()).await;
        let reply = whole["messages"][1]["id"].as_str().unwrap();
        let mut page = ask.clone();
        page["max"] = json!(2);
        let first = world.facts("alice", GetThread::NAME, page.clone()).await;
        page["cursor"] = first["page"]["cursor"].clone();
        let unanswered = json!({"roomId": room, "text": "anyone?"});
        let unanswered = world.facts("bob", "webex-create-message", unanswered).await;
        let cases = [
            alice(ask.clone())
                .answers(json!({"messages": all, "olderOmitted": null, "page": {"cursor": null}}))
                .calls(2),
            alice(page)
                .answers(json!({"messages": [said("3")], "page": {"cursor": null}}))
                .calls(1),
            alice(json!({"roomId": room, "parentId": unanswered["id"]}))
                .answers(json!({"messages": [said("anyone?")]}))
                .calls(2),
            alice(json!({"roomId": room, "parentId": reply}))
                .refused(InvalidArguments, "`parentId`")
                .calls(2),
            alice(json!({"roomId": room})).refused(InvalidArguments, "`parentId`"),
            alice(json!({"roomId": room, "parentId": parent, "cursor": "x"}))
                .refused(InvalidArguments, "`cursor`"),
            by("ada", ask).refused(NotFound, ""),
        ];
        check::<GetThread>(&world, cases).await;
        let of_reply = json!({"roomId": room, "parentId": reply});
        let error = world.call("alice", GetThread::NAME, of_reply).await;
        assert!(error.unwrap_err().advice.contains(&parent));
    }

    #[tokio::test]
    async fn says_that_older_replies_are_left_out() {
        let world = World::new();
        let (room, parent) = thread(&world, THREAD_MAX_REPLIES + 4).await;
        let (mut seen, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let page = json!({"roomId": room, "parentId": parent, "max": 100, "cursor": cursor});
            let page = world.facts("alice", GetThread::NAME, page).await;
            assert_eq!(page["olderOmitted"] == true, cursor.is_null());
            seen.extend(page["messages"].as_array().unwrap().clone());
            cursor = page["page"]["cursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        let texts: Vec<_> = seen.iter().map(|it| it["text"].as_str().unwrap()).collect();
        let expected = (5..=THREAD_MAX_REPLIES + 4).map(|number| number.to_string());
        let expected: Vec<_> = std::iter::once("0".to_owned()).chain(expected).collect();
        assert_eq!(texts, expected);
    }
}
