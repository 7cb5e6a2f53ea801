//! A refusal as JSON-RPC: it always has a status and an error, so that a client may read either.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use rmcp::ErrorData;
use rmcp::model::ErrorCode;
use serde::Serialize;
use serde_json::Value;

use crate::edge::refusal;

/// A refused request, with its id where that could be read.
#[derive(Debug)]
pub(super) struct Refusal(Box<Told>);

#[derive(Debug)]
struct Told {
    status: StatusCode,
    headers: HeaderMap,
    id: Option<Value>,
    error: ErrorData,
}

#[derive(Serialize)]
struct Wire<'a> {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Value>,
    error: &'a ErrorData,
}

impl Refusal {
    /// A protocol error, with its HTTP status.
    pub(super) fn new(status: StatusCode, error: ErrorData) -> Self {
        Refusal(Box::new(Told {
            status,
            headers: HeaderMap::new(),
            id: None,
            error,
        }))
    }

    /// A request that HTTP itself refuses.
    pub(super) fn transport(status: StatusCode, message: &'static str) -> Self {
        Refusal::new(status, ErrorData::invalid_request(message, None))
    }

    /// There is no room now; the answer says when to try again.
    pub(super) fn full(message: &'static str) -> Self {
        refusal::Refusal::full(message).into()
    }

    /// The error alone, where a surrounding answer has the status.
    pub(super) fn message(&self) -> Bytes {
        let wire = Wire {
            jsonrpc: "2.0",
            id: self.0.id.as_ref(),
            error: &self.0.error,
        };
        // Strings and values always serialize; an empty body would still carry the status.
        serde_json::to_vec(&wire).unwrap_or_default().into()
    }

    /// Names the refused request, where its id could be read.
    pub(super) fn to(mut self, id: Option<Value>) -> Self {
        self.0.id = id;
        self
    }
}

/// A request that HTTP refuses is an invalid request in JSON-RPC. A lack of room has no code there
/// and is an internal error.
impl From<refusal::Refusal> for Refusal {
    fn from(neutral: refusal::Refusal) -> Self {
        let code = match neutral.kind() {
            refusal::Kind::Full | refusal::Kind::TooMany => ErrorCode::INTERNAL_ERROR,
            _ => ErrorCode::INVALID_REQUEST,
        };
        let error = ErrorData::new(code, neutral.message().to_owned(), None);
        let mut worded = Refusal::new(neutral.kind().status(), error);
        worded.0.headers = neutral.headers();
        worded
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.message()));
        let told = *self.0;
        *response.status_mut() = told.status;
        *response.headers_mut() = told.headers;
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        response
    }
}

/// Words a refusal for a client of MCP.
pub fn refused(refusal: refusal::Refusal) -> Response {
    Refusal::from(refusal).into_response()
}
