//! Lists come in pages. The link to the next page comes from a `Link` header and never leaves the
//! base URL.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::LINK;
use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};

use crate::base::Base;
use crate::client::Webex;
use crate::error::WebexError;
use crate::limits::MAX_NEXT_PAGE_BYTES;
use crate::operation::Call;

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items of the page, in Webex's order. Items may have their own `errors`.
    pub items: Vec<T>,
    /// The link to the next page. It may be present although `items` is empty, if Webex returned
    /// more empty pages than the client follows by itself.
    pub next: Option<NextPage>,
    /// Ids that were requested and not found (only for people).
    pub not_found_ids: Vec<String>,
}

/// How a list was asked, which its later pages need again: see [`crate::Client::next_page`].
///
/// A next link contains only the query. If a list also takes headers or a body, this is its query,
/// such as a [`crate::meetings::ListMeetings`]; for every other list it is the operation.
#[allow(private_bounds, reason = "only the client's own lists can be asked")]
pub trait Asked: AskedAgain {}

/// The part of [`Asked`] that other crates cannot implement.
pub(crate) trait AskedAgain: Sync {
    /// The call with its headers and body; the next link replaces its path and query.
    fn asked_again(&self) -> Result<Call<'_>, WebexError>;
}

impl<T: AskedAgain> Asked for T {}

/// The envelope of every list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Envelope<T> {
    pub items: Vec<T>,
    #[serde(default = "Vec::new")]
    pub not_found_ids: Vec<String>,
}

/// The link to the next page: path and query relative to the base URL, otherwise opaque.
///
/// It contains no host, so following it always stays with the configured Webex, wherever it was
/// stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct NextPage(String);

impl NextPage {
    /// Parses a next link from Webex, or an earlier result of [`NextPage::as_str`].
    ///
    /// # Errors
    /// [`WebexError::Foreign`] where it does not lead to the base URL of `webex`.
    pub fn parse(webex: &Webex, text: &str) -> Result<Self, WebexError> {
        Self::on(webex.base(), text)
    }

    /// Path and query relative to the base URL, such as `/messages?cursor=…`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same page, with all parameters of `query` that the link does not have itself. Webex
    /// leaves filters such as `mentionedPeople` out of its links, and the page would come
    /// unfiltered. Where the list began is left out if the link says where it goes on.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] where `query` cannot be written as a query string.
    pub fn asking(self, query: &impl Serialize) -> Result<Self, WebexError> {
        Ok(self.asking_pairs(&query_string(query)?))
    }

    /// The part of the link that `query` does not have: [`NextPage::asking`] with the same query
    /// restores it. The position always stays, and the page size, because a position in a list is
    /// counted in pages of that size.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] where `query` cannot be written as a query string.
    pub fn beyond(&self, query: &impl Serialize) -> Result<Self, WebexError> {
        let query = query_string(query)?;
        let asked = pairs_of(&query);
        let (path, own) = self.0.split_once('?').unwrap_or((&self.0, ""));
        let pairs = pairs_of(own);
        let rest = pairs.iter().filter(|pair| {
            pair.name == PAGE_SIZE
                || POSITIONS.contains(&&*pair.name)
                || !values(&pairs, &pair.name).eq(values(&asked, &pair.name))
        });
        Ok(Self(target(path, rest)))
    }

    pub(crate) fn asking_pairs(self, query: &str) -> Self {
        let (path, own) = self.0.split_once('?').unwrap_or((&self.0, ""));
        let (pairs, asked) = (pairs_of(own), pairs_of(query));
        let has = |name: &str| values(&pairs, name).next().is_some();
        let goes_on = POSITIONS.iter().any(|position| has(position));
        let is_start = |pair: &Pair<'_>| STARTS.contains(&&*pair.name);
        let missing = asked
            .iter()
            .filter(|pair| !(has(&pair.name) || goes_on && is_start(pair)));
        let all = target(path, pairs.iter().chain(missing));
        Self(all)
    }

