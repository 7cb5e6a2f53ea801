//! Shares a file that has a public URL.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::messages;

use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};
use crate::tools::messages::writing::{To, Words, public_file};
use crate::tools::messages::{NOT_A_THREAD, Sent, advised};

/// Posts a file by its public URL to a space or a person. Without one: webex-upload-file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    #[serde(flatten)]
    to: To,
    /// One public URL.
    #[schemars(length(min = 1, max = 1))]
    files: Vec<String>,
    /// Plain text.
    text: Option<String>,
    /// Markdown.
    markdown: Option<String>,
    /// Thread's first message.
    parent_id: Option<String>,
}

#[derive(Debug)]
pub struct ShareFile;

impl Tool for ShareFile {
    const NAME: &'static str = "webex-share-file";
    const TITLE: &'static str = "Share a file by URL";
    const POLICY: Policy = Policy {
        operations: &[&messages::CREATE],
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Sent;

    async fn call(context: &Context, arguments: Arguments) -> Result<Sent, CallError> {
        let words = Words::new(arguments.text, arguments.markdown)?;
        let message = messages::CreateMessage {
            parent_id: arguments.parent_id,
            text: words.text,
            markdown: words.markdown,
            files: public_file(Some(arguments.files))?,
            ..messages::CreateMessage::to(arguments.to.destination()?)
        };
        let sent = context.webex.messages().create(&message).await;
        let sent = sent.map_err(|error| advised(error, NOT_A_THREAD))?;
        Ok(Sent::of(sent))
    }
}
