//! Things without names: an identifier is checked by its form before anything is sent.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;
use webex::id::{self, ResourceId};

use super::forms::{bare_uuid, linked_uuid};
use super::{Looking, slots};
use crate::error::{CallError, Code};
use crate::text::{USUAL_CLUSTER, whole_id};

/// What an argument identifies, and the type that such an id has inside.
const IDENTIFIERS: [(&str, Thing); 13] = [
    ("messageId", Thing::Message),
    ("parentId", Thing::Message),
    ("beforeMessage", Thing::Message),
    ("membershipId", Thing::Membership),
    ("webhookId", Thing::Webhook),
    ("teamMembershipId", Thing::TeamMembership),
    ("attachmentActionId", Thing::CardAnswer),
    ("eventId", Thing::Event),
    ("meetingInviteeId", Thing::Invitee),
    ("participantId", Thing::Participant),
    ("recordingId", Thing::Recording),
    ("transcriptId", Thing::Transcript),
    ("snippetId", Thing::Snippet),
];

/// The length of an id without a type inside: shorter ones are numbers of people's own.
const PLAIN_ID_BYTES: std::ops::RangeInclusive<usize> = 16..=256;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    Message,
    Membership,
    Webhook,
    TeamMembership,
    CardAnswer,
    Event,
    Invitee,
    Participant,
    Recording,
    Transcript,
    Snippet,
}

impl Thing {
    const fn words(self) -> &'static str {
        match self {
            Thing::Message => "a message",
            Thing::Membership => "a membership",
            Thing::Webhook => "a webhook",
            Thing::TeamMembership => "a team membership",
            Thing::CardAnswer => "an answer to a card",
            Thing::Event => "an event",
            Thing::Invitee => "a meeting invitee",
            Thing::Participant => "a meeting participant",
            Thing::Recording => "a recording",
            Thing::Transcript => "a transcript",
            Thing::Snippet => "a transcript snippet",
        }
    }

    /// The type inside such an id; `None` for the ids of meetings, which have another form.
    const fn id_kind(self) -> Option<&'static str> {
        match self {
            Thing::Message => Some("MESSAGE"),
            Thing::Membership => Some("MEMBERSHIP"),
            Thing::Webhook => Some("WEBHOOK"),
            Thing::TeamMembership => Some("TEAM_MEMBERSHIP"),
            Thing::CardAnswer => Some("ATTACHMENT_ACTION"),
            Thing::Event => Some("EVENT"),
            Thing::Invitee
            | Thing::Participant
            | Thing::Recording
            | Thing::Transcript
            | Thing::Snippet => None,
        }
    }

    const fn advice(self) -> &'static str {
        match self {
            Thing::Message => {
                "Pass the id as an answer has it, or the message's link; webex-get-message and webex-search-messages find it. Nothing was sent to Webex."
            }
            Thing::Membership => {
                "Pass the id as webex-get-membership gives it, or leave it out and name space and person. Nothing was sent to Webex."
            }
            Thing::Webhook => {
                "Pass the id as webex-get-webhook gives it. Nothing was sent to Webex."
            }
            Thing::TeamMembership => {
                "Pass the id as webex-get-team-membership gives it, or leave it out and name team and person. Nothing was sent to Webex."
            }
            Thing::CardAnswer => {
                "Pass the id as webex-submit-card or a webhook of attachmentActions gives it. Nothing was sent to Webex."
            }
            Thing::Event => "Pass the id as webex-get-event gives it. Nothing was sent to Webex.",
            Thing::Invitee => {
                "Pass the id as webex-get-meeting-invitee gives it, or leave it out and give meetingId and email. Nothing was sent to Webex."
            }
            Thing::Participant => {
                "Pass the id as webex-get-meeting-participant gives it. Nothing was sent to Webex."
            }
            Thing::Recording => {
                "Pass the id as webex-list-recordings gives it. Nothing was sent to Webex."
            }
            Thing::Transcript => {
                "Pass the id as webex-list-transcripts gives it. Nothing was sent to Webex."
            }
            Thing::Snippet => {
                "Pass the id as webex-get-transcript-snippet gives it. Nothing was sent to Webex."
            }
        }
    }

    /// The form of a value; `None` where it cannot identify such a thing.
    fn read(self, given: &str) -> Option<Form> {
        let Some(kind) = self.id_kind() else {
            // How the ids of participants go on is not documented.
            let is_other = self != Thing::Participant && is_part_of_series(given);
            return (is_plain_id(given) && !is_other).then_some(Form::Id);
        };
        if let Some(id) = ResourceId::parse(given) {
            return (id.kind == kind).then_some(Form::Id);
        }
        if self == Thing::Message {
            // The Webex apps give links only to messages.
            let linked = || linked_uuid(given, "message", "messages").map(Form::Linked);
            if let Some(form) = bare_uuid(given).map(Form::Bare).or_else(linked) {
                return Some(form);
            }
        }
        whole_id(kind, given).map(Form::Short)
    }
}

