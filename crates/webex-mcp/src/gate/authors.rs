//! Who can have written a row of an answer, and what is left of it without their words.

use serde_json::{Map, Value};

use super::asked::Asked;
use super::rows::people_in;
use crate::scope::lockdown::Withheld;
use crate::scope::reach::{Place, Row};
use crate::scope::{self, Person};

/// Who wrote something, as far as a row tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Author {
    pub id: Option<String>,
    pub email: Option<String>,
    pub org_id: Option<String>,
    /// A space whose members may tell more.
    pub room_id: Option<String>,
}

impl From<&Person> for Author {
    fn from(person: &Person) -> Self {
        Author {
            id: person.id.clone(),
            email: person.email.clone(),
            org_id: person.org_id.clone(),
            room_id: None,
        }
    }
}

/// Everybody who can have written what a row tells; all of them have to belong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Writers {
    pub people: Vec<Author>,
    pub origins: Vec<Origin>,
}

/// Where words of a row come from, beside those whom the row names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Origin {
    /// Any member may have given a space its title; a direct one has the name of the other person.
    Space(String),
    DirectSpace(String),
    /// Cisco does not say who may give a team another name, so it may be any member.
    Team(String),
    /// The host and the cohosts give a meeting its title, or it has that of its space.
    Meeting(String),
    /// What was said in a meeting is by everybody who was there.
    Talk(String),
    /// Whoever sent a card chose the names and choices of which its answers consist.
    Card(String),
}

impl Origin {
    /// The name of what is known of it.
    pub fn key(&self) -> String {
        let (kind, id) = match self {
            Origin::Space(id) => ("space", id),
            Origin::DirectSpace(id) => ("direct space", id),
            Origin::Team(id) => ("team", id),
            Origin::Meeting(id) => ("meeting", id),
            Origin::Talk(id) => ("talk", id),
            Origin::Card(id) => ("card", id),
        };
        format!("origin {kind} {}", scope::key(id))
    }
}

/// Everybody who can have written a row, by the fields that name them.
pub(super) fn writers_of(row: Row, item: &Value, asked: &Asked<'_>) -> Writers {
    Writers {
        people: authors_of(row, item),
        origins: origin_of(row, item, asked).into_iter().collect(),
    }
}

/// Whom a row names as its author.
fn authors_of(row: Row, item: &Value) -> Vec<Author> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    let author = |id: &str, email: &str, org: &str, room: &str| {
        vec![Author {
            id: text(id),
            email: text(email),
            org_id: text(org),
            room_id: text(room),
        }]
    };
    match row {
        Row::Own | Row::Summary => Vec::new(),
        Row::Message | Row::Action | Row::Membership => {
            author("personId", "personEmail", "personOrgId", "roomId")
        }
        Row::TeamMembership | Row::Snippet => author("personId", "personEmail", "personOrgId", ""),
        Row::Space | Row::Team => author("creatorId", "", "", ""),
        Row::Webhook => author("createdBy", "", "", ""),
        Row::Invitee | Row::Participant => author("", "email", "orgId", ""),
        Row::Meeting | Row::Recording | Row::Transcript => {
            author("hostUserId", "hostEmail", "", "")
        }
        Row::Person => {
            let emails = item.get("emails").and_then(Value::as_array);
            let email = emails.and_then(|emails| emails.first()?.as_str());
            vec![Author {
                id: text("id"),
                email: email.map(str::to_owned),
                org_id: text("orgId"),
                room_id: None,
            }]
        }
        Row::Event => {
            let mut data = item.get("data").cloned().unwrap_or_default();
            // Whom somebody mentions wrote nothing of it.
            if let Value::Object(data) = &mut data {
                data.remove("mentionedPeople");
            }
            let mut named = vec![(item.get("actorId").and_then(Value::as_str), None)];
            people_in("data", &data, &mut named);
            let room_id = item.pointer("/data/roomId").and_then(Value::as_str);
            let named = named.into_iter().map(|(id, email)| Author {
                id: id.map(str::to_owned),
                email: email.map(str::to_owned),
                org_id: None,
                room_id: room_id.map(str::to_owned),
            });
            named.collect()
        }
    }
}

/// What else gives a row its words.
fn origin_of(row: Row, item: &Value, asked: &Asked<'_>) -> Option<Origin> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    match row {
        Row::Space if text("type").as_deref() == Some("direct") => {
            text("id").map(Origin::DirectSpace)
        }
        Row::Space => text("id").map(Origin::Space),
        Row::Team => text("id").map(Origin::Team),
        Row::Meeting => text("id").map(Origin::Meeting),
        // They have its title; and whoever invites somebody may choose a name for them.
        Row::Recording | Row::Transcript | Row::Invitee => {
            let ids = ["meetingId", "scheduledMeetingId", "meetingSeriesId"];
            ids.into_iter().find_map(text).map(Origin::Meeting)
        }
        Row::Summary => {
            let of_meeting = asked.values(Place::Query("meetingId"));
            let id = of_meeting.first().map(|id| id.to_string());
            id.map(Origin::Talk)
        }
        Row::Action => text("messageId").map(Origin::Card),
        Row::Event => {
            let data = item.get("data")?;
            let (row, words) = match item.get("resource").and_then(Value::as_str)? {
                "rooms" => (Row::Space, "title"),
                "meetings" => (Row::Meeting, "title"),
                "meetingTranscripts" => (Row::Transcript, "meetingTopic"),
                "attachmentActions" => (Row::Action, "inputs"),
                _ => return None,
            };
            data.get(words)?;
            origin_of(row, data, asked)
        }
        _ => None,
    }
}

