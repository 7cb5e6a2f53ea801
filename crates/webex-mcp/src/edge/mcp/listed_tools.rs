//! The tools of a server as lists have them: as text, written once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use serde_json::value::{RawValue, to_raw_value};

use super::aside::ToolText;
use super::told::tool;
use crate::servers::VirtualServer;
use crate::servers::listed::Listed;

/// Every tool as most servers list it, one a line, by `webex-mcp docs lists`. To make their schemas
/// takes longer than the rest of a start.
const USUAL: &str = include_str!("tools.jsonl");

#[derive(Debug)]
pub(super) struct ListedTool {
    pub(super) name: &'static str,
    pub(super) text: ToolText,
}

/// The tools of one server.
#[derive(Debug)]
pub(super) struct ListedTools {
    server: Arc<VirtualServer>,
    written: OnceLock<Vec<ListedTool>>,
}

impl ListedTools {
    pub(super) fn of(server: Arc<VirtualServer>) -> Self {
        ListedTools {
            server,
            written: OnceLock::new(),
        }
    }

    /// All of them. The first call writes them.
    pub(super) fn all(&self) -> &[ListedTool] {
        self.written.get_or_init(|| {
            let usual = usual();
            let tools = self.server.tools.iter();
            tools
                .filter_map(|tool| ListedTool::of(tool, &usual))
                .collect()
        })
    }
}

impl ListedTool {
    /// `None` for one that cannot be written as JSON: a mistake in this program.
    fn of(listed: &Listed, usual: &Usual) -> Option<Self> {
        let name = listed.entry.name;
        let text = match usual.get(name).filter(|_| listed.is_usual()) {
            Some(line) => serde_json::from_str::<&RawValue>(line).map(Cow::Borrowed),
            None => to_raw_value(&tool(listed)).map(Cow::Owned),
        };
        let text =
            text.inspect_err(|error| tracing::error!(%error, name, "a tool cannot be listed"));
        Some(ListedTool {
            name,
            text: text.ok()?,
        })
    }
}

/// The lines by the names of their tools.
type Usual = HashMap<&'static str, &'static str>;

fn usual() -> Usual {
    let named = |line: &'static str| {
        let (name, _) = line.strip_prefix(r#"{"name":""#)?.split_once('"')?;
        Some((name, line))
    };
    USUAL.lines().filter_map(named).collect()
}

/// `tools.jsonl`: the tools of a server, each made anew.
///
/// # Errors
/// Where a definition cannot be written as JSON: a mistake in this program.
pub fn listed_tools(server: &VirtualServer) -> Result<String, serde_json::Error> {
    let mut lines = String::new();
    for listed in &server.tools {
        lines.push_str(&serde_json::to_string(&tool(listed))?);
        lines.push('\n');
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::{catalogue, general};

    #[test]
    fn every_version_of_every_tool_is_listed_as_it_is() {
        let (usual, mut kept) = (usual(), 0);
        for entry in catalogue().chain(general::TOOLS) {
            for (takes_token, leaves_out, withholds) in [
                (false, false, false),
                (true, false, false),
                (false, true, false),
                (true, true, true),
                (false, false, true),
            ] {
                let listed = Arc::new(Listed::taking(*entry, takes_token));
                let listed = listed.telling(leaves_out, withholds);
                let text = ListedTool::of(&listed, &usual).unwrap().text;
                let made = to_raw_value(&tool(&listed)).unwrap();
                assert_eq!(text.get(), made.get());
                kept += usize::from(matches!(text, Cow::Borrowed(_)));
            }
        }
        assert_eq!(
            kept,
            catalogue().count(),
            "each has one line, and it is used"
        );
    }
}
