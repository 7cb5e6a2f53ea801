//! Asks a client's user a question, in the way that the client's protocol version has: in rounds,
//! on the session, or not at all.

use futures::future::BoxFuture;
use rmcp::model::{
    ClientResult, ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction, ErrorCode,
    InputRequest, InputRequests, InputRequiredResult, InputResponses, ProtocolVersion,
    ServerRequest,
};
use rmcp::service::{PeerRequestOptions, RequestContext, ServiceError};
use rmcp::{ErrorData, Peer, RoleServer};
use serde_json::Value;

use crate::call::consent::{Ask, Elicit, Form, Response, Round, unreadable_answer};
use crate::error::{CallError, Code, Page};
use crate::limits::ELICITATION_WAIT_SECONDS;

/// The key of our only question in a round.
pub(super) const QUESTION: &str = "question";

/// How this client can be asked, and the answer it brought back from an earlier round.
pub(super) fn ask(
    context: &RequestContext<RoleServer>,
    responses: Option<InputResponses>,
    state: Option<String>,
) -> Ask {
    match shows_forms(context) {
        true => way(context, responses, state),
        false => Ask::Nobody,
    }
}

/// How this client can send its user to a page of ours.
pub(super) fn pages(
    context: &RequestContext<RoleServer>,
    responses: Option<InputResponses>,
    state: Option<String>,
) -> Ask {
    match opens_pages(context) {
        Pages::Never => Ask::Nobody,
        Pages::InRounds | Pages::OnSession => way(context, responses, state),
    }
}

fn way(
    context: &RequestContext<RoleServer>,
    responses: Option<InputResponses>,
    state: Option<String>,
) -> Ask {
    if !is_modern(context) {
        return Ask::Session(Box::new(Session(context.peer.clone())));
    }
    let previous = state.map(|state| Round {
        state,
        response: responses
            .and_then(|mut responses| responses.remove(QUESTION))
            .and_then(read),
    });
    Ask::Rounds { previous }
}

/// Whether the client shows our forms to its user. An elicitation capability without modes means
/// forms.
pub(super) fn shows_forms(context: &RequestContext<RoleServer>) -> bool {
    let declared = context.client_capabilities();
    let elicitation = declared.and_then(|declared| declared.elicitation);
    elicitation.is_some_and(|elicitation| elicitation.form.is_some() || elicitation.url.is_none())
}

/// How a client opens pages for its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pages {
    Never,
    InRounds,
    /// By a request on its session, or by an error that names the page.
    OnSession,
}

/// Whether the client opens a page for its user, and how. The versions before 2025-11-25 have no
/// such thing.
pub(super) fn opens_pages(context: &RequestContext<RoleServer>) -> Pages {
    let declared = context.client_capabilities();
    let elicitation = declared.and_then(|declared| declared.elicitation);
    let opens = elicitation.is_some_and(|elicitation| elicitation.url.is_some());
    match context.protocol_version() {
        Some(version) if opens && version >= ProtocolVersion::V_2026_07_28 => Pages::InRounds,
        Some(version) if opens && version >= ProtocolVersion::V_2025_11_25 => Pages::OnSession,
        _ => Pages::Never,
    }
}

fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    let version = context.protocol_version();
    version.is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}

/// Ends a round with a page for the user. Without a state, the client only repeats the call.
pub(super) fn visit(page: &Page, state: Option<String>) -> InputRequiredResult {
    let request = InputRequest::Elicitation(ElicitRequest::new(opening(page)));
    let requests = InputRequests::from([(QUESTION.to_owned(), request)]);
    InputRequiredResult::new(Some(requests), state)
}

fn opening(page: &Page) -> ElicitRequestParams {
    ElicitRequestParams::UrlElicitationParams {
        meta: None,
        message: page.message.clone(),
        url: page.url.clone(),
        elicitation_id: uuid::Uuid::now_v7().to_string(),
    }
}

/// 2025-11-25: the call needs a page to be opened first.
const PAGE_REQUIRED: ErrorCode = ErrorCode(-32042);

/// The error that names a page, for a client of a session.
pub(super) fn page_required(page: &Page) -> ErrorData {
    let elicitations = serde_json::json!({ "elicitations": [opening(page)] });
    ErrorData::new(PAGE_REQUIRED, page.message.clone(), Some(elicitations))
}

/// Ends a round with our question, and the state that the client sends back with the answer.
pub(super) fn asked(form: Form, state: String) -> Result<InputRequiredResult, ErrorData> {
    Ok(InputRequiredResult::new(Some(requests(form)?), Some(state)))
}

