//! Webex's ids: unpadded base64 of `ciscospark://<cluster>/<KIND>/<key>`.
//!
//! An id is sent back unchanged; it is only parsed to recognize it, to compare it with the uuid of
//! a link, or to simulate Webex.

use std::fmt::Display;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use uuid::Uuid;

const SCHEME: &str = "ciscospark://";

/// The longest id that is parsed; real ones have about 80 bytes, memberships about 130.
const MAX_ID_BYTES: usize = 512;

/// Digits of a meeting series in its id; documents have ids with 16 as well.
const MEETING_ID_DIGITS: std::ops::RangeInclusive<usize> = 16..=32;

/// The parts of an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceId {
    /// Usually `us`; also forms such as `urn:TEAM:us-west-2_r`.
    pub cluster: String,
    /// `PEOPLE`, `ROOM`, `MESSAGE`, `WEBHOOK`, …
    pub kind: String,
    /// The rest: a uuid, for memberships two joined by a colon.
    pub key: String,
}

impl ResourceId {
    /// Parses an id; `None` where it does not have this form (meeting ids, for example, have
    /// another).
    pub fn parse(id: &str) -> Option<Self> {
        if id.len() > MAX_ID_BYTES {
            return None;
        }
        let id = id.trim_end_matches('=');
        let bytes = STANDARD_NO_PAD
            .decode(id)
            .or_else(|_| URL_SAFE_NO_PAD.decode(id))
            .ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let mut parts = text.strip_prefix(SCHEME)?.splitn(3, '/');
        let (cluster, kind, key) = (parts.next()?, parts.next()?, parts.next()?);
        if cluster.is_empty() || kind.is_empty() || key.is_empty() {
            return None;
        }
        Some(Self {
            cluster: cluster.to_owned(),
            kind: kind.to_owned(),
            key: key.to_owned(),
        })
    }

    /// The key as a uuid, if it is one.
    pub fn uuid(&self) -> Option<Uuid> {
        Uuid::try_parse(&self.key).ok()
    }

    /// The id itself.
    pub fn encode(&self) -> String {
        encode(&self.cluster, &self.kind, &self.key)
    }
}

/// What `read` makes of the cluster, the kind and the key of an id; `None` where the text is no id,
/// or not in the one form in which [`encode`] gives it back.
///
/// Lists are full of ids: nothing is allocated.
pub fn read_exactly<T>(id: &str, read: impl FnOnce(&str, &str, &str) -> Option<T>) -> Option<T> {
    let mut bytes = [0; MAX_ID_BYTES];
    if id.len() > bytes.len() {
        return None;
    }
    let length = STANDARD_NO_PAD.decode_slice(id, &mut bytes).ok()?;
    let text = std::str::from_utf8(bytes.get(..length)?).ok()?;
    let (cluster, rest) = text.strip_prefix(SCHEME)?.split_once('/')?;
    let (kind, key) = rest.split_once('/')?;
    let has_all = !cluster.is_empty() && !kind.is_empty() && !key.is_empty();
    has_all.then(|| read(cluster, kind, key))?
}

/// True if the text has the form of an id.
pub fn is_id(text: &str) -> bool {
    ResourceId::parse(text).is_some()
}

/// True if the text has the form of a meeting's id: hexadecimal digits, and behind an underscore
/// what names one occurrence or instance, as in `0ed74a1c0551494fb7a04e2881bf50ae_I_166022169160077044`.
pub fn is_meeting_id(text: &str) -> bool {
    let (hex, rest) = text.split_once('_').unwrap_or((text, ""));
    let is_hex =
        MEETING_ID_DIGITS.contains(&hex.len()) && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    is_hex && text.len() <= MAX_ID_BYTES && rest.bytes().all(is_plain)
}

/// Builds an id from its parts; `key` is a [`Uuid`] or any other text.
pub fn encode(cluster: &str, kind: &str, key: impl Display) -> String {
    STANDARD_NO_PAD.encode(format!("{SCHEME}{cluster}/{kind}/{key}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn webexs_own_example_reads() {
        let id = "Y2lzY29zcGFyazovL3VzL1JPT00vYmJjZWIxYWQtNDNmMS0zYjU4LTkxNDctZjE0YmIwYzRkMTU0";
        let read = ResourceId::parse(id).unwrap();
        assert_eq!((read.cluster.as_str(), read.kind.as_str()), ("us", "ROOM"));
        assert_eq!(
            read.uuid().unwrap().to_string(),
            "bbceb1ad-43f1-3b58-9147-f14bb0c4d154"
        );
        assert_eq!(read.encode(), id);
    }

    #[test]
    fn other_text_is_no_id() {
        for text in [
            "",
            "Project Unicorn",
            "alice@example.com",
            "06263e10f0a14b0a_I_195989045032040979",
            "Y2lzY29zcGFyazovL3VzL1JPT00v",
        ] {
            assert!(!is_id(text), "{text}");
        }
    }

    #[test]
    fn the_ids_of_meetings_have_a_form_of_their_own() {
        for id in [
            "870f51ff287b41be8648412901e0402b",
            "0ed74a1c0551494fb7a04e2881bf50ae_I_166022169160077044",
            "870f51ff287b41be8648412901e0402b_20260105T090000Z",
        ] {
            assert!(is_meeting_id(id), "{id}");
        }
        for text in [
            "",
            "Design Review",
            "2512 555 1234",
            "25125551234",
            "870f51ff287b41be8648412901e0402b/..",
            "870f51ff287b41be8648412901e0402b_ ",
        ] {
            assert!(!is_meeting_id(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_built_reads_back(cluster in "[a-z0-9:_-]{1,20}", kind in "[A-Z_]{1,20}", key in "[!-~]{1,80}") {
            let id = encode(&cluster, &kind, &key);
            let again = read_exactly(&id, |cluster, kind, key| Some(encode(cluster, kind, key)));
            prop_assert_eq!(again, Some(id.clone()));
            prop_assert_eq!(ResourceId::parse(&id), Some(ResourceId { cluster, kind, key }));
        }

        #[test]
        fn only_one_form_is_read_exactly(text in "Y2lzY29zcGFyazovL3VzL1JPT00v[A-Za-z0-9+/=_-]{0,40}") {
            let again = read_exactly(&text, |cluster, kind, key| Some(encode(cluster, kind, key)));
            prop_assert!(again.is_none_or(|again| again == text));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = ResourceId::parse(&text);
        }
    }
}