/// The ids of what belongs to meetings are letters, digits, `_` and `-`, with digits among them; an
/// id of something else may be written so too.
fn is_plain_id(given: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    PLAIN_ID_BYTES.contains(&given.len())
        && given.bytes().all(is_plain)
        && given.bytes().any(|byte| byte.is_ascii_digit())
        && !id::is_id(given)
}

/// Whether it is the id of an occurrence or an instance. That of a series could be any id.
fn is_part_of_series(given: &str) -> bool {
    let Some((_, part)) = given.split_once('_').filter(|_| id::is_meeting_id(given)) else {
        return false;
    };
    let instance = part.strip_prefix("I_");
    let is_instance = instance.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    is_instance || part.parse::<Timestamp>().is_ok()
}

enum Form {
    Id,
    /// As answers show it; this is the whole one.
    Short(String),
    /// As answers show it, or copied from elsewhere.
    Bare(Uuid),
    /// In a link, which does not tell the cluster.
    Linked(Uuid),
}

/// How many identifiers do not have Webex's own form yet.
pub(super) fn count(arguments: &Map<String, Value>) -> usize {
    let given = IDENTIFIERS
        .iter()
        .filter_map(|(argument, thing)| Some((thing, arguments.get(*argument)?.as_str()?)));
    let short = given.filter(|(thing, value)| thing.id_kind().is_some() && !id::is_id(value));
    let filters = FILTERS.iter().filter(|(argument, whole)| {
        let given = arguments.get(*argument).and_then(Value::as_str);
        given.and_then(whole).is_some()
    });
    short.count() + filters.count()
}

/// Refuses a value that cannot be what its argument asks for, without asking Webex.
///
/// # Errors
/// `invalid_arguments`, naming the argument.
pub(in crate::call) fn check(arguments: &Map<String, Value>) -> Result<(), CallError> {
    let text = |argument: &str| Some(arguments.get(argument)?.as_str()?.trim());
    for slot in slots::slots(arguments) {
        if slot
            .read(arguments)
            .is_some_and(|text| text.trim().is_empty())
        {
            return Err(CallError::invalid(
                &slot.path,
                "it is empty; give an id, a link or a name",
            ));
        }
    }
    for (argument, thing) in IDENTIFIERS {
        if text(argument).is_some_and(|given| thing.read(given).is_none()) {
            return Err(not_one(argument, thing));
        }
    }
    Ok(())
}

fn not_one(argument: &str, thing: Thing) -> CallError {
    CallError::new(
        Code::InvalidArguments,
        format!("`{argument}`: this is not the id of {}.", thing.words()),
        thing.advice(),
    )
}

