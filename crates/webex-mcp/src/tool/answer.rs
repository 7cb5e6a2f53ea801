//! What a tool answered: its facts as text and as structure, and what stands beside them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Facts, Theirs};

/// Something beside the answer that a client may fetch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    pub uri: String,
    /// What people called it.
    pub name: Theirs,
    pub mime_type: Option<String>,
    pub size_bytes: Option<u64>,
}

/// Content beside the facts, as what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// What a tool answered, on its way to a door.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The facts as lines; each line that people wrote begins with `> `.
    pub text: String,
    /// Satisfies the published output schema.
    pub facts: Facts,
    pub blocks: Vec<Block>,
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
