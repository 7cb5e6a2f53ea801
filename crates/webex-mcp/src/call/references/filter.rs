//! A webhook's filter: Webex takes any value in it, and one that can never match would only make a
//! webhook that stays silent. So each value is checked by its form, and made what Webex compares.

use std::borrow::Cow;

use serde_json::{Map, Value};
use webex::webhooks::rules;

use super::Looking;
use super::identifiers::Thing;
use super::names::Kind;
use crate::error::CallError;
use crate::text;

/// The argument that holds a filter, such as `roomId=…&hasFiles=true`, and the one that says of what.
const FILTER: &str = "filter";
const RESOURCE: &str = "resource";

/// What Webex compares with the value behind a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// An id, for which a name may stand.
    Reference(Kind),
    Identifier(Thing),
    Address,
    OneOf(&'static [&'static str]),
    /// Nothing tells a right value from a wrong one.
    Text,
}

const FLAG: Form = Form::OneOf(&["true", "false"]);
const ROOM_TYPE: Form = Form::OneOf(&["direct", "group"]);
const MEETING_TYPE: Form = Form::OneOf(&["meetingSeries", "scheduledMeeting", "meeting"]);

const FORMS: [(&str, Form); 21] = [
    ("roomId", Form::Reference(Kind::Space)),
    ("personId", Form::Reference(Kind::Person)),
    ("hostUserId", Form::Reference(Kind::Person)),
    ("hostPersonId", Form::Reference(Kind::Person)),
    ("meetingId", Form::Reference(Kind::Meeting)),
    ("scheduledMeetingId", Form::Reference(Kind::Meeting)),
    ("meetingSeriesId", Form::Reference(Kind::Meeting)),
    ("messageId", Form::Identifier(Thing::Message)),
    ("recordingId", Form::Identifier(Thing::Recording)),
    ("meetingNumber", Form::Identifier(Thing::MeetingNumber)),
    ("orgId", Form::Identifier(Thing::Organization)),
    ("personEmail", Form::Address),
    ("hostEmail", Form::Address),
    ("ownerEmail", Form::Address),
    ("hasFiles", FLAG),
    ("hasAttachments", FLAG),
    ("isModerator", FLAG),
    ("isLocked", FLAG),
    ("roomType", ROOM_TYPE),
    ("mentionedPeople", Form::OneOf(&["me"])),
    ("meetingType", MEETING_TYPE),
];

/// Names that mean something else on each resource.
const FORMS_ON: [(&str, &str, Form); 7] = [
    ("rooms", "type", ROOM_TYPE),
    ("meetings", "id", Form::Reference(Kind::Meeting)),
    (
        "meetings",
        "state",
        Form::OneOf(&[
            "active",
            "scheduled",
            "ready",
            "lobby",
            "inProgress",
            "ended",
            "missed",
            "expired",
        ]),
    ),
    (
        "meetingParticipants",
        "id",
        Form::Identifier(Thing::Participant),
    ),
    (
        "meetingParticipants",
        "state",
        Form::OneOf(&["lobby", "joined", "breakoutSession", "end"]),
    ),
    ("recordings", "id", Form::Identifier(Thing::Recording)),
    (
        "meetingTranscripts",
        "id",
        Form::Identifier(Thing::Transcript),
    ),
];

impl Form {
    fn of(resource: &str, name: &str) -> Self {
        let mut own = FORMS_ON.iter().filter(|(on, ..)| *on == resource);
        let own = own.find(|(_, known, _)| *known == name).map(|it| it.2);
        let known = || FORMS.iter().find(|(known, _)| *known == name);
        own.or_else(|| known().map(|it| it.1)).unwrap_or(Form::Text)
    }

    /// Whether there can be such a value. What a reference names is looked up later.
    fn has(self, value: &str) -> bool {
        match self {
            Form::Reference(_) | Form::Text => true,
            Form::Identifier(thing) => thing.read(value).is_some(),
            Form::Address => text::is_address(value),
            Form::OneOf(words) => word(words, value).is_some(),
        }
    }

    /// What a value has to be.
    fn right(self) -> String {
        match self {
            Form::Identifier(thing) => thing.words().to_owned(),
            Form::Address => "an e-mail address".to_owned(),
            Form::OneOf(words) => words.join(" or "),
            Form::Reference(_) | Form::Text => "a value".to_owned(),
        }
    }
}

/// The word as Webex writes it.
fn word(words: &'static [&'static str], value: &str) -> Option<&'static str> {
    let mut words = words.iter().copied();
    words.find(|word| word.eq_ignore_ascii_case(value))
}

/// One condition of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Condition<'a> {
    pub name: &'a str,
    pub value: &'a str,
    pub form: Form,
}

/// The conditions of the filter in the arguments; those without a value are not among them.
pub(super) fn conditions(arguments: &Map<String, Value>) -> impl Iterator<Item = Condition<'_>> {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    let resource = text(RESOURCE).unwrap_or_default();
    let filter = text(FILTER).unwrap_or_default();
    let parts = filter.split('&').filter_map(|part| part.split_once('='));
    parts.map(move |(name, value)| Condition {
        name: name.trim(),
        value: value.trim(),
        form: Form::of(resource, name.trim()),
    })
}

