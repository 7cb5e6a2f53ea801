//! A world as a file: lines of JSON. The first line says what the file is, and the last that it is
//! complete.
//!
//! ```text
//! {"format":"webex-sandbox-world","version":1,"origin":{…},"now":"…","present":"…",…}
//! {"table":"people","next":11}
//! {"table":"people","key":0,"row":{…}}
//! {"table":"rooms","removed":[17,40]}          generated rows that are gone
//! {"table":"files","key":3,"bytes":"…"}        a piece of a file's bytes in base64
//! {"table":"end","lines":812}
//! ```
//!
//! It contains neither generated rows without changes, nor anything that can be derived from other
//! rows: indices, and lists in which rows refer to each other.

mod error;
mod read;
mod tables;
mod write;

pub use error::WorldFileError;
pub(crate) use read::read;
pub(crate) use tables::{has_space, holds_too_many, let_go};
pub(crate) use write::write;

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_with::skip_serializing_none;

use crate::rows::tokens::Granted;
use crate::world::{Origin, World};

const FORMAT: &str = "webex-sandbox-world";

/// Increased with every change that older readers would misunderstand.
const VERSION: u64 = 1;

/// A card, or the words of a long meeting, are far smaller.
const MAX_LINE_BYTES: usize = 64 * 1024 * 1024;

/// Twenty tables full of rows; the rows of each are bounded by the table itself.
const MAX_LINES: u64 = 20_000_000;

/// Bytes of a file in one line, and removed rows in one line.
const PIECE_BYTES: usize = 192 * 1024;
const GAPS_IN_LINE: usize = 1_000;

/// Names of lines that are not rows of a table.
const TOKENS: &str = "tokens";
const AGENDA: &str = "agenda";
const END: &str = "end";

#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) world: World,
    pub(crate) present: Timestamp,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header<'a> {
    #[serde(borrow)]
    format: Cow<'a, str>,
    version: u64,
    origin: Origin,
    /// The time of the last change.
    now: Timestamp,
    present: Timestamp,
    #[serde(borrow)]
    base: Cow<'a, str>,
    tokens_granted: u64,
}

/// Any other line.
#[skip_serializing_none]
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    table: Cow<'a, str>,
    /// The next ordinal of the table.
    next: Option<u32>,
    removed: Option<Cow<'a, [u32]>>,
    key: Option<u32>,
    #[serde(borrow)]
    row: Option<&'a RawValue>,
    #[serde(borrow)]
    bytes: Option<Cow<'a, str>>,
    /// The number of lines before this one.
    lines: Option<u64>,
}

/// A token of the sandbox's own.
#[derive(Debug, Serialize, Deserialize)]
struct TokenRow<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
    #[serde(flatten)]
    granted: Granted,
}
