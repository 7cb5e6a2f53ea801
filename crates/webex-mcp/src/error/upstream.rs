//! The only place that turns Webex's errors into ours: code, message and advice in our words, and
//! Webex's message as data beside them. The advice mentions only what the answer and the call
//! contain.

use std::borrow::Cow;

use webex::WebexError;

use super::{CallError, Cause, Code, FAILED, TELL_THE_OPERATOR};
use crate::limits;
use crate::text::Theirs;

impl From<WebexError> for CallError {
    fn from(error: WebexError) -> Self {
        let error = match error {
            // Our own code withheld it, so its error is already the one for the caller.
            WebexError::Withheld { source } => match source.downcast::<CallError>() {
                Ok(ours) => return *ours,
                Err(source) => return CallError::internal(source),
            },
            error => error,
        };
        let (code, message, advice) = told(&error);
        CallError {
            code,
            message,
            advice,
            retry_after: error.retry_after(),
            tracking_id: error.tracking_id().map(str::to_owned),
            webex_message: webex_message(&error).map(Box::new),
            details: None,
            cause: Some(Box::new(Cause::Webex(error))),
        }
    }
}

/// Webex's own message on one line of limited length. It may quote what people wrote.
fn webex_message(error: &WebexError) -> Option<Theirs> {
    let words = error.detail()?.words()?;
    let mut line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(limits::WEBEX_MESSAGE_MAX_CHARS - 1) {
        let is_longer = line[end..].chars().nth(1).is_some();
        if is_longer {
            line.truncate(end);
            line.push('…');
        }
    }
    (!line.is_empty()).then(|| line.into())
}

type Words = Cow<'static, str>;

/// Code, message and advice for an answer of Webex, or for a failure on the way to it. Webex's
/// words stay out.
fn told(error: &WebexError) -> (Code, Words, Words) {
    if error.maybe_applied() {
        return (
            Code::OutcomeUnknown,
            "Webex's answer was lost, so it is not known whether this was done.".into(),
            "Check whether it was done before you repeat it.".into(),
        );
    }
    match error {
        WebexError::Invalid { field, reason } => (
            Code::InvalidArguments,
            format!("`{field}`: {reason}.").into(),
            "Correct this argument and call again; nothing was sent to Webex.".into(),
        ),
        WebexError::Foreign { what } => (
            Code::InvalidArguments,
            format!("{what} does not belong to the configured Webex; nothing was sent to it.")
                .into(),
            "Use only URLs that an answer of this server gave you.".into(),
        ),
        WebexError::Unreachable { obstacle, .. } => (
            Code::Unavailable,
            format!("Webex cannot be reached from this server: {obstacle}.").into(),
            format!(
                "Repeat the call in a minute; if that fails too, tell the operator: {}.",
                obstacle.remedy()
            )
            .into(),
        ),
        WebexError::Unavailable { .. } => (
            Code::Unavailable,
            "Webex has an internal problem at the moment.".into(),
            with_tracking(error, "Repeat the call in a minute"),
        ),
        WebexError::Unreadable { .. } => (
            Code::Unavailable,
            "Webex's answer could not be read.".into(),
            with_tracking(error, "Repeat the call once"),
        ),
        WebexError::Throttled { .. } => (
            Code::RateLimited,
            "Webex is limiting the rate of this user's requests.".into(),
            wait(error),
        ),
        WebexError::Locked { .. } => (
            Code::Locked,
            "Webex has locked this for the moment; a file is still being scanned.".into(),
            wait(error),
        ),
        error => {
            let (code, message, advice) = fixed(error);
            (code, message.into(), advice.into())
        }
    }
}

