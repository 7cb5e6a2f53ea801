//! A refusal in JSON-RPC's words: always a status and an error, so that a client of either reads it.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use rmcp::ErrorData;
use rmcp::model::ErrorCode;
use serde::Serialize;
use serde_json::Value;

use crate::edge::refusal;

/// A request turned away, with the id it had where that could be read.
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
    /// An error of the protocol, with the status it has.
    pub(super) fn new(status: StatusCode, error: ErrorData) -> Self {
        Refusal(Box::new(Told {
            status,
            headers: HeaderMap::new(),
            id: None,
            error,
        }))
    }

    /// A request that HTTP itself turns away.
    pub(super) fn transport(status: StatusCode, message: &'static str) -> Self {
        Refusal::new(status, ErrorData::invalid_request(message, None))
    }

    /// No room now; the caller is told when to come back.
    pub(super) fn full(message: &'static str) -> Self {
        refusal::Refusal::full(message).into()
    }

    /// The error alone, where the status is that of something larger.
    pub(super) fn message(&self) -> Bytes {
        let wire = Wire {
            jsonrpc: "2.0",
            id: self.0.id.as_ref(),
            error: &self.0.error,
        };
        // Strings and values serialize always; an empty body would still carry the status.
        serde_json::to_vec(&wire).unwrap_or_default().into()
    }

    /// Names the request that is refused, where its id could be read.
    pub(super) fn to(mut self, id: Option<Value>) -> Self {
        self.0.id = id;
        self
    }
}

/// What HTTP turns away is an invalid request to JSON-RPC; what there is no room for has no code of
/// its own and is an internal error.
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
