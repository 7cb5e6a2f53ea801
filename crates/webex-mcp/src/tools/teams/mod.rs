//! Teams: groups of people with spaces of their own.

use crate::tool::Entry;

pub const TOOLS: &[Entry] = &[];
