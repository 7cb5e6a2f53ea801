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

    /// What the request names at this place.
    pub fn value(&self, place: Place) -> Option<Cow<'a, str>> {
        match place {
            Place::Path => self.id(),
            Place::Query(name) => {
                let mut pairs = form_urlencoded::parse(self.about.query.as_bytes());
                pairs.find(|(key, _)| key == name).map(|(_, value)| value)
            }
            Place::Body(name) => self.body(name).map(Cow::Owned),
            Place::Whole => Some(Cow::Borrowed("")),
        }
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
        let id = rest.strip_suffix(after)?;
        percent_decode_str(id).decode_utf8().ok()
    }
}

#[cfg(test)]
mod tests {
    use webex::{contents, messages, rooms};

    use super::*;

    #[test]
    fn each_place_is_read_and_what_is_not_there_is_not() {
        let fields = [("roomId".to_owned(), "r".to_owned())];
        let json = br#"{"roomId": "r/1", "max": 5}"#;
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
            assert_eq!(
                Asked::of(&about).value(place).as_deref(),
                value,
                "{path} {place:?}"
            );
            let form = About {
                content: Content::Fields(&fields),
                ..about
            };
            assert_eq!(Asked::of(&form).body("roomId").as_deref(), Some("r"));
        }
    }
}
