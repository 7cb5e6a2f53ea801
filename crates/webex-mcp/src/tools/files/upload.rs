//! Posts a file whose bytes come with the call, or lie on this machine.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::messages;

use super::source::Source;
use crate::error::CallError;
use crate::tool::{Context, Policy, Span, Tool};
use crate::tools::messages::writing::{To, Words};
use crate::tools::messages::{NOT_A_THREAD, Sent, advised};

/// Posts a file to a space or a person: bytes up to 1 MB, or a path where the server allows it.
/// By public URL: webex-share-file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    #[serde(flatten)]
    to: To,
    #[serde(flatten)]
    source: Source,
    /// Plain text.
    text: Option<String>,
    /// Markdown.
    markdown: Option<String>,
    /// Thread's first message.
    parent_id: Option<String>,
}

#[derive(Debug)]
pub struct UploadFile;

impl Tool for UploadFile {
    const NAME: &'static str = "webex-upload-file";
    const TITLE: &'static str = "Upload a file";
    const POLICY: Policy = Policy {
        span: Span::Transfer,
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
            ..messages::CreateMessage::to(arguments.to.destination()?)
        };
        let file = arguments.source.open(&context.rules).await?;
        let (progress, total) = (context.progress.clone(), file.length_bytes());
        let file = file.with_progress(move |sent| {
            progress.report(sent, Some(total), "bytes sent");
        });
        let sent = context.webex.messages().upload(&message, &file).await;
        let sent = sent.map_err(|error| advised(error, NOT_A_THREAD))?;
        Ok(Sent::of(sent))
    }
}
