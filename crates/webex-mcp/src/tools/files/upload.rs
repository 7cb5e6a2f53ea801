//! Posts a file whose bytes come with the call, or lie on this machine.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::messages;

use super::source::Source;
use crate::error::CallError;
use crate::tool::{Context, Policy, Span, Tool};
use crate::tools::messages::Sent;
use crate::tools::messages::writing::{To, Words};

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
        Sent::of(context.webex.messages().upload(&message, &file).await)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
    use serde_json::json;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotConfigured, NotFound, TooLarge};
    use crate::limits::INLINE_UPLOAD_MAX_BYTES;
    use crate::tool::Rules;
    use crate::tools::check::{World, alice, by, check, with};

    #[tokio::test]
    async fn sends_bytes() {
        let world = World::new();
        let room = world.space("Project Unicorn").await;
        let to = json!({"roomId": room, "fileName": "notes.txt"});
        let content = |bytes: &[u8]| with(to.clone(), "content", STANDARD.encode(bytes));
        let good = content(b"some notes");
        let padless = with(to.clone(), "content", STANDARD_NO_PAD.encode("some notes"));
        let largest = content(&vec![b'x'; INLINE_UPLOAD_MAX_BYTES]);
        let sent = json!({"id": "*", "roomId": room});
        let cases = [
            alice(with(good.clone(), "text", "see"))
                .answers(sent.clone())
                .calls(1),
            alice(padless).answers(sent.clone()).calls(1),
            alice(largest).answers(sent).calls(1),
            alice(content(&vec![b'x'; INLINE_UPLOAD_MAX_BYTES + 1]))
                .refused(TooLarge, "`content`")
                .calls(0),
            alice(with(to.clone(), "content", "x".repeat(3_000_000)))
                .refused(TooLarge, "`content`")
                .calls(0),
            alice(content(b"")).refused(InvalidArguments, "`content`"),
            alice(with(to.clone(), "content", "not base64!"))
                .refused(InvalidArguments, "`content`"),
            alice(to.clone()).refused(InvalidArguments, "`content`"),
            alice(with(good.clone(), "path", "/tmp/x")).refused(InvalidArguments, "`content`"),
            alice(with(good.clone(), "fileName", "../x")).refused(InvalidArguments, "`fileName`"),
            alice(with(good.clone(), "fileName", "x.png")).refused(InvalidArguments, "`fileName`"),
            alice(with(good.clone(), "contentType", "image/png"))
                .refused(InvalidArguments, "`contentType`"),
            alice(with(good.clone(), "contentType", "text"))
                .refused(InvalidArguments, "`contentType`"),
            alice(json!({"roomId": room, "content": "eA=="}))
                .refused(InvalidArguments, "`fileName`"),
            alice(json!({"fileName": "x.txt", "content": "eA=="}))
                .refused(InvalidArguments, "`roomId`"),
            alice(json!({"roomId": room, "path": "/etc/passwd"}))
                .refused(InvalidArguments, "`path`"),
            by("ada", good).refused(NotFound, "").calls(1),
        ];
        check::<UploadFile>(&world, cases).await;
    }

    #[tokio::test]
    async fn sends_what_lies_in_allowed_directories_only() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let secret = outside.path().join("secret.txt");
        std::fs::write(&secret, "secret").unwrap();
        let good = inside.path().join("plan.csv");
        std::fs::write(&good, "a;b\n".repeat(100_000)).unwrap();
        let link = inside.path().join("link.txt");
        std::os::unix::fs::symlink(&secret, &link).unwrap();
        let rules = |directories| Rules {
            local: true,
            upload_directories: directories,
            ..Rules::default()
        };

        let world = World::with_rules(rules(vec![inside.path().to_owned()]));
        let room = world.space("Project Unicorn").await;
        let path = |path: &std::path::Path| json!({"roomId": room, "path": path});
        let refused = |it| alice(it).refused(InvalidArguments, "`path`");
        let cases = [
            alice(path(&good)).answers(json!({"id": "*"})).calls(1),
            refused(path(&secret)),
            refused(path(&link)),
            refused(path(
                &inside
                    .path()
                    .join("../")
                    .join(outside.path().file_name().unwrap())
                    .join("secret.txt"),
            )),
            refused(path(&inside.path().join("missing.csv"))),
            refused(path(inside.path())),
            alice(with(path(&good), "fileName", "plan.pdf"))
                .refused(InvalidArguments, "`fileName`"),
        ];
        check::<UploadFile>(&world, cases).await;

        let world = World::with_rules(rules(Vec::new()));
        let case = alice(path(&good)).refused(NotConfigured, "`path`").calls(0);
        check::<UploadFile>(&world, [case]).await;
    }
}