/// The errors whose sentences never vary.
fn fixed(error: &WebexError) -> (Code, &'static str, &'static str) {
    match error {
        WebexError::Refused { status, .. } => refused(*status),
        WebexError::Unscannable { .. } => (
            Code::Forbidden,
            "Webex cannot scan this file for malware, so it withholds it.",
            "If the user still wants it, repeat the call with allowUnscannable: true.",
        ),
        WebexError::TimedOut { .. } => (
            Code::Timeout,
            "Webex did not answer in time.",
            "Repeat the call; of a list, ask for fewer at once.",
        ),
        WebexError::TooLarge { .. } => (
            Code::TooLarge,
            "Webex's answer is larger than this server takes.",
            "Of a list, ask for fewer at once; do not repeat the call unchanged.",
        ),
        _ => (Code::Internal, FAILED, TELL_THE_OPERATOR),
    }
}

fn wait(error: &WebexError) -> Words {
    match error.retry_after() {
        Some(_) => "Wait retryAfterSeconds, then repeat the call.".into(),
        None => "Wait a minute, then repeat the call.".into(),
    }
}

fn with_tracking(error: &WebexError, first: &'static str) -> Words {
    match error.tracking_id() {
        Some(_) => {
            format!("{first}; if that fails too, give the user the tracking id for Webex support.")
                .into()
        }
        None => format!("{first}; if that fails too, tell the user.").into(),
    }
}

