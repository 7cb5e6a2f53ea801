//! What was said in meetings.

use crate::tool::Entry;

pub const TOOLS: &[Entry] = &[];
