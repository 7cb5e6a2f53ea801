//! The tools of a server as lists have them: as text, written once.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use serde_json::value::{RawValue, to_raw_value};

use super::told::tool;
use crate::servers::VirtualServer;
use crate::servers::listed::Listed;

/// Every tool as most servers list it, one a line, by `webex-mcp docs lists`. To make their schemas
/// takes longer than the rest of a start.
const USUAL: &str = include_str!("tools.jsonl");

#[derive(Debug)]
pub(super) struct Written {
    pub(super) name: &'static str,
    pub(super) text: Arc<RawValue>,
}

#[derive(Debug, Default)]
pub(super) struct WrittenTools(OnceLock<Vec<Written>>);

impl WrittenTools {
    /// The tools of this server, which is always the same one. The first call writes them.
    pub(super) fn of(&self, server: &VirtualServer) -> &[Written] {
        self.0.get_or_init(|| {
            // A line begins with `{"name":"webex-…"`.
            let named = |line: &'static str| Some((line.split('"').nth(3)?, line));
            let usual: HashMap<_, _> = USUAL.lines().filter_map(named).collect();
            let written = |listed: &Arc<Listed>| Written::of(listed, &usual);
            server.tools.iter().filter_map(written).collect()
        })
    }
}

impl Written {
    /// `None` for one that cannot be written as JSON: a mistake in this program.
    fn of(listed: &Listed, usual: &HashMap<&str, &str>) -> Option<Self> {
        let name = listed.entry.name;
        let text = match usual.get(name).filter(|_| listed.is_usual()) {
            Some(line) => RawValue::from_string((*line).to_owned()),
            None => to_raw_value(&tool(listed)),
        };
        let text =
            text.inspect_err(|error| tracing::error!(%error, name, "a tool cannot be listed"));
        let text = text.ok()?.into();
        Some(Written { name, text })
    }
}

/// `tools.jsonl`: the tools of a server, each made anew.
///
/// # Errors
/// Where a definition cannot be written as JSON: a mistake in this program.
pub fn lines(server: &VirtualServer) -> Result<String, serde_json::Error> {
    let mut lines = String::new();
    for listed in &server.tools {
        lines.push_str(&serde_json::to_string(&tool(listed))?);
        lines.push('\n');
    }
    Ok(lines)
}
