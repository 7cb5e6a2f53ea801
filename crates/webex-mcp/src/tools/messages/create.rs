//! Posts a message: to a space, or to a person directly.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use webex::messages;

use super::Sent;
use super::writing::{To, Words, cards, public_file};
use crate::error::CallError;
use crate::limits::MESSAGE_HTML_MAX_BYTES;
use crate::tool::{Context, Policy, Tool};

/// Posts (sends, writes) a message: tells everybody in a space (room, channel, group chat)
/// something, posts an update, news or a summary, lets people know or asks them; or writes
/// privately to one person (direct message, DM, text, ping). Plain text, or formatted in Markdown
/// (bold, headings). Answers where it went, whom it mentions, and its id. A local file:
/// webex-upload-file; in a thread: webex-create-thread-reply; with buttons: webex-send-card.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    #[serde(flatten)]
    to: To,
    /// Plain text; beside a card, what is shown without it.
    text: Option<String>,
    /// In Markdown; mention @Full Name, <@personEmail:a@b.c>, or <@all>.
    markdown: Option<String>,
    /// HTML; sent as Markdown.
    #[schemars(length(max = MESSAGE_HTML_MAX_BYTES))]
    html: Option<String>,
    /// One public URL, such as ["https://host/a.pdf"].
    #[schemars(length(max = 1))]
    files: Option<Vec<String>>,
    /// One Adaptive Card as JSON.
    #[schemars(length(max = 1))]
    attachments: Option<Vec<Map<String, Value>>>,
    /// To reply: first message's id or link.
    parent_id: Option<String>,
}

#[derive(Debug)]
pub struct CreateMessage;

impl Tool for CreateMessage {
    const NAME: &'static str = "webex-create-message";
    const TITLE: &'static str = "Send a message";
    const POLICY: Policy = Sent::POLICY;

    type Arguments = Arguments;
    type Output = Sent;

    async fn call(context: &Context, arguments: Arguments) -> Result<Sent, CallError> {
        let words = Words::with_html(arguments.text, arguments.markdown, arguments.html)?;
        let message = messages::CreateMessage {
            parent_id: arguments.parent_id,
            files: public_file(arguments.files)?,
            attachments: cards(arguments.attachments)?,
            ..messages::CreateMessage::to(arguments.to.destination()?)
        };
        Sent::post(context, words, message, None).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check, whole, with};
    use crate::tools::messages::sent::NOT_A_THREAD;
    use webex_sandbox::Fault;

