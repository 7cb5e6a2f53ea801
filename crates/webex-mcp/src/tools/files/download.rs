//! Fetches a file as what it is: text, a picture, sound, or else a link to it.

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;
use webex::contents::{self, Download};

use super::content::media_type;
use super::fetched::Fetched;
use super::{collected, of_file};
use crate::error::CallError;
use crate::limits::CALL_DEADLINE;
use crate::tool::{Block, Context, Policy, ShelfFile, Span, Tool, begun};

/// Downloads (gets, opens, reads, saves) a file that somebody attached, sent or posted, such as a
/// document, PDF, spreadsheet or picture, to see what is in it. Answers text as text, pictures and
/// sound as such, everything else and what is over 256 KB as a link. Only its name or size:
/// webex-get-file-details.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// The file's URL, from the files of a message.
    file_url: String,
    /// base64: its bytes, up to 27 KB.
    #[serde(rename = "as")]
    #[schemars(extend("enum" = ["base64"]))]
    form: Option<String>,
    /// true: also a file that cannot be scanned for malware.
    allow_unscannable: Option<bool>,
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
    type Output = Fetched;

    async fn call(context: &Context, arguments: Arguments) -> Result<Fetched, CallError> {
        let allow_unscannable = arguments.allow_unscannable.unwrap_or(false);
        // What fits into an answer comes as fast as one; a scan that takes longer is told.
        let webex = context.webex.clone();
        let webex = webex.with_deadline(Instant::now() + CALL_DEADLINE);
        let contents = webex.contents();
        let file = contents.get(&arguments.file_url, allow_unscannable);
        let file = file.await.map_err(of_file)?;
        let (executable, stream) = begun(file.details.file_name.as_deref(), file.stream).await;
        if let Some(what) = executable {
            return Ok(Fetched::only_details(file.details.into(), what));
        }
        let mut file = Download { stream, ..file };
        let bytes = collected(&mut file, &context.progress).await?;
        let details = file.details;
        let placed = ShelfFile {
            url: arguments.file_url,
            name: details.file_name.clone().unwrap_or_else(|| "file".into()),
            mime_type: details.content_type.clone().and_then(media_type),
            size_bytes: details.length_bytes,
            allow_unscannable,
        };
        let mut fetched = Fetched::of(details.into(), bytes, arguments.form.is_some());
        if fetched.is_partial() {
            let link = context.place_file(placed).await?;
            fetched.lies_at(link);
        }
        Ok(fetched)
    }

    fn blocks(output: Fetched) -> Vec<Block> {
        output.blocks()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value, json};
    use webex_sandbox::{Fault, FileState};

    use super::*;
    use crate::error::Code::{Forbidden, Gone, InvalidArguments, Locked, NotFound, Unavailable};
    use crate::limits::{
        ANSWER_TEXT_MAX_BYTES, INLINE_BASE64_MAX_BYTES, INLINE_DOWNLOAD_MAX_BYTES,
    };
    use crate::tools::check::{World, alice, by, check, with};

    async fn uploaded(world: &World, name: &str, bytes: Vec<u8>) -> Value {
        let to = webex::messages::Destination::Email("bob@example.com".into());
        let message = webex::messages::CreateMessage::to(to);
        let file = webex::Upload::from_bytes(name, "application/octet-stream", bytes);
        let client = world.client("alice");
        let sent = client.messages().upload(&message, &file.unwrap()).await;
        json!({"fileUrl": sent.unwrap().files.unwrap().remove(0)})
    }

    fn png() -> Vec<u8> {
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()
    }

    #[tokio::test]
    async fn a_file_comes_as_what_it_is() {
        let world = World::new();
        let limit = INLINE_DOWNLOAD_MAX_BYTES as usize;
        let text = uploaded(&world, "notes.txt", b"one\r\ntwo".to_vec()).await;
        let image = uploaded(&world, "p.png", png()).await;
        let sound = uploaded(&world, "s.mp3", b"ID3\x04\0\0\0\0\0\0\xff\xfb".to_vec()).await;
        let other = uploaded(&world, "data.bin", vec![0; 9]).await;
        let large = uploaded(&world, "large.txt", vec![b'x'; limit + 1]).await;
        let image_block = Block::Image {
            mime_type: "image/png",
            base64: STANDARD.encode(png()),
        };
        let sound_block = Block::Audio {
            mime_type: "audio/mpeg",
            base64: "SUQzBAAAAAAAAP/7".into(),
        };
        let cases = [
            (
                &text,
                json!({"name": "notes.txt", "text": "one\ntwo", "uri": null}),
                None,
            ),
            (
                &image,
                json!({"sizeBytes": 16, "base64": null, "uri": null}),
                Some(image_block),
            ),
            (
                &sound,
                json!({"text": null, "uri": null}),
                Some(sound_block),
            ),
            (
                &other,
                json!({"text": null, "base64": null, "uri": "https://files.test/data.bin"}),
                None,
            ),
            (
                &large,
                json!({"text": null, "sizeBytes": limit + 1, "uri": "https://files.test/large.txt"}),
                None,
            ),
        ];
        for (file, facts, block) in cases {
            let is_linked = facts["uri"].is_string();
            check::<DownloadFile>(&world, [alice(file.clone()).answers(facts).calls(1)]).await;
            let answer = world.call("alice", DownloadFile::NAME, file.clone()).await;
            let blocks = answer.unwrap().blocks;
            match block {
                Some(block) => assert_eq!(blocks, [block]),
                None if is_linked => assert!(matches!(blocks[..], [Block::Link(_)])),
                None => assert_eq!(blocks, []),
            }
        }
    }

    #[tokio::test]
    async fn of_what_a_machine_runs_there_are_only_the_details() {
        let world = World::new();
        let limit = INLINE_DOWNLOAD_MAX_BYTES as usize;
        let large = [b"MZ\x90\0", vec![b'x'; limit].as_slice()].concat();
        for (name, bytes, what) in [
            ("setup.exe", b"hello".to_vec(), "a program for Windows"),
            (
                "photo.png",
                b"MZ\x90\0\x03".to_vec(),
                "a program for Windows",
            ),
            ("large.txt", large, "a program for Windows"),
            (
                "notes.txt",
                b"#!/bin/sh\necho hi".to_vec(),
                "a script of a shell",
            ),
        ] {
            let length = bytes.len();
            let file = uploaded(&world, name, bytes).await;
            for file in [file.clone(), with(file, "as", "base64")] {
                let details = json!({"name": name, "sizeBytes": length, "onlyDetails": what,
                    "text": null, "base64": null, "uri": null});
                check::<DownloadFile>(&world, [alice(file.clone()).answers(details)]).await;
                let answer = world.call("alice", DownloadFile::NAME, file).await.unwrap();
                assert_eq!(answer.blocks, [], "{name}");
                assert!(answer.text.contains(what), "{}", answer.text);
            }
        }
    }

    #[tokio::test]
    async fn base64_comes_on_request_and_never_in_the_text() {
        let world = World::new();
        let (limit, larger) = (INLINE_BASE64_MAX_BYTES, INLINE_DOWNLOAD_MAX_BYTES as usize);
        for (bytes, is_inline) in [
            (png(), true),
            (vec![b'x'; limit], true),
            (vec![1; limit + 1], false),
            (vec![b'x'; larger], false),
            (vec![1; larger + 1], false),
        ] {
            let (length, encoded) = (bytes.len(), STANDARD.encode(&bytes));
            let file = with(uploaded(&world, "f", bytes).await, "as", "base64");
            let answer = world.call("alice", DownloadFile::NAME, file).await.unwrap();
            assert_eq!(
                answer.facts.to_value()["base64"] == json!(encoded),
                is_inline,
                "{length}"
            );
            assert_eq!(
                answer.facts.to_value()["uri"].is_string(),
                !is_inline,
                "{length}"
            );
            assert!(answer.facts.as_str().len() <= ANSWER_TEXT_MAX_BYTES);
            assert!(!answer.text.contains(&encoded[..16]), "{}", answer.text);
            assert!(answer.text.len() < 500, "{}", answer.text);
        }
    }

    #[tokio::test]
    async fn a_long_text_is_cut_with_its_length_and_a_link() {
        let world = World::new();
        let long = "0123456789 \n".repeat(15_000).into_bytes();
        let file = uploaded(&world, "log.txt", long).await;
        let answer = world.call("alice", DownloadFile::NAME, file).await.unwrap();
        assert!(
            answer.text.len() <= ANSWER_TEXT_MAX_BYTES,
            "{}",
            answer.text.len()
        );
        assert!(answer.facts.as_str().len() <= ANSWER_TEXT_MAX_BYTES);
        let note = "… 180,000 characters; uri has all of it";
        assert!(
            answer.facts.to_value()["text"]
                .as_str()
                .unwrap()
                .ends_with(note)
        );
        assert!(
            answer.text.ends_with(note),
            "{}",
            &answer.text[answer.text.len() - 200..]
        );
        let [Block::Link(link)] = &answer.blocks[..] else {
            panic!("{:?}", answer.blocks);
        };
        assert_eq!(answer.facts.to_value()["uri"], link.uri);
    }

    #[tokio::test]
    async fn nothing_half_done_and_nothing_foreign() {
        let world = World::new();
        let url = world.file("Project Unicorn", "launch plan").await;
        let file = json!({"fileUrl": url});
        let foreign = json!({"fileUrl": "https://evil.example/v1/contents/x"});
        let longer = json!({"fileUrl": format!("{url}?inline=1")});
        let cases = [
            alice(foreign).refused(InvalidArguments, "`fileUrl`"),
            alice(longer).refused(InvalidArguments, "no query"),
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
            (
                scanning,
                alice(file.clone()).refused(Locked, "still scanning"),
            ),
            (
                FileState::Infected,
                alice(file.clone()).refused(Gone, "infected"),
            ),
            (
                FileState::Unscannable,
                alice(file.clone()).refused(Forbidden, "cannot scan"),
            ),
            (
                FileState::Unscannable,
                alice(allowed).answers(json!({"sizeBytes": "*"})),
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
