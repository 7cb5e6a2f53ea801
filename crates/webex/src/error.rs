//! The errors of a call, typed so that the caller can decide without reading text.
//!
//! `Display` never contains Webex's words or text that people wrote: those are only in
//! [`ErrorDetail`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::limits::{MAX_RETRY_AFTER_SECONDS, MAX_TRACKING_ID_BYTES};
use crate::transport::{BoxError, Obstacle};

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum WebexError {
    /// The request breaks a rule of Webex that this client knows; nothing was sent.
    #[error("{field} is not valid: {reason}")]
    Invalid {
        /// The field's name as Webex spells it.
        field: &'static str,
        /// What would be right.
        reason: Cow<'static, str>,
    },
    /// Webex refused the request (a 4xx), or answered with a redirect, which is never followed.
    #[error("Webex answered {status} ({meaning}){}", tracking(.tracking_id), meaning = meaning(*.status))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Webex's own words.
        detail: Box<ErrorDetail>,
        /// The tracking id, for Webex support.
        tracking_id: Option<String>,
    },
    /// Too many requests (429): the request was sent as often as allowed, or the wait does not fit
    /// into the deadline.
    #[error("Webex is limiting the rate of this user's requests{}{}", wait(.retry_after), tracking(.tracking_id))]
    Throttled {
        /// How long Webex asks to wait, if it said so.
        retry_after: Option<Duration>,
        /// The tracking id, for Webex support.
        tracking_id: Option<String>,
    },
    /// The resource is busy (423); a file is still being scanned. Retried like a 429.
    #[error("the resource is locked at the moment{}{}", wait(.retry_after), tracking(.tracking_id))]
    Locked {
        /// How long Webex asks to wait, if it said so.
        retry_after: Option<Duration>,
        /// The tracking id, for Webex support.
        tracking_id: Option<String>,
    },
    /// The file cannot be scanned for malware (428); Webex gives it only to callers that accept
    /// unscannable files.
    #[error("the file cannot be scanned; to get it anyway, ask for it with unscannable files allowed{}", tracking(.tracking_id))]
    Unscannable {
        /// The tracking id, for Webex support.
        tracking_id: Option<String>,
    },
    /// Webex has an internal error (a 5xx) that continued through all repeats.
    #[error("Webex answered {status} ({meaning}); try again later{}", tracking(.tracking_id), meaning = meaning(*.status))]
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// Webex's own words.
        detail: Box<ErrorDetail>,
        /// How long Webex asks to wait, if it said so.
        retry_after: Option<Duration>,
        /// The tracking id, for Webex support.
        tracking_id: Option<String>,
        /// True if a write may have been executed anyway.
        maybe_applied: bool,
    },
    /// There is no connection, or it broke before the answer was complete.
    #[error("Webex cannot be reached: {obstacle}; {}", .obstacle.remedy())]
    Unreachable {
        /// The cause.
        obstacle: Obstacle,
        /// True if the request may have arrived and a write may have been executed.
        maybe_applied: bool,
        /// The network error, for the log.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The deadline or a timeout passed.
    #[error("Webex did not answer in time; try again with more time or a smaller request")]
    TimedOut {
        /// True if the request may have arrived and a write may have been executed.
        maybe_applied: bool,
    },
    /// The status is a success, but the answer does not have the form of this operation's answers.
    #[error("Webex's answer cannot be read: {problem}{}", tracking(.tracking_id))]
    Unreadable {
        /// What is wrong with it, without quoting it.
        problem: Cow<'static, str>,
        /// The tracking id, for Webex support.
        tracking_id: Option<String>,
        /// True if it was the answer to a write.
        maybe_applied: bool,
    },
    /// The code [around](crate::around) the client did not allow the operation; nothing was sent.
    #[error("the operation was withheld before anything was sent")]
    Withheld {
        /// The reason that it gave.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A URL that does not belong to the configured Webex; the token was not sent there.
    #[error("{what} does not belong to the configured Webex address; nothing was sent to it")]
    Foreign {
        /// The URL that is meant, in words.
        what: &'static str,
    },
    /// The answer is larger than the client accepts.
    #[error("the answer is larger than {limit_bytes} bytes; ask for less at once")]
    TooLarge {
        /// The limit, in bytes.
        limit_bytes: usize,
        /// True if it was the answer to a write.
        maybe_applied: bool,
    },
}

impl WebexError {
    pub(crate) fn invalid(field: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid {
            field,
            reason: reason.into(),
        }
    }

    /// Derives the obstacle from the error.
    pub(crate) fn unreachable(maybe_applied: bool, source: BoxError) -> Self {
        Self::Unreachable {
            obstacle: Obstacle::of(&*source),
            maybe_applied,
            source,
        }
    }

    /// Parses an answer that is not a success, whatever its body is.
    pub(crate) fn from_answer(
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        is_write: bool,
    ) -> Self {
        let (detail, body_tracking_id) = ErrorDetail::parse(body);
        let tracking_id = tracking_id(headers).or(body_tracking_id);
        let retry_after = retry_after(headers);
        let status = status.as_u16();
        match status {
            423 => Self::Locked {
                retry_after,
                tracking_id,
            },
            429 => Self::Throttled {
                retry_after,
                tracking_id,
            },
            500.. => Self::Unavailable {
                status,
                detail: Box::new(detail),
                retry_after,
                tracking_id,
                maybe_applied: is_write,
            },
            _ => Self::Refused {
                status,
                detail: Box::new(detail),
                tracking_id,
            },
        }
    }

    /// The HTTP status, if Webex answered with one that is not a success.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::Unavailable { status, .. } => Some(*status),
            Self::Throttled { .. } => Some(429),
            Self::Locked { .. } => Some(423),
            Self::Unscannable { .. } => Some(428),
            _ => None,
        }
    }

    /// Webex's tracking id, for Webex support.
    pub fn tracking_id(&self) -> Option<&str> {
        match self {
            Self::Refused { tracking_id, .. }
            | Self::Throttled { tracking_id, .. }
            | Self::Locked { tracking_id, .. }
            | Self::Unscannable { tracking_id }
            | Self::Unavailable { tracking_id, .. }
            | Self::Unreadable { tracking_id, .. } => tracking_id.as_deref(),
            _ => None,
        }
    }

    /// How long Webex asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after, .. }
            | Self::Locked { retry_after, .. }
            | Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Webex's own words about the error; for the log, never for a model.
    pub fn detail(&self) -> Option<&ErrorDetail> {
        match self {
            Self::Refused { detail, .. } | Self::Unavailable { detail, .. } => Some(detail),
            _ => None,
        }
    }

    /// True if a write may have been executed although its answer was lost: check before repeating
    /// it.
    pub fn maybe_applied(&self) -> bool {
        match self {
            Self::Unavailable { maybe_applied, .. }
            | Self::Unreachable { maybe_applied, .. }
            | Self::TimedOut { maybe_applied }
            | Self::Unreadable { maybe_applied, .. }
            | Self::TooLarge { maybe_applied, .. } => *maybe_applied,
            _ => false,
        }
    }
}

