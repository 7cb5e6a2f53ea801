//! JSON-RPC as bytes: reads each message once and strictly, and writes the answers.
//!
//! The SDK reads a message by trying every shape it could have, which costs more than the call.
//! Here the envelope is read without its parameters, and the parameters by the method.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use rmcp::ErrorData;
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, ClientRequest, ErrorCode, GetMeta, JsonRpcResponse,
    RequestId, RequestMetaObject, ServerJsonRpcMessage,
};
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::aside::Aside;
use crate::edge::limits;

/// A message without the answer in it, about.
const ENVELOPE_BYTES: usize = 512;

/// One message of a client, with its parameters still unread.
#[derive(Debug)]
pub(super) enum Posted<'a> {
    Request {
        id: RequestId,
        method: Cow<'a, str>,
        params: Option<&'a RawValue>,
    },
    Notification {
        method: Cow<'a, str>,
        params: Option<&'a RawValue>,
    },
    /// The client's answer, or error, to a request of ours.
    Reply { id: RequestId },
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    jsonrpc: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    error: Option<&'a RawValue>,
}

/// Tells `null` from absent: a request whose id is null is refused, not read as a notification.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Reads what was posted.
///
/// # Errors
/// `-32700` for text that is not JSON, `-32600` for JSON that is not a message, and for batches.
pub(super) fn read(body: &[u8]) -> Result<Posted<'_>, ErrorData> {
    if is_batch(body) {
        return Err(no_batch());
    }
    let envelope: Envelope<'_> = serde_json::from_slice(body)
        .map_err(|error| unreadable(&error, "This is not a JSON-RPC message."))?;
    if envelope.jsonrpc.as_deref() != Some("2.0") {
        return Err(invalid("`jsonrpc` must be \"2.0\"."));
    }
    let id = envelope.id.map(request_id).transpose()?;
    let answers = envelope.result.is_some() || envelope.error.is_some();
    match (envelope.method, id, answers) {
        (Some(method), Some(id), false) => Ok(Posted::Request {
            id,
            method,
            params: envelope.params,
        }),
        (Some(method), None, false) => Ok(Posted::Notification {
            method,
            params: envelope.params,
        }),
        (None, Some(id), true) if envelope.result.is_some() != envelope.error.is_some() => {
            Ok(Posted::Reply { id })
        }
        _ => Err(invalid(
            "A message is a request (`method` and `id`), a notification (`method`) or a reply \
             (`id`, and `result` or `error`).",
        )),
    }
}

fn unreadable(error: &serde_json::Error, message: &'static str) -> ErrorData {
    match error.classify() {
        Category::Syntax | Category::Eof | Category::Io => {
            ErrorData::parse_error("The body is not JSON: post one JSON-RPC object.", None)
        }
        Category::Data => invalid(message),
    }
}

/// Whether the body is a list: a batch, or something else in a list.
pub(super) fn is_batch(body: &[u8]) -> bool {
    body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[')
}

pub(super) fn no_batch() -> ErrorData {
    invalid("A batch is not accepted, but in a session of 2025-03-26: post one message at a time.")
}

/// The messages of a batch, each still unread.
///
/// # Errors
/// `-32700` for text that is not JSON, `-32600` for an empty list or too many messages.
pub(super) fn batch(body: &[u8]) -> Result<Vec<&RawValue>, ErrorData> {
    let Messages(messages) = serde_json::from_slice(body)
        .map_err(|error| unreadable(&error, "A batch has 1 to 64 messages."))?;
    Ok(messages)
}

/// Between one message and the maximum; reading stops there.
struct Messages<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Messages<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(OfBatch)
    }
}

struct OfBatch;

impl<'de> Visitor<'de> for OfBatch {
    type Value = Messages<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("1 to 64 messages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut messages = Vec::new();
        while let Some(message) = list.next_element()? {
            messages.push(message);
            if messages.len() > limits::BATCH_MAX_MESSAGES {
                return Err(A::Error::invalid_length(messages.len(), &self));
            }
        }
        match messages.is_empty() {
            true => Err(A::Error::invalid_length(0, &self)),
            false => Ok(Messages(messages)),
        }
    }
}

