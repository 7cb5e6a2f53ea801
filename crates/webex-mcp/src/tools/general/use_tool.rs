//! Runs a tool that changes something, by its name. The dispatcher turns such a call into a call
//! of that tool before anything else.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Target, Used};
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Runs any tool of this server that changes something, such as webex-create-space or
/// webex-delete-webhook; what deletes or removes asks the user first. Answers that tool's result.
/// webex-find-tools tells names and arguments; to read use webex-use-read-tool.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Arguments {
    #[serde(flatten)]
    target: Target,
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
        Err(arguments.target.not_opened())
    }
}
