//! What an answer has rows of, held against the scope.

use std::sync::Arc;

use serde_json::{Map, Value};
use webex::id::ResourceId;

use super::guard::Guard;
use super::named::{participant_key, transcript_key};
use crate::error::CallError;
use crate::scope::reach::Row;
use crate::scope::{self, Fact, Meeting, Person, Scope};

impl Guard {
    /// Whether a row lies inside; `host` is whom an administrator acts for.
    pub(super) async fn row(
        &self,
        row: Row,
        item: &Value,
        host: Option<&str>,
    ) -> Result<bool, CallError> {
        let text = |name: &str| item.get(name).and_then(Value::as_str);
        let is_direct = |name: &str| text(name).map(|kind| kind == "direct");
        let is_member = self.person(text("personId"), text("personEmail"));
        match row {
            // A summary was decided with its request.
            Row::Own | Row::Summary => Ok(true),
            Row::Space => self.in_space(text("id"), is_direct("type")).await,
            Row::Action => self.in_space(text("roomId"), None).await,
            Row::Message => self.in_space(text("roomId"), is_direct("roomType")).await,
            Row::Membership => Ok(
                is_member.await? && self.in_space(text("roomId"), is_direct("roomType")).await?
            ),
            Row::TeamMembership => Ok(is_member.await? && self.in_team(text("teamId")).await?),
            Row::Team => self.in_team(text("id")).await,
            Row::Snippet => self.person(None, text("personEmail")).await,
            Row::Person => {
                let emails = item.get("emails").and_then(Value::as_array);
                let email = emails.and_then(|emails| emails.first()?.as_str());
                self.person(text("id"), email).await
            }
            Row::Webhook if !self.scoped.scope.limits_spaces() => Ok(true),
            Row::Webhook => {
                let space = Scope::space_of_webhook(text("resource"), text("filter"));
                self.in_space(space.as_deref(), None).await
            }
            Row::Meeting | Row::Invitee | Row::Participant | Row::Recording | Row::Transcript => {
                self.of_a_meeting(row, item, host).await
            }
            Row::Event => self.event(item).await,
        }
    }

    async fn in_space(&self, id: Option<&str>, is_direct: Option<bool>) -> Result<bool, CallError> {
        match id {
            Some(id) => self.space(id, is_direct).await,
            None => Ok(false),
        }
    }

    async fn in_team(&self, id: Option<&str>) -> Result<bool, CallError> {
        match id {
            Some(id) => self.team(id).await,
            None => Ok(false),
        }
    }

    /// The files of a message that is shown can be read.
    pub(super) fn see_files(&self, message: &Value) {
        let files = message.get("files").and_then(Value::as_array);
        let urls = files.into_iter().flatten().filter_map(Value::as_str);
        for id in urls.filter_map(|url| Some(url.split_once("/contents/")?.1)) {
            self.scoped.seen.insert(self.key(id), ());
        }
    }

    /// A meeting and what belongs to one. What was read of it here need not be read again.
    async fn of_a_meeting(
        &self,
        row: Row,
        item: &Value,
        host: Option<&str>,
    ) -> Result<bool, CallError> {
        let text = |name: &str| item.get(name).and_then(Value::as_str);
        let is_known = || !self.scoped.scope.limits_spaces();
        let of_one = text("meetingId");
        let of_series = [text("meetingSeriesId"), of_one];
        match row {
            Row::Meeting => {
                let owned = |name| text(name).map(str::to_owned);
                let meeting = Arc::new(Meeting {
                    host: Person {
                        id: owned("hostUserId"),
                        email: owned("hostEmail"),
                        org_id: None,
                    },
                    room_id: owned("roomId"),
                });
                if let Some(id) = text("id") {
                    let key = self.key(&scope::key(id));
                    let fact = Fact::Meeting(meeting.clone());
                    self.scoped.facts.insert(key, fact);
                }
                Ok(is_known() || self.met(&meeting).await?)
            }
            Row::Invitee => Ok(
                self.person(None, text("email")).await? && self.meeting(&[of_one], host).await?
            ),
            Row::Participant => {
                let is_inside = self.person(None, text("email")).await?
                    && self.meeting(&[of_one], host).await?;
                if let (true, Some(id), Some(meeting_id)) = (is_inside, text("id"), of_one) {
                    let key = self.key(&scope::key(&participant_key(id)));
                    let fact = Fact::Participant(meeting_id.into());
                    self.scoped.facts.insert(key, fact);
                }
                Ok(is_inside)
            }
            Row::Transcript => {
                let is_inside = self.meeting(&of_series, host).await?;
                if let (true, Some(id)) = (is_inside, text("id")) {
                    self.scoped.seen.insert(self.key(&transcript_key(id)), ());
                }
                Ok(is_inside)
            }
            _ => self.meeting(&of_series, host).await,
        }
    }

