//! Entries and replies as MCP words them: definitions for lists, results and errors for calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use rmcp::model::{
    CacheScope, CallToolResponse, CompleteResult, CompletionInfo, ErrorCode, GetPromptResponse,
    GetPromptResult, InputRequiredResult, Prompt, PromptArgument, PromptMessage,
    ReadResourceResponse, ReadResourceResult, Resource, ResourceContents, ResourceTemplate, Role,
    Tool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer;
use super::aside::AsideSlot;
use super::ask::{self, Pages};
use super::exchange::ChallengeSlot;
use crate::call::Reply;
use crate::edge::refusal::{Challenge, printable};
use crate::error::{CallError, Code, Details};
use crate::limits::RESOURCE_URI_MAX_BYTES;
use crate::servers::VirtualServer;
use crate::servers::listed::{Listed, THEIRS_NOTE};
use crate::text::{one_line, whole_id};
use crate::tool::{Answer, Effect, Kind, Members, Theirs};

/// A failed call where MCP has no result for failures; the code is outside the reserved range.
const CALL_FAILED: ErrorCode = ErrorCode(-1);

/// The definition of a tool as `tools/list` answers it.
///
/// # Errors
/// Where the definition cannot be written as JSON: a mistake in this program.
pub fn definition(listed: &Listed) -> Result<Value, serde_json::Error> {
    serde_json::to_value(tool(listed))
}

/// What a server has beside its tools.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BesideTools {
    resources: Vec<Resource>,
    resource_templates: Vec<ResourceTemplate>,
    prompts: Vec<Prompt>,
}

