//! People: the directory of an organization.

use crate::tool::Entry;

pub const TOOLS: &[Entry] = &[];
