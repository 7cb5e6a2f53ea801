//! Adaptive Cards: forms in a message, and the answers to them.

use crate::tool::Entry;

pub const TOOLS: &[Entry] = &[];
