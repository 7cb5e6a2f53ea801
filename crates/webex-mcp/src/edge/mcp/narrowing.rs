//! The tools that a client wants, as it says in headers, or in the query of the address where it
//! cannot send headers.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use rmcp::ErrorData;

use super::body::malformed;
use super::headers::single;
use super::refusal::Refusal;
use crate::edge::refusal::printable;
use crate::servers::narrowing::{Narrowing, Part};

/// How names of a narrowing begin: to pass over a misspelt one would leave tools that the client wanted
/// gone.
const PREFIX: &str = "x-mcp-";

const fn header(part: Part) -> HeaderName {
    HeaderName::from_static(match part {
        Part::Toolsets => "x-mcp-toolsets",
        Part::Tools => "x-mcp-tools",
        Part::ExcludeTools => "x-mcp-exclude-tools",
        Part::Readonly => "x-mcp-readonly",
    })
}

/// Adds what the query of the address says to the headers, so that both are read in one way, and a
/// contradiction between them is found as one.
pub(super) fn add_query(headers: &mut HeaderMap, query: Option<&str>) -> Result<(), Refusal> {
    let refused = |message| malformed(ErrorData::invalid_request(message, None), None);
    let mut said = [false; Part::ALL.len()];
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let mut parts = Part::ALL.into_iter();
        let Some(part) = parts.find(|part| part.name().eq_ignore_ascii_case(&name)) else {
            match misspelt("query parameter", &name) {
                Some(told) => return Err(refused(told)),
                None => continue,
            }
        };
        let value = HeaderValue::from_str(&value).map_err(|_| {
            let message = "The tools in the query of the address must be plain ASCII.";
            refused(message.to_owned())
        })?;
        let is_said_before = std::mem::replace(&mut said[part as usize], true);
        if is_said_before || headers.contains_key(header(part)) {
            let places = match is_said_before {
                true => "in the query of the address",
                false => "in a header and in the query of the address",
            };
            let told = format!("{} is given twice, {places}: give it once.", part.name());
            return Err(refused(told));
        }
        headers.insert(header(part), value);
    }
    Ok(())
}

/// Whether a name looks like one of a narrowing; some programs write `_` for `-`.
fn is_meant(name: &str) -> bool {
    let beginning = name.as_bytes().get(..PREFIX.len()).unwrap_or_default();
    let is_same = |(one, other): (&u8, u8)| {
        one.eq_ignore_ascii_case(&other) || (*one == b'_' && other == b'-')
    };
    beginning.len() == PREFIX.len() && beginning.iter().zip(PREFIX.bytes()).all(is_same)
}

/// What is said of a name that is nearly one of ours. Others are of gateways on the way.
fn misspelt(what: &str, name: &str) -> Option<String> {
    let end = name.get(PREFIX.len()..).filter(|_| is_meant(name))?;
    let meant = Part::nearest(end)?.name();
    let shown = printable(name);
    Some(format!(
        "The {what} `{shown}` is not known; did you mean `{meant}`?"
    ))
}