impl Looking<'_> {
    /// Replaces short ids, and links to messages, by whole ids. The space is one by now.
    pub(super) async fn identify(
        &self,
        arguments: &mut Map<String, Value>,
        settled: &mut BTreeMap<Cow<'static, str>, String>,
    ) -> Result<(), CallError> {
        for (argument, thing) in IDENTIFIERS {
            let Some(given) = arguments.get(argument).and_then(Value::as_str) else {
                continue;
            };
            let id = match (settled.get(argument), thing.read(given.trim())) {
                (Some(id), _) => id.clone(),
                (None, Some(Form::Id)) => given.trim().to_owned(),
                (None, Some(Form::Short(id))) => id,
                (None, Some(Form::Bare(uuid))) => {
                    let cluster = cluster_of_space(arguments);
                    let cluster = cluster.unwrap_or_else(|| USUAL_CLUSTER.to_owned());
                    id::encode(&cluster, thing.id_kind().unwrap_or_default(), uuid)
                }
                (None, Some(Form::Linked(uuid))) => {
                    let cluster = match cluster_of_space(arguments) {
                        Some(cluster) => cluster,
                        None => self.own_cluster().await?,
                    };
                    id::encode(&cluster, thing.id_kind().unwrap_or_default(), uuid)
                }
                (None, None) => return Err(not_one(argument, thing)),
            };
            if id != given {
                settled.insert(Cow::Borrowed(argument), id.clone());
                arguments.insert(argument.to_owned(), id.into());
            }
        }
        for (argument, whole) in FILTERS {
            let given = arguments.get(argument).and_then(Value::as_str);
            if let Some(whole) = given.and_then(whole) {
                arguments.insert(argument.to_owned(), whole.into());
            }
        }
        Ok(())
    }
}

/// Arguments that Webex takes as they are, apart from the short ids in them.
type WholeFilter = fn(&str) -> Option<String>;
const FILTERS: [(&str, WholeFilter); 2] = [
    ("mentionedPeople", |person| {
        whole_id("PEOPLE", person.trim())
    }),
    ("filter", whole_filter),
];

/// What the names in a webhook's filter identify.
const FILTERED: [(&str, &str); 4] = [
    ("roomId", "ROOM"),
    ("personId", "PEOPLE"),
    ("messageId", "MESSAGE"),
    ("mentionedPeople", "PEOPLE"),
];

/// Such as `roomId=us/…&hasFiles=true`; `None` where there is nothing to replace.
fn whole_filter(filter: &str) -> Option<String> {
    let whole = |part: &str| {
        let (name, value) = part.split_once('=')?;
        let (_, kind) = FILTERED.iter().find(|(known, _)| *known == name)?;
        Some(format!("{name}={}", whole_id(kind, value)?))
    };
    let parts = filter.split('&');
    let parts: Vec<_> = parts.map(|part| whole(part).ok_or(part)).collect();
    parts.iter().any(Result::is_ok).then(|| {
        let parts = parts.into_iter();
        let parts: Vec<_> = parts
            .map(|part| part.unwrap_or_else(str::to_owned))
            .collect();
        parts.join("&")
    })
}

