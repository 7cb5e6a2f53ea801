//! Who belongs to which team.

use crate::tool::Entry;

pub const TOOLS: &[Entry] = &[];
