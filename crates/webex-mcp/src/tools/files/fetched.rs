//! A file as an answer has it: its text, what stands beside the answer, or where it lies.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::Serialize;

use super::Facts;
use super::content::Content;
use crate::limits::{INLINE_BASE64_MAX_BYTES, LONE_TEXT_MAX_BYTES};
use crate::tool::{Block, Link, Theirs};

/// A file, or where it is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fetched {
    #[serde(flatten)]
    pub(super) file: Facts,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) base64: Option<String>,
    /// Where to fetch it, for a short while.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<Theirs>,
    /// What it is that a machine runs: then there are only its details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) only_details: Option<&'static str>,
    #[serde(skip)]
    pub(super) blocks: Vec<Block>,
    #[serde(skip)]
    pub(super) is_partial: bool,
}

impl Fetched {
    /// `bytes` are the whole of the file, or none where it is too large for an answer.
    pub(super) fn of(file: Facts, bytes: Option<Vec<u8>>, as_base64: bool) -> Self {
        let mut fetched = Fetched {
            file,
            base64: None,
            uri: None,
            text: None,
            only_details: None,
            blocks: Vec::new(),
            is_partial: false,
        };
        let encoded = |bytes| STANDARD.encode(bytes);
        match bytes {
            None => fetched.is_partial = true,
            Some(bytes) if as_base64 && bytes.len() > INLINE_BASE64_MAX_BYTES => {
                fetched.is_partial = true;
            }
            Some(bytes) if as_base64 => fetched.base64 = Some(encoded(bytes)),
            Some(bytes) => match Content::of(&bytes) {
                Content::Text(text) => fetched.tell(text.into()),
                Content::Image(mime_type) => fetched.blocks.push(Block::Image {
                    mime_type,
                    base64: encoded(bytes),
                }),
                Content::Audio(mime_type) => fetched.blocks.push(Block::Audio {
                    mime_type,
                    base64: encoded(bytes),
                }),
                Content::Other => fetched.is_partial = true,
            },
        }
        fetched
    }

    /// Of a file that a machine runs, whatever was asked for.
    pub(super) fn only_details(file: Facts, what: &'static str) -> Self {
        Fetched {
            only_details: Some(what),
            ..Fetched::of(file, None, false)
        }
    }

    fn tell(&mut self, text: Theirs) {
        self.is_partial = text.shown_bytes() > LONE_TEXT_MAX_BYTES;
        self.text = Some(text.shortened(LONE_TEXT_MAX_BYTES, "uri has all of it"));
    }

    /// Whether the answer has not all of the file, so that it needs a link.
    pub(super) fn is_partial(&self) -> bool {
        self.is_partial
    }

    pub(super) fn lies_at(&mut self, link: Link) {
        self.uri = Some(link.uri.clone());
        self.blocks.push(Block::Link(link));
    }

    pub(super) fn blocks(self) -> Vec<Block> {
        self.blocks
    }
}
