//! Tools that reach the other tools of their server: for hosts that limit how many are listed.

mod find_tools;
mod rank;
mod render;
mod use_read_tool;
mod use_tool;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

pub use self::use_read_tool::UseReadTool;
pub use self::use_tool::UseTool;
use crate::tool::Entry;

/// Not part of the catalogue: only a compact server lists them.
pub const TOOLS: &[Entry] = &[
    Entry::of::<find_tools::FindTools>(),
    Entry::of::<use_read_tool::UseReadTool>(),
    Entry::of::<use_tool::UseTool>(),
];

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
