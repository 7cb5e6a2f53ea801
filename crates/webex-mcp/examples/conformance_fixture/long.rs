//! The tools that become tasks, for the suite's scenarios of `io.modelcontextprotocol/tasks`. The
//! tasks are the SDK's own, in memory: what is tested is the way of their messages through the door.

use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities, ContentBlock,
    CreateTaskResult, ElicitRequest, ElicitRequestParams, InputRequest, InputRequests,
    InputRequiredResult, Task,
};
use rmcp::service::RequestContext;
use rmcp::task_manager::{TaskContext, TaskExit, TaskFuture, TaskManager, TaskOptions};
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};

use crate::typed;

/// Name, description, and the arguments with their types.
type Described = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

pub const TOOLS: [Described; 7] = [
    ("greet", "Answers a greeting", &[("name", "string")]),
    (
        "slow_compute",
        "Takes as long as it is told",
        &[("seconds", "number"), ("label", "string")],
    ),
    ("failing_job", "Ends with an error of the tool", &[]),
    (
        "protocol_error_job",
        "Ends with an error of the protocol",
        &[],
    ),
    (
        "confirm_delete",
        "Asks while it runs",
        &[("filename", "string")],
    ),
    ("multi_input", "Asks two things while it runs", &[]),
    ("test_tool_with_task", "Asks first, then takes a while", &[]),
];

pub fn is_one(name: &str) -> bool {
    TOOLS.iter().any(|(one, ..)| *one == name)
}

pub async fn call(
    tasks: &TaskManager,
    call: CallToolRequestParams,
    context: &RequestContext<RoleServer>,
) -> Result<CallToolResponse, ErrorData> {
    let arguments = Value::Object(call.arguments.unwrap_or_default());
    let seconds = arguments["seconds"].as_f64().unwrap_or_default();
    let declared = context.client_capabilities();
    let knows_tasks = declared.is_some_and(|declared| declared.supports_tasks());
    let begin = |make: fn(Arc<TaskContext>, Value) -> TaskFuture, given: Value| {
        let options = TaskOptions::new().with_poll_interval_ms(100);
        let task = tasks.spawn(options, move |context| make(Arc::new(context), given));
        Ok(as_result(task))
    };
    match &*call.name {
        "greet" => {
            let name = arguments["name"].as_str().unwrap_or_default();
            Ok(text(&format!("Hello, {name}!")).into())
        }
        "slow_compute" if !knows_tasks || seconds == 0.0 => {
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
            Ok(text("Computed").into())
        }
        "test_tool_with_task" => match answer(call.input_responses.as_ref()) {
            Some(name) => begin(greeted, json!(name)),
            None => Ok(
                InputRequiredResult::from_input_requests(InputRequests::from([(
                    "user_name".to_owned(),
                    form("What is your name?", "name", "string")?,
                )]))
                .into(),
            ),
        },
        _ if !knows_tasks => {
            let needed = ClientCapabilities::builder().enable_tasks().build();
            Err(ErrorData::missing_required_client_capability(needed))
        }
        "slow_compute" => begin(slow, json!(seconds)),
        "failing_job" => begin(failing, Value::Null),
        "protocol_error_job" => begin(broken, Value::Null),
        "confirm_delete" => begin(asking, json!(["confirm"])),
        _ => begin(asking, json!(["first", "second"])),
    }
}

fn as_result(task: Task) -> CallToolResponse {
    CreateTaskResult::new(task).into()
}

/// The name that somebody gave before there was a task.
fn answer(responses: Option<&rmcp::model::InputResponses>) -> Option<String> {
    let response = responses?.get("user_name")?;
    let name = response.get("content")?.get("name")?.as_str()?;
    Some(name.to_owned())
}

fn greeted(_: Arc<TaskContext>, name: Value) -> TaskFuture {
    Box::pin(async move {
        tokio::time::sleep(Duration::from_millis(200)).await;
        Ok(text(&format!(
            "Hello, {}!",
            name.as_str().unwrap_or_default()
        )))
    })
}

fn slow(context: Arc<TaskContext>, seconds: Value) -> TaskFuture {
    let seconds = Duration::from_secs_f64(seconds.as_f64().unwrap_or_default());
    Box::pin(async move {
        tokio::select! {
            () = context.cancelled() => Err(TaskExit::Cancelled),
            () = tokio::time::sleep(seconds) => Ok(text("Computed")),
        }
    })
}

fn failing(_: Arc<TaskContext>, _: Value) -> TaskFuture {
    Box::pin(async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let message = "This job always fails";
        Ok(CallToolResult::error(vec![ContentBlock::text(message)]))
    })
}

fn broken(_: Arc<TaskContext>, _: Value) -> TaskFuture {
    Box::pin(async {
        let message = "This job always breaks";
        Err(TaskExit::Error(ErrorData::internal_error(message, None)))
    })
}

/// Asks for a "yes" under each of these keys at once.
fn asking(context: Arc<TaskContext>, keys: Value) -> TaskFuture {
    let keys: Vec<_> = keys.as_array().into_iter().flatten().cloned().collect();
    Box::pin(async move {
        let questions = keys.into_iter().filter_map(|key| {
            let key = key.as_str()?.to_owned();
            let question = form("Are you sure?", "confirm", "boolean").ok()?;
            let context = context.clone();
            Some(async move { context.request_input(key, question).await })
        });
        let all = futures::future::try_join_all(questions);
        tokio::select! {
            () = context.cancelled() => Err(TaskExit::Cancelled),
            answers = all => {
                let answers = answers?;
                Ok(text(&format!("Answered {} times", answers.len())))
            }
        }
    })
}

fn form(message: &str, field: &str, kind: &str) -> Result<InputRequest, ErrorData> {
    let params: ElicitRequestParams = typed(json!({
        "mode": "form",
        "message": message,
        "requestedSchema": {
            "type": "object", "properties": {field: {"type": kind}}, "required": [field]
        }
    }))?;
    Ok(InputRequest::Elicitation(ElicitRequest::new(params)))
}

fn text(text: &str) -> CallToolResult {
    CallToolResult::success(vec![ContentBlock::text(text)])
}
