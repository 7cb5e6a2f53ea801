//! The tools that a client wants, as it says in headers, or in the query of the address where it
//! cannot send headers.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use rmcp::ErrorData;

use super::headers::single;
use super::refusal::Refusal;
use crate::servers::narrowing::{Narrowing, Part};

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
    let Some(query) = query else {
        return Ok(());
    };
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let mut parts = Part::ALL.into_iter();
        let Some(part) = parts.find(|part| part.name().eq_ignore_ascii_case(&name)) else {
            continue;
        };
        let value = HeaderValue::from_str(&value).map_err(|_| {
            let message = "The tools in the query of the address must be plain ASCII.";
            Refusal::transport(StatusCode::BAD_REQUEST, message)
        })?;
        headers.append(header(part), value);
    }
    Ok(())
}

/// What the headers say; `None` where they leave every tool.
///
/// # Errors
/// For a header that is given twice, and for a word that is not known.
pub(super) fn narrowing(headers: &HeaderMap) -> Result<Option<Arc<Narrowing>>, ErrorData> {
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
        assert_eq!(told("other=1", &[("x-mcp-other", "messages")]), Ok(None));
        let mixed = told("X-MCP-Readonly=true", &[("x-mcp-toolsets", "messages")]);
        assert_eq!(mixed.unwrap().unwrap(), in_headers);
    }

    #[test]
    fn what_is_said_twice_or_not_readable_is_refused() {
        for (query, sent, expected) in [
            (
                "X-MCP-Tools=webex-get-*",
                &[("x-mcp-tools", "webex-get-*")][..],
                "twice",
            ),
            (
                "X-MCP-Tools=webex-get-*&x-mcp-tools=webex-get-*",
                &[],
                "twice",
            ),
            ("X-MCP-Tools=caf%C3%A9%0A", &[], "plain ASCII"),
            ("X-MCP-Toolsets=mesages", &[], "did you mean `messages`?"),
        ] {
            let refused = told(query, sent).unwrap_err();
            assert!(refused.contains(expected), "{query}: {refused}");
        }
    }
}
