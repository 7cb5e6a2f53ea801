//! An operation described as data, and one prepared call of it.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use serde::Serialize;
use url::form_urlencoded;

use crate::error::WebexError;
use crate::multipart::Form;
use crate::page::NextPage;
use crate::timestamp::check_zone;

/// Whether an operation may be sent again if the result of the first attempt is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Changes nothing: repeated after a lost connection and after 500, 502, 503 and 504.
    Read,
    /// Changes something: repeated only if Webex certainly did not execute it.
    Write,
}

/// One operation of the Webex API, as data.
#[derive(Debug)]
pub struct Operation {
    /// A stable name for logs and metrics, such as `messages.create`.
    pub name: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path below the base URL, with `{names}` where ids go.
    pub path: &'static str,
    /// Whether it may be repeated.
    pub repeat: Repeat,
    /// The scopes that an ordinary user's token needs; all of them are required.
    pub scopes: &'static [&'static str],
}

impl Operation {
    /// The beginning of its name: the noun that it is about.
    pub fn group(&self) -> &'static str {
        self.name.split('.').next().unwrap_or(self.name)
    }

    /// A call of this operation, still without ids, query and body.
    pub(crate) fn call(&self) -> Call<'_> {
        Call {
            operation: self,
            target: self.path.to_owned(),
            headers: HeaderMap::new(),
            body: CallBody::Empty,
            answer: Answer::Json,
        }
    }
}

/// A call ready to be sent, as often as the operation allows.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub operation: &'a Operation,
    /// Path and query relative to the base URL.
    pub target: String,
    /// The operation's own headers.
    pub headers: HeaderMap,
    pub body: CallBody<'a>,
    pub answer: Answer,
}

#[derive(Debug)]
pub(crate) enum CallBody<'a> {
    Empty,
    Json(bytes::Bytes),
    /// OAuth's name and value pairs, all treated as secret.
    Pairs(SecretString),
    Form(Form<'a>),
}

/// How the answer is read: collected within the attempt, or passed on while it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Json,
    Stream,
}