fn refused(status: u16) -> (Code, &'static str, &'static str) {
    match status {
        401 => (
            Code::Unauthorized,
            "Webex refused the access token: it is wrong, expired or withdrawn.",
            "Ask the user to get a new token (personal ones last 12 hours) and to reconnect with it; repeating does not help.",
        ),
        403 => (
            Code::Forbidden,
            "Webex does not allow this to this user.",
            "A scope of the token, membership of the space or a moderator's right is missing; ask the user, do not repeat.",
        ),
        404 => (
            Code::NotFound,
            "Webex has no such thing, or this user cannot see it.",
            "Check the id, or look it up by name with the matching get or search tool.",
        ),
        409 => (
            Code::Conflict,
            "This conflicts with something that already exists.",
            "Read the current state with the matching get tool before you try again.",
        ),
        410 => (
            Code::Gone,
            "It is gone; a file was found to be infected.",
            "Do not repeat the call; tell the user.",
        ),
        428 => (
            Code::Conflict,
            "Webex wants a condition to be met first.",
            "Do not repeat the call unchanged; where Webex said which condition, ask the user about it.",
        ),
        300..=399 => (
            Code::Unavailable,
            "Webex answered with a redirect, which is not followed.",
            "Tell the operator to check the configured Webex address.",
        ),
        _ => (
            Code::InvalidArguments,
            "Webex did not accept the request.",
            "Check what you passed against the tool's description; what Webex said, where it is given, tells the reason.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::Response;
    use webex::transport::{Body, Obstacle};
    use webex::{AccessToken, Settings, Transport, Webex};

    use super::*;

    /// The error that a caller gets for this answer of Webex.
    async fn heard(
        status: u16,
        headers: &'static [(&'static str, &'static str)],
        body: &str,
    ) -> CallError {
        let body = body.to_owned();
        let service = tower::service_fn(move |_| {
            let mut answer = Response::builder().status(status);
            for (name, value) in headers {
                answer = answer.header(*name, *value);
            }
            let answer = answer.body(Body::full(body.clone())).unwrap();
            async move { Ok::<_, std::convert::Infallible>(answer) }
        });
        let transport = Transport::in_process(service);
        let base = "https://webex.test/v1";
        let webex = Webex::with_transport(base, transport, Settings::default()).unwrap();
        let client = webex.client(AccessToken::new("t").unwrap());
        client.rooms().get("r").await.unwrap_err().into()
    }

    #[tokio::test(start_paused = true)]
    async fn webexs_own_sentence_is_told_as_data() {
        let long = format!("{{\"message\":\"{}\"}}", "é".repeat(301));
        let fits = format!("{{\"message\":\"{}\"}}", "é".repeat(300));
        let (cut, whole) = (format!("{}…", "é".repeat(299)), "é".repeat(300));
        for (body, expected) in [
            (
                r#"{"message":"m","errors":[{"description":"roomId is bad"}]}"#,
                Some("roomId is bad"),
            ),
            (
                r#"{"message":" Two\n\nlines\u2028and\ta\u202e\u200b tab "}"#,
                Some("Two lines and a tab"),
            ),
            (&long, Some(cut.as_str())),
            (&fits, Some(whole.as_str())),
            (r#"{"message":" \n "}"#, None),
            ("<html>", None),
        ] {
            let error = heard(400, &[], body).await;
            let said = error.webex_message.as_deref().map(Theirs::as_str);
            assert_eq!(said, expected, "{body}");
            let ours = format!("{}{}", error.message, error.advice);
            assert!(expected.is_none_or(|words| !ours.contains(words)), "{ours}");
        }
        let error = heard(503, &[], r#"{"message":"Maintenance until noon"}"#).await;
        let body = serde_json::to_value(error.body()).unwrap();
        assert_eq!(body["webexMessage"], "Maintenance until noon");
        let text = crate::text::told(&error.body()).unwrap().text;
        assert!(
            text.contains("Webex said:\n> Maintenance until noon"),
            "{text}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn advice_speaks_only_of_what_is_there() {
        const TRACKED: &[(&str, &str)] = &[("trackingid", "T-1")];
        const WAIT: &[(&str, &str)] = &[("retry-after", "7000")];
        for (status, headers, word, expected) in [
            (503, TRACKED, "tracking id", true),
            (503, &[][..], "tracking id", false),
            (429, WAIT, "retryAfterSeconds", true),
            (429, &[][..], "retryAfterSeconds", false),
            (423, WAIT, "retryAfterSeconds", true),
            (423, &[][..], "retryAfterSeconds", false),
            (428, &[][..], "allowUnscannable", false),
            (400, &[][..], "tracking id", false),
        ] {
            let error = heard(status, headers, "").await;
            let has = error.advice.contains(word);
            assert_eq!(has, expected, "{status}: {}", error.advice);
        }
    }

    #[test]
    fn a_file_that_cannot_be_scanned_is_not_worth_repeating_by_itself() {
        let tracking_id = None;
        let error = CallError::from(WebexError::Unscannable { tracking_id });
        assert!(!error.body().retryable);
        assert!(error.advice.contains("allowUnscannable: true"));
        let tracking_id = None;
        let locked = CallError::from(WebexError::Locked {
            retry_after: Some(Duration::from_secs(2)),
            tracking_id,
        });
        assert!(locked.body().retryable);
    }

    #[tokio::test]
    async fn no_condition_is_retryable() {
        let error = heard(428, &[], "").await;
        assert!(!error.body().retryable);
    }

    #[test]
    fn what_is_in_the_way_is_told_once_with_what_to_set() {
        for (obstacle, cause, set) in [
            (Obstacle::Untrusted, "not trusted", "SSL_CERT_FILE"),
            (Obstacle::NoRoots, "no root", "SSL_CERT_FILE"),
            (Obstacle::UnknownName, "name is not found", "HTTPS_PROXY"),
            (Obstacle::NoRoute, "no route", "HTTPS_PROXY"),
            (Obstacle::Refused, "refused", "HTTPS_PROXY"),
            (
                Obstacle::ProxyUnreachable,
                "proxy cannot be reached",
                "NO_PROXY",
            ),
        ] {
            let error = WebexError::Unreachable {
                obstacle,
                maybe_applied: false,
                source: "10.0.0.1:443".into(),
            };
            let error = CallError::from(error);
            assert!(error.message.contains(cause), "{}", error.message);
            assert!(!error.advice.contains(cause), "{}", error.advice);
            assert!(error.advice.contains(set), "{}", error.advice);
            let words = format!("{}{}", error.message, error.advice);
            assert!(!words.contains("10.0.0.1"), "{words}");
        }
    }
}
