//! People: the directory of an organization. What they look like in answers.

mod account;
mod directory;
mod get;
mod presence;
mod profiles;
mod render;
mod render_profiles;
mod scan;
mod search;
mod update;

use schemars::JsonSchema;
use serde::Serialize;
use webex::people::{self as api, PersonType};

use crate::tool::{Address, Entry, PageInfo, Row, ShortId, Theirs, lengths};

pub const TOOLS: &[Entry] = &[
    Entry::of::<get::GetPerson>(),
    Entry::of::<search::SearchPeople>(),
    Entry::of::<update::UpdatePerson>(),
];

pub const RESOURCES: &[Entry] = &[Entry::at::<get::GetPerson>(&Address::new(
    "webex://people/{personId}",
    "A person",
    "Profile and presence of one person. personId: id, e-mail address, full name, or me.",
))];

/// Who somebody is, to tell them from others; what is absent is unknown or unset.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Who {
    /// Short id.
    id: ShortId,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<Theirs>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    emails: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<Theirs>,
    /// bot or appuser; absent for a human being.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// false: may not sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    login_enabled: Option<bool>,
}

/// A person as an answer tells them, with presence and contact.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    #[serde(flatten)]
    who: Who,
    /// Presence; absent where it is not shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_activity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timezone: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    phone_numbers: Vec<Phone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manager: Option<Theirs>,
}

/// A number, and what kind of one it is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Phone {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    value: Theirs,
}

impl From<api::Person> for Who {
    fn from(person: api::Person) -> Self {
        Who {
            id: person.id.into(),
            display_name: person.display_name.map(Theirs::from),
            emails: person.emails.unwrap_or_default(),
            title: person.title.map(Theirs::from),
            department: person.department.map(Theirs::from),
            kind: other_than_human(person.person_type),
            login_enabled: person.login_enabled.filter(|may| !may),
        }
    }
}

impl Person {
    /// Somebody of a list that tells no more.
    fn listed(id: Option<String>, name: Option<String>, email: Option<String>) -> Self {
        Person {
            who: Who {
                id: id.map(ShortId::from).unwrap_or_default(),
                display_name: name.map(Theirs::from),
                emails: email.into_iter().collect(),
                ..Who::default()
            },
            ..Person::default()
        }
    }

    /// Who it is and whether they are available, and nothing else.
    fn present(person: api::Person) -> Self {
        let emails = person.emails.unwrap_or_default();
        let email = emails.into_iter().next();
        let mut found = Person::listed(Some(person.id), person.display_name, email);
        found.who.kind = other_than_human(person.person_type);
        Person {
            status: person.status.map(|status| status.to_string()),
            last_activity: person.last_activity.map(|time| time.to_string()),
            ..found
        }
    }

    /// Everything that people ask about somebody.
    fn whole(person: api::Person) -> Self {
        let numbers = person.phone_numbers.iter().flatten();
        let numbers = numbers.filter_map(|number| {
            Some(Phone {
                kind: number.number_type.clone(),
                value: number.value.as_deref()?.into(),
            })
        });
        Person {
            phone_numbers: numbers.collect(),
            extension: person.extension.as_deref().map(Theirs::from),
            manager: person.manager.as_deref().map(Theirs::from),
            timezone: person.timezone.clone().filter(|zone| is_zone(zone)),
            status: person.status.as_ref().map(ToString::to_string),
            last_activity: person.last_activity.map(|time| time.to_string()),
            who: person.into(),
        }
    }
}

fn other_than_human(kind: Option<PersonType>) -> Option<String> {
    let kind = kind.filter(|kind| *kind != PersonType::Person);
    kind.map(|kind| kind.to_string())
}

/// Whether it is the name of a time zone in its form, and not what somebody wrote instead.
fn is_zone(name: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
    name.bytes().all(is_of_name)
}

impl Row for Who {
    fn bytes(&self) -> usize {
        let theirs = [&self.display_name, &self.title, &self.department];
        let theirs = theirs.into_iter().flatten().map(Theirs::shown_bytes);
        let emails = self.emails.iter().map(|email| email.len() + 2);
        self.id.len() + lengths([self.kind.as_deref()]) + theirs.chain(emails).sum::<usize>()
    }
}

/// Of a list: presence comes later, and takes a line.
impl Row for Person {
    fn bytes(&self) -> usize {
        self.who.bytes()
    }
}

/// People, and how far the list goes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct People {
    people: Vec<Person>,
    page: PageInfo,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::text::told;

    #[test]
    fn a_person_is_told_with_what_is_asked_first_and_everything_of_theirs_marked() {
        let person = json!({
            "id": "P", "displayName": "Bob\nSmith", "emails": ["bob@example.com", "b@example.com"],
            "status": "meeting", "lastActivity": "2026-01-05T09:00:00Z", "timezone": "Europe/Berlin",
            "phoneNumbers": [{"type": "work", "value": "+49 30 1"}, {"value": "2"}, {"type": "fax"}],
            "extension": "133", "title": "Lead", "department": "Search", "manager": "Ada",
            "type": "bot", "loginEnabled": "false", "orgId": "O", "avatar": "https://a.example.com/",
        });
        let read = |person: &serde_json::Value| serde_json::from_value(person.clone()).unwrap();
        let person_of = |person| People {
            people: vec![person],
            page: PageInfo::whole(1),
        };
        let whole = told(&person_of(Person::whole(read(&person)))).unwrap();
        let text = "> Bob\n> Smith\nmeeting, last active at 2026-01-05T09:00:00Z\ntype: bot\nmay not sign in\n\
            bob@example.com, b@example.com\ntitle:\n> Lead\ndepartment:\n> Search\nwork number:\n> +49 30 1\n\
            phone number:\n> 2\nextension:\n> 133\nmanager:\n> Ada\ntimezone: Europe/Berlin\nid: P";
        assert_eq!(whole.text, text);
        let facts = whole.facts.to_value();
        assert_eq!(facts["people"][0]["avatar"], json!(null));
        assert_eq!(facts["people"][0]["orgId"], json!(null));
        let present = told(&person_of(Person::present(read(&person)))).unwrap();
        let text = "> Bob\n> Smith\nmeeting, last active at 2026-01-05T09:00:00Z\ntype: bot\nbob@example.com\nid: P";
        assert_eq!(present.text, text);
        // Who was looked for without presence has none in the answer.
        let found: api::Person = read(&person);
        let found = told(&Who::from(found)).unwrap().text;
        assert!(
            !found.contains("meeting") && !found.contains("presence"),
            "{found}"
        );
        // What is not told is said where it was asked for.
        let hidden = Person::listed(Some("P".to_owned()), None, None);
        let hidden = told(&person_of(hidden)).unwrap();
        let text = "Somebody whose name is not told.\npresence not shown\nid: P";
        assert_eq!(hidden.text, text);
    }

    #[test]
    fn what_somebody_wrote_instead_of_a_zone_is_left_out() {
        for (timezone, is_told) in [("America/Port-au-Prince", true), ("home\n> here", false)] {
            let person = json!({"id": "P", "timezone": timezone});
            let person = Person::whole(serde_json::from_value(person).unwrap());
            assert_eq!(person.timezone.is_some(), is_told, "{timezone}");
        }
    }
}
