//! Recordings of meetings.

use crate::tool::Entry;

pub const TOOLS: &[Entry] = &[];
