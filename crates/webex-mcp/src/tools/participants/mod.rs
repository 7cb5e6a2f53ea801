//! Who is or was in a meeting, and who waits in its lobby.

use crate::tool::Entry;

pub const TOOLS: &[Entry] = &[];