/// Everything but RFC 3986's unreserved characters, so that an id is always one path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl<'a> Call<'a> {
    /// Puts an id into the first open placeholder of the path.
    pub fn id(mut self, id: &str) -> Result<Self, WebexError> {
        let path = self.operation.path;
        // The braces of an inserted id are escaped, so an unescaped brace always belongs to the
        // path.
        let (Some(start), Some(end)) = (self.target.find('{'), self.target.find('}')) else {
            return Err(WebexError::invalid("path", "this operation takes no id"));
        };
        let rest = &path[path.len() - (self.target.len() - end)..];
        if id.is_empty() || id == "." || id == ".." {
            let name_start = path.len() - (self.target.len() - start) + 1;
            return Err(WebexError::invalid(
                &path[name_start..path.len() - rest.len()],
                "an id is needed, as Webex gave it",
            ));
        }
        self.target.truncate(start);
        self.target.extend(utf8_percent_encode(id, SEGMENT));
        self.target.push_str(&rest[1..]);
        Ok(self)
    }

    /// Appends the query; absent fields are omitted.
    pub fn query(mut self, query: &impl Serialize) -> Result<Self, WebexError> {
        let path_end = self.target.len();
        self.target.push('?');
        let mut pairs = form_urlencoded::Serializer::for_suffix(self.target, path_end + 1);
        query
            .serialize(serde_urlencoded::Serializer::new(&mut pairs))
            .map_err(|_| WebexError::invalid("query", "it cannot be written as a query string"))?;
        self.target = pairs.finish();
        if self.target.len() == path_end + 1 {
            self.target.truncate(path_end);
        }
        Ok(self)
    }

    /// Adds one of the operation's headers; an absent one is omitted.
    pub fn header(mut self, name: &'static str, value: Option<&str>) -> Result<Self, WebexError> {
        let Some(value) = value else { return Ok(self) };
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| WebexError::invalid(name, "it may hold printable ASCII only"))?;
        value.set_sensitive(name == "password");
        // Webex writes `siteUrl`; header names are case-insensitive.
        let name = HeaderName::try_from(name)
            .map_err(|_| WebexError::invalid("header", "this is not the name of a header"))?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Adds the header for the time zone of the times in the answer.
    pub fn time_zone(self, name: Option<&str>) -> Result<Self, WebexError> {
        check_zone("timezone", name)?;
        self.header("timezone", name)
    }

    /// Points the call at a later page of the same list; headers and body do not change.
    pub fn after(mut self, next: &NextPage) -> Self {
        next.as_str().clone_into(&mut self.target);
        self
    }

    pub fn json(mut self, body: &impl Serialize) -> Result<Self, WebexError> {
        let bytes = serde_json::to_vec(body)
            .map_err(|_| WebexError::invalid("body", "it cannot be written as JSON"))?;
        self.body = CallBody::Json(bytes.into());
        Ok(self)
    }

    /// Sends the fields in OAuth's form: like the query of a URL, but in the body.
    pub fn pairs(mut self, body: &impl Serialize) -> Result<Self, WebexError> {
        let pairs = serde_urlencoded::to_string(body)
            .map_err(|_| WebexError::invalid("body", "it cannot be written as a form"))?;
        self.body = CallBody::Pairs(pairs.into());
        Ok(self)
    }

    pub fn form(mut self, form: Form<'a>) -> Self {
        self.body = CallBody::Form(form);
        self
    }

    /// The path with its ids, without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query without its question mark.
    pub fn query_text(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// True if something may have been done although no answer came.
    pub fn is_write(&self) -> bool {
        self.operation.repeat == Repeat::Write
    }

    /// True for uploads and downloads, which have a longer timeout.
    pub fn is_transfer(&self) -> bool {
        self.answer == Answer::Stream || matches!(self.body, CallBody::Form(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: Operation = Operation {
        name: "things.get",
        method: Method::GET,
        path: "/things/{thingId}/parts",
        repeat: Repeat::Read,
        scopes: &[],
    };

    #[test]
    fn an_id_stays_one_segment() {
        let cases = [
            ("abc", "/things/abc/parts"),
            ("a/b?c=d#e", "/things/a%2Fb%3Fc%3Dd%23e/parts"),
            ("ü ", "/things/%C3%BC%20/parts"),
        ];
        for (id, target) in cases {
            assert_eq!(GET.call().id(id).unwrap().target, target);
        }
        for id in ["", ".", ".."] {
            let error = GET.call().id(id).unwrap_err();
            assert!(matches!(
                error,
                WebexError::Invalid {
                    field: "thingId",
                    ..
                }
            ));
        }
    }

    #[test]
    fn a_path_takes_its_ids_in_order() {
        const PART: Operation = Operation {
            name: "parts.get",
            method: Method::GET,
            path: "/things/{thingId}/parts/{partId}/x",
            repeat: Repeat::Read,
            scopes: &[],
        };
        let call = PART.call().id("{a}").unwrap();
        assert_eq!(call.target, "/things/%7Ba%7D/parts/{partId}/x");
        let field = |error| match error {
            WebexError::Invalid { field, .. } => field,
            other => panic!("{other}"),
        };
        assert_eq!(field(PART.call().id("").unwrap_err()), "thingId");
        assert_eq!(
            field(PART.call().id("a").unwrap().id("..").unwrap_err()),
            "partId"
        );
        let call = call.id("b").unwrap();
        assert_eq!(call.target, "/things/%7Ba%7D/parts/b/x");
        assert_eq!(field(call.id("c").unwrap_err()), "path");
    }

    #[test]
    fn headers_are_checked_and_a_password_is_not_printed() {
        let call = GET.call().header("siteUrl", Some("a.webex.com")).unwrap();
        let call = call.header("password", Some("s3cret")).unwrap();
        let call = call.header("hostEmail", None).unwrap();
        assert_eq!(call.headers.len(), 2);
        assert_eq!(call.headers["siteurl"], "a.webex.com");
        assert!(!format!("{call:?}").contains("s3cret"));
        assert!(GET.call().header("password", Some("a\r\nb")).is_err());

        let zoned = GET.call().time_zone(Some("Europe/Berlin")).unwrap();
        assert_eq!(zoned.headers["timezone"], "Europe/Berlin");
        assert!(GET.call().time_zone(Some("Europe/Nowhere")).is_err());
    }

    #[test]
    fn absent_fields_leave_no_trace_in_the_query() {
        let call = |pairs: &[(&str, Option<&str>)]| GET.call().query(&pairs).unwrap().target;
        assert_eq!(call(&[("a", None)]), "/things/{thingId}/parts");
        assert_eq!(
            call(&[("a", Some("x&y=z")), ("b", None), ("c", Some("+"))]),
            "/things/{thingId}/parts?a=x%26y%3Dz&c=%2B"
        );
    }
}