/// # Errors
/// `-32600` for what is no id, or too long.
pub(super) fn request_id(raw: &RawValue) -> Result<RequestId, ErrorData> {
    // An id is kept while its request is at work, and a stream may be at work for days.
    if raw.get().len() > limits::REQUEST_ID_MAX_BYTES {
        return Err(invalid("`id` is longer than 256 bytes."));
    }
    serde_json::from_str(raw.get()).map_err(|_| match is_integer(raw.get()) {
        true => invalid(
            "`id` is an integer beyond 64 bits: give one from -2^63 to 2^63-1, or a string.",
        ),
        false => invalid("`id` must be a string or an integer, and never null."),
    })
}

fn is_integer(json: &str) -> bool {
    let digits = json.strip_prefix('-').unwrap_or(json);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Of an answer to a request of ours.
pub(super) fn reply_misfits() -> ErrorData {
    invalid("The reply does not have the form that its request asked for.")
}

fn invalid(message: &'static str) -> ErrorData {
    ErrorData::invalid_request(message, None)
}

/// Every method that has a type here; for these, parameters that do not fit are an error.
const TYPED_METHODS: [&str; 18] = [
    "completion/complete",
    "initialize",
    "logging/setLevel",
    "ping",
    "prompts/get",
    "prompts/list",
    "resources/list",
    "resources/read",
    "resources/subscribe",
    "resources/templates/list",
    "resources/unsubscribe",
    "server/discover",
    "subscriptions/listen",
    "tasks/cancel",
    "tasks/get",
    "tasks/update",
    "tools/call",
    "tools/list",
];

/// Methods that were removed together with sessions.
const REMOVED_METHODS: [&str; 4] = [
    "logging/setLevel",
    "ping",
    "resources/subscribe",
    "resources/unsubscribe",
];

/// Whether 2026-07-28 no longer has the method, whatever its parameters.
pub(super) fn is_removed(method: &str) -> bool {
    REMOVED_METHODS.contains(&method)
}

/// The request in the SDK's types, and its `_meta` beside it. `body` is the whole message.
///
/// # Errors
/// `-32602` where the parameters do not fit the method.
pub(super) fn typed(
    method: &str,
    params: Option<&RawValue>,
    body: &[u8],
) -> Result<(ClientRequest, RequestMetaObject), ErrorData> {
    if method == "tools/call" {
        let mut params: CallToolRequestParams = params
            .and_then(|params| serde_json::from_str(params.get()).ok())
            .ok_or_else(|| misfit(method, params))?;
        let meta = params.meta.take().unwrap_or_default();
        return Ok((CallToolRequest::new(params).into(), meta));
    }
    // The SDK reads a page request whose parameters do not fit as one for the first page.
    if method.ends_with("/list")
        && let Some(params) = params
    {
        serde_json::from_str::<Page>(params.get()).map_err(|_| misfit(method, Some(params)))?;
    }
    let mut request: ClientRequest =
        serde_json::from_slice(body).map_err(|_| misfit(method, params))?;
    if matches!(request, ClientRequest::CustomRequest(_)) && TYPED_METHODS.contains(&method) {
        return Err(misfit(method, params));
    }
    let meta = std::mem::take(request.get_meta_mut());
    Ok((request, meta))
}

/// The parameters that every list takes.
#[derive(Deserialize)]
struct Page {
    #[serde(rename = "cursor")]
    _cursor: Option<String>,
}

/// A field of parameters, whether a value is right for it, and what it has to be.
type Form = (&'static str, fn(&Value) -> bool, &'static str);

/// Those that clients get wrong.
const FORMS: [Form; 6] = [
    ("name", Value::is_string, "a string"),
    ("uri", Value::is_string, "a string"),
    ("cursor", Value::is_string, "a string"),
    ("arguments", Value::is_object, "an object"),
    ("argument", Value::is_object, "an object"),
    ("_meta", Value::is_object, "an object"),
];

fn misfit(method: &str, params: Option<&RawValue>) -> ErrorData {
    let method = crate::edge::refusal::printable(method);
    let params = params.and_then(|params| serde_json::from_str::<Value>(params.get()).ok());
    let params = params.unwrap_or(Value::Null);
    let is_wrong = |(field, is_right, _): &&Form| {
        let value = params.get(*field);
        value.is_some_and(|value| !value.is_null() && !is_right(value))
    };
    let message = match FORMS.iter().find(is_wrong) {
        Some((field, _, right)) => format!("`params.{field}` of {method} has to be {right}."),
        None => format!("`params` do not have the form that {method} takes."),
    };
    ErrorData::invalid_params(message, None)
}

/// A message on its way to the client.
#[derive(Debug)]
pub(super) struct Outgoing {
    message: ServerJsonRpcMessage,
    /// The part of the answer that is not in the message.
    aside: Option<Aside>,
}

impl Outgoing {
    pub(super) fn new(message: ServerJsonRpcMessage, aside: Option<Aside>) -> Self {
        Outgoing { message, aside }
    }

    /// Whether nothing comes after it.
    pub(super) fn is_answer(&self) -> bool {
        matches!(
            self.message,
            ServerJsonRpcMessage::Response(_) | ServerJsonRpcMessage::Error(_)
        )
    }

    pub(super) fn error_code(&self) -> Option<ErrorCode> {
        match &self.message {
            ServerJsonRpcMessage::Error(error) => Some(error.error.code),
            _ => None,
        }
    }

    /// The message as bytes to send.
    pub(super) fn encode(&self) -> Bytes {
        if let (Some(aside), ServerJsonRpcMessage::Response(response)) =
            (&self.aside, &self.message)
            && let Some(result) = aside.in_result(&response.result)
        {
            let (jsonrpc, id) = (response.jsonrpc, response.id.clone());
            let whole = JsonRpcResponse {
                jsonrpc,
                id,
                result,
            };
            return encode_about(aside.bytes() + ENVELOPE_BYTES, &whole);
        }
        encode(&self.message)
    }
}

/// A message as bytes to send.
pub(super) fn encode(message: &impl Serialize) -> Bytes {
    encode_about(ENVELOPE_BYTES, message)
}

/// The same for a message of about so many bytes.
fn encode_about(bytes: usize, message: &impl Serialize) -> Bytes {
    let mut encoded = Vec::with_capacity(bytes);
    match serde_json::to_writer(&mut encoded, message) {
        Ok(()) => encoded.into(),
        Err(error) => {
            tracing::error!(%error, "an answer could not be serialized");
            Bytes::from_static(
                br#"{"jsonrpc":"2.0","error":{"code":-32603,"message":"The server failed on this request."}}"#,
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> i32 {
        read(body.as_bytes()).unwrap_err().code.0
    }

    #[test]
    fn tells_the_kinds_of_messages_apart() {
        let request = br#"{"jsonrpc":"2.0","id":"a","method":"ping"}"#;
        assert!(matches!(read(request), Ok(Posted::Request { .. })));
        let note = br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
        assert!(matches!(read(note), Ok(Posted::Notification { .. })));
        for reply in [
            r#"{"jsonrpc":"2.0","id":7,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"no"}}"#,
        ] {
            assert!(matches!(read(reply.as_bytes()), Ok(Posted::Reply { .. })));
        }
    }

    #[test]
    fn refuses_what_is_no_message() {
        for body in [
            "",
            "{",
            "nonsense",
            "{\"jsonrpc\":\"2.0\",}",
            &"[".repeat(0),
            "{}}",
        ] {
            assert_eq!(code(body), -32700, "{body}");
        }
        for body in [
            "[]",
            " \n[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]",
            "{}",
            "7",
            "null",
            "\"text\"",
            r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#,
            r#"{"id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":[],"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":7}"#,
            r#"{"jsonrpc":"2.0","id":1}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}"#,
            r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#,
        ] {
            assert_eq!(code(body), -32600, "{body}");
        }
    }

    #[test]
    fn a_batch_has_one_to_64_messages() {
        let of = |count: usize| format!("[{}]", vec!["{}"; count].join(","));
        for count in [1, 2, 64] {
            assert_eq!(batch(of(count).as_bytes()).unwrap().len(), count);
        }
        for (body, code) in [
            ("[]", -32600),
            (&*of(65), -32600),
            (&of(100_000), -32600),
            ("[{}", -32700),
            ("[{},]", -32700),
            ("[{}] x", -32700),
        ] {
            let error = batch(body.as_bytes()).unwrap_err();
            assert_eq!(error.code.0, code, "{body:.40}");
        }
    }

    #[test]
    fn an_id_has_at_most_256_bytes() {
        let with = |id: &str| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
        let text = |bytes: usize| with(&format!("{:?}", "x".repeat(bytes)));
        assert!(read(text(254).as_bytes()).is_ok(), "quotes count");
        assert_eq!(code(&text(255)), -32600);
        assert_eq!(code(&text(3_500_000)), -32600);
        assert_eq!(code(&with(&"1".repeat(257))), -32600);
    }

    #[test]
    fn an_integer_that_is_too_large_for_an_id_is_told_as_such() {
        let told = |id: &str| {
            let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
            read(body.as_bytes())
                .map(|_| ())
                .map_err(|error| error.message.into_owned())
        };
        for id in ["9223372036854775807", "-9223372036854775808"] {
            told(id).unwrap();
        }
        for id in [
            "9223372036854775808",
            "18446744073709551616",
            "-9223372036854775809",
        ] {
            assert!(told(id).unwrap_err().contains("2^63-1"), "{id}");
        }
        for id in ["1.5", "[]", "null"] {
            assert!(told(id).unwrap_err().contains("never null"), "{id}");
        }
    }

    #[test]
    fn parameters_of_another_form_are_an_error_and_not_an_unknown_method() {
        for (method, params) in [
            ("tools/call", "{}"),
            ("tools/call", "[]"),
            ("tools/call", r#"{"name":7}"#),
            ("tools/call", r#"{"name":"x","arguments":[]}"#),
            ("prompts/get", "{}"),
            ("resources/read", r#"{"uri":[]}"#),
            ("tools/list", r#"{"cursor":7}"#),
            ("tools/list", r#"{"cursor":["a"]}"#),
            ("tools/list", "[]"),
            ("prompts/list", r#"{"cursor":{}}"#),
            ("resources/list", r#"{"cursor":true}"#),
            ("resources/templates/list", r#"{"cursor":0.5}"#),
        ] {
            let body =
                format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
            let Ok(Posted::Request { method, params, .. }) = read(body.as_bytes()) else {
                panic!("{body}");
            };
            let error = typed(&method, params, body.as_bytes()).unwrap_err();
            assert_eq!(error.code.0, -32602, "{body}");
        }
    }

    #[test]
    fn the_field_that_does_not_fit_is_named() {
        for (method, params, named) in [
            (
                "tools/call",
                r#"{"name":"x","arguments":"{}"}"#,
                "`params.arguments`",
            ),
            (
                "tools/call",
                r#"{"name":"x","arguments":""}"#,
                "`params.arguments`",
            ),
            ("tools/call", r#"{"name":"x","arguments":[]}"#, "an object"),
            ("tools/call", r#"{"name":7}"#, "`params.name`"),
            (
                "prompts/get",
                r#"{"name":"x","arguments":"a"}"#,
                "`params.arguments`",
            ),
            ("resources/read", r#"{"uri":7}"#, "`params.uri`"),
            ("tools/list", r#"{"cursor":7}"#, "`params.cursor`"),
            ("tools/call", "[]", "the form that tools/call takes"),
        ] {
            let body =
                format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
            let Ok(Posted::Request { method, params, .. }) = read(body.as_bytes()) else {
                panic!("{body}");
            };
            let error = typed(&method, params, body.as_bytes()).unwrap_err();
            assert!(error.message.contains(named), "{body}: {}", error.message);
        }
    }

    #[test]
    fn a_list_takes_a_cursor_or_none() {
        for params in ["{}", r#"{"cursor":null}"#, r#"{"cursor":"a","_meta":{}}"#] {
            let body =
                format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{params}}}"#);
            let Ok(Posted::Request { method, params, .. }) = read(body.as_bytes()) else {
                panic!("{body}");
            };
            let (request, _) = typed(&method, params, body.as_bytes()).unwrap();
            assert!(matches!(request, ClientRequest::ListToolsRequest(_)));
        }
    }

    #[test]
    fn meta_stands_beside_the_request() {
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call",
            "params":{"name":"x","arguments":{"a":1},"_meta":{"progressToken":"p"}}}"#;
        let Ok(Posted::Request { method, params, .. }) = read(body.as_bytes()) else {
            panic!("a request");
        };
        let (request, meta) = typed(&method, params, body.as_bytes()).unwrap();
        assert!(meta.get_progress_token().is_some());
        let ClientRequest::CallToolRequest(call) = request else {
            panic!("a call");
        };
        assert_eq!(call.params.arguments.unwrap()["a"], 1);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }
    }
}
