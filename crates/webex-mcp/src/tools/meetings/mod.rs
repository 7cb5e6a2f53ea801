//! Meetings: series, their occurrences, and what takes or took place.

use crate::tool::Entry;

pub const TOOLS: &[Entry] = &[];
