//! The extension `io.modelcontextprotocol/tasks`: a client that knows it gets a task for a call that
//! is not finished at once, and asks for its state itself. A task may ask its owner, once: its state
//! then has the question, and `tasks/update` brings the answer.

use rmcp::model::{
    CallToolResponse, ClientCapabilities, CreateTaskResult, DetailedTask, GetTaskResult,
    InputResponses, ProtocolVersion, RequestMetaObject, ServerCapabilities, Task as Wire,
    TaskPayload, TaskStatus,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::told::refused;
use super::{answer, ask};
use crate::call::Reply;
use crate::call::task::{State, Task, Wanted};
use crate::error::{CallError, Code};
use crate::limits::TASK_POLL_MILLISECONDS;
use crate::servers::VirtualServer;
use crate::tool::{Answer, Span};

/// Whether this request may be answered with a task: its client says so with each request, which
/// only 2026-07-28 has.
pub(super) fn takes(context: &RequestContext<RoleServer>) -> bool {
    let is_modern = context
        .protocol_version()
        .is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
    let declared = context.client_capabilities();
    is_modern && declared.is_some_and(|declared| declared.supports_tasks())
}

/// Whether a client that listens wants to hear of tasks. The SDK's type of what it wants has no place
/// for that.
pub(super) fn are_watched(params: Option<&RawValue>) -> bool {
    #[derive(Deserialize)]
    struct Listening {
        notifications: Wanted,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wanted {
        task_ids: Option<IgnoredAny>,
    }
    let listening = params.and_then(|params| serde_json::from_str::<Listening>(params.get()).ok());
    listening.is_some_and(|listening| listening.notifications.task_ids.is_some())
}

/// Whoever names tasks has to know them. Nobody is told of changes by itself: the acknowledgement
/// promises none, and the client asks.
///
/// # Errors
/// `-32021` where the client does not declare the extension.
pub(super) fn declared(meta: &RequestMetaObject) -> Result<(), ErrorData> {
    let declared = meta.client_capabilities();
    match declared.is_some_and(|declared| declared.supports_tasks()) {
        true => Ok(()),
        false => {
            let needed = ClientCapabilities::builder().enable_tasks().build();
            Err(ErrorData::missing_required_client_capability(needed))
        }
    }
}

/// A server without long work makes no tasks.
pub(super) fn declare(capabilities: &mut ServerCapabilities, server: &VirtualServer) {
    let mut tools = server.every_tool();
    if tools.any(|tool| tool.entry.policy.span == Span::Work) {
        let declared = ServerCapabilities::builder().enable_tasks().build();
        capabilities.extensions = declared.extensions;
    }
}

pub(super) fn created(task: &Task) -> CreateTaskResult {
    CreateTaskResult::new(wire(task))
}

/// A client that shows no forms is not asked; the task's message says how to answer.
pub(super) fn state(
    task: Task,
    context: &RequestContext<RoleServer>,
) -> Result<GetTaskResult, ErrorData> {
    let wire = wire(&task);
    let payload = match task.state {
        State::Asks(form) if ask::shows_forms(context) => TaskPayload::InputRequired {
            input_requests: ask::requests(form)?,
        },
        State::Runs | State::Asks(_) => TaskPayload::Working,
        State::Cancelled => TaskPayload::Cancelled,
        State::Over(outcome) => over(*outcome, ask::opens_pages(context)),
    };
    Ok(GetTaskResult::new(DetailedTask::new(wire, payload)))
}

/// The answer to the question of a task, if these have one. Only a client that was asked can answer.
///
/// # Errors
/// `-32602` for an answer to no form of ours.
pub(super) fn answer(
    mut responses: InputResponses,
    context: &RequestContext<RoleServer>,
) -> Result<Wanted, ErrorData> {
    let response = responses.remove(ask::QUESTION);
    let Some(response) = response.filter(|_| ask::shows_forms(context)) else {
        return Ok(Wanted::Look);
    };
    let verdict = ask::read(response).and_then(|response| response.verdict());
    let verdict = verdict.map(Wanted::Answer);
    verdict.ok_or_else(|| ErrorData::invalid_params(NO_ANSWER, None))
}

const NO_ANSWER: &str = "`inputResponses.question`: it has to be an answer to the form: accept with confirm, true or false, or decline or cancel.";

/// What the call would have been answered with.
fn over(outcome: Result<Answer, CallError>, pages: ask::Pages) -> TaskPayload {
    let reply = match outcome {
        Ok(answer) => Reply::Answer(answer),
        Err(error) => Reply::Failed(error),
    };
    match answer::told(reply, pages, None) {
        Ok(CallToolResponse::Complete(result)) => TaskPayload::Completed {
            result: object(&result),
        },
        Ok(_) => failure(&ErrorData::internal_error(NO_RESULT, None)),
        Err(error) => failure(&error),
    }
}

const NO_RESULT: &str = "The task did not end with a result.";

fn failure(error: &ErrorData) -> TaskPayload {
    TaskPayload::Failed {
        error: object(error),
    }
}

fn object(value: &impl serde::Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

fn wire(task: &Task) -> Wire {
    let status = match &task.state {
        State::Runs | State::Asks(_) => TaskStatus::Working,
        State::Cancelled => TaskStatus::Cancelled,
        State::Over(_) => TaskStatus::Completed,
    };
    let (began_at, changed_at) = (task.began_at.to_string(), task.changed_at.to_string());
    let mut wire = Wire::new(&*task.id, status, began_at, changed_at)
        .with_ttl_ms(u64::try_from(task.kept.as_millis()).unwrap_or(u64::MAX))
        .with_poll_interval_ms(TASK_POLL_MILLISECONDS);
    wire.status_message.clone_from(&task.message);
    wire
}

/// The task that was asked for. An id that stands for none of the caller's is a wrong parameter.
pub(super) fn asked_for(reply: Reply) -> Result<Task, ErrorData> {
    match reply {
        Reply::Task(task) => Ok(*task),
        Reply::Failed(error) if error.code == Code::NotFound => {
            Err(ErrorData::invalid_params(NO_SUCH_TASK, None))
        }
        Reply::Failed(error) => Err(refused(&error)),
        _ => Err(ErrorData::internal_error("it is no task", None)),
    }
}

const NO_SUCH_TASK: &str =
    "`taskId`: there is no such task of yours here, or it ended too long ago.";
