//! Runs a tool that only reads, by its name. The dispatcher turns such a call into a call
//! of that tool before anything else.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Target, Used};
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Runs any tool of this server that only reads, such as webex-get-thread or webex-list-recordings.
/// Answers that tool's result. webex-find-tools tells names and arguments; what changes something
/// is run with webex-use-tool.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Arguments {
    #[serde(flatten)]
    target: Target,
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
        Err(arguments.target.not_opened())
    }
}
