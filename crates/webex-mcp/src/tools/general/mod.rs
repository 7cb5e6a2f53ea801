//! Tools that reach the other tools of their server: for hosts that limit how many are listed.

mod find_tools;
mod use_tool;

pub use self::find_tools::FindTools;
pub use self::use_tool::{UseReadTool, UseTool};
use crate::tool::Entry;

/// Not part of the catalogue: only a compact server lists them.
pub const TOOLS: &[Entry] = &[
    Entry::of::<FindTools>(),
    Entry::of::<UseReadTool>(),
    Entry::of::<UseTool>(),
];
