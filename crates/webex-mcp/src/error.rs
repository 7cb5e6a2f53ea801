//! The error type of a call: what went wrong, in our words, and what the caller should do next.
//!
//! Text that people wrote never enters `message` or `advice`. If a caller has to choose between
//! things that people named, the names are in [`Candidate::name`], which is marked as theirs.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use webex::WebexError;

use crate::text::Theirs;

mod details;
mod rendered;
mod upstream;

pub use self::details::{Candidate, Confirmation, Details, MoreScopes, Page};

/// The kind of an error. On the wire it is the snake-case name; codes are only ever added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    InvalidArguments,
    Ambiguous,
    NotFound,
    Unauthorized,
    Forbidden,
    Conflict,
    Gone,
    Locked,
    RateLimited,
    Unavailable,
    Timeout,
    Cancelled,
    Declined,
    ConfirmationRequired,
    OutcomeUnknown,
    TooLarge,
    NotConfigured,
    Internal,
}

impl Code {
    /// Whether the same call, unchanged, may succeed later.
    pub const fn retryable(self) -> bool {
        matches!(
            self,
            Code::Locked | Code::RateLimited | Code::Unavailable | Code::Timeout
        )
    }

    /// The snake-case name, for the wire and the log.
    pub const fn name(self) -> &'static str {
        match self {
            Code::InvalidArguments => "invalid_arguments",
            Code::Ambiguous => "ambiguous",
            Code::NotFound => "not_found",
            Code::Unauthorized => "unauthorized",
            Code::Forbidden => "forbidden",
            Code::Conflict => "conflict",
            Code::Gone => "gone",
            Code::Locked => "locked",
            Code::RateLimited => "rate_limited",
            Code::Unavailable => "unavailable",
            Code::Timeout => "timeout",
            Code::Cancelled => "cancelled",
            Code::Declined => "declined",
            Code::ConfirmationRequired => "confirmation_required",
            Code::OutcomeUnknown => "outcome_unknown",
            Code::TooLarge => "too_large",
            Code::NotConfigured => "not_configured",
            Code::Internal => "internal",
        }
    }
}

/// Why a call failed. `cause` is internal: it has no wire form and is logged once.
#[derive(Debug)]
pub struct CallError {
    pub code: Code,
    /// What is wrong, in one sentence.
    pub message: Cow<'static, str>,
    /// What to do next, in one sentence.
    pub advice: Cow<'static, str>,
    /// How long to wait before repeating makes sense, if that is known.
    pub retry_after: Option<Duration>,
    /// Webex's name for the failed request, for its support.
    pub tracking_id: Option<String>,
    /// Webex's own message, which often holds the only reason. It is data, not our words.
    pub webex_message: Option<Box<Theirs>>,
    pub details: Option<Box<Details>>,
    pub cause: Option<Box<Cause>>,
}

/// The underlying error; for the log only.
#[derive(Debug)]
pub enum Cause {
    Webex(WebexError),
    Other(String),
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // The client's errors contain statuses and places, never Webex's words.
            Cause::Webex(error) => error.fmt(f),
            Cause::Other(words) => f.write_str(words),
        }
    }
}

/// The wire form, the same on every door.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody<'a> {
    pub code: &'static str,
    pub message: &'a str,
    pub advice: &'a str,
    pub retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webex_message: Option<&'a Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidates: Option<&'a [Candidate]>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<&'a Confirmation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_scopes: Option<&'a [&'static str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_ids: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<&'a str>,
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CallError {}

impl CallError {
    pub fn new(
        code: Code,
        message: impl Into<Cow<'static, str>>,
        advice: impl Into<Cow<'static, str>>,
    ) -> Self {
        CallError {
            code,
            message: message.into(),
            advice: advice.into(),
            retry_after: None,
            tracking_id: None,
            webex_message: None,
            details: None,
            cause: None,
        }
    }

    /// An argument is wrong: names it and says what would be right.
    pub fn invalid(field: &str, right: impl std::fmt::Display) -> Self {
        CallError::new(
            Code::InvalidArguments,
            format!("`{field}`: {right}."),
            "Correct this argument and call again; nothing was sent to Webex.",
        )
    }

    /// What the log says of it: the cause, where there is one.
    pub fn why(&self) -> String {
        let told = self.cause.as_ref().map(ToString::to_string);
        told.unwrap_or_else(|| self.message.to_string())
    }

    /// A fault of the server; the log has the cause, and the caller gets one sentence.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        let mut error = CallError::new(Code::Internal, FAILED, TELL_THE_OPERATOR);
        error.cause = Some(Box::new(Cause::Other(cause.to_string())));
        error
    }

    pub fn with_details(mut self, details: Details) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The same error, with advice that fits the tool better than the general sentence.
    pub fn advise(mut self, advice: impl Into<Cow<'static, str>>) -> Self {
        self.advice = advice.into();
        self
    }

    /// What happened and what to do next, for an answer that goes on after the error.
    pub fn with_advice(&self) -> String {
        format!("{} {}", self.message, self.advice)
    }

    /// The wire form.
    pub fn body(&self) -> ErrorBody<'_> {
        let details = self.details.as_deref();
        ErrorBody {
            code: self.code.name(),
            message: &self.message,
            advice: &self.advice,
            retryable: self.code.retryable(),
            // A part of a second counts as a whole one.
            retry_after_seconds: self
                .retry_after
                .map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0)),
            tracking_id: self.tracking_id.as_deref(),
            webex_message: self.webex_message.as_deref(),
            candidates: match details {
                Some(Details::Candidates(list)) => Some(list),
                _ => None,
            },
            confirmation: match details {
                Some(Details::Confirmation(ask)) => Some(ask),
                _ => None,
            },
            missing_scopes: match details {
                Some(Details::MissingScopes(scopes)) => Some(scopes),
                Some(Details::MoreScopes(more)) => Some(&more.missing),
                _ => None,
            },
            url: details.and_then(Details::page).map(|page| &*page.url),
            made_ids: match details {
                Some(Details::MadeIds(ids)) => Some(ids),
                _ => None,
            },
        }
    }
}

/// The message of a server fault.
const FAILED: &str = "The server failed on this call.";

/// The advice for a server fault.
const TELL_THE_OPERATOR: &str =
    "Do not repeat it unchanged; tell the operator, who finds the cause in the server's log.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_withheld_with_an_error_of_ours_is_that_very_error() {
        let ours = CallError::new(Code::Declined, "A rule says no.", "Ask the operator.")
            .with_retry_after(Duration::from_secs(7));
        assert_eq!(ours.to_string(), "A rule says no.");
        let told = CallError::from(WebexError::Withheld {
            source: Box::new(ours),
        });
        assert_eq!(
            (told.code, told.body().retry_after_seconds),
            (Code::Declined, Some(7))
        );
        assert_eq!(
            (&*told.message, &*told.advice),
            ("A rule says no.", "Ask the operator.")
        );
    }

    #[test]
    fn what_was_withheld_otherwise_is_a_fault_whose_cause_only_the_log_has() {
        let told = CallError::from(WebexError::Withheld {
            source: "the disk is full".into(),
        });
        assert_eq!(told.code, Code::Internal);
        assert!(!told.message.contains("disk"));
        assert_eq!(told.cause.unwrap().to_string(), "the disk is full");
    }
}
