//! Runs a tool that changes something by its name. The dispatcher makes a call of that tool of it, before anything else.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Used;
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Runs any tool of this server that changes something, such as webex-create-space or
/// webex-delete-webhook; what deletes or removes asks the user first. Answers that tool's result.
/// webex-find-tools tells names and arguments; to read use webex-use-read-tool.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// The tool's name, such as "webex-create-space".
    tool: String,
    /// Its arguments, such as {"title": "Q3 Planning"}.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 64))]
    #[expect(
        dead_code,
        reason = "the dispatcher reads them, before this tool would"
    )]
    arguments: Map<String, Value>,
}

#[derive(Debug)]
pub struct UseTool;

impl Tool for UseTool {
    const NAME: &'static str = "webex-use-tool";
    const TITLE: &'static str = "Run a tool that changes something";
    const POLICY: Policy = Policy::DESTROY;

    type Arguments = Arguments;
    type Output = Used;

    async fn call(_: &Context, arguments: Arguments) -> Result<Used, CallError> {
        let tool = arguments.tool;
        Err(CallError::internal(format!(
            "{tool} was not made a call of its own"
        )))
    }
}
