//! What a tool answered: its facts as text and as structure, and what stands beside them.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Facts, Theirs};

/// Something beside the answer that a client may fetch.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    pub uri: String,
    /// What people called it.
    pub name: Theirs,
    pub mime_type: Option<String>,
    pub size_bytes: Option<u64>,
}

/// Whoever has the address may fetch the file, so it is not printed.
impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("name", &self.name)
            .field("mime_type", &self.mime_type)
            .field("size_bytes", &self.size_bytes)
            .finish_non_exhaustive()
    }
}

/// Content beside the facts, as what it is.
#[derive(Clone, PartialEq, Eq)]
pub enum Block {
    /// The bytes are base64.
    Image {
        mime_type: &'static str,
        base64: String,
    },
    Audio {
        mime_type: &'static str,
        base64: String,
    },
    Link(Link),
}

/// The content is people's, so it is not printed.
impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Block::Image { mime_type, base64 } => {
                write!(f, "Image({mime_type}, {} bytes)", base64.len())
            }
            Block::Audio { mime_type, base64 } => {
                write!(f, "Audio({mime_type}, {} bytes)", base64.len())
            }
            Block::Link(link) => link.fmt(f),
        }
    }
}

/// What a tool answered, on its way to a door.
#[derive(Clone)]
pub struct Answer {
    /// The facts as lines; each line that people wrote begins with `> `.
    pub text: String,
    /// Satisfies the published output schema.
    pub facts: Facts,
    pub blocks: Vec<Block>,
}

/// It holds what people wrote, so it is not printed.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bytes, blocks) = (self.text.len(), self.blocks.len());
        write!(f, "Answer({bytes} bytes of text, {blocks} blocks)")
    }
}

/// What is stored of an answer, for the same call to be answered again.
#[derive(Serialize, Deserialize)]
struct Kept<'a> {
    text: Cow<'a, str>,
    facts: Cow<'a, Facts>,
}

impl Answer {
    /// The bytes that are stored of it. What stands beside the facts is not among them: only reads
    /// have such, and they are not stored.
    pub fn kept(&self) -> Option<Vec<u8>> {
        let kept = Kept {
            text: Cow::Borrowed(&self.text),
            facts: Cow::Borrowed(&self.facts),
        };
        serde_json::to_vec(&kept).ok()
    }

    /// The answer that was stored so.
    pub fn from_kept(bytes: &[u8]) -> Option<Self> {
        let kept: Kept<'_> = serde_json::from_slice(bytes).ok()?;
        Some(Answer {
            text: kept.text.into_owned(),
            facts: kept.facts.into_owned(),
            blocks: Vec::new(),
        })
    }
}
