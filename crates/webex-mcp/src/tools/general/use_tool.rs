//! Runs another tool by its name. The dispatcher makes a call of that tool of it, before anything
//! else: these tools themselves run only where that was not possible, and say why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::FindTools;
use crate::error::{CallError, Code};
use crate::tool::{Context, Effect, Lines, Policy, Render, Tool};

/// Runs any tool of this server that only reads, such as webex-get-thread or webex-list-recordings.
/// Answers that tool's result. webex-find-tools tells names and arguments; what changes something
/// is run with webex-use-tool.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadArguments {
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

/// The result of the tool that was run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Used {
    /// The tool that was run.
    tool: String,
    /// What it answered.
    result: Map<String, Value>,
}

impl Render for Used {
    fn render(&self, out: &mut Lines) {
        out.line(&[&self.tool]);
    }
}

#[derive(Debug)]
pub struct UseReadTool;

#[derive(Debug)]
pub struct UseTool;

impl Tool for UseReadTool {
    const NAME: &'static str = "webex-use-read-tool";
    const TITLE: &'static str = "Run a tool that reads";
    const POLICY: Policy = Policy::READ;

    type Arguments = ReadArguments;
    type Output = Used;

    async fn call(context: &Context, arguments: ReadArguments) -> Result<Used, CallError> {
        Err(unusable(context, &arguments.tool, Some(Effect::Read)))
    }
}

impl Tool for UseTool {
    const NAME: &'static str = "webex-use-tool";
    const TITLE: &'static str = "Run a tool that changes something";
    const POLICY: Policy = Policy::DESTROY;

    type Arguments = Arguments;
    type Output = Used;

    async fn call(context: &Context, arguments: Arguments) -> Result<Used, CallError> {
        Err(unusable(context, &arguments.tool, None))
    }
}

/// Why this tool could not be run.
fn unusable(context: &Context, name: &str, wanted: Option<Effect>) -> CallError {
    let toolbox = context.toolbox();
    let offered = toolbox.offered();
    let Some(tool) = offered.iter().find(|tool| tool.name == name) else {
        let message = "`tool`: this server has no tool of this name.";
        return CallError::new(
            Code::NotFound,
            message,
            "Find its name with webex-find-tools.",
        );
    };
    match wanted {
        Some(effect) if tool.effect != effect => {
            CallError::invalid("tool", "it changes something: run it with webex-use-tool")
        }
        _ => CallError::internal(format!(
            "{} was not opened for {}",
            FindTools::NAME,
            tool.name
        )),
    }
}