    #[tokio::test]
    async fn sends_to_one_place() {
        let world = World::new();
        let unicorn = world.space("Project Unicorn").await;
        let leadership = world.space("Leadership").await;
        let announcements = world.space("Announcements").await;
        let card = json!({"type": "AdaptiveCard", "version": "1.3", "body": []});
        let large_card = with(card.clone(), "body", json!(["x".repeat(64 * 1024)]));
        let script = json!([{"type": "Image", "url": "javascript:alert(1)"}]);
        let script_card = with(card.clone(), "body", script);
        let long_url = format!("https://example.com/{}", "x".repeat(2_048));
        check::<CreateMessage>(
            &world,
            [
                alice(json!({"roomId": unicorn, "text": "hi"}))
                    .answers(json!({"id": "*", "roomId": unicorn}))
                    .calls(2),
                alice(json!({"toPersonEmail": "bob@example.com", "markdown": "**hi**"}))
                    .answers(json!({"id": "*", "roomId": "*"}))
                    .calls(1),
                alice(json!({"toPersonId": world.person("bob"), "html": "<b>hi</b>"}))
                    .answers(json!({"roomId": "*"}))
                    .calls(2),
                alice(json!({"roomId": unicorn, "attachments": [card]}))
                    .answers(json!({"id": "*"}))
                    .calls(2),
                alice(json!({"roomId": unicorn, "files": ["https://example.com/a.pdf"]}))
                    .answers(json!({"id": "*"}))
                    .calls(2),
                alice(json!({"text": "hi"})).refused(InvalidArguments, "`roomId`"),
                alice(json!({"roomId": unicorn, "toPersonEmail": "bob@example.com", "text": "hi"}))
                    .refused(InvalidArguments, "several destinations"),
                alice(json!({"roomId": unicorn})).refused(InvalidArguments, "`text`"),
                alice(json!({"roomId": unicorn, "text": " "})).refused(InvalidArguments, "`text`"),
                alice(json!({"roomId": unicorn, "txt": "hi"})).refused(InvalidArguments, "`txt`"),
                alice(json!({"roomId": unicorn, "text": 5}))
                    .answers(json!({"id": "*"}))
                    .calls(2),
                alice(json!({"toPersonEmail": "Bob <mailto:bob@example.com>", "text": "hi"}))
                    .answers(json!({"id": "*"}))
                    .calls(1),
                alice(json!({"toPersonId": "Bob Smith <bob@example.com>", "text": "hi"}))
                    .answers(json!({"id": "*"})),
                alice(json!({"roomId": unicorn, "text": true})).refused(InvalidArguments, "`text`"),
                alice(json!({"roomId": unicorn, "text": "\u{200b}\u{2060}"}))
                    .refused(InvalidArguments, "`text`"),
                alice(json!({"roomId": unicorn, "files": "https://a.example/x.pdf,https://a.example/y.pdf"}))
                    .refused(InvalidArguments, "`files`: it may have at most 1"),
                alice(json!({"toPersonEmail": "bob", "text": "hi"}))
                    .refused(InvalidArguments, "`toPersonEmail`"),
                alice(json!({"roomId": unicorn, "markdown": "é".repeat(3_720)}))
                    .refused(InvalidArguments, "7440 bytes"),
                alice(json!({"roomId": unicorn, "files": ["a", "b"]}))
                    .refused(InvalidArguments, "`files`"),
                alice(json!({"roomId": unicorn, "files": ["file:///etc/passwd"]}))
                    .refused(InvalidArguments, "`files[0]`"),
                alice(json!({"roomId": unicorn, "text": "x".repeat(7_440)}))
                    .refused(InvalidArguments, "`text`: it may have at most 7439"),
                alice(json!({"roomId": unicorn, "files": [long_url]}))
                    .refused(InvalidArguments, "`files[0]`: it may have at most 2048"),
                alice(json!({"roomId": unicorn, "attachments": [large_card]})).refused(
                    InvalidArguments,
                    "`attachments[0]`: it may have at most 65536 bytes",
                ),
                alice(json!({"roomId": unicorn, "attachments": [script_card]}))
                    .refused(InvalidArguments, "`attachments[0].body[0].url`"),
                alice(json!({"roomId": unicorn, "attachments": [{"type": "Card"}]}))
                    .refused(InvalidArguments, "`attachments[0]`"),
                bob(json!({"roomId": leadership, "text": "hi"}))
                    .refused(NotFound, "")
                    .calls(1),
                bob(json!({"roomId": announcements, "text": "hi"}))
                    .refused(Forbidden, "")
                    .calls(1),
                by("nobody", json!({"roomId": unicorn, "text": "hi"}))
                    .refused(crate::error::Code::Unauthorized, "token")
                    .calls(1),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn mentions_notify_and_replies_hang_on_their_thread() {
        let world = World::new();
        let unicorn = world.space("Project Unicorn").await;
        let send = |arguments| world.facts("alice", CreateMessage::NAME, arguments);
        let client = world.client("alice");
        for field in ["text", "markdown"] {
            let words = "&lt;@personEmail:bob@example.com|Bob&gt; look";
            let sent = send(json!({"roomId": unicorn, field: words})).await;
            let read = client.messages().get(&whole("MESSAGE", &sent["id"])).await;
            assert_eq!(
                read.unwrap().mentioned_people,
                Some(vec![world.person("bob")])
            );
        }
        let sent = send(json!({"roomId": unicorn, "text": "first"})).await;
        let reply = json!({"roomId": unicorn, "text": "second", "parentId": sent["id"]});
        let reply = send(reply).await;
        let read = client.messages().get(&whole("MESSAGE", &reply["id"])).await;
        assert_eq!(read.unwrap().parent_id, Some(whole("MESSAGE", &sent["id"])));
        let to_reply = json!({"roomId": unicorn, "text": "third", "parentId": reply["id"]});
        let third = send(to_reply.clone()).await;
        assert_eq!(third["usedParentId"], sent["id"]);
        let read = client.messages().get(&whole("MESSAGE", &third["id"])).await;
        assert_eq!(read.unwrap().parent_id, Some(whole("MESSAGE", &sent["id"])));
        // In another space there is no such thread.
        let engineering = world.space("Engineering").await;
        let elsewhere = with(to_reply, "roomId", engineering);
        let error = world.call("alice", CreateMessage::NAME, elsewhere).await;
        let error = error.unwrap_err();
        assert_eq!(
            (error.code, &*error.advice),
            (InvalidArguments, NOT_A_THREAD)
        );
        // Nobody hears of an argument that was not given.
        world.sandbox.faults().next(1, Fault::status(400));
        let post = json!({"roomId": unicorn, "text": "fourth"});
        let error = world.call("alice", CreateMessage::NAME, post).await;
        let advice = error.unwrap_err().advice;
        assert!(!advice.contains("parentId"), "{advice}");
    }
}