/// The resources and prompts of a server as their lists answer them, but for what callers add.
///
/// # Errors
/// Where a definition cannot be written as JSON: a mistake in this program.
pub fn beside_tools(server: &VirtualServer) -> Result<Value, serde_json::Error> {
    let mut beside = BesideTools {
        resources: Vec::new(),
        resource_templates: Vec::new(),
        prompts: server.others(Kind::Prompt).map(|one| prompt(one)).collect(),
    };
    for listed in server.others(Kind::Resource) {
        match template(listed) {
            Some(template) => beside.resource_templates.push(template),
            None => beside.resources.push(resource(listed)),
        }
    }
    serde_json::to_value(beside)
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

/// People's text is marked in it, as in every text block.
const CONTENT_TYPE: &str = "text/plain";

pub(super) fn resource(listed: &Listed) -> Resource {
    let mut resource = Resource::new(listed.entry.name, listed.entry.title);
    resource.title = Some(listed.entry.title.to_owned());
    resource.description = Some(listed.description.clone());
    resource.mime_type = Some(CONTENT_TYPE.to_owned());
    resource
}

/// `None` for a resource without a variable.
pub(super) fn template(listed: &Listed) -> Option<ResourceTemplate> {
    let address = listed.entry.address?;
    address.variable()?;
    let template = ResourceTemplate::new(address.uri, address.title)
        .with_title(address.title)
        .with_description(address.description)
        .with_mime_type(CONTENT_TYPE);
    Some(template)
}

/// What a list says about one of its entries.
#[derive(Deserialize)]
struct Member {
    /// As answers show it.
    id: String,
    title: Option<Theirs>,
}

impl Member {
    fn resource(self, members: Members) -> Resource {
        let title = self.title.as_ref().map(Theirs::as_str).unwrap_or_default();
        let title = match one_line(title).trim() {
            "" => members.address.title.to_owned(),
            title => title.to_owned(),
        };
        let id = whole_id(members.id_kind, &self.id).unwrap_or(self.id);
        let mut resource = Resource::new(members.address.uri_of(&id), title.clone());
        resource.title = Some(title);
        resource.description = Some(format!("{}. {THEIRS_NOTE}", members.address.title));
        resource.mime_type = Some(CONTENT_TYPE.to_owned());
        resource
    }
}

pub(super) fn prompt(listed: &Listed) -> Prompt {
    let required = listed
        .input_schema
        .get("required")
        .and_then(Value::as_array);
    let is_required =
        |name: &str| required.is_some_and(|names| names.iter().any(|other| other == name));
    let properties = listed.input_schema.get("properties");
    let mut arguments: Vec<_> = properties
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
    // Some hosts ask for them one by one.
    arguments.sort_by_key(|argument| argument.required != Some(true));
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
    /// The entry that was meant, if the server has one.
    pub(super) entry: Option<Arc<Listed>>,
    /// How the client opens pages for its user.
    pub(super) pages: Pages,
    /// The client can sign in again, with other scopes.
    pub(super) can_sign_in_again: bool,
    /// The client brought the token that Webex is sent.
    pub(super) brought_token: bool,
}

impl Outcome {
    /// `aside`: where the door takes the facts of an answer.
    pub(super) fn of_tool(self, aside: Option<&AsideSlot>) -> Result<CallToolResponse, ErrorData> {
        match self.reply {
            Reply::Failed(ref error) if self.is_unknown(error) => Err(self.unknown(&error.advice)),
            reply => answer::told(reply, self.pages, aside),
        }
    }

    /// What the client has to get before this is answered, where it gets that by itself.
    fn challenge(&self) -> Option<Challenge> {
        let Reply::Failed(error) = &self.reply else {
            return None;
        };
        match error.details.as_deref() {
            Some(Details::MoreScopes(more))
                if more.page.is_none() || self.pages == Pages::Never =>
            {
                more.by_client
                    .then(|| Challenge::Scopes(more.needed.clone()))
            }
            // A change that was begun has another code, so a client may repeat the call.
            _ => {
                let is_of_client =
                    self.can_sign_in_again || self.brought_token && error.is_of_token();
                (error.code == Code::Unauthorized && is_of_client).then_some(Challenge::SignIn)
            }
        }
    }

    /// The same outcome; the door hears what its client has to get first.
    pub(super) fn challenging(self, context: &RequestContext<RoleServer>) -> Self {
        let slot = context.extensions.get::<ChallengeSlot>();
        if let (Some(challenge), Some(slot)) = (self.challenge(), slot) {
            slot.put(challenge);
        }
        self
    }

    /// What ends a round in place of an answer.
    fn question(&mut self) -> Option<Result<InputRequiredResult, ErrorData>> {
        match &mut self.reply {
            Reply::Ask { form, state } => Some(ask::asked(form.clone(), std::mem::take(state))),
            Reply::Visit { page, state } => Some(Ok(ask::visit(page, Some(std::mem::take(state))))),
            Reply::Failed(error) => match (answer::page(error), self.pages) {
                (Some(page), Pages::InRounds) => Some(Ok(ask::visit(page, None))),
                (Some(page), Pages::OnSession) => Some(Err(ask::page_required(page))),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn of_resource(mut self) -> Result<ReadResourceResponse, ErrorData> {
        if let Some(question) = self.question() {
            return question.map(Into::into);
        }
        let address = self.entry.as_ref().and_then(|listed| listed.entry.address);
        let fresh = address.map_or(0, |address| address.fresh_milliseconds);
        let uri = self.name.clone();
        let contents = ResourceContents::text(self.answer()?.text, uri);
        let result = ReadResourceResult::new(vec![contents.with_mime_type(CONTENT_TYPE)]);
        // What one caller may read is no other's.
        Ok(result
            .with_ttl_ms(fresh)
            .with_cache_scope(CacheScope::Private)
            .into())
    }

    /// The entries of a list as resources. Whoever may not read them has none, and whose sign-in has
    /// ended gets an error.
    pub(super) fn members(
        self,
        members: Members,
        context: &RequestContext<RoleServer>,
    ) -> Result<Vec<Resource>, ErrorData> {
        if self.challenge() == Some(Challenge::SignIn) {
            return self.challenging(context).answer().map(|_| Vec::new());
        }
        if let Reply::Failed(error) = &self.reply {
            let may_not_read = match error.code {
                Code::Forbidden | Code::Unauthorized => true,
                // No token yet. With a cause, the address of Webex is wrong for everybody.
                Code::NotConfigured => error.cause.is_none(),
                _ => false,
            };
            if may_not_read {
                return Ok(Vec::new());
            }
        }
        let mut lists: BTreeMap<String, Value> = read(&self.answer()?)?;
        let list = lists.remove(members.field).unwrap_or_default();
        let list: Vec<Member> = serde_json::from_value(list)
            .map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
        let resources = list.into_iter().map(|member| member.resource(members));
        Ok(resources.collect())
    }

    pub(super) fn of_prompt(mut self) -> Result<GetPromptResponse, ErrorData> {
        if let Some(question) = self.question() {
            return question.map(Into::into);
        }
        let description = self.entry.as_ref().map(|listed| listed.description.clone());
        let message = PromptMessage::new_text(Role::User, self.answer()?.text);
        let mut result = GetPromptResult::new(vec![message]);
        result.description = description;
        Ok(result.into())
    }

    pub(super) fn of_completion(self) -> Result<CompleteResult, ErrorData> {
        let Values {
            values,
            total,
            has_more,
        } = read(&self.answer()?)?;
        let completion = CompletionInfo::with_pagination(values, total, has_more)
            .map_err(|error| ErrorData::internal_error(error, None))?;
        Ok(CompleteResult::new(completion))
    }

    /// The answer, or the error as the protocol tells it for these kinds.
    fn answer(self) -> Result<Answer, ErrorData> {
        match self.reply {
            Reply::Answer(answer) => Ok(answer),
            Reply::Failed(ref error) if self.is_unknown(error) => Err(self.unknown(&error.advice)),
            Reply::Failed(error) if self.kind == Kind::Resource && error.code == Code::NotFound => {
                let uri = shown_uri(&self.name);
                let mut told = refused(&error);
                if let Some(Value::Object(data)) = &mut told.data {
                    data.insert("uri".to_owned(), uri.into());
                }
                // The SDK turns the code into the one of the request's version.
                Err(ErrorData::resource_not_found(told.message, told.data))
            }
            Reply::Failed(error) => Err(refused(&error)),
            Reply::Ask { .. } | Reply::Visit { .. } => {
                Err(ErrorData::internal_error("nobody can be asked here", None))
            }
            Reply::Task(_) => Err(ErrorData::internal_error("only tools are tasks", None)),
        }
    }

    /// Whether the name itself was not found, and not something that the call was about.
    fn is_unknown(&self, error: &CallError) -> bool {
        self.entry.is_none() && error.code == Code::NotFound
    }

    /// `advice`: which name may have been meant.
    fn unknown(&self, advice: &str) -> ErrorData {
        let name = printable(&self.name);
        let what = match self.kind {
            Kind::Tool => "tool",
            Kind::Prompt => "prompt",
            Kind::Completion => "completion for",
            Kind::Resource => {
                let message = format!(
                    "There is no resource {name}; resources/list and resources/templates/list name those that exist."
                );
                let uri = serde_json::json!({ "uri": shown_uri(&self.name) });
                return ErrorData::resource_not_found(message, Some(uri));
            }
        };
        let message = format!("There is no {what} {name}. {advice}");
        ErrorData::invalid_params(message, None)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Values {
    values: Vec<String>,
    total: Option<u32>,
    has_more: bool,
}

/// The facts of an answer, in their own type.
fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, ErrorData> {
    let facts = answer.facts.read();
    facts.map_err(|error| ErrorData::internal_error(error.to_string(), None))
}

/// The URI that the client gave, for it to recognize; one that is none, or too long, in part.
fn shown_uri(uri: &str) -> String {
    let is_uri = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'`');
    match uri.len() <= RESOURCE_URI_MAX_BYTES && uri.bytes().all(is_uri) {
        true => uri.to_owned(),
        false => printable(uri),
    }
}

/// A failure as a JSON-RPC error, with everything that a tool's result would have.
pub(super) fn refused(error: &CallError) -> ErrorData {
    let code = match error.code {
        Code::InvalidArguments | Code::Ambiguous => ErrorCode::INVALID_PARAMS,
        _ => CALL_FAILED,
    };
    let body = serde_json::to_value(error.body()).unwrap_or_default();
    ErrorData::new(code, error.message.clone(), Some(body))
}
