//! Entries and replies as MCP words them: definitions for lists, results and errors for calls.

use rmcp::ErrorData;
use rmcp::model::{
    CallToolResponse, CompleteResult, CompletionInfo, ErrorCode, GetPromptResponse,
    GetPromptResult, Prompt, PromptArgument, PromptMessage, ReadResourceResponse,
    ReadResourceResult, Resource, ResourceContents, Role, Tool, ToolAnnotations,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::exchange::FactsSlot;
use super::{answer, ask};
use crate::call::Reply;
use crate::edge::refusal::printable;
use crate::error::{CallError, Code};
use crate::servers::listed::Listed;
use crate::tool::{Effect, Kind};

/// A failed call where MCP has no result for failures; the code is outside the reserved range.
const CALL_FAILED: ErrorCode = ErrorCode(-1);

/// The definition of a tool as `tools/list` answers it.
///
/// # Errors
/// Where the definition cannot be written as JSON: a mistake in this program.
pub fn definition(listed: &Listed) -> Result<Value, serde_json::Error> {
    serde_json::to_value(tool(listed))
}

pub(super) fn tool(listed: &Listed) -> Tool {
    let entry = &listed.entry;
    let effect = entry.policy.effect;
    Tool::new(
        entry.name,
        listed.description.clone(),
        listed.input_schema.clone(),
    )
    .with_title(entry.title)
    .with_raw_output_schema(listed.output_schema.clone())
    .with_annotations(
        ToolAnnotations::new()
            .read_only(effect == Effect::Read)
            .destructive(effect == Effect::Destroy)
            .idempotent(entry.policy.idempotent)
            .open_world(true),
    )
}

pub(super) fn resource(listed: &Listed) -> Resource {
    let mut resource = Resource::new(listed.entry.name, listed.entry.title);
    resource.title = Some(listed.entry.title.to_owned());
    resource.description = Some(listed.description.clone());
    resource
}

pub(super) fn prompt(listed: &Listed) -> Prompt {
    let required = listed
        .input_schema
        .get("required")
        .and_then(Value::as_array);
    let is_required =
        |name: &str| required.is_some_and(|names| names.iter().any(|other| other == name));
    let properties = listed.input_schema.get("properties");
    let arguments: Vec<_> = properties
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, schema)| {
            let mut argument = PromptArgument::new(name).with_required(is_required(name));
            let description = schema.get("description").and_then(Value::as_str);
            argument.description = description.map(str::to_owned);
            argument
        })
        .collect();
    let arguments = (!arguments.is_empty()).then_some(arguments);
    let description = Some(listed.description.clone());
    Prompt::new(listed.entry.name, description, arguments).with_title(listed.entry.title)
}

/// The result of a call, with what MCP needs to word it.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) reply: Reply,
    pub(super) kind: Kind,
    pub(super) name: String,
    /// Whether the server has an entry of that kind and name.
    pub(super) is_known: bool,
    /// Whether the client opens pages for its user.
    pub(super) opens_pages: bool,
}

impl Outcome {
    /// `aside`: where the door takes the facts of an answer.
    pub(super) fn of_tool(self, aside: Option<&FactsSlot>) -> Result<CallToolResponse, ErrorData> {
        match self.reply {
            Reply::Failed(ref error) if self.is_unknown(error) => Err(self.unknown()),
            reply => answer::told(reply, self.opens_pages, aside),
        }
    }

    pub(super) fn of_resource(self) -> Result<ReadResourceResponse, ErrorData> {
        if let Reply::Ask { form, state } = self.reply {
            return ask::asked(form, state).map(Into::into);
        }
        let uri = self.name.clone();
        let Text { text, mime_type } = self.facts()?;
        let mut contents = ResourceContents::text(text, uri);
        if let Some(mime_type) = mime_type {
            contents = contents.with_mime_type(mime_type);
        }
        Ok(ReadResourceResult::new(vec![contents]).into())
    }

    pub(super) fn of_prompt(self) -> Result<GetPromptResponse, ErrorData> {
        if let Reply::Ask { form, state } = self.reply {
            return ask::asked(form, state).map(Into::into);
        }
        let Text { text, .. } = self.facts()?;
        Ok(GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)]).into())
    }

    pub(super) fn of_completion(self) -> Result<CompleteResult, ErrorData> {
        let Values { mut values } = self.facts()?;
        let all = values.len();
        values.truncate(CompletionInfo::MAX_VALUES);
        let has_more = all > values.len();
        let completion = CompletionInfo::with_pagination(values, None, has_more)
            .map_err(|error| ErrorData::internal_error(error, None))?;
        Ok(CompleteResult::new(completion))
    }

    /// The answer's facts, which have their own type for these kinds.
    fn facts<T: DeserializeOwned>(self) -> Result<T, ErrorData> {
        match self.reply {
            Reply::Answer(answer) => answer
                .facts
                .read()
                .map_err(|error| ErrorData::internal_error(error.to_string(), None)),
            Reply::Failed(ref error) if self.is_unknown(error) => Err(self.unknown()),
            Reply::Failed(error) => Err(refused(&error)),
            Reply::Ask { .. } => Err(ErrorData::internal_error("nobody can be asked here", None)),
        }
    }

    /// Whether the name itself was not found, and not something that the call was about.
    fn is_unknown(&self, error: &CallError) -> bool {
        !self.is_known && error.code == Code::NotFound
    }

    fn unknown(&self) -> ErrorData {
        let name = printable(&self.name);
        let (what, list) = match self.kind {
            Kind::Tool => ("tool", "tools/list"),
            Kind::Prompt => ("prompt", "prompts/list"),
            Kind::Completion => ("completion for", "prompts/list"),
            Kind::Resource => {
                // The SDK turns the code into the one of the request's version.
                let message =
                    format!("There is no resource {name}; resources/list names those that exist.");
                let uri = serde_json::json!({ "uri": name });
                return ErrorData::resource_not_found(message, Some(uri));
            }
        };
        let message = format!("There is no {what} {name}; {list} names those that exist.");
        ErrorData::invalid_params(message, None)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Text {
    text: String,
    mime_type: Option<String>,
}

#[derive(Deserialize)]
struct Values {
    values: Vec<String>,
}

/// A failure as a JSON-RPC error, with everything that a tool's result would have.
fn refused(error: &CallError) -> ErrorData {
    let code = match error.code {
        Code::InvalidArguments | Code::Ambiguous => ErrorCode::INVALID_PARAMS,
        _ => CALL_FAILED,
    };
    let body = serde_json::to_value(error.body()).unwrap_or_default();
    ErrorData::new(code, error.message.clone(), Some(body))
}