/// What the headers say; `None` where they leave every tool.
///
/// # Errors
/// For a header that is given twice or misspelt, and for a word that is not known.
pub(super) fn narrowing(headers: &HeaderMap) -> Result<Option<Arc<Narrowing>>, ErrorData> {
    let is_part = |name: &HeaderName| Part::ALL.into_iter().any(|part| header(part) == *name);
    let mut others = headers.keys().filter(|name| !is_part(name));
    if let Some(told) = others.find_map(|name| misspelt("header", name.as_str())) {
        return Err(ErrorData::invalid_request(told, None));
    }
    if !Part::ALL
        .into_iter()
        .any(|part| headers.contains_key(header(part)))
    {
        return Ok(None);
    }
    let mut values = [None; Part::ALL.len()];
    for (value, part) in values.iter_mut().zip(Part::ALL) {
        *value = single(headers, &header(part))?;
    }
    let narrowing = Narrowing::read(|part| values[part as usize]);
    let narrowing =
        narrowing.map_err(|misread| ErrorData::invalid_request(misread.to_string(), None))?;
    Ok(narrowing.map(Arc::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(query: &str, sent: &[(&'static str, &str)]) -> Result<Option<Arc<Narrowing>>, String> {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(*name, value.parse().unwrap());
        }
        add_query(&mut headers, Some(query)).map_err(|refusal| format!("{refusal:?}"))?;
        narrowing(&headers).map_err(|error| error.message.into_owned())
    }

    #[test]
    fn a_query_says_the_same_as_headers() {
        let in_headers = told(
            "",
            &[("x-mcp-toolsets", "messages"), ("x-mcp-readonly", "true")],
        );
        let in_headers = in_headers.unwrap().unwrap();
        for query in [
            "X-MCP-Toolsets=messages&X-MCP-Readonly=true",
            "x-mcp-readonly=true&other=1&x-mcp-toolsets=%20messages%2C",
        ] {
            assert_eq!(told(query, &[]).unwrap().unwrap(), in_headers, "{query}");
        }
        for other in [
            "x-mcpother",
            "x-mcp-proxy-auth",
            "x-mcp-servers",
            "x-mcp-auth",
        ] {
            assert_eq!(told("other=1", &[(other, "messages")]), Ok(None), "{other}");
        }
        let mixed = told("X-MCP-Readonly=true", &[("x-mcp-toolsets", "messages")]);
        assert_eq!(mixed.unwrap().unwrap(), in_headers);
    }

    #[test]
    fn what_is_said_twice_or_not_readable_is_refused() {
        for (query, sent, expected) in [
            (
                "X-MCP-Tools=webex-get-*",
                &[("x-mcp-tools", "webex-get-*")][..],
                "X-MCP-Tools is given twice, in a header and in the query",
            ),
            (
                "X-MCP-Tools=webex-get-*&x-mcp-tools=webex-get-*",
                &[],
                "X-MCP-Tools is given twice, in the query",
            ),
            ("X-MCP-Tools=caf%C3%A9%0A", &[], "plain ASCII"),
            ("X-MCP-Toolsets=mesages", &[], "did you mean `messages`?"),
        ] {
            let refused = told(query, sent).unwrap_err();
            assert!(refused.contains(expected), "{query}: {refused}");
        }
    }
    #[test]
    fn what_is_misspelt_or_empty_leaves_no_tool_in() {
        for (query, sent, expected) in [
            (
                "",
                Some(("x-mcp-read-only", "true")),
                "did you mean `X-MCP-Readonly`?",
            ),
            (
                "",
                Some(("x-mcp-read_only", "true")),
                "did you mean `X-MCP-Readonly`?",
            ),
            (
                "",
                Some(("x-mcp-toolset", "spaces")),
                "did you mean `X-MCP-Toolsets`?",
            ),
            (
                "",
                Some(("x-mcp-exclude-tool", "webex-delete-*")),
                "did you mean `X-MCP-Exclude-Tools`?",
            ),
            (
                "",
                Some(("x_mcp_tools", "webex-get-*")),
                "did you mean `X-MCP-Tools`?",
            ),
            ("", Some(("x-mcp-readonly", "")), "true or false"),
            ("X-MCP-Readonly", None, "true or false"),
            ("X-MCP-Readonly=", None, "true or false"),
            ("X-MCP-Readonly=%20", None, "true or false"),
            (
                "X-MCP-Read-Only=true",
                None,
                "parameter `X-MCP-Read-Only` is not known",
            ),
            (
                "x-mcp-toolset=spaces",
                None,
                "did you mean `X-MCP-Toolsets`?",
            ),
            (
                "X_MCP_Readonly=true",
                None,
                "did you mean `X-MCP-Readonly`?",
            ),
        ] {
            let sent: Vec<_> = sent.into_iter().collect();
            let refused = told(query, &sent).unwrap_err();
            assert!(refused.contains(expected), "{query} {sent:?}: {refused}");
        }
    }
}
