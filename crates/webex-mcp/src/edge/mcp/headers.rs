//! Checks the HTTP headers of MCP against the body.
//!
//! Proxies route by these headers without reading the body, so a contradiction is refused and never
//! resolved. No tool here promotes arguments to `Mcp-Param-*`, so there is none to compare.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rmcp::ErrorData;
use rmcp::model::{ClientRequest, ErrorCode, ProtocolVersion, RequestMetaObject};

use super::handler::VERSIONS;
use crate::edge::refusal::printable;

pub(super) const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
pub(super) const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// The protocol version that the header names, if there is one.
///
/// # Errors
/// `-32020` where it is given twice or is not text, `-32022` where it is not supported.
pub(super) fn version(headers: &HeaderMap) -> Result<Option<&str>, ErrorData> {
    let named = single(headers, &PROTOCOL_VERSION)?;
    let is_supported = |named: &str| VERSIONS.iter().any(|version| version.as_str() == named);
    match named {
        Some(named) if !is_supported(named) => Err(unsupported(named)),
        named => Ok(named),
    }
}

fn unsupported(named: &str) -> ErrorData {
    let requested = printable(named);
    let supported = VERSIONS.map(|version| version.to_string()).join(", ");
    let message = format!(
        "MCP-Protocol-Version names no version that is supported here: {requested}; there are: \
         {supported}."
    );
    let data = serde_json::json!({"requested": requested, "supported": VERSIONS});
    ErrorData::new(ErrorCode::UNSUPPORTED_PROTOCOL_VERSION, message, Some(data))
}

/// Whether this version has no sessions, so that each request is complete in itself.
pub(super) fn is_modern(version: &str) -> bool {
    version >= ProtocolVersion::V_2026_07_28.as_str()
}

/// Whether the headers name such a version.
pub(super) fn speaks_modern(headers: &HeaderMap) -> bool {
    version(headers).is_ok_and(|version| version.is_some_and(is_modern))
}

/// Checks the headers of a request without a session against its body.
///
/// # Errors
/// `-32020` for a header that is missing or differs, `-32602` for `_meta` that lacks a key.
pub(super) fn agree(
    headers: &HeaderMap,
    request: &ClientRequest,
    meta: &RequestMetaObject,
) -> Result<(), ErrorData> {
    let header = version(headers)?;
    if header.is_some_and(is_modern) {
        routing(headers, request)?;
    }
    let missing = meta.missing_required_keys(&ProtocolVersion::V_2026_07_28);
    if !missing.is_empty() {
        return Err(lacking(&missing));
    }
    let body = meta.protocol_version();
    let body = body.as_ref().map_or("", ProtocolVersion::as_str);
    match header {
        Some(header) if header == body => Ok(()),
        Some(_) => Err(mismatch(
            "MCP-Protocol-Version and the protocolVersion in `_meta` differ.",
        )),
        None => Err(mismatch("The header MCP-Protocol-Version is missing.")),
    }
}

/// `_meta` lacks these keys of a request that stands for itself.
pub(super) fn lacking(missing: &[&str]) -> ErrorData {
    let message = format!("`_meta` lacks or misspells: {}.", missing.join(", "));
    ErrorData::invalid_params(message, None)
}

fn routing(headers: &HeaderMap, request: &ClientRequest) -> Result<(), ErrorData> {
    match single(headers, &METHOD)? {
        Some(method) if method == request.method() => {}
        Some(_) => return Err(mismatch("Mcp-Method and the method in the body differ.")),
        None => return Err(mismatch("The header Mcp-Method is missing.")),
    }
    let Some(subject) = subject(request) else {
        return Ok(());
    };
    let name = single(headers, &NAME)?
        .ok_or_else(|| mismatch("The header Mcp-Name is missing."))
        .and_then(|name| decode(name).ok_or_else(|| mismatch("Mcp-Name is not valid Base64.")))?;
    if name == subject {
        Ok(())
    } else {
        Err(mismatch("Mcp-Name and the name in the body differ."))
    }
}

/// The name that `Mcp-Name` has to repeat, for the methods that have one.
fn subject(request: &ClientRequest) -> Option<&str> {
    match request {
        ClientRequest::CallToolRequest(request) => Some(&request.params.name),
        ClientRequest::GetPromptRequest(request) => Some(&request.params.name),
        ClientRequest::ReadResourceRequest(request) => Some(&request.params.uri),
        ClientRequest::GetTaskRequest(request) => Some(&request.params.task_id),
        ClientRequest::UpdateTaskRequest(request) => Some(&request.params.task_id),
        ClientRequest::CancelTaskRequest(request) => Some(&request.params.task_id),
        _ => None,
    }
}

/// Decodes `=?base64?…?=`, the form of a value that is not plain ASCII.
fn decode(value: &str) -> Option<Cow<'_, str>> {
    let inner = value
        .strip_prefix("=?base64?")
        .and_then(|rest| rest.strip_suffix("?="));
    match inner {
        Some(inner) => String::from_utf8(BASE64_STANDARD.decode(inner).ok()?)
            .ok()
            .map(Cow::Owned),
        None => Some(Cow::Borrowed(value)),
    }
}

/// The only value of a header: a proxy could read a second one differently.
pub(super) fn single<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a str>, ErrorData> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    match (value.to_str(), values.next()) {
        (Ok(text), None) => Ok(Some(text)),
        (_, Some(_)) => Err(mismatch(format!("The header {name} is given twice."))),
        (Err(_), None) => Err(mismatch(format!("The header {name} is not plain ASCII."))),
    }
}

fn mismatch(message: impl Into<Cow<'static, str>>) -> ErrorData {
    ErrorData::header_mismatch(message, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_no_ascii_travel_in_base64() {
        assert_eq!(decode("plain").as_deref(), Some("plain"));
        assert_eq!(decode("=?base64?w7w=?=").as_deref(), Some("ü"));
        assert_eq!(decode("=?base64?%%%?="), None);
        assert_eq!(decode("=?base64?/w==?="), None, "not UTF-8");
    }

    #[test]
    fn a_version_that_does_not_exist_is_told_with_those_that_do() {
        let of = |named: &str| {
            let mut headers = HeaderMap::new();
            headers.append(PROTOCOL_VERSION, named.parse().unwrap());
            version(&headers).map(|named| named.map(str::to_owned))
        };
        for known in ["2025-03-26", "2025-11-25", "2026-07-28"] {
            assert_eq!(of(known).unwrap().as_deref(), Some(known));
        }
        for unknown in ["2024-11-05", "garbage", "2099-01-01", "", "0"] {
            let error = of(unknown).unwrap_err();
            assert_eq!(error.code.0, -32022, "{unknown}");
            assert!(error.message.contains("2025-06-18"), "{}", error.message);
            let data = error.data.unwrap();
            assert_eq!(data["requested"], unknown);
            assert_eq!(data["supported"].as_array().unwrap().len(), VERSIONS.len());
        }
    }

    #[test]
    fn a_header_given_twice_is_refused() {
        let mut headers = HeaderMap::new();
        headers.append(METHOD, "ping".parse().unwrap());
        assert_eq!(single(&headers, &METHOD).unwrap(), Some("ping"));
        headers.append(METHOD, "ping".parse().unwrap());
        assert_eq!(single(&headers, &METHOD).unwrap_err().code.0, -32020);
    }
}