/// A message is where its space is.
fn cluster_of_space(arguments: &Map<String, Value>) -> Option<String> {
    let room_id = arguments.get("roomId").and_then(Value::as_str);
    room_id.and_then(ResourceId::parse).map(|id| id.cluster)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_id_argument_is_a_reference_or_known_by_its_form() {
        /// Ids that the server made itself, or whose form Webex does not document.
        const OTHERS: [&str; 7] = [
            "uploadId",
            "artifactId",
            "classificationId",
            "orgId",
            "planId",
            "workId",
            "scheduleId",
        ];
        let servers = crate::servers::all();
        for tool in servers.iter().flat_map(|server| &server.tools) {
            for name in tool.input_schema["properties"].as_object().unwrap().keys() {
                let is_known = slots::is_known(name)
                    || IDENTIFIERS.iter().any(|(known, _)| known == name)
                    || OTHERS.contains(&name.as_str());
                assert!(
                    !name.ends_with("Id") || is_known,
                    "{}: {name}",
                    tool.entry.name
                );
            }
        }
    }

    #[test]
    fn the_short_ids_of_a_filter_are_made_whole() {
        let uuid = "6d2f1a3e-0b5c-4d7e-8f90-123456789abc";
        let room = id::encode("urn:TEAM:eu", "ROOM", uuid);
        let message = id::encode("us", "MESSAGE", uuid);
        for (filter, expected) in [
            (
                format!("roomId=urn:TEAM:eu/{uuid}&hasFiles=true"),
                Some(format!("roomId={room}&hasFiles=true")),
            ),
            (
                format!("messageId={uuid}"),
                Some(format!("messageId={message}")),
            ),
            (format!("roomId={room}"), None),
            (format!("roomType={uuid}"), None),
            (format!("roomId=us/{uuid}x"), None),
        ] {
            assert_eq!(whole_filter(&filter), expected, "{filter}");
        }
    }

    #[test]
    fn a_bare_uuid_of_a_message_is_in_the_cluster_of_its_space() {
        let uuid = uuid::Uuid::nil();
        let there =
            |room: String| cluster_of_space(&Map::from_iter([("roomId".into(), room.into())]));
        let elsewhere = id::encode("urn:TEAM:eu", "ROOM", uuid);
        assert_eq!(there(elsewhere).as_deref(), Some("urn:TEAM:eu"));
        assert_eq!(there("Engineering".into()), None);
        assert_eq!(cluster_of_space(&Map::new()), None);
    }

    #[test]
    fn what_is_no_such_id_is_refused_by_name() {
        let uuid = "6d2f1a3e-0b5c-4d7e-8f90-123456789abc";
        let id = |kind: &str| id::encode("us", kind, uuid);
        for (argument, value, is_right) in [
            ("messageId", id("MESSAGE"), true),
            ("messageId", format!(" {} ", id("MESSAGE")), true),
            ("messageId", uuid.to_owned(), true),
            (
                "messageId",
                format!("webexteams://im?space={uuid}&message={uuid}"),
                true,
            ),
            ("parentId", id("MESSAGE"), true),
            ("membershipId", id("MEMBERSHIP"), true),
            ("webhookId", id("WEBHOOK"), true),
            ("messageId", id("ROOM"), false),
            ("messageId", String::new(), false),
            ("messageId", "the last one".into(), false),
            ("messageId", format!("webexteams://im?space={uuid}"), false),
            ("messageId", uuid.replace('-', ""), false),
            ("messageId", "../people/me".into(), false),
            ("parentId", "5".into(), false),
            ("beforeMessage", "null".into(), false),
            ("membershipId", uuid.to_owned(), true),
            ("membershipId", id("PEOPLE"), false),
            ("membershipId", format!("{uuid}:{uuid}"), true),
            ("membershipId", format!("urn:TEAM:eu/{uuid}:{uuid}"), true),
            ("teamMembershipId", format!("{uuid}:{uuid}"), true),
            ("messageId", format!("urn:TEAM:eu/{uuid}"), true),
            ("webhookId", uuid.to_owned(), true),
            ("eventId", uuid.to_owned(), true),
            ("attachmentActionId", uuid.to_owned(), true),
            ("messageId", format!("us/{uuid}"), false),
            ("webhookId", "Build Hook".into(), false),
            ("roomId", " ".into(), false),
            ("roomId", "Engineering".into(), true),
            ("personId", String::new(), false),
            ("eventId", id("EVENT"), true),
            ("eventId", id("MESSAGE"), false),
            ("recordingId", uuid.replace('-', ""), true),
            ("recordingId", "last week's".into(), false),
            ("recordingId", "2512".into(), false),
            ("transcriptId", "../recordings".into(), false),
            (
                "transcriptId",
                format!("{}_20260105093000", uuid.replace('-', "")),
                true,
            ),
            (
                "transcriptId",
                format!("{}_20260105T093000Z", uuid.replace('-', "")),
                false,
            ),
            (
                "recordingId",
                format!("{}_I_2", uuid.replace('-', "")),
                false,
            ),
            ("meetingInviteeId", id("PEOPLE"), false),
            ("participantId", id("PEOPLE"), false),
            (
                "participantId",
                format!("{}_I_2", uuid.replace('-', "")),
                true,
            ),
        ] {
            let arguments = Map::from_iter([(argument.to_owned(), json!(value))]);
            match check(&arguments) {
                Ok(()) => assert!(is_right, "{argument}: {value}"),
                Err(error) => {
                    assert!(!is_right, "{argument}: {value}");
                    assert_eq!(error.code, Code::InvalidArguments);
                    assert!(error.message.starts_with(&format!("`{argument}`")));
                    assert!(value.trim().len() < 2 || !error.message.contains(value.trim()));
                }
            }
        }
    }
}