/// # Errors
/// `invalid_arguments` for what Webex refuses, a name that stands twice, and a value that can never
/// match.
pub(super) fn check(arguments: &Map<String, Value>) -> Result<(), CallError> {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    let (Some(filter), Some(on), Some(event)) = (text(FILTER), text(RESOURCE), text("event"))
    else {
        return Ok(());
    };
    rules::validate(&on.into(), &event.into(), Some(&spaceless(filter)))?;
    let mut names = Vec::new();
    for Condition { name, value, form } in conditions(arguments) {
        if names.contains(&name) {
            let twice = format!("it has {name} twice, and only one value can match");
            return Err(CallError::invalid(FILTER, twice)
                .advise("Create a webhook for each value. Nothing was sent to Webex."));
        }
        names.push(name);
        if !form.has(value) {
            let right = format!("its {name} has to be {}", form.right());
            return Err(CallError::invalid(FILTER, right));
        }
    }
    Ok(())
}

impl Looking<'_> {
    /// Writes the conditions as Webex compares them, once the references among them are ids.
    ///
    /// # Errors
    /// The errors of looking up the caller's own id.
    pub(super) async fn settle_filter(
        &self,
        arguments: &mut Map<String, Value>,
    ) -> Result<(), CallError> {
        let mut parts = Vec::new();
        for Condition { name, value, form } in conditions(arguments) {
            let value = match form {
                Form::Identifier(thing) => match thing.read(value) {
                    Some(given) => self.whole(thing, given, None).await?.into(),
                    None => Cow::Borrowed(value),
                },
                Form::OneOf(words) => word(words, value).unwrap_or(value).into(),
                Form::Reference(_) | Form::Address | Form::Text => value.into(),
            };
            parts.push(format!("{name}={value}"));
        }
        if !parts.is_empty() {
            arguments.insert(FILTER.to_owned(), parts.join("&").into());
        }
        Ok(())
    }
}

/// Replaces the value of one condition.
pub(super) fn write(arguments: &mut Map<String, Value>, at: usize, id: &str) {
    let parts = conditions(arguments).enumerate().map(|(place, one)| {
        let value = if place == at { id } else { one.value };
        format!("{}={value}", one.name)
    });
    let filter = parts.collect::<Vec<_>>().join("&");
    arguments.insert(FILTER.to_owned(), filter.into());
}

/// Blanks around names and values are nobody's intention.
fn spaceless(filter: &str) -> String {
    let parts = filter.split('&').map(|part| match part.split_once('=') {
        Some((name, value)) => format!("{}={}", name.trim(), value.trim()),
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn given(resource: &str, filter: &str) -> Map<String, Value> {
        let event = if resource == "meetingParticipants" {
            "joined"
        } else {
            "created"
        };
        let arguments = json!({"resource": resource, "event": event, "filter": filter});
        arguments.as_object().unwrap().clone()
    }

    #[test]
    fn what_can_never_match_is_refused_by_name() {
        for (resource, filter, named) in [
            (
                "messages",
                "hasFiles=maybe",
                "hasFiles has to be true or false",
            ),
            (
                "messages",
                "roomType=x",
                "roomType has to be direct or group",
            ),
            (
                "messages",
                "personEmail=nobody",
                "personEmail has to be an e-mail address",
            ),
            (
                "messages",
                "mentionedPeople=zzz",
                "mentionedPeople has to be me",
            ),
            ("messages", "roomId=a&roomId=b", "it has roomId twice"),
            ("messages", "hasFiles=true&type=group", "each name in it"),
            ("messages", "roomId", "each name needs a value"),
            (
                "attachmentActions",
                "messageId=nonsense",
                "messageId has to be the id of a message",
            ),
            ("memberships", "isModerator=1", "isModerator has to be"),
            ("rooms", "type=Team", "type has to be direct or group"),
            (
                "meetings",
                "meetingNumber=abc",
                "meetingNumber has to be the number",
            ),
            ("meetings", "state=over", "state has to be active or"),
            (
                "meetingParticipants",
                "state=active",
                "state has to be lobby or",
            ),
            (
                "recordings",
                "id=last week's",
                "id has to be the id of a recording",
            ),
        ] {
            let error = check(&given(resource, filter)).unwrap_err();
            assert!(error.message.starts_with("`filter`: "), "{}", error.message);
            assert!(error.message.contains(named), "{filter}: {}", error.message);
        }
        for (resource, filter) in [
            ("messages", " roomId = Project Unicorn & hasFiles=TRUE"),
            ("messages", "mentionedPeople=Me&roomType=Group"),
            (
                "meetings",
                "meetingNumber=255 000 0000&siteUrl=example.webex.com",
            ),
            ("serviceApp", "friendlyName=x"),
        ] {
            let mut given = given(resource, filter);
            if resource == "serviceApp" {
                given.insert("event".to_owned(), "authorized".into());
            }
            check(&given).unwrap();
        }
    }

    #[test]
    fn one_value_is_replaced_and_the_others_stay() {
        let mut arguments = given("messages", " roomId = Project Unicorn &hasFiles=true");
        let names: Vec<_> = conditions(&arguments).map(|one| one.form).collect();
        assert_eq!(names, [Form::Reference(Kind::Space), FLAG]);
        write(&mut arguments, 0, "R");
        assert_eq!(arguments["filter"], "roomId=R&hasFiles=true");
    }
}
