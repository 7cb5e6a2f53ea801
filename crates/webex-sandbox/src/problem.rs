//! What Webex answers when it refuses: status, message, description and tracking id in its own form.

use std::borrow::Cow;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use serde::Serialize;

use crate::table::Full;

/// The header that carries the tracking id of every answer.
const TRACKING_ID: HeaderName = HeaderName::from_static("trackingid");

/// How a refusal says its reason in `message` and in `errors`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The same sentence in both, as in messaging.
    Twice,
    /// What the status says, and the reason apart, as in meetings and OAuth.
    Apart,
}

impl Way {
    /// The way of what is asked for under a path.
    pub(crate) fn of(path: &str) -> Self {
        let noun = path.strip_prefix("/v1/").unwrap_or(path);
        match APART.iter().any(|start| noun.starts_with(start)) {
            true => Way::Apart,
            false => Way::Twice,
        }
    }
}

/// Where Webex keeps the reason out of `message`: meetings with all that belongs to them, and OAuth.
const APART: [&str; 9] = [
    "meeting",
    "recordings",
    "admin/meeting",
    "admin/recordings",
    "group/recordings",
    "authorize",
    "access_token",
    "device",
    "userinfo",
];

/// A refusal. Its tracking id is added when the answer leaves the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// Instead of the sentence that depends on the status.
    message: Option<&'static str>,
    description: Cow<'static, str>,
    retry_after: Option<Duration>,
    html: bool,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, description: impl Into<Cow<'static, str>>) -> Self {
        Problem {
            status,
            message: None,
            description: description.into(),
            retry_after: None,
            html: false,
        }
    }

    pub(crate) fn bad_request(description: impl Into<Cow<'static, str>>) -> Self {
        Problem::new(StatusCode::BAD_REQUEST, description)
    }

    pub(crate) fn unauthorized() -> Self {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "The request requires a valid access token set in the Authorization request header.",
        )
    }

    pub(crate) fn forbidden(description: impl Into<Cow<'static, str>>) -> Self {
        Problem::new(StatusCode::FORBIDDEN, description)
    }

    pub(crate) fn not_found(description: impl Into<Cow<'static, str>>) -> Self {
        Problem::new(StatusCode::NOT_FOUND, description)
    }

    pub(crate) fn conflict(description: impl Into<Cow<'static, str>>) -> Self {
        Problem::new(StatusCode::CONFLICT, description)
    }

    /// The token is valid, but not for this operation: Webex says no more than that.
    pub(crate) fn missing_scope() -> Self {
        let problem = Problem::forbidden("");
        let description = problem.of_status();
        Problem {
            description: description.into(),
            ..problem
        }
    }

    pub(crate) fn too_many_requests(wait: Duration) -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        Problem::new(status, "The user has made too many requests.").retry_after(wait)
    }

    /// A query lacks what it must have.
    pub(crate) fn parameter_missing(name: &str) -> Self {
        Problem::bad_request(format!("Required String parameter '{name}' is not present"))
    }

    /// A table or the file store has reached its bound.
    pub(crate) fn full() -> Self {
        Problem::forbidden("This sandbox is full. Start a new one.")
    }

    /// The world's tables disagree: answered as a row that has just gone, never as a crash.
    pub(crate) fn vanished() -> Self {
        Problem::not_found("The resource has just been deleted.")
    }

    /// The reason, without Webex's sentence for the status.
    pub(crate) fn description(&self) -> &str {
        &self.description
    }

    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The same with another first sentence, where one status means two things.
    pub(crate) fn saying(mut self, message: &'static str) -> Self {
        self.message = Some(message);
        self
    }

    pub(crate) fn with_html(mut self) -> Self {
        self.html = true;
        self
    }

    /// What Webex says of the status alone.
    fn of_status(&self) -> &'static str {
        match self.status.as_u16() {
            400 => "The request could not be understood by the server due to malformed syntax.",
            401 => {
                "The request requires a valid access token set in the Authorization request header."
            }
            403 => {
                "The server understood the request, but refused to fulfill it because the access token is missing required scopes or the user is missing required roles or licenses."
            }
            404 => "The requested resource could not be found.",
            405 => {
                "The request was made to a resource using an HTTP request method that is not supported."
            }
            409 => {
                "The request could not be processed because it conflicts with some established rule of the system."
            }
            410 => "The requested resource is no longer available.",
            415 => {
                "The request was made to a resource without specifying a media type or used a media type that is not supported."
            }
            423 => "The requested resource is temporarily unavailable.",
            428 => "File(s) cannot be scanned for malware and need to be force downloaded.",
            429 => {
                "Too many requests have been sent in a given amount of time and the request has been rate limited."
            }
            502 => {
                "The server received an invalid response from an upstream server while processing the request."
            }
            503 => "Server is overloaded with requests. Try again later.",
            504 => "An upstream server failed to respond on time.",
            _ => "Something went wrong on the server.",
        }
    }

    fn render(&self, tracking_id: &str, way: Way) -> (&'static str, String) {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Description<'a> {
            description: &'a str,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct ErrorBody<'a> {
            message: &'a str,
            errors: [Description<'a>; 1],
            tracking_id: &'a str,
        }
        if self.html {
            let status = self.status;
            let page = format!(
                "<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
            );
            return ("text/html", page);
        }
        let message = match (self.message, way) {
            (Some(message), _) => message,
            (None, Way::Twice) => &self.description,
            (None, Way::Apart) => self.of_status(),
        };
        let body = ErrorBody {
            message,
            errors: [Description {
                description: &self.description,
            }],
            tracking_id,
        };
        let text = serde_json::to_string(&body).unwrap_or_default();
        ("application/json;charset=UTF-8", text)
    }
}

impl From<Full> for Problem {
    fn from(_: Full) -> Self {
        Problem::full()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Puts the tracking id on an answer, and writes the body of a refusal.
pub(crate) fn finish(mut response: Response, tracking_id: &str, way: Way) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let (content_type, body) = problem.render(tracking_id, way);
        *response.body_mut() = body.into();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        if let Some(wait) = problem.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs()));
        }
    }
    if let Ok(value) = HeaderValue::from_str(tracking_id) {
        response.headers_mut().insert(TRACKING_ID, value);
    }
    response
}
