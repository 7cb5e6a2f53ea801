//! What a request names: in its path, its query or its body.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use url::form_urlencoded;
use webex::around::{About, Content};

use crate::scope::reach::Place;

/// A request, with its body read once.
#[derive(Debug)]
pub struct Asked<'a> {
    about: &'a About<'a>,
    json: Map<String, Value>,
}

impl<'a> Asked<'a> {
    pub fn of(about: &'a About<'a>) -> Self {
        let json = match about.content {
            Content::Json(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
            Content::Nothing | Content::Fields(_) => Map::new(),
        };
        Asked { about, json }
    }

    /// All that the request names at this place.
    pub fn values(&self, place: Place) -> Vec<Cow<'a, str>> {
        let text = |value: &Value| value.as_str().map(|text| Cow::Owned(text.to_owned()));
        let list = |name| self.json.get(name).and_then(Value::as_array);
        let one = match place {
            Place::Path => self.id(),
            Place::Query(name) => self.query(name),
            Place::Body(name) => self.body(name).map(Cow::Owned),
            Place::Whole => Some(Cow::Borrowed("")),
            Place::List(name) => {
                return list(name).into_iter().flatten().filter_map(text).collect();
            }
            Place::Each(name, field) => {
                let entries = list(name).into_iter().flatten();
                let fields = entries.filter_map(|entry| entry.get(field));
                return fields.filter_map(text).collect();
            }
        };
        one.into_iter().collect()
    }

    /// Whom an administrator acts for.
    pub fn host(&self) -> Option<String> {
        let named = self.query("hostEmail").map(Cow::into_owned);
        named.or_else(|| self.body("hostEmail"))
    }

    fn query(&self, name: &str) -> Option<Cow<'a, str>> {
        let mut pairs = form_urlencoded::parse(self.about.query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A field of the body that is text.
    pub fn body(&self, name: &str) -> Option<String> {
        if let Content::Fields(fields) = self.about.content {
            let mut fields = fields.iter();
            return fields
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone());
        }
        self.json.get(name)?.as_str().map(str::to_owned)
    }

    /// The first id in the path; that of a file goes to the end.
    fn id(&self) -> Option<Cow<'a, str>> {
        let (before, after) = self.about.operation.path.split_once('{')?;
        let rest = self.about.path.strip_prefix(before)?;
        let (_, after) = after.split_once('}')?;
        let id = match after.contains('{') {
            true => rest.split('/').next()?,
            false => rest.strip_suffix(after)?,
        };
        percent_decode_str(id).decode_utf8().ok()
    }
}

#[cfg(test)]
mod tests {
    use webex::transcripts::snippets;
    use webex::{contents, messages, rooms};

    use super::*;

    #[test]
    fn each_place_is_read_and_what_is_not_there_is_not() {
        let fields = [("roomId".to_owned(), "r".to_owned())];
        let json = br#"{"roomId": "r/1", "max": 5, "emails": ["a", 7, "b"],
            "items": [{"email": "c"}, {}, {"email": null}, {"email": "d"}]}"#;
        let id = Some("a/b=");
        for (operation, path, place, value) in [
            (&messages::GET, "/messages/a%2Fb%3D", Place::Path, id),
            (
                &rooms::MEETING_INFO,
                "/rooms/a%2Fb%3D/meetingInfo",
                Place::Path,
                id,
            ),
            (&contents::GET, "/contents/a/b=", Place::Path, id),
            (
                &snippets::GET,
                "/meetingTranscripts/a%2Fb%3D/snippets/c",
                Place::Path,
                id,
            ),
            (
                &messages::LIST,
                "/messages",
                Place::Query("roomId"),
                Some("x y"),
            ),
            (&messages::LIST, "/messages", Place::Query("room"), None),
            (&messages::LIST, "/messages", Place::Path, None),
            (
                &messages::CREATE,
                "/messages",
                Place::Body("roomId"),
                Some("r/1"),
            ),
            (&messages::CREATE, "/messages", Place::Body("max"), None),
            (&messages::CREATE, "/messages", Place::Whole, Some("")),
        ] {
            let about = About {
                operation,
                path,
                query: "max=5&roomId=x+y",
                content: Content::Json(json),
            };
            let asked = Asked::of(&about);
            let values = asked.values(place);
            assert_eq!(
                values.first().map(|value| &**value),
                value,
                "{path} {place:?}"
            );
            assert_eq!(asked.values(Place::List("emails")), ["a", "b"]);
            assert_eq!(asked.values(Place::Each("items", "email")), ["c", "d"]);
            let form = About {
                content: Content::Fields(&fields),
                ..about
            };
            assert_eq!(Asked::of(&form).body("roomId").as_deref(), Some("r"));
        }
    }
}
