//! Who is invited to a meeting.

use crate::tool::Entry;

pub const TOOLS: &[Entry] = &[];
