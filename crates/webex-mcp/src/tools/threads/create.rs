//! Replies in a thread.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use webex::messages::{self, Destination};

use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};
use crate::tools::messages::Sent;
use crate::tools::messages::writing::{Words, cards, public_file};

/// Replies to a message: answers, responds or comments on a post, in the thread under it. Answers
/// where it went and its id. To read the thread: webex-get-thread; for a message of its own:
/// webex-create-message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// The space: id, link or title.
    room_id: String,
    /// The message to reply to: id or link.
    parent_id: String,
    /// Plain text.
    text: Option<String>,
    /// In Markdown, with mentions such as @Full Name.
    markdown: Option<String>,
    /// One public URL of a file.
    #[schemars(length(max = 1))]
    files: Option<Vec<String>>,
    /// One Adaptive Card as JSON.
    #[schemars(length(max = 1))]
    attachments: Option<Vec<Map<String, Value>>>,
}

#[derive(Debug)]
pub struct CreateThreadReply;

impl Tool for CreateThreadReply {
    const NAME: &'static str = "webex-create-thread-reply";
    const TITLE: &'static str = "Reply in a thread";
    const POLICY: Policy = Sent::POLICY;

    type Arguments = Arguments;
    type Output = Sent;

    async fn call(context: &Context, arguments: Arguments) -> Result<Sent, CallError> {
        let words = Words::new(arguments.text, arguments.markdown)?;
        let message = messages::CreateMessage {
            parent_id: Some(arguments.parent_id),
            files: public_file(arguments.files)?,
            attachments: cards(arguments.attachments)?,
            ..messages::CreateMessage::to(Destination::Room(arguments.room_id))
        };
        Sent::post(context, words, message, None).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, by, check, whole, with};

    #[tokio::test]
    async fn hangs_on_the_thread() {
        let world = World::new();
        let room = world.space("Project Unicorn").await;
        let words = json!({"roomId": room, "text": "a question"});
        let sent = world.facts("bob", "webex-create-message", words).await;
        let reply = json!({"roomId": room, "parentId": sent["id"]});
        let text = with(reply.clone(), "text", "an answer");
        let answered = json!({"id": "*", "roomId": room});
        let elsewhere = world.space("Engineering").await;
        let cases = [
            alice(text.clone()).answers(answered.clone()).calls(2),
            alice(with(
                reply.clone(),
                "files",
                json!(["https://example.com/a.png"]),
            ))
            .answers(answered)
            .calls(2),
            alice(reply.clone()).refused(InvalidArguments, "`text`"),
            alice(json!({"roomId": room, "text": "x"})).refused(InvalidArguments, "`parentId`"),
            alice(json!({"parentId": sent["id"], "text": "x"}))
                .refused(InvalidArguments, "`roomId`"),
            alice(with(reply.clone(), "markdown", "x".repeat(7_440)))
                .refused(InvalidArguments, "`markdown`"),
            alice(with(reply.clone(), "attachments", json!([{}])))
                .refused(InvalidArguments, "`attachments[0]`"),
            alice(with(text.clone(), "roomId", elsewhere))
                .refused(InvalidArguments, "")
                .calls(2),
            by("ada", text.clone()).refused(NotFound, "").calls(1),
        ];
        check::<CreateThreadReply>(&world, cases).await;
        let reply = world.facts("alice", CreateThreadReply::NAME, text).await;
        let read = world.client("alice");
        let read = read.messages().get(&whole("MESSAGE", &reply["id"])).await;
        assert_eq!(read.unwrap().parent_id, Some(whole("MESSAGE", &sent["id"])));
        // A reply to the reply stands in the same thread, and the answer says so.
        let next = json!({"roomId": room, "parentId": reply["id"], "text": "and another"});
        let in_thread = json!({"id": "*", "usedParentId": sent["id"]});
        let next = alice(next).answers(in_thread).calls(4);
        check::<CreateThreadReply>(&world, [next]).await;
    }
}