    /// Who did it, where, and everybody whom its data names.
    async fn event(&self, item: &Value) -> Result<bool, CallError> {
        let scope = &self.scoped.scope;
        if !scope.limits_spaces() {
            return Ok(true);
        }
        let actor = item.get("actorId").and_then(Value::as_str);
        if !self.person(actor, None).await? {
            return Ok(false);
        }
        let text = |name: &str| item.get("data")?.get(name)?.as_str();
        let is_of_space = item.get("resource").and_then(Value::as_str) == Some("rooms");
        let (space, kind) = match is_of_space {
            true => (text("id"), text("type")),
            false => (text("roomId"), text("roomType")),
        };
        let is_inside = match space {
            Some(id) => self.space(id, kind.map(|kind| kind == "direct")).await?,
            None => !scope.names_spaces(),
        };
        if !is_inside || !scope.limits_people() {
            return Ok(is_inside);
        }
        let mut named = Vec::new();
        if let Some(data) = item.get("data") {
            people_in("data", data, &mut named);
        }
        for (id, email) in named {
            if !self.person(id, email).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes out of a row that is kept what names somebody outside; says whether there was any.
    pub(super) async fn redact(
        &self,
        row: Row,
        item: &mut Value,
        is_alone: bool,
    ) -> Result<bool, CallError> {
        let Value::Object(fields) = item else {
            return Ok(false);
        };
        let scope = &self.scoped.scope;
        if !scope.limits_people() && !scope.is_locked() {
            return Ok(false);
        }
        match row {
            Row::Person | Row::Own if !scope.limits_people() => Ok(false),
            Row::Person | Row::Own => {
                let text = |name: &str| fields.get(name).and_then(Value::as_str);
                // Nobody is told the manager of somebody in a list.
                let is_shown = is_alone
                    && self
                        .shows_manager(text("managerId"), text("manager"))
                        .await?;
                Ok(!is_shown && take(fields, &["managerId", "manager"]))
            }
            // All words of the meeting, whoever spoke them.
            Row::Recording => {
                let links = fields.get_mut("temporaryDirectDownloadLinks");
                let links = links.and_then(Value::as_object_mut);
                Ok(links.is_some_and(|links| take(links, &["transcriptDownloadLink"])))
            }
            _ => Ok(false),
        }
    }
}

fn take(fields: &mut Map<String, Value>, names: &[&str]) -> bool {
    let taken = names.iter().filter_map(|name| fields.remove(*name));
    taken.count() > 0
}

/// An id and an address of one person, or one of them.
pub(super) type Named<'d> = (Option<&'d str>, Option<&'d str>);

/// Everybody whom the data of an event names by id or by address, at any depth; `name` is that of the
/// field that holds the value.
pub(super) fn people_in<'d>(name: &str, value: &'d Value, found: &mut Vec<Named<'d>>) {
    match value {
        Value::String(text) if is_person(text) => found.push((Some(text), None)),
        Value::String(text) if is_address(name, text) => found.push((None, Some(text))),
        Value::Array(items) => items.iter().for_each(|item| people_in(name, item, found)),
        Value::Object(fields) => {
            let mut done = Vec::new();
            for (name, value) in fields {
                let email = value.as_str().filter(|text| is_address(name, text));
                if let (Some(email), Some((beside, id))) = (email, id_beside(fields, name)) {
                    found.push((Some(id), Some(email)));
                    done.extend([name.as_str(), beside]);
                }
            }
            for (name, value) in fields {
                if !done.contains(&name.as_str()) {
                    people_in(name, value, found);
                }
            }
        }
        _ => {}
    }
}

/// The id beside an address that is the same person's by its name, and that name: `personId` beside
/// `personEmail`.
fn id_beside<'d>(fields: &'d Map<String, Value>, address: &str) -> Option<(&'d str, &'d str)> {
    let whose = |name: &'d str, endings: &[&str]| {
        let mut stems = endings.iter().map(|ending| name.strip_suffix(ending));
        stems.find_map(|stem| stem)
    };
    let endings = ["Email", "email"].map(|ending| address.strip_suffix(ending));
    let of = endings.into_iter().flatten().next()?;
    fields.iter().find_map(|(name, value)| {
        let id = value.as_str().filter(|text| is_person(text))?;
        (whose(name, &["UserId", "Id", "id"])? == of).then_some((name.as_str(), id))
    })
}