/// Leaves only what is no text of theirs; says whether anything else was there.
pub(super) fn strip(item: &mut Value, withheld: Withheld) -> bool {
    let Value::Object(fields) = item else {
        // Nobody knows what it is.
        return !std::mem::take(item).is_null();
    };
    let all = std::mem::take(fields).into_iter();
    let (kept, gone): (Map<_, _>, Map<_, _>) =
        all.partition(|(name, _)| withheld.kept.contains(&name.as_str()));
    *fields = kept;
    gone.values().any(|value| !value.is_null())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use webex::around::{About, Content};

    use super::*;
    use crate::scope::lockdown::withheld;

    #[test]
    fn everybody_who_wrote_a_row_is_known_by_its_fields() {
        let [ann, ben] = ["ann", "ben"].map(|key| webex::id::encode("us", "PEOPLE", key));
        let by = |id: Option<&str>, email: Option<&str>, org: Option<&str>, room: Option<&str>| {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            Author {
                id: owned(id),
                email: owned(email),
                org_id: owned(org),
                room_id: owned(room),
            }
        };
        let message = json!({"id": "m", "personId": "p", "personEmail": "e", "roomId": "r"});
        let event = json!({"actorId": ann, "data": {
            "personId": ben, "personEmail": "ben@a.org", "roomId": "r", "mentionedPeople": ["x"],
        }});
        for (row, item, authors) in [
            (
                Row::Message,
                message,
                vec![by(Some("p"), Some("e"), None, Some("r"))],
            ),
            (
                Row::Person,
                json!({"id": "p", "emails": ["e", "f"], "orgId": "o"}),
                vec![by(Some("p"), Some("e"), Some("o"), None)],
            ),
            (
                Row::Event,
                event,
                vec![
                    by(Some(&ann), None, None, Some("r")),
                    by(Some(&ben), Some("ben@a.org"), None, Some("r")),
                ],
            ),
            (Row::Space, json!({"id": "r"}), vec![Author::default()]),
            (
                Row::Webhook,
                json!({"createdBy": "p", "name": "n"}),
                vec![by(Some("p"), None, None, None)],
            ),
            (Row::Message, json!("text"), vec![Author::default()]),
        ] {
            assert_eq!(authors_of(row, &item), authors, "{row:?}");
        }
    }

    #[test]
    fn others_who_give_a_row_its_words_are_known_by_where_they_come_from() {
        let about = About {
            operation: &webex::meeting_summaries::LIST,
            path: "/meetingSummaries",
            query: "meetingId=m",
            content: Content::Nothing,
        };
        let asked = Asked::of(&about);
        let meeting = || Some(Origin::Meeting("m".to_owned()));
        let event = |resource: &str, data: Value| json!({"resource": resource, "data": data});
        for (row, item, origin) in [
            (
                Row::Space,
                json!({"id": "r", "type": "group"}),
                Some(Origin::Space("r".to_owned())),
            ),
            (
                Row::Space,
                json!({"id": "r", "type": "direct"}),
                Some(Origin::DirectSpace("r".to_owned())),
            ),
            (
                Row::Team,
                json!({"id": "t"}),
                Some(Origin::Team("t".to_owned())),
            ),
            (Row::Meeting, json!({"id": "m"}), meeting()),
            (
                Row::Recording,
                json!({"id": "x", "meetingSeriesId": "s", "meetingId": "m"}),
                meeting(),
            ),
            // One that was uploaded is of no meeting.
            (Row::Recording, json!({"id": "x"}), None),
            (Row::Transcript, json!({"meetingId": "m"}), meeting()),
            (Row::Invitee, json!({"meetingId": "m"}), meeting()),
            (Row::Summary, json!({}), Some(Origin::Talk("m".to_owned()))),
            (
                Row::Action,
                json!({"messageId": "c"}),
                Some(Origin::Card("c".to_owned())),
            ),
            (
                Row::Event,
                event("rooms", json!({"id": "r", "title": "x"})),
                Some(Origin::Space("r".to_owned())),
            ),
            (Row::Event, event("rooms", json!({"id": "r"})), None),
            (
                Row::Event,
                event(
                    "attachmentActions",
                    json!({"messageId": "c", "inputs": {"a": "b"}}),
                ),
                Some(Origin::Card("c".to_owned())),
            ),
            (
                Row::Event,
                event(
                    "meetingTranscripts",
                    json!({"meetingId": "m", "meetingTopic": "x"}),
                ),
                meeting(),
            ),
            (Row::Message, json!({"id": "m", "text": "x"}), None),
            (Row::Person, json!({"id": "p"}), None),
        ] {
            assert_eq!(origin_of(row, &item, &asked), origin, "{row:?} {item}");
        }
    }

    #[test]
    fn only_what_is_no_text_of_theirs_stays() {
        let withheld = withheld(Row::Message).unwrap();
        let mut item = json!({"id": "m", "text": "hi", "anythingNew": "hi", "created": "c"});
        assert!(strip(&mut item, withheld));
        assert_eq!(item, json!({"id": "m", "created": "c"}));
        assert!(!strip(&mut item, withheld));
        let mut item = json!("hi");
        assert!(strip(&mut item, withheld));
        assert_eq!(item, Value::Null);
    }
}