/// Our question, under its key.
pub(super) fn requests(form: Form) -> Result<InputRequests, ErrorData> {
    let request = InputRequest::Elicitation(elicitation(form.message, form.schema)?);
    Ok(InputRequests::from([(QUESTION.to_owned(), request)]))
}

fn elicitation(message: String, schema: Value) -> Result<ElicitRequest, ErrorData> {
    let requested_schema = serde_json::from_value(schema)
        .map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
    Ok(ElicitRequest::new(
        ElicitRequestParams::FormElicitationParams {
            meta: None,
            message,
            requested_schema,
        },
    ))
}

/// A client's answer to a form; `None` where it cannot be read.
pub(super) fn read(answer: Value) -> Option<Response> {
    serde_json::from_value(answer).ok().and_then(response)
}

fn response(result: ElicitResult) -> Option<Response> {
    match result.action {
        ElicitationAction::Accept => match result.content {
            Some(Value::Object(content)) => Some(Response::Accepted(content)),
            None => Some(Response::Accepted(serde_json::Map::new())),
            Some(_) => None,
        },
        ElicitationAction::Decline => Some(Response::Declined),
        ElicitationAction::Cancel => Some(Response::Cancelled),
        _ => None,
    }
}

/// Asks the client while its call waits.
#[derive(Debug)]
struct Session(Peer<RoleServer>);

impl Session {
    async fn answer(&self, request: ElicitRequest) -> Result<Response, CallError> {
        let wait = std::time::Duration::from_secs(ELICITATION_WAIT_SECONDS);
        let asking = self
            .0
            .send_request_with_option(
                ServerRequest::ElicitRequest(request),
                PeerRequestOptions::with_timeout(wait),
            )
            .await
            .map_err(unanswered)?;
        match asking.await_response().await.map_err(unanswered)? {
            ClientResult::ElicitResult(result) => response(result),
            _ => None,
        }
        .ok_or_else(unreadable_answer)
    }
}

impl Elicit for Session {
    fn ask<'a>(&'a self, form: &'a Form) -> BoxFuture<'a, Result<Response, CallError>> {
        Box::pin(async move {
            let request = elicitation(form.message.clone(), form.schema.clone())
                .map_err(|error| CallError::internal(error.message))?;
            self.answer(request).await
        })
    }

    fn visit<'a>(&'a self, to: &'a Page) -> BoxFuture<'a, Result<Response, CallError>> {
        Box::pin(self.answer(ElicitRequest::new(opening(to))))
    }
}

fn unanswered(error: ServiceError) -> CallError {
    match error {
        ServiceError::Timeout { .. } => CallError::new(
            Code::Declined,
            "The user did not answer the question in five minutes; nothing was done.",
            "Ask the user whether it is still wanted, and call again.",
        ),
        ServiceError::McpError(_) => CallError::new(
            Code::Declined,
            "The client could not ask the user; nothing was done.",
            "Ask the user in the conversation, and call again.",
        ),
        _ => CallError::new(
            Code::Cancelled,
            "The client went away before the user had answered; nothing was done.",
            "Call again if it is still wanted.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Candidate;
    use crate::tool::Question;
    use serde_json::json;

    #[test]
    fn our_forms_pass_the_sdk_unchanged() {
        let question = Question::new("Delete ").named("the space", Some("General"));
        let candidates = ["1", "2"].map(|id| Candidate {
            id: id.to_owned(),
            name: format!("Space {id}").into(),
            email: (id == "2").then(|| "two@example.com".to_owned()),
            detail: None,
        });
        for form in [
            Form::confirm(&question),
            Form::choose("Delete a space", "space", "Sync", &candidates),
        ] {
            let wire = serde_json::to_value(asked(form.clone(), "state".to_owned()).unwrap());
            let wire = wire.unwrap();
            assert_eq!(wire["resultType"], "input_required");
            assert_eq!(wire["requestState"], "state");
            let asked = &wire["inputRequests"][QUESTION];
            assert_eq!(asked["method"], "elicitation/create");
            assert_eq!(asked["params"]["message"], form.message);
            assert_eq!(asked["params"]["requestedSchema"], form.schema);
        }
    }

    #[test]
    fn answers_of_another_form_are_none() {
        assert!(matches!(
            read(json!({"action": "accept", "content": {"confirm": true}})),
            Some(Response::Accepted(_))
        ));
        let nothing = read(json!({"action": "accept"})).unwrap();
        assert_eq!(nothing.verdict(), None);
        assert_eq!(read(json!({"action": "decline"})), Some(Response::Declined));
        assert_eq!(read(json!({"action": "accept", "content": 7})), None);
        assert_eq!(read(json!({"action": "maybe"})), None);
    }
}
