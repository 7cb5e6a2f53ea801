//! Meetings: series, their occurrences, and what takes or took place.

mod kinds;

use crate::tool::Entry;

pub use kinds::{Ended, Kind, last_ended, not_of_kind, scheduled};

pub const TOOLS: &[Entry] = &[];
