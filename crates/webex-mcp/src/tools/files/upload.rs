//! Posts a file whose bytes come with the call, or lie on this machine.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::messages;

use super::source::{Opened, Source};
use crate::error::CallError;
use crate::tool::{Context, Offer, Policy, Span, Tool};
use crate::tools::messages::Sent;
use crate::tools::messages::writing::{To, Words};

/// Uploads a file from your computer (laptop, desktop, disk): attaches and sends a local document,
/// report, presentation, spreadsheet, picture or screenshot to a space (room, channel, chat) or a
/// person. As base64 up to 1 MB, by path where the server allows it, or, without both, at an
/// address that is answered, up to 100 MB. With a public URL: webex-share-file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    #[serde(flatten)]
    to: To,
    #[serde(flatten)]
    source: Source,
    /// Words with the file, plain.
    text: Option<String>,
    /// Words with the file, in Markdown.
    markdown: Option<String>,
    /// To reply: first message's id or link.
    parent_id: Option<String>,
}

/// The message, or where to send the bytes first.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Uploaded {
    #[serde(flatten)]
    pub(super) sent: Option<Sent>,
    #[serde(flatten)]
    pub(super) offer: Option<Offer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<&'static str>,
}

const NEXT: &str = "Nothing is posted yet. Send the bytes with HTTP PUT to uploadUrl (curl -T), then call again with uploadId and the same other arguments.";

#[derive(Debug)]
pub struct UploadFile;

impl Tool for UploadFile {
    const NAME: &'static str = "webex-upload-file";
    const TITLE: &'static str = "Upload a file";
    const POLICY: Policy = Policy {
        span: Span::Transfer,
        ..Sent::POLICY
    };

    type Arguments = Arguments;
    type Output = Uploaded;

