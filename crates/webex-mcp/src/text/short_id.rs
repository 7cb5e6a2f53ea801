//! Webex's ids as answers show them: half as long, and accepted wherever the whole id is.
//!
//! An id is base64 of `ciscospark://<cluster>/<KIND>/<key>`. The kind is known where an id stands,
//! so `<cluster>/<key>` says as much. The cluster that most things are in is left out where nothing
//! else could be meant; spaces, teams and people keep it, because a bare uuid of theirs is looked
//! up: it may come from a link, which does not tell the cluster. What cannot be given back exactly
//! stays as it is.

use std::borrow::Cow;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use uuid::Uuid;
use uuid::fmt::Hyphenated;
use webex::id;

/// The cluster of things that Webex keeps where it began.
pub const USUAL_CLUSTER: &str = "us";

/// What joins two uuids in the ids of most memberships: of a person, and of where that person is.
const JOINT: char = ':';

/// How the key of an id is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    /// A uuid; the thing has a name as well, by which it is looked up.
    Named,
    /// A uuid.
    Bare,
    /// A uuid, or two.
    Joint,
}

const KINDS: [(&str, Key); 9] = [
    ("MESSAGE", Key::Bare),
    ("PEOPLE", Key::Named),
    ("ROOM", Key::Named),
    ("MEMBERSHIP", Key::Joint),
    ("TEAM", Key::Named),
    ("TEAM_MEMBERSHIP", Key::Joint),
    ("WEBHOOK", Key::Bare),
    ("ATTACHMENT_ACTION", Key::Bare),
    ("EVENT", Key::Bare),
];

impl Key {
    fn of(kind: &str) -> Option<Self> {
        let mut kinds = KINDS.iter();
        kinds.find(|(known, _)| *known == kind).map(|(_, key)| *key)
    }

    fn fits(self, key: &str) -> bool {
        match self {
            Key::Named | Key::Bare => is_uuid(key),
            Key::Joint => match key.split_once(JOINT) {
                Some((one, other)) => is_uuid(one) && is_uuid(other),
                None => is_uuid(key),
            },
        }
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == Hyphenated::LENGTH && Uuid::try_parse(text).is_ok()
}

/// An id of Webex's in an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ShortId(String);

impl ShortId {
    /// The id, unless it is the one that was in the question.
    pub fn other_than(id: Option<String>, known: Option<&str>) -> Option<Self> {
        id.filter(|id| known != Some(id.as_str())).map(Self::from)
    }

    /// The id as Webex has it, of a thing of this kind.
    pub fn whole(&self, kind: &str) -> String {
        whole_id(kind, self).unwrap_or_else(|| self.0.clone())
    }
}

impl From<String> for ShortId {
    fn from(id: String) -> Self {
        ShortId(shortened(&id).unwrap_or(id))
    }
}

impl From<&str> for ShortId {
    fn from(id: &str) -> Self {
        ShortId(shortened(id).unwrap_or_else(|| id.to_owned()))
    }
}

impl Deref for ShortId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl JsonSchema for ShortId {
    fn schema_name() -> Cow<'static, str> {
        "ShortId".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string"})
    }
}

fn shortened(id: &str) -> Option<String> {
    id::read_exactly(id, |cluster, kind, key| {
        // A key that is given back is written small.
        let is_small = !key.bytes().any(|byte| byte.is_ascii_uppercase());
        let form = Key::of(kind).filter(|form| is_small && form.fits(key))?;
        match cluster {
            USUAL_CLUSTER if form != Key::Named => Some(key.to_owned()),
            cluster => is_cluster(cluster).then(|| format!("{cluster}/{key}")),
        }
    })
}

/// The whole id of a thing of this kind; `None` for what is no short id of one.
pub fn whole_id(kind: &str, short: &str) -> Option<String> {
    let form = Key::of(kind)?;
    let (cluster, key) = match short.split_once('/') {
        // Answers leave it out of some ids, but people write it in all of them.
        Some((cluster, key)) if cluster.eq_ignore_ascii_case(USUAL_CLUSTER) => (USUAL_CLUSTER, key),
        Some(parts) => parts,
        None if form == Key::Named => return None,
        None => (USUAL_CLUSTER, short),
    };
    (is_cluster(cluster) && form.fits(key))
        .then(|| id::encode(cluster, kind, key.to_ascii_lowercase()))
}