    pub(crate) fn on(base: &Base, text: &str) -> Result<Self, WebexError> {
        let foreign = WebexError::Foreign {
            what: "the link to the next page",
        };
        if text.len() > MAX_NEXT_PAGE_BYTES {
            return Err(foreign);
        }
        // A relative text is ours or, in a header, relative to the host: both mean the same URL.
        let url = base.relative(text).or_else(|| {
            let is_relative = text.starts_with('/') && !text.starts_with("//");
            let absolute = is_relative.then(|| base.uri(text).ok()).flatten()?;
            base.relative(&absolute.to_string())
        });
        let url = url.ok_or(foreign)?;
        let path = base.below(url.path()).unwrap_or_default();
        Ok(Self(format!("{path}{}", query_without_null(&url))))
    }

    /// The next page in the headers of an answer, if there is one.
    pub(crate) fn from_headers(
        base: &Base,
        headers: &HeaderMap,
    ) -> Result<Option<Self>, WebexError> {
        let values = headers.get_all(LINK).into_iter();
        let mut texts = values.filter_map(|value| value.to_str().ok());
        let next = texts.find_map(next_link);
        next.map(|link| Self::on(base, link)).transpose()
    }
}

/// The parameters that say where a list begins, and to Webex also where it goes on.
const STARTS: [&str; 2] = ["before", "beforeMessage"];
/// The parameters by which a link says where a list goes on.
const POSITIONS: [&str; 3] = ["before", "beforeMessage", "cursor"];
/// The parameter for the number of items on a page.
const PAGE_SIZE: &str = "max";

/// One pair of a query: decoded, and as written.
struct Pair<'q> {
    name: Cow<'q, str>,
    value: Cow<'q, str>,
    written: &'q str,
}

fn pairs_of(query: &str) -> Vec<Pair<'_>> {
    let written = query.split('&');
    let pairs = written.filter_map(|written| {
        let (name, value) = form_urlencoded::parse(written.as_bytes()).next()?;
        Some(Pair {
            name,
            value,
            written,
        })
    });
    pairs.collect()
}

/// The values of one name, in order.
fn values<'p>(pairs: &'p [Pair<'_>], name: &'p str) -> impl Iterator<Item = &'p str> {
    let of_name = pairs.iter().filter(move |pair| pair.name == name);
    of_name.map(|pair| pair.value.as_ref())
}

fn target<'p, 'q: 'p>(path: &str, pairs: impl Iterator<Item = &'p Pair<'q>>) -> String {
    let mut target = path.to_owned();
    for (at, pair) in pairs.enumerate() {
        target.push(if at == 0 { '?' } else { '&' });
        target.push_str(pair.written);
    }
    target
}

fn query_string(query: &impl Serialize) -> Result<String, WebexError> {
    serde_urlencoded::to_string(query)
        .map_err(|_| WebexError::invalid("query", "it cannot be written as a query string"))
}

/// The query with its question mark, without the wrong `max=null` that Webex sometimes adds.
fn query_without_null(url: &Url) -> String {
    let Some(query) = url.query().filter(|query| !query.is_empty()) else {
        return String::new();
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| *pair != "max=null")
        .collect();
    match kept.as_slice() {
        [] => String::new(),
        kept => format!("?{}", kept.join("&")),
    }
}

/// The target of `rel="next"` in one `Link` value (RFC 8288): several links, parameters in any
/// order.
fn next_link(value: &str) -> Option<&str> {
    let mut rest = value;
    while let Some(start) = rest.find('<') {
        let after = &rest[start + 1..];
        let end = after.find('>')?;
        let target = &after[..end];
        let parameters = &after[end + 1..];
        let (is_next, length) = read_parameters(parameters);
        if is_next {
            return Some(target);
        }
        rest = &parameters[length..];
    }
    None
}

/// Parses parameters up to the comma that ends the link. Returns whether one of them is `rel=next`,
/// and their length.
fn read_parameters(text: &str) -> (bool, usize) {
    let mut quoted = false;
    let mut escaped = false;
    let mut start = 0;
    let mut is_next = false;
    let mut end = text.len();
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b';' | b',' if !quoted => {
                is_next |= is_rel_next(&text[start..index]);
                start = index + 1;
                if byte == b',' {
                    end = index;
                    break;
                }
            }
            _ => {}
        }
    }
    if end == text.len() {
        is_next |= is_rel_next(&text[start.min(end)..end]);
    }
    (is_next, end)
}

fn is_rel_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    let value = value.trim().trim_matches('"');
    let mut relations = value.split_ascii_whitespace();
    name.trim().eq_ignore_ascii_case("rel")
        && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