    async fn call(context: &Context, arguments: Arguments) -> Result<Uploaded, CallError> {
        let words = Words::new(arguments.text, arguments.markdown)?;
        let message = messages::CreateMessage {
            parent_id: arguments.parent_id,
            ..messages::CreateMessage::to(arguments.to.destination()?)
        };
        let (file, upload_id) = match arguments.source.open(context).await? {
            Opened::File { upload, upload_id } => (upload, upload_id),
            Opened::Offer(offer) => {
                return Ok(Uploaded {
                    offer: Some(offer),
                    next: Some(NEXT),
                    ..Default::default()
                });
            }
        };
        let (progress, total) = (context.progress.clone(), file.length_bytes());
        let file = file.with_progress(move |sent| {
            progress.report(sent, Some(total), "bytes sent");
        });
        let sent = Sent::post(context, words, message, Some(&file)).await?;
        if let Some(id) = upload_id {
            context.forget_upload(&id).await;
        }
        Ok(Uploaded {
            sent: Some(sent),
            ..Default::default()
        })
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
    use crate::tools::check::{Upload, World, alice, by, check, with};

    #[tokio::test]
    async fn sends_bytes() {
        let world = World::new();
        let room = world.space("Project Unicorn").await;
        let to = json!({"roomId": room, "fileName": "notes.txt"});
        let content = |bytes: &[u8]| with(to.clone(), "content", STANDARD.encode(bytes));
        let good = content(b"some notes");
        let padless = with(to.clone(), "content", STANDARD_NO_PAD.encode("some notes"));
        let largest = content(&vec![b'x'; INLINE_UPLOAD_MAX_BYTES]);
        let lines = STANDARD.encode("some notes").replace('b', "b\r\n") + "\n";
        let in_lines = with(to.clone(), "content", lines);
        let sent = json!({"id": "*", "roomId": room});
        let cases = [
            alice(with(good.clone(), "text", "see"))
                .answers(sent.clone())
                .calls(2),
            alice(padless).answers(sent.clone()).calls(2),
            alice(in_lines).answers(sent.clone()).calls(2),
            alice(largest).answers(sent).calls(2),
            alice(content(&vec![b'x'; INLINE_UPLOAD_MAX_BYTES + 1]))
                .refused(TooLarge, "`content`")
                .calls(0),
            alice(with(to.clone(), "content", "x".repeat(3_000_000)))
                .refused(TooLarge, "`content`")
                .calls(0),
            alice(content(b"")).refused(InvalidArguments, "`content`"),
            alice(with(to.clone(), "content", "not base64!"))
                .refused(InvalidArguments, "`content`"),
            // Nothing takes bytes beside the arguments here.
            alice(to.clone()).refused(InvalidArguments, "`content`"),
            alice(with(to.clone(), "uploadId", "x")).refused(NotFound, "`uploadId`"),
            alice(with(good.clone(), "path", "/tmp/x")).refused(InvalidArguments, "`content`"),
            alice(with(good.clone(), "fileName", "../x")).refused(InvalidArguments, "`fileName`"),
            alice(with(good.clone(), "fileName", "..")).refused(InvalidArguments, "`fileName`"),
            alice(with(good.clone(), "fileName", ". ")).refused(InvalidArguments, "`fileName`"),
            alice(with(good.clone(), "fileName", "a\nb")).refused(InvalidArguments, "`fileName`"),
            alice(with(good.clone(), "fileName", "a\u{2028}b.txt"))
                .refused(InvalidArguments, "`fileName`"),
            alice(with(good.clone(), "fileName", "a\u{2029}b.txt"))
                .refused(InvalidArguments, "`fileName`"),
            alice(with(good.clone(), "fileName", "\u{202e}txt.exe"))
                .refused(InvalidArguments, "`fileName`"),
            alice(with(good.clone(), "contentType", "text/*"))
                .refused(InvalidArguments, "`contentType`"),
            alice(with(good.clone(), "contentType", "text/"))
                .refused(InvalidArguments, "`contentType`"),
            alice(with(good.clone(), "contentType", "*/*; q=1"))
                .refused(InvalidArguments, "`contentType`"),
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
    async fn a_name_with_quotes_arrives_as_it_is() {
        let world = World::new();
        let room = world.space("Project Unicorn").await;
        let name = "the \"final\" plan; v=2.txt";
        let file = json!({"roomId": room, "fileName": name, "content": "eA=="});
        let sent = world.facts("alice", UploadFile::NAME, file).await;
        let message = json!({"messageId": sent["id"]});
        let read = world.facts("bob", "webex-get-message", message).await;
        let url = json!({"fileUrl": read["messages"][0]["files"][0]});
        let details = world.facts("bob", "webex-get-file-details", url).await;
        assert_eq!(details["name"], name);
    }

    #[tokio::test]
    async fn a_reply_to_a_reply_goes_into_its_thread() {
        let world = World::new();
        let room = world.space("Project Unicorn").await;
        let words =
            |parent: &serde_json::Value| json!({"roomId": room, "parentId": parent, "text": "x"});
        let send = |words| world.facts("bob", "webex-create-message", words);
        let first = send(words(&json!(null))).await;
        let reply = send(words(&first["id"])).await;
        let file = json!({"content": STANDARD.encode("x"), "fileName": "x.txt"});
        let file = with(
            with(file, "roomId", room.clone()),
            "parentId",
            reply["id"].clone(),
        );
        let sent = json!({"id": "*", "usedParentId": first["id"]});
        check::<UploadFile>(&world, [alice(file).answers(sent).calls(4)]).await;
    }

    #[tokio::test]
    async fn sends_what_came_in_beside_the_arguments() {
        let inbox = Upload::of("notes.txt", "text/plain");
        let world = World::with_inbox(inbox.clone());
        let room = world.space("Project Unicorn").await;
        let to = json!({"roomId": room, "text": "see"});
        let named = with(to.clone(), "fileName", "notes.txt");
        let offer =
            json!({"uploadUrl": "*", "uploadId": "1", "maxBytes": 7, "next": "*", "id": null});
        let with_id = |object: serde_json::Value, id: &str| with(object, "uploadId", id);
        let cases = [
            alice(named.clone()).answers(offer).calls(0),
            alice(to.clone()).refused(InvalidArguments, "`content`"),
            alice(json!({"fileName": "notes.txt"})).refused(InvalidArguments, "`roomId`"),
            alice(with(named.clone(), "fileName", "../x")).refused(InvalidArguments, "`fileName`"),
            alice(with_id(to.clone(), "1"))
                .refused(NotFound, "")
                .calls(0),
        ];
        check::<UploadFile>(&world, cases).await;

        inbox.arrive("some notes");
        let content = with(named.clone(), "content", "eA==");
        let cases = [
            by("bob", with_id(named.clone(), "1"))
                .refused(NotFound, "")
                .calls(0),
            alice(with_id(content, "1")).refused(InvalidArguments, "`content`"),
            alice(with_id(with(to.clone(), "fileName", "x.png"), "1"))
                .refused(InvalidArguments, "`fileName`"),
            by("alice", with_id(json!({"roomId": "x".repeat(79)}), "1")).refused(NotFound, ""),
        ];
        check::<UploadFile>(&world, cases).await;
        // What Webex has not taken stays, what it has taken goes.
        let refusal = webex_sandbox::Fault::Status {
            code: 403,
            retry_after_secs: None,
            html: false,
        };
        world.sandbox.faults().next(1, refusal);
        let refused = world.call("alice", UploadFile::NAME, with_id(named.clone(), "1"));
        assert_eq!(
            refused.await.unwrap_err().code,
            crate::error::Code::Forbidden
        );
        assert!(inbox.is_there());
        let sent = json!({"id": "*", "roomId": room, "uploadUrl": null, "next": null});
        check::<UploadFile>(&world, [alice(with_id(named, "1")).answers(sent)]).await;
        assert!(!inbox.is_there());
    }

    #[tokio::test]
    async fn sends_what_lies_in_allowed_directories_only() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let secret = outside.path().join("secret.txt");
        std::fs::write(&secret, "secret").unwrap();
        let good = inside.path().join("plan.csv");
        std::fs::write(&good, "a;b\n".repeat(100_000)).unwrap();
        let link = inside.path().join("link.txt");
        // Elsewhere it is a file that is not there, which is refused in the same words.
        #[cfg(unix)]
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
            alice(path(&good)).answers(json!({"id": "*"})).calls(2),
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
