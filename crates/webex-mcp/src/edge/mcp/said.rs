//! What a request says about itself besides its arguments: correlation ids, a key, a client.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};
use rmcp::RoleServer;
use rmcp::model::RequestMetaObject;
use rmcp::service::RequestContext;
use serde_json::Value;

use super::session::shortened;
use crate::call::Correlation;
use crate::edge::limits;
use crate::error::CallError;

const CORRELATION: HeaderName = HeaderName::from_static("x-correlation-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub(super) const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The name of the idempotency key in `_meta`.
const META_KEY: &str = "idempotencyKey";
const META_CLIENT: &str = "io.modelcontextprotocol/clientInfo";

/// What the headers say; most requests have none of these headers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said {
    correlation: Correlation,
    key: Option<Key>,
}

/// An idempotency key, or what was sent in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Good(Box<str>),
    Malformed,
}

impl Said {
    /// `None` where none of the headers is present.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &HeaderName| headers.get(name)?.to_str().ok().and_then(traceable);
        let correlation = Correlation {
            id: text(&CORRELATION),
            traceparent: text(&TRACEPARENT),
        };
        let mut keys = headers.get_all(&KEY).iter();
        let key = keys.next().map(|key| match (key.to_str(), keys.next()) {
            (Ok(key), None) => Key::of(key),
            _ => Key::Malformed,
        });
        let said = Said { correlation, key };
        (said != Said::default()).then_some(said)
    }
}

/// Text that is fit for a log: printable, and short.
fn traceable(text: &str) -> Option<String> {
    let printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    (printable && !text.is_empty() && text.len() <= limits::CORRELATION_MAX_BYTES)
        .then(|| text.into())
}

impl Key {
    fn of(text: &str) -> Self {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        match visible && !text.is_empty() && text.len() <= limits::IDEMPOTENCY_KEY_MAX_BYTES {
            true => Key::Good(text.into()),
            false => Key::Malformed,
        }
    }
}

/// The correlation ids that the caller gave this request.
pub(super) fn correlation(context: &RequestContext<RoleServer>) -> Correlation {
    let said = context.extensions.get::<Said>();
    let mut correlation = said
        .map(|said| said.correlation.clone())
        .unwrap_or_default();
    // The message is closer to the call than a header that a proxy may have set.
    let trace = context.meta.get_traceparent().and_then(traceable);
    correlation.traceparent = trace.or(correlation.traceparent);
    correlation
}

/// The caller's idempotency key for this effect.
///
/// # Errors
/// `invalid_arguments` for a malformed key, or for two keys that differ.
pub(super) fn key(context: &RequestContext<RoleServer>) -> Result<Option<String>, CallError> {
    let said = context.extensions.get::<Said>();
    agreed(said.and_then(|said| said.key.as_ref()), &context.meta)
}

fn agreed(header: Option<&Key>, meta: &RequestMetaObject) -> Result<Option<String>, CallError> {
    let in_meta = meta.0.0.get(META_KEY).map(|key| match key {
        Value::String(key) => Key::of(key),
        _ => Key::Malformed,
    });
    let key = match (header, &in_meta) {
        (None, None) => return Ok(None),
        (Some(one), Some(two)) if one != two => {
            let why = "the header Idempotency-Key and `_meta` say different keys";
            return Err(CallError::invalid(META_KEY, why));
        }
        (Some(key), _) | (None, Some(key)) => key,
    };
    match key {
        Key::Good(key) => Ok(Some(key.to_string())),
        Key::Malformed => Err(CallError::invalid(
            META_KEY,
            "a key has 1 to 255 visible ASCII characters, and is given once",
        )),
    }
}

/// The name that the client gives itself, on the request or when its session began.
pub(super) fn client(context: &RequestContext<RoleServer>) -> Option<Arc<str>> {
    let in_meta = context.meta.0.0.get(META_CLIENT);
    if let Some(Value::String(name)) = in_meta.and_then(|client| client.get("name")) {
        return Some(shortened(name).into());
    }
    let peer = context.peer.peer_info()?;
    Some(shortened(&peer.client_info.name).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rmcp::model::MetaObject;
    use serde_json::json;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn meta(value: Value) -> RequestMetaObject {
        RequestMetaObject(MetaObject(serde_json::from_value(value).unwrap()))
    }

    #[test]
    fn keys_are_read_from_either_place_and_must_agree() {
        let long = "k".repeat(256);
        let most = "k".repeat(255);
        type Case<'a> = (
            &'a [(&'static str, &'a str)],
            Value,
            Result<Option<&'a str>, &'a str>,
        );
        let cases: [Case<'_>; 11] = [
            (&[], json!({}), Ok(None)),
            (&[("idempotency-key", "a-1")], json!({}), Ok(Some("a-1"))),
            (&[], json!({"idempotencyKey": "a-1"}), Ok(Some("a-1"))),
            (
                &[("idempotency-key", "a")],
                json!({"idempotencyKey": "a"}),
                Ok(Some("a")),
            ),
            (
                &[("idempotency-key", "a")],
                json!({"idempotencyKey": "b"}),
                Err("different keys"),
            ),
            (&[("idempotency-key", &most)], json!({}), Ok(Some(&most))),
            (
                &[("idempotency-key", &long)],
                json!({}),
                Err("visible ASCII"),
            ),
            (&[("idempotency-key", "")], json!({}), Err("visible ASCII")),
            (
                &[("idempotency-key", "a"), ("idempotency-key", "a")],
                json!({}),
                Err("once"),
            ),
            (&[], json!({"idempotencyKey": "a b"}), Err("visible ASCII")),
            (&[], json!({"idempotencyKey": 7}), Err("visible ASCII")),
        ];
        for (pairs, in_meta, expected) in cases {
            let said = Said::of(&headers(pairs));
            let key = agreed(
                said.as_ref().and_then(|said| said.key.as_ref()),
                &meta(in_meta),
            );
            match (key, expected) {
                (Ok(key), Ok(expected)) => assert_eq!(key.as_deref(), expected),
                (Err(error), Err(words)) => {
                    assert!(error.message.contains(words), "{}", error.message);
                }
                (key, expected) => panic!("{key:?} is not {expected:?}"),
            }
        }
    }

    #[test]
    fn correlation_is_taken_where_it_may_stand_in_a_log() {
        let id = |value: &str| {
            let said = Said::of(&headers(&[("x-correlation-id", value)]));
            said.and_then(|said| said.correlation.id)
        };
        assert_eq!(id("job 7/1").as_deref(), Some("job 7/1"));
        assert_eq!(id(&"x".repeat(128)).map(|id| id.len()), Some(128));
        for ignored in ["", &"x".repeat(129), "caf\u{e9}"] {
            assert_eq!(id(ignored), None, "{ignored}");
        }
        assert_eq!(Said::of(&HeaderMap::new()), None);
    }
}
