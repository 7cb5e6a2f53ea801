//! Tools that reach the other tools of their server: for hosts that limit how many are listed.

mod find_tools;
mod rank;
mod render;
mod use_read_tool;
mod use_tool;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::use_read_tool::UseReadTool;
pub use self::use_tool::UseTool;
use crate::error::CallError;
use crate::tool::Entry;

/// Not part of the catalogue: only a compact server lists them.
pub const TOOLS: &[Entry] = &[
    Entry::of::<find_tools::FindTools>(),
    Entry::of::<use_read_tool::UseReadTool>(),
    Entry::of::<use_tool::UseTool>(),
];

/// The tool that is to be run, and how.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Target {
    /// The tool's name, such as "webex-get-thread".
    tool: String,
    /// Its arguments, such as {"roomId": "Engineering"}.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 64))]
    #[expect(
        dead_code,
        reason = "the dispatcher reads them, before this tool would"
    )]
    arguments: Map<String, Value>,
}

impl Target {
    /// The dispatcher lets none reach the tool: it makes a call of it, or refuses it.
    fn not_opened(self) -> CallError {
        CallError::internal(format!("{} was not run by the dispatcher", self.tool))
    }
}

/// The result of the tool that was run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Used {
    /// The tool that was run.
    tool: String,
    /// What it answered.
    result: Map<String, Value>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Described {
    name: &'static str,
    /// read, write or destroy.
    effect: &'static str,
    description: String,
    input_schema: Map<String, Value>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Found {
    tools: Vec<Described>,
}
