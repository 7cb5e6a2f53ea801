//! A world as a file: lines of JSON, of which the first says what it is and the last that it is whole.
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
//! Generated rows that nobody has changed are not in it, nor is anything that follows from other
//! rows: indices, and the lists in which rows name each other.

mod error;
mod link;
mod read;
mod tables;
mod write;

pub use error::WorldFileError;
pub(crate) use read::read;
pub(crate) use tables::has_space;
pub(crate) use write::write;

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::rows::PersonKey;
use crate::world::{Origin, World};

const FORMAT: &str = "webex-sandbox-world";

/// Goes up with every change that older readers would misunderstand.
const VERSION: u64 = 1;

/// A card, or what was said in a long meeting, stays far below it.
const MAX_LINE_BYTES: usize = 64 * 1024 * 1024;

/// Twenty tables full of rows; the rows of each are bounded by the table itself.
const MAX_LINES: u64 = 20_000_000;

/// Bytes of a file in one line, and gaps in one line.
const PIECE_BYTES: usize = 192 * 1024;
const GAPS_IN_LINE: usize = 1_000;

/// Names of what is no table of rows.
const TOKENS: &str = "tokens";
const AGENDA: &str = "agenda";
const END: &str = "end";

/// A world, and the present in which it was written down.
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
    /// The present of the last change.
    now: Timestamp,
    present: Timestamp,
    #[serde(borrow)]
    base: Cow<'a, str>,
    tokens_granted: u64,
}

/// Any other line.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    table: Cow<'a, str>,
    /// The ordinal that the table gives next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    removed: Option<Cow<'a, [u32]>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<u32>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    row: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    bytes: Option<Cow<'a, str>>,
    /// How many lines came before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lines: Option<u64>,
}

/// A token of the sandbox's own.
#[derive(Debug, Serialize, Deserialize)]
struct TokenRow<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
    person: PersonKey,
    scopes: crate::rows::scopes::Scopes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ends: Option<Timestamp>,
}
