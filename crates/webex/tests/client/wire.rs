//! What a call sends, and which are refused before anything is sent.

use serde_json::Value;

use crate::upstream::{Upstream, json as answer};

pub fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// One answer that every operation can read.
pub fn upstream() -> Upstream {
    Upstream::new([answer(r#"{"id":"x","items":[]}"#)])
}

/// What the last request was, with its body as JSON.
pub fn last(upstream: &Upstream) -> (String, Value) {
    let asked = upstream.asked().pop().unwrap();
    (
        asked.line,
        serde_json::from_slice(&asked.body).unwrap_or(Value::Null),
    )
}

/// Awaits the call and compares what it sent.
macro_rules! sends {
    ($upstream:ident: $call:expr => $line:literal, $body:expr) => {
        $call.await.unwrap();
        assert_eq!(last(&$upstream), ($line.to_owned(), $body));
    };
}

/// Awaits the call, which must be refused because of this field.
macro_rules! refuses {
    ($call:expr => $field:literal) => {
        match $call.await.unwrap_err() {
            webex::WebexError::Invalid { field, .. } => assert_eq!(field, $field),
            error => panic!("{error}"),
        }
    };
}

pub(crate) use {refuses, sends};
