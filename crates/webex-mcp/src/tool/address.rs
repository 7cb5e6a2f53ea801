//! Where a resource is: a URI, or a template of URIs in which one segment is a variable.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::limits::RESOURCE_URI_MAX_BYTES;
use crate::text;

/// What stays as it is in a segment; RFC 3986 calls it unreserved.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The address of a read tool's answer.
#[derive(Debug, Clone, Copy)]
pub struct Address {
    /// The URI, or its template in the simplest form of RFC 6570: the variable is a whole segment,
    /// and the name of the tool's argument.
    pub uri: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    /// Arguments of the tool that every call has.
    pub with: &'static [(&'static str, u32)],
    /// How long a client may show what it has read.
    pub fresh_milliseconds: u64,
    /// Where the tool answers a list: what its entries are.
    pub members: Option<Members>,
}

impl Address {
    /// An address of what may change at any time, with no other arguments.
    pub const fn new(uri: &'static str, title: &'static str, description: &'static str) -> Self {
        Address {
            uri,
            title,
            description,
            with: &[],
            fresh_milliseconds: 0,
            members: None,
        }
    }
}

/// The entries of a list, which are resources too.
#[derive(Debug, Clone, Copy)]
pub struct Members {
    /// The field of the answer that holds the list; each entry has an `id` and a `title`.
    pub field: &'static str,
    /// Their addresses, by their ids: whole ones, which have nothing to be encoded. Not every client
    /// keeps an encoded slash.
    pub address: &'static Address,
    /// What Webex's ids call such a thing.
    pub id_kind: &'static str,
}

impl Address {
    /// The argument that the variable is for; `None` where there is no variable.
    pub fn variable(&self) -> Option<&'static str> {
        self.uri.split('/').find_map(variable)
    }

    /// The arguments of the tool for a URI; `None` where it is not of this template.
    pub fn arguments(&self, uri: &str) -> Option<Map<String, Value>> {
        if uri.len() > RESOURCE_URI_MAX_BYTES {
            return None;
        }
        let with = self.with.iter();
        let mut arguments: Map<_, _> = with
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect();
        let (mut own, mut given) = (self.uri.split('/'), uri.split('/'));
        loop {
            let (segment, part) = match (own.next(), given.next()) {
                (None, None) => return Some(arguments),
                (Some(segment), Some(part)) => (segment, part),
                _ => return None,
            };
            match variable(segment) {
                Some(name) => {
                    arguments.insert(name.to_owned(), decoded(part)?.into());
                }
                None if segment == part => {}
                None => return None,
            }
        }
    }

    /// The URI for a value of the variable.
    pub fn uri_of(&self, value: &str) -> String {
        let segments = self.uri.split('/').map(|segment| match variable(segment) {
            Some(_) => utf8_percent_encode(value, ENCODED).to_string(),
            None => segment.to_owned(),
        });
        segments.collect::<Vec<_>>().join("/")
    }
}

fn variable(segment: &'static str) -> Option<&'static str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// Whether a value can stand in a URI: not if it says nothing, or is a step of a path.
pub fn is_addressable(value: &str) -> bool {
    let value = value.trim();
    !value.is_empty() && value != "." && value != ".." && !value.contains(text::is_control)
}

/// A segment without its percent-encoding; `None` where it has none that can be read. A name may
/// have been typed as it is, so more than RFC 3986 allows stands for itself.
fn decoded(part: &str) -> Option<String> {
    let is_hex = |at: usize| part.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit);
    let is_whole = |(at, _)| is_hex(at + 1) && is_hex(at + 2);
    if part.contains(['?', '#']) || !part.match_indices('%').all(is_whole) {
        return None;
    }
    let value = percent_decode_str(part).decode_utf8().ok()?;
    is_addressable(&value).then(|| value.into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const MEMBERS: Address = Address {
        with: &[("max", 50)],
        ..Address::new("webex://spaces/{roomId}/members", "", "")
    };
    const ALL: Address = Address::new("webex://spaces", "", "");

    #[test]
    fn a_uri_is_of_its_template_alone() {
        let read = |uri: &str| MEMBERS.arguments(uri);
        for (uri, room) in [
            ("webex://spaces/Engineering/members", Some("Engineering")),
            ("webex://spaces/CI%2FCD/members", Some("CI/CD")),
            ("webex://spaces/B%C3%BCro%20%25/members", Some("Büro %")),
            (
                "webex://spaces/Project Unicorn/members",
                Some("Project Unicorn"),
            ),
            ("webex://spaces/..%2Fx/members", Some("../x")),
            ("webex://spaces/../members", None),
            ("webex://spaces/%2e%2E/members", None),
            ("webex://spaces/./members", None),
            ("webex://spaces//members", None),
            ("webex://spaces/%20/members", None),
            ("webex://spaces/a%00b/members", None),
            ("webex://spaces/a%0Ab/members", None),
            ("webex://spaces/a\u{7}b/members", None),
            ("webex://spaces/%zz/members", None),
            ("webex://spaces/%2/members", None),
            ("webex://spaces/%/members", None),
            ("webex://spaces/%FF/members", None),
            ("webex://spaces/a?b/members", None),
            ("webex://spaces/a/members?max=5", None),
            ("webex://spaces/a/members#x", None),
            ("webex://spaces/a/members/", None),
            ("webex://spaces/a/b/members", None),
            ("webex://spaces/a/messages", None),
            ("webex://spaces/a", None),
            ("webex:/spaces/a/members", None),
            ("WEBEX://spaces/a/members", None),
            ("https://spaces/a/members", None),
            (" webex://spaces/a/members", None),
            ("", None),
        ] {
            let expected = room.map(|room| json!({"roomId": room, "max": 50}));
            assert_eq!(read(uri).map(Value::Object), expected, "{uri}");
        }
        let long = format!("webex://spaces/{}/members", "a".repeat(10_000));
        assert_eq!(read(&long), None);
        assert_eq!(MEMBERS.variable(), Some("roomId"));
    }

    #[test]
    fn an_address_without_a_variable_is_itself() {
        assert_eq!(ALL.variable(), None);
        assert_eq!(ALL.arguments("webex://spaces"), Some(Map::new()));
        assert_eq!(ALL.arguments("webex://spaces/"), None);
        assert_eq!(ALL.uri_of("any"), ALL.uri);
    }

    proptest! {
        #[test]
        fn what_was_built_is_read_back(value in "\\PC{1,60}") {
            prop_assume!(is_addressable(&value));
            let uri = MEMBERS.uri_of(&value);
            prop_assert!(uri.is_ascii());
            let read = MEMBERS.arguments(&uri).unwrap();
            prop_assert_eq!(&read["roomId"], &json!(value));
            // The number of segments is the template's, whatever the value is.
            prop_assert_eq!(uri.split('/').count(), MEMBERS.uri.split('/').count());
        }

        #[test]
        fn whatever_comes_is_read_or_refused(uri in "(webex://spaces/)?\\PC{0,40}(/members)?") {
            if let Some(read) = MEMBERS.arguments(&uri) {
                let room = read["roomId"].as_str().unwrap();
                prop_assert!(is_addressable(room));
                prop_assert_eq!(MEMBERS.arguments(&MEMBERS.uri_of(room)), Some(read.clone()));
            }
        }
    }
}
