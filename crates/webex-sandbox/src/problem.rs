//! A refusal of Webex: status, message, description and tracking id in Webex's form.

use std::borrow::Cow;
use std::time::Duration;

use http::StatusCode;

use crate::table::{Full, Gone};

/// What a rule or a route gives, unless it refuses.
pub(crate) type Result<T, E = Problem> = std::result::Result<T, E>;

/// A refusal. Its tracking id is added when the answer leaves the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// Replaces the sentence for the status, if it has two meanings.
    pub(crate) message: Option<&'static str>,
    /// The reason.
    pub(crate) description: Cow<'static, str>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) html: bool,
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

    /// A refusal with no other reason than Webex's sentence for its status.
    pub(crate) fn plain(status: StatusCode) -> Self {
        Problem::new(status, of_status(status))
    }

    pub(crate) fn bad_request(description: impl Into<Cow<'static, str>>) -> Self {
        Problem::new(StatusCode::BAD_REQUEST, description)
    }

    pub(crate) fn unauthorized() -> Self {
        Problem::plain(StatusCode::UNAUTHORIZED)
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

    /// The token is valid, but not for this operation: Webex gives no other detail.
    pub(crate) fn missing_scope() -> Self {
        Problem::plain(StatusCode::FORBIDDEN)
    }

    pub(crate) fn too_large(description: &'static str) -> Self {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, description)
    }

    /// A query lacks a required parameter.
    pub(crate) fn parameter_missing(name: &str) -> Self {
        Problem::bad_request(format!("Required String parameter '{name}' is not present"))
    }

    /// What the request names, or a refusal if it does not.
    pub(crate) fn required<T>(given: Option<T>, name: &str) -> Result<T> {
        given.ok_or_else(|| Problem::bad_request(format!("{name} is required.")))
    }

    /// Refuses a text that is longer than so many characters.
    pub(crate) fn check_length(name: &str, text: &str, max_chars: usize) -> Result<()> {
        Problem::bad_request(format!("{name} is longer than {max_chars} characters."))
            .when(text.chars().count() > max_chars)
    }

    /// A table or the file store has reached its limit.
    pub(crate) fn full() -> Self {
        Problem::forbidden("This sandbox is full. Start a new one.")
    }

    /// The world's tables disagree: answered like a row that was just removed, never with a crash.
    pub(crate) fn vanished() -> Self {
        Problem::not_found("The resource has just been deleted.")
    }

    /// Refuses if this holds.
    pub(crate) fn when(self, is_wrong: bool) -> Result<(), Self> {
        if is_wrong { Err(self) } else { Ok(()) }
    }

    /// Refuses if this does not hold.
    pub(crate) fn unless(self, is_right: bool) -> Result<(), Self> {
        self.when(!is_right)
    }

    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}

/// Webex's sentence for the status alone.
pub(crate) fn of_status(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "The request could not be understood by the server due to malformed syntax.",
        401 => "The request requires a valid access token set in the Authorization request header.",
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

impl From<Full> for Problem {
    fn from(_: Full) -> Self {
        Problem::full()
    }
}

impl From<Gone> for Problem {
    fn from(_: Gone) -> Self {
        Problem::vanished()
    }
}
