//! Runs a tool that only reads by its name. The dispatcher makes a call of that tool of it, before anything else.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Used;
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Runs any tool of this server that only reads, such as webex-get-thread or webex-list-recordings.
/// Answers that tool's result. webex-find-tools tells names and arguments; what changes something
/// is run with webex-use-tool.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
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

#[derive(Debug)]
pub struct UseReadTool;

impl Tool for UseReadTool {
    const NAME: &'static str = "webex-use-read-tool";
    const TITLE: &'static str = "Run a tool that reads";
    const POLICY: Policy = Policy::READ;

    type Arguments = Arguments;
    type Output = Used;

    async fn call(_: &Context, arguments: Arguments) -> Result<Used, CallError> {
        let tool = arguments.tool;
        Err(CallError::internal(format!(
            "{tool} was not made a call of its own"
        )))
    }
}
