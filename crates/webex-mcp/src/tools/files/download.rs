//! Fetches a file: small ones into the answer, large ones behind a link.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use webex::contents;

use super::{Facts, collected, of_file};
use crate::error::CallError;
use crate::limits::CALL_DEADLINE;
use crate::tool::{Context, Link, Policy, ShelfFile, Span, Tool};

/// Fetches a file: up to 256 KB as base64, else as a link. Only its size: webex-get-file-details.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// From the files of a message.
    file_url: String,
    /// Also if it cannot be scanned for malware.
    allow_unscannable: Option<bool>,
}

/// A file, or where it is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Downloaded {
    #[serde(flatten)]
    file: Facts,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    /// Where to fetch it, for a short while.
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    #[serde(skip)]
    link: Option<Link>,
}

#[derive(Debug)]
pub struct DownloadFile;

impl Tool for DownloadFile {
    const NAME: &'static str = "webex-download-file";
    const TITLE: &'static str = "Download a file";
    const POLICY: Policy = Policy {
        span: Span::Transfer,
        operations: &[&contents::GET],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Downloaded;

    async fn call(context: &Context, arguments: Arguments) -> Result<Downloaded, CallError> {
        let allow_unscannable = arguments.allow_unscannable.unwrap_or(false);
        // What fits into an answer comes as fast as one; a scan that takes longer is told.
        let webex = context.webex.clone();
        let webex = webex.with_deadline(Instant::now() + CALL_DEADLINE);
        let contents = webex.contents();
        let file = contents.get(&arguments.file_url, allow_unscannable);
        let mut file = file.await.map_err(of_file)?;
        let bytes = collected(&mut file, &context.progress).await?;
        let link = match &bytes {
            Some(_) => None,
            None => {
                let details = file.details.clone();
                let placed = context.place_file(ShelfFile {
                    url: arguments.file_url,
                    name: details.file_name.unwrap_or_else(|| "file".to_owned()),
                    mime_type: details.content_type,
                    size_bytes: details.length_bytes,
                    allow_unscannable,
                });
                Some(placed.await?)
            }
        };
        Ok(Downloaded {
            file: file.details.into(),
            base64: bytes.map(|bytes| STANDARD.encode(bytes)),
            uri: link.as_ref().map(|link| link.uri.clone()),
            link,
        })
    }

    fn links(output: &Downloaded) -> Vec<Link> {
        output.link.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use webex_sandbox::{Fault, FileState};

    use super::*;
    use crate::error::Code::{Gone, InvalidArguments, Locked, NotFound, Unavailable};
    use crate::limits::INLINE_DOWNLOAD_MAX_BYTES;
    use crate::tools::check::{World, alice, by, check, with};

    async fn uploaded(world: &World, bytes: Vec<u8>) -> String {
        let to = webex::messages::Destination::Email("bob@example.com".into());
        let message = webex::messages::CreateMessage::to(to);
        let file = webex::Upload::from_bytes("data.bin", "application/octet-stream", bytes);
        let client = world.client("alice");
        let sent = client.messages().upload(&message, &file.unwrap()).await;
        sent.unwrap().files.unwrap().remove(0)
    }

    #[tokio::test]
    async fn small_files_come_inline_and_large_ones_by_link() {
        let world = World::new();
        let limit = INLINE_DOWNLOAD_MAX_BYTES as usize;
        let bytes: Vec<u8> = (0..limit).map(|byte| byte as u8).collect();
        let small = json!({"fileUrl": uploaded(&world, bytes.clone()).await});
        let large = json!({"fileUrl": uploaded(&world, vec![1; limit + 1]).await});
        let inline = json!({"name": "data.bin", "sizeBytes": limit, "base64": STANDARD.encode(bytes), "uri": null});
        let linked = json!({"name": "data.bin", "sizeBytes": limit + 1, "base64": null, "uri": "https://files.test/data.bin"});
        let cases = [
            alice(small).answers(inline).calls(1),
            alice(large.clone()).answers(linked).calls(1),
        ];
        check::<DownloadFile>(&world, cases).await;
        let links = world.call("alice", DownloadFile::NAME, large).await;
        assert_eq!(links.unwrap().links[0].size_bytes, Some(limit as u64 + 1));
    }

    #[tokio::test]
    async fn nothing_half_done_and_nothing_foreign() {
        let world = World::new();
        let url = world.file("Project Unicorn", "launch plan").await;
        let file = json!({"fileUrl": url});
        let foreign = json!({"fileUrl": "https://evil.example/v1/contents/x"});
        let cases = [
            alice(foreign).refused(InvalidArguments, "`fileUrl`"),
            alice(json!({})).refused(InvalidArguments, "`fileUrl`"),
            alice(with(file.clone(), "allowUnscannable", "yes"))
                .refused(InvalidArguments, "`allowUnscannable`"),
            by("ada", file.clone()).refused(NotFound, "").calls(1),
        ];
        check::<DownloadFile>(&world, cases).await;

        let id = url.rsplit('/').next().unwrap();
        let scanning = FileState::Scanning {
            retry_after_secs: 60,
        };
        let allowed = with(file.clone(), "allowUnscannable", true);
        let states = [
            (scanning, alice(file.clone()).refused(Locked, "scanned")),
            (FileState::Infected, alice(file.clone()).refused(Gone, "")),
            (
                FileState::Unscannable,
                alice(file.clone()).refused(Locked, ""),
            ),
            (
                FileState::Unscannable,
                alice(allowed).answers(json!({"base64": "*"})),
            ),
        ];
        for (state, case) in states {
            assert!(world.sandbox.set_file_state(id, state));
            check::<DownloadFile>(&world, [case.calls(1)]).await;
        }
        assert!(world.sandbox.set_file_state(id, FileState::Clean));
        world.sandbox.faults().next(1, Fault::WrongLength);
        check::<DownloadFile>(&world, [alice(file).refused(Unavailable, "")]).await;
    }
}
