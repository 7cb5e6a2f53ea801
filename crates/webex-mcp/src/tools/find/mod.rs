//! Names to ids, over everything that has a name.

use crate::tool::Entry;

pub const TOOLS: &[Entry] = &[];
