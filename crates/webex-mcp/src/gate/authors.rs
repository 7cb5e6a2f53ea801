//! Who wrote a row of an answer, and what is left of it without their words.

use serde_json::{Map, Value};

use super::rows::people_in;
use crate::scope::Person;
use crate::scope::lockdown::Withheld;
use crate::scope::reach::Row;

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

/// Who wrote a row, by the fields that name them.
pub(super) fn authors_of(row: Row, item: &Value) -> Vec<Author> {
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
        Row::Own | Row::Webhook | Row::Summary => Vec::new(),
        Row::Message | Row::Action | Row::Membership => {
            author("personId", "personEmail", "personOrgId", "roomId")
        }
        Row::TeamMembership | Row::Snippet => author("personId", "personEmail", "personOrgId", ""),
        Row::Space | Row::Team => author("creatorId", "", "", ""),
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
            (Row::Message, json!("text"), vec![Author::default()]),
        ] {
            assert_eq!(authors_of(row, &item), authors, "{row:?}");
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
