//! The tools that end a request with a question and are called again with the answer.

use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ElicitRequest,
    ElicitRequestParams, ErrorCode, InputRequest, InputRequests, InputRequiredResult,
    InputResponses,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};
use webex_mcp::seal::{Purpose, Sealer};

use crate::typed;

const LIFETIME: Duration = Duration::from_secs(300);

/// A question as the suite spells it: its key, and the request as JSON.
type Questions = Vec<(&'static str, Value)>;

pub fn call(
    sealer: &Sealer,
    call: CallToolRequestParams,
    context: &RequestContext<RoleServer>,
) -> Result<CallToolResponse, ErrorData> {
    let tool = call.name.as_ref();
    let answers = call.input_responses.unwrap_or_default();
    let round = match &call.request_state {
        None => 0,
        Some(state) => open(sealer, tool, state)?,
    };
    let carries_state = !matches!(
        tool,
        "test_input_required_result_elicitation"
            | "test_input_required_result_sampling"
            | "test_input_required_result_list_roots"
            | "test_streaming_elicitation"
            | "test_input_required_result_capabilities"
    );
    let questions = questions(tool, round, context)?;
    let answered = !questions.is_empty()
        && (call.request_state.is_some() || !carries_state)
        && questions.iter().all(|(key, _)| is_answer(&answers, key));
    let last_round = if tool == "test_input_required_result_multi_round" {
        1
    } else {
        0
    };
    match (answered, round) {
        (true, round) if round >= last_round => {
            let told = serde_json::to_string(&answers).unwrap_or_default();
            let text = format!("state-ok {told}");
            Ok(CallToolResult::success(vec![ContentBlock::text(text)]).into())
        }
        (true, round) => ask(
            sealer,
            tool,
            round + 1,
            self::questions(tool, round + 1, context)?,
            true,
        ),
        (false, round) => ask(sealer, tool, round, questions, carries_state),
    }
}

/// The question that `prompts/get` ends with.
pub fn ask_context() -> Result<InputRequiredResult, ErrorData> {
    let question = form("What context should the prompt use?", "context", "string");
    let request = elicitation(question)?;
    Ok(InputRequiredResult::from_input_requests(
        InputRequests::from([("user_context".to_owned(), request)]),
    ))
}

pub fn is_answer(answers: &InputResponses, key: &str) -> bool {
    answers.get(key).is_some_and(Value::is_object)
}

fn questions(
    tool: &str,
    round: u8,
    context: &RequestContext<RoleServer>,
) -> Result<Questions, ErrorData> {
    let name = || ("user_name", form("What is your name?", "name", "string"));
    let sampling = |text: &str| {
        json!({"method": "sampling/createMessage", "params": {
            "messages": [{"role": "user", "content": {"type": "text", "text": text}}],
            "maxTokens": 100
        }})
    };
    let roots = || {
        (
            "client_roots",
            json!({"method": "roots/list", "params": {}}),
        )
    };
    let capital = || {
        (
            "capital_question",
            sampling("What is the capital of France?"),
        )
    };
    let can = context.client_capabilities().unwrap_or_default();
    Ok(match tool {
        "test_input_required_result_sampling" => vec![capital()],
        "test_input_required_result_list_roots" => vec![roots()],
        "test_input_required_result_multiple_inputs" => {
            vec![
                name(),
                ("greeting", sampling("Generate a greeting")),
                roots(),
            ]
        }
        "test_input_required_result_multi_round" if round == 0 => {
            vec![(
                "step1",
                form("Step 1: What is your name?", "name", "string"),
            )]
        }
        "test_input_required_result_multi_round" => {
            vec![(
                "step2",
                form("Step 2: What is your favorite color?", "color", "string"),
            )]
        }
        "test_input_required_result_capabilities" => {
            let elicits = can.elicitation.is_some().then(name);
            let samples = can.sampling.is_some().then(capital);
            elicits.into_iter().chain(samples).collect()
        }
        "test_input_required_result_request_state"
        | "test_input_required_result_tampered_state" => {
            vec![("confirm", form("Please confirm", "ok", "boolean"))]
        }
        "test_input_required_result_elicitation" | "test_streaming_elicitation" => vec![name()],
        _ => return Err(ErrorData::invalid_params("There is no such tool.", None)),
    })
}

fn ask(
    sealer: &Sealer,
    tool: &str,
    round: u8,
    questions: Questions,
    carries_state: bool,
) -> Result<CallToolResponse, ErrorData> {
    let mut requests = InputRequests::new();
    for (key, question) in questions {
        let request = match question["method"].as_str() {
            Some("elicitation/create") => elicitation(question)?,
            _ => typed(question)?,
        };
        requests.insert(key.to_owned(), request);
    }
    let state = if carries_state {
        let sealed = sealer.seal(Purpose::Confirmation, tool.as_bytes(), LIFETIME, &[round]);
        Some(sealed.map_err(|error| ErrorData::internal_error(error.to_string(), None))?)
    } else {
        None
    };
    Ok(InputRequiredResult::new(Some(requests), state).into())
}

fn open(sealer: &Sealer, tool: &str, state: &str) -> Result<u8, ErrorData> {
    match sealer
        .open(Purpose::Confirmation, tool.as_bytes(), state)
        .as_deref()
    {
        Ok([round]) => Ok(*round),
        _ => Err(ErrorData::new(
            ErrorCode::INVALID_PARAMS,
            "The requestState was not made here, or was altered.",
            None,
        )),
    }
}

fn form(message: &str, field: &str, kind: &str) -> Value {
    json!({"method": "elicitation/create", "params": {
        "mode": "form",
        "message": message,
        "requestedSchema": {
            "type": "object", "properties": {field: {"type": kind}}, "required": [field]
        }
    }})
}

fn elicitation(mut question: Value) -> Result<InputRequest, ErrorData> {
    let params: ElicitRequestParams = typed(question["params"].take())?;
    Ok(InputRequest::Elicitation(ElicitRequest::new(params)))
}