fn is_person(text: &str) -> bool {
    ResourceId::parse(text).is_some_and(|id| id.kind == "PEOPLE")
}

/// What people wrote may contain an address without being one.
fn is_address(name: &str, text: &str) -> bool {
    let name = name.to_lowercase();
    let is_of_people = name.ends_with("email") || name.ends_with("emails") || name == "attendees";
    is_of_people && text.contains('@')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn person(key: &str) -> String {
        webex::id::encode("us", "PEOPLE", key)
    }

    #[test]
    fn everybody_whom_an_event_names_is_found_and_nobody_in_what_people_wrote() {
        let [ann, ben, cid] = ["ann", "ben", "cid"].map(person);
        let room = webex::id::encode("us", "ROOM", "r");
        let data = json!({
            "id": room, "roomId": room, "personId": ann, "personEmail": "ann@a.org",
            "text": "write to eve@c.org", "mentionedPeople": [ben, room], "creatorId": cid,
            "host": {"id": cid, "email": "cid@a.org", "displayName": "Cid"},
            "attendees": [{"email": "dan@a.org"}, "fay@a.org", ben, 7],
            "recipients": {"userEmails": ["gus@a.org"]}, "hostEmail": "cid@a.org",
        });
        let mut found = Vec::new();
        people_in("data", &data, &mut found);
        found.sort_unstable();
        let mut expected: Vec<Named<'_>> = vec![
            (Some(&ann), Some("ann@a.org")),
            (Some(&ben), None),
            (Some(&ben), None),
            (Some(&cid), Some("cid@a.org")),
            // Whose address stands beside another person's id, is not known.
            (Some(&cid), None),
            (None, Some("cid@a.org")),
            (None, Some("dan@a.org")),
            (None, Some("fay@a.org")),
            (None, Some("gus@a.org")),
        ];
        expected.sort_unstable();
        assert_eq!(found, expected);
    }

    const KEYS: [&str; 3] = ["ann", "ben", "cid"];

    /// Ids and addresses of people, and other values, in fields of any name.
    fn data() -> impl Strategy<Value = Value> {
        let key = || proptest::sample::select(&KEYS[..]);
        let leaf = prop_oneof![
            key().prop_map(|key| json!(person(key))),
            key().prop_map(|key| json!({"email": format!("{key}@a.org")})),
            key().prop_map(|key| json!({"personId": person(key), "personEmail": "ann@a.org"})),
            Just(json!("words")),
            Just(json!(null)),
        ];
        let name = proptest::sample::select(&["id", "personId", "host", "attendees"][..]);
        leaf.prop_recursive(4, 24, 4, move |inner| {
            let fields = proptest::collection::btree_map(name.clone(), inner.clone(), 0..4);
            prop_oneof![
                proptest::collection::vec(inner, 0..4).prop_map(Value::from),
                fields.prop_map(|fields| json!(fields)),
            ]
        })
    }

    proptest! {
        #[test]
        fn nobody_is_overlooked_at_any_depth(data in data()) {
            let mut found = Vec::new();
            people_in("data", &data, &mut found);
            let text = data.to_string();
            for key in KEYS {
                let (id, email) = (person(key), format!("{key}@a.org"));
                let has_id = found.iter().any(|(one, _)| *one == Some(&id));
                let has_email = found.iter().any(|(_, one)| *one == Some(&email));
                prop_assert_eq!(has_id, text.contains(&id), "{} {:?}", text, found);
                prop_assert_eq!(has_email, text.contains(&email), "{} {:?}", text, found);
            }
        }
    }
}