/// Such as `us`, or `urn:TEAM:eu-central-1_k`. Other words are no part of an id: `ROOM/…` is a
/// mistake, and an id that Webex keeps under another name stays whole.
fn is_cluster(text: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-' | b'_');
    let name = text.strip_prefix("urn:");
    text == USUAL_CLUSTER
        || name.is_some_and(|name| !name.is_empty() && name.bytes().all(is_of_name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UUID: &str = "bbceb1ad-43f1-3b58-9147-f14bb0c4d154";
    const ELSEWHERE: &str = "urn:TEAM:eu-central-1_k";

    #[test]
    fn an_id_is_shown_short_and_given_back_whole() {
        let two = format!("{UUID}:{UUID}");
        for (cluster, kind, key, expected) in [
            ("us", "MESSAGE", UUID, UUID.to_owned()),
            ("us", "ROOM", UUID, format!("us/{UUID}")),
            ("us", "PEOPLE", UUID, format!("us/{UUID}")),
            ("us", "MEMBERSHIP", UUID, UUID.to_owned()),
            ("us", "TEAM_MEMBERSHIP", &two, two.clone()),
            (ELSEWHERE, "MESSAGE", UUID, format!("{ELSEWHERE}/{UUID}")),
            (ELSEWHERE, "ROOM", UUID, format!("{ELSEWHERE}/{UUID}")),
            (ELSEWHERE, "MEMBERSHIP", &two, format!("{ELSEWHERE}/{two}")),
        ] {
            let id = id::encode(cluster, kind, key);
            let short = ShortId::from(id.clone());
            assert_eq!(&*short, expected, "{kind}");
            assert_eq!(whole_id(kind, &short).as_ref(), Some(&id), "{kind}");
            let asked = |known| ShortId::other_than(Some(id.clone()), known);
            assert_eq!((asked(Some(&id)), asked(None)), (None, Some(short)));
        }
    }

    #[test]
    fn what_could_not_be_given_back_stays() {
        let of = |kind: &str, key: &str| id::encode("us", kind, key);
        for id in [
            of("APPLICATION", UUID),
            of("ORGANIZATION", UUID),
            of("MESSAGE", "5"),
            of("MESSAGE", &format!("{UUID}:{UUID}")),
            of("ROOM", &UUID.replace('-', "")),
            id::encode("a/b", "ROOM", UUID),
            id::encode("eu", "ROOM", UUID),
            of("ROOM", &UUID.to_uppercase()),
            format!("{}=", of("ROOM", UUID)),
            "06263e10f0a14b0a06263e10f0a14b0a_I_195989045032040979".to_owned(),
            String::new(),
        ] {
            assert_eq!(&*ShortId::from(id.clone()), id);
        }
    }

    #[test]
    fn other_words_are_no_short_ids() {
        for (kind, text) in [
            ("ROOM", UUID.to_owned()),
            ("PEOPLE", UUID.to_owned()),
            ("ROOM", format!("/{UUID}")),
            ("ROOM", format!("https://web.webex.com/spaces/{UUID}")),
            ("ROOM", format!("webexteams://im?space={UUID}")),
            ("ROOM", "us/canada".into()),
            ("ROOM", format!("us/{UUID}:{UUID}")),
            ("MESSAGE", format!("us/{}", UUID.replace('-', ""))),
            ("MESSAGE", format!("MESSAGE/{UUID}")),
            ("PEOPLE", format!("PEOPLE/{UUID}")),
            ("ROOM", format!("eu/{UUID}")),
            ("ROOM", format!("urn:/{UUID}")),
            ("CONTENT", UUID.to_owned()),
        ] {
            assert_eq!(whole_id(kind, &text), None, "{kind}: {text}");
        }
    }

    #[test]
    fn the_usual_cluster_may_be_written_and_letters_may_be_large() {
        let two = format!("{UUID}:{UUID}");
        for (kind, key) in [
            ("MESSAGE", UUID),
            ("ROOM", UUID),
            ("WEBHOOK", UUID),
            ("EVENT", UUID),
            ("TEAM_MEMBERSHIP", &two),
        ] {
            let whole = Some(id::encode("us", kind, key));
            for short in [format!("us/{key}"), format!("US/{}", key.to_uppercase())] {
                assert_eq!(whole_id(kind, &short), whole, "{kind}: {short}");
            }
            let bare = whole_id(kind, &key.to_uppercase());
            assert_eq!(bare, whole.filter(|_| kind != "ROOM"), "{kind}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_shown_is_given_back(cluster in "us|(urn:)?[a-zA-Z:_/-]{0,24}", at in 0..KINDS.len(), key in "(?:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}:?){1,2}|[!-~]{0,40}") {
            let (kind, _) = KINDS[at];
            let id = id::encode(&cluster, kind, &key);
            let short = ShortId::from(id.as_str());
            prop_assert_eq!(short.whole(kind), id);
        }
    }
}
