//! files.

use crate::tool::Entry;

pub const TOOLS: &[Entry] = &[];