/// What Webex says about an error, in its own words. Untrusted text: it may quote what people
/// wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorDetail {
    message: Option<String>,
    errors: Vec<String>,
    error_code: Option<i64>,
    oauth_error: Option<String>,
}

impl ErrorDetail {
    /// The most specific text: the first description, or else the message.
    pub fn words(&self) -> Option<&str> {
        let first = self.errors.first().or(self.message.as_ref());
        first.map(String::as_str)
    }

    /// The message.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The descriptions of the individual errors.
    pub fn errors(&self) -> &[String] {
        &self.errors
    }

    /// Webex's number of the error, if it gave one.
    pub fn error_code(&self) -> Option<i64> {
        self.error_code
    }

    /// True if the error has an OAuth word such as `slow_down`: in RFC 6749's `error`, or anywhere
    /// in Webex's own form, which its OAuth endpoints use too.
    pub fn says(&self, word: &str) -> bool {
        let texts = [&self.oauth_error, &self.message].into_iter().flatten();
        let mut texts = texts.chain(&self.errors);
        let between = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
        texts.any(|text| text.split(between).any(|found| found == word))
    }

    /// Parses Webex's form or the OAuth form; HTML and garbage give no detail.
    fn parse(body: &[u8]) -> (Self, Option<String>) {
        let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
            return Default::default();
        };
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let code = |value: Option<&Value>| match value {
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(digits)) => digits.parse().ok(),
            _ => None,
        };
        let errors = fields.get("errors").and_then(Value::as_array);
        let errors = errors.map_or(&[][..], Vec::as_slice);
        let descriptions = errors.iter().filter_map(|error| match error {
            Value::String(description) => Some(description.clone()),
            error => text(error.get("description")),
        });
        let detail = Self {
            message: text(fields.get("message")).or_else(|| text(fields.get("error_description"))),
            errors: descriptions.collect(),
            error_code: code(fields.get("errorCode"))
                .or_else(|| errors.iter().find_map(|error| code(error.get("errorCode")))),
            oauth_error: text(fields.get("error")),
        };
        let tracking_id = fields.get("trackingId").and_then(Value::as_str);
        (detail, tracking_id.and_then(plain_tracking_id))
    }
}

