//! Why a door refuses a request: a kind, a sentence, and how to go on. Each protocol words it in
//! its own way.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::limits;

/// A refused request.
#[derive(Debug)]
pub struct Refusal(Box<Told>);

#[derive(Debug)]
struct Told {
    kind: Kind,
    message: Cow<'static, str>,
    retry_after: Option<Duration>,
    challenge: Option<Cow<'static, str>>,
    allowed_methods: Option<&'static str>,
}

/// What a client has to get before its request is answered, in the extensions of an answer. The door
/// that knows where clients get it says so in a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenge {
    /// Its person has to sign in again.
    SignIn,
    /// Its person has to consent to all of these scopes.
    Scopes(Vec<&'static str>),
}

impl Challenge {
    pub const fn status(&self) -> StatusCode {
        match self {
            Challenge::SignIn => StatusCode::UNAUTHORIZED,
            Challenge::Scopes(_) => StatusCode::FORBIDDEN,
        }
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request is malformed.
    Malformed,
    /// The request names no caller, or one that is not known.
    Unknown,
    /// The request may not come in this way.
    Forbidden,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    /// The request did not arrive in time.
    Late,
    TooLarge,
    UnsupportedMedia,
    /// The body is compressed.
    UnsupportedCoding,
    /// The body is sent in a way that is not spoken here.
    NotImplemented,
    /// The caller has used up its limit.
    TooMany,
    /// There is no room for the request now.
    Full,
}

impl Kind {
    pub const fn status(self) -> StatusCode {
        match self {
            Kind::Malformed => StatusCode::BAD_REQUEST,
            Kind::Unknown => StatusCode::UNAUTHORIZED,
            Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Kind::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Kind::Late => StatusCode::REQUEST_TIMEOUT,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::UnsupportedMedia | Kind::UnsupportedCoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Kind::NotImplemented => StatusCode::NOT_IMPLEMENTED,
            Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Kind::Full => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl Refusal {
    /// `message` is one of our sentences; it says what is wrong and what would be right.
    pub fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Refusal(Box::new(Told {
            kind,
            message: message.into(),
            retry_after: None,
            challenge: None,
            allowed_methods: None,
        }))
    }

    /// There is no room now; the answer says when to try again.
    pub fn full(message: &'static str) -> Self {
        let wait = Duration::from_secs(limits::FULL_RETRY_SECONDS);
        Refusal::new(Kind::Full, message).retry_after(Some(wait))
    }

    /// How long to wait before the same request makes sense.
    pub fn retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    /// The credential that a client has to show, as `WWW-Authenticate` says it.
    pub fn challenge(mut self, challenge: Option<impl Into<Cow<'static, str>>>) -> Self {
        self.0.challenge = challenge.map(Into::into);
        self
    }

    /// The methods that are served here, where another one was used.
    pub fn allowing(mut self, methods: &'static str) -> Self {
        self.0.allowed_methods = Some(methods);
        self
    }

    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The HTTP headers of the refusal, whatever the body is.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let told = &self.0;
        if let Some(wait) = told.retry_after {
            // A part of a second counts as a whole one, and the wait is at least one second.
            let seconds = (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = &told.challenge
            && let Ok(challenge) = HeaderValue::from_str(challenge)
        {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if told.kind == Kind::UnsupportedCoding {
            headers.insert(
                header::ACCEPT_ENCODING,
                HeaderValue::from_static("identity"),
            );
        }
        if let Some(methods) = told.allowed_methods {
            headers.insert(header::ALLOW, HeaderValue::from_static(methods));
        }
        headers
    }
}

/// As plain JSON, where no protocol has its own form.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({"error": {"message": self.message()}});
        (self.kind().status(), self.headers(), Json(body)).into_response()
    }
}

/// Text that a caller wrote, short and printable, so that one of our sentences can contain it.
pub fn printable(text: &str) -> String {
    use super::limits::ECHO_MAX_CHARACTERS;
    let mut characters = text.chars();
    let mut shown: String = characters
        .by_ref()
        .take(ECHO_MAX_CHARACTERS)
        .map(|c| if c.is_ascii_graphic() { c } else { '?' })
        .collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_repeated_is_short_and_printable() {
        assert_eq!(printable("list-spaces"), "list-spaces");
        assert_eq!(printable("a\u{1b}[31m\n"), "a?[31m?");
        let long = printable(&"x".repeat(10_000));
        assert_eq!(
            long.chars().count(),
            super::super::limits::ECHO_MAX_CHARACTERS + 1
        );
    }

    #[test]
    fn waits_are_whole_seconds_and_never_none() {
        for (milliseconds, seconds) in [(0, "1"), (1, "1"), (1_000, "1"), (1_001, "2")] {
            let wait = Some(Duration::from_millis(milliseconds));
            let headers = Refusal::full("").retry_after(wait).headers();
            assert_eq!(headers["retry-after"], seconds);
        }
    }
}
