//! Shares a file that has a public URL.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::messages;

use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};
use crate::tools::messages::Sent;
use crate::tools::messages::writing::{To, Words, public_file};

/// Shares a file from the web: puts (posts, sends) a document, report, PDF or picture at a public
/// web address (URL, link) into a space (room, channel), or gives a person a copy. Answers where it
/// went. A local file: webex-upload-file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    #[serde(flatten)]
    to: To,
    /// One public URL, such as ["https://host/a.pdf"].
    #[schemars(length(min = 1, max = 1))]
    files: Vec<String>,
    /// Words with the file, plain.
    text: Option<String>,
    /// Words with the file, in Markdown.
    markdown: Option<String>,
    /// To reply: first message's id or link.
    parent_id: Option<String>,
}

#[derive(Debug)]
pub struct ShareFile;

impl Tool for ShareFile {
    const NAME: &'static str = "webex-share-file";
    const TITLE: &'static str = "Share a file by URL";
    const POLICY: Policy = Sent::POLICY;

    type Arguments = Arguments;
    type Output = Sent;

    async fn call(context: &Context, arguments: Arguments) -> Result<Sent, CallError> {
        let words = Words::new(arguments.text, arguments.markdown)?;
        let message = messages::CreateMessage {
            parent_id: arguments.parent_id,
            files: public_file(Some(arguments.files))?,
            ..messages::CreateMessage::to(arguments.to.destination()?)
        };
        Sent::post(context, words, message, None).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, by, check, with};

    #[tokio::test]
    async fn posts_the_url() {
        let world = World::new();
        let room = world.space("Project Unicorn").await;
        let share = json!({"roomId": room, "files": ["https://example.com/plan.pdf"]});
        let files = |urls| with(share.clone(), "files", urls);
        let cases = [
            alice(with(share.clone(), "markdown", "the **plan**"))
                .answers(json!({"id": "*", "roomId": room}))
                .calls(2),
            alice(json!({"roomId": room, "text": "x"})).refused(InvalidArguments, "`files`"),
            alice(files(json!([]))).refused(InvalidArguments, "`files`"),
            alice(files(json!(["https://a.com/1", "https://a.com/2"])))
                .refused(InvalidArguments, "`files`"),
            alice(files(json!("https://example.com"))).answers(json!({"id": "*"})),
            alice(files(json!("[\"https://example.com\"]"))).answers(json!({"id": "*"})),
            alice(files(json!(""))).refused(InvalidArguments, "`files`"),
            alice(files(json!("example.com"))).refused(InvalidArguments, "`files[0]`"),
            alice(files(json!(["http://127.0.0.1/x"]))).refused(InvalidArguments, "`files[0]`"),
            alice(with(share.clone(), "toPersonEmail", "bob@example.com"))
                .refused(InvalidArguments, "`roomId`"),
            alice(with(share.clone(), "text", "x".repeat(7_440)))
                .refused(InvalidArguments, "`text`"),
            by("ada", share).refused(NotFound, "").calls(1),
        ];
        check::<ShareFile>(&world, cases).await;
    }
}