/// Why one field of an item that was otherwise delivered is missing or unusable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FieldError {
    /// A code such as `kms_failure`: the text cannot be decrypted now.
    pub code: String,
    /// Webex's explanation.
    pub reason: String,
}

/// The fields of an item that Webex could not deliver, by field name.
pub type FieldErrors = BTreeMap<String, FieldError>;

/// The value, unless Webex marked the field as undelivered: then it may be ciphertext.
pub(crate) fn delivered<'a>(
    value: &'a Option<String>,
    errors: &Option<FieldErrors>,
    field: &str,
) -> Option<&'a str> {
    let failed = errors
        .as_ref()
        .is_some_and(|errors| errors.contains_key(field));
    value.as_deref().filter(|_| !failed)
}

/// The tracking id of an answer, from its header.
pub(crate) fn tracking_id(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("trackingid")?.to_str().ok()?;
    plain_tracking_id(value)
}

/// The id is shown to people and logged, so only characters of tracking ids are accepted.
fn plain_tracking_id(text: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte);
    let fits = (1..=MAX_TRACKING_ID_BYTES).contains(&text.len()) && text.bytes().all(plain);
    fits.then(|| text.to_owned())
}

/// `Retry-After` in either form, seconds or a date. A date is compared with the date of the answer,
/// because the two clocks may differ; without one, with this machine's clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| Some(headers.get(name)?.to_str().ok()?.trim());
    let date = |text| {
        let parser = jiff::fmt::rfc2822::DateTimeParser::new();
        Some(parser.parse_timestamp(text).ok()?.as_second())
    };
    let value = text(http::header::RETRY_AFTER)?;
    let seconds = match value.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let now = text(http::header::DATE).and_then(date);
            let now = now.unwrap_or_else(|| Timestamp::now().as_second());
            u64::try_from(date(value)?.saturating_sub(now)).unwrap_or(0)
        }
    };
    Some(Duration::from_secs(seconds.min(MAX_RETRY_AFTER_SECONDS)))
}

fn meaning(status: u16) -> &'static str {
    match status {
        300..=399 => "a redirect, which is not followed",
        400 => "the request is not valid",
        401 => "the access token is missing, wrong or expired",
        403 => "not allowed: a missing scope, or not a member",
        404 => "it does not exist or is not visible to this user",
        405 => "the method is not supported here",
        409 => "it conflicts with the current state",
        410 => "it is gone",
        415 => "the media type is not supported",
        428 => "a condition is not met yet",
        500 => "an internal error",
        502 => "bad gateway",
        503 => "overloaded",
        504 => "a timeout inside Webex; a smaller page may help",
        _ => "no success",
    }
}

fn tracking(tracking_id: &Option<String>) -> String {
    match tracking_id {
        Some(id) => format!(" [tracking id {id}]"),
        None => String::new(),
    }
}

fn wait(retry_after: &Option<Duration>) -> String {
    match retry_after {
        Some(wait) => format!("; try again in {} s", wait.as_secs()),
        None => "; try again later".to_owned(),
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
