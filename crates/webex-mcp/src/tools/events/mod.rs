//! Events: what happened in an organization, for compliance officers.

use crate::tool::Entry;

pub const TOOLS: &[Entry] = &[];
