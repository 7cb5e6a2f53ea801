//! Things without names: an identifier is checked by its form before anything is sent.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;
use webex::id::{self, ResourceId};

use super::Looking;
use super::forms::{addressed, bare_uuid, linked_uuid, with_small_digits};
use super::meetings::{link, number};
use crate::error::{CallError, Code};
use crate::text::{USUAL_CLUSTER, whole_id};

/// What an argument identifies, and the type that such an id has inside.
const IDENTIFIERS: [(&str, Thing); 19] = [
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
    ("meetingNumber", Thing::MeetingNumber),
    ("webLink", Thing::MeetingLink),
    ("mentionedPeople", Thing::Mentioned),
    ("classificationId", Thing::Classification),
    ("orgId", Thing::Organization),
    ("artifactId", Thing::Artifact),
];

/// Lists of the same.
const LISTS: [(&str, Thing); 1] = [("participantIds", Thing::Participant)];

/// The length of an id without a type inside: shorter ones are numbers of people's own.
const PLAIN_ID_BYTES: std::ops::RangeInclusive<usize> = 16..=256;

/// How Webex calls whoever asks.
const ME: &str = "me";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thing {
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
    MeetingNumber,
    MeetingLink,
    /// Webex lists mentions of nobody but the caller.
    Mentioned,
    Classification,
    Organization,
    /// Its id is ours.
    Artifact,
}

impl Thing {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Thing::Message => "the id of a message",
            Thing::Membership => "the id of a membership",
            Thing::Webhook => "the id of a webhook",
            Thing::TeamMembership => "the id of a team membership",
            Thing::CardAnswer => "the id of an answer to a card",
            Thing::Event => "the id of an event",
            Thing::Invitee => "the id of a meeting invitee",
            Thing::Participant => "the id of a meeting participant",
            Thing::Recording => "the id of a recording",
            Thing::Transcript => "the id of a transcript",
            Thing::Snippet => "the id of a transcript snippet",
            Thing::MeetingNumber => "the number of a meeting",
            Thing::MeetingLink => "the link of a meeting",
            Thing::Mentioned => "`me` or your own id",
            Thing::Classification => "the id of a classification",
            Thing::Organization => "the id of an organization",
            Thing::Artifact => "the id of a file that was made",
        }
    }

    /// The type inside such an id; `None` where it has another form.
    const fn id_kind(self) -> Option<&'static str> {
        match self {
            Thing::Message => Some("MESSAGE"),
            Thing::Membership => Some("MEMBERSHIP"),
            Thing::Webhook => Some("WEBHOOK"),
            Thing::TeamMembership => Some("TEAM_MEMBERSHIP"),
            Thing::CardAnswer => Some("ATTACHMENT_ACTION"),
            Thing::Event => Some("EVENT"),
            Thing::Mentioned => Some("PEOPLE"),
            _ => None,
        }
    }

    /// What our own addresses call such things.
    const fn folder(self) -> Option<&'static str> {
        match self {
            Thing::Message => Some("messages"),
            Thing::Recording => Some("recordings"),
            Thing::Transcript => Some("transcripts"),
            Thing::Artifact => Some("artifacts"),
            _ => None,
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
            Thing::MeetingNumber => {
                "Pass its 9 to 12 digits, as an invitation has them. Nothing was sent to Webex."
            }
            Thing::MeetingLink => {
                "Pass the whole link, such as https://example.webex.com/example/j.php?MTID=…. Nothing was sent to Webex."
            }
            Thing::Mentioned => {
                "Webex finds only your own mentions: pass me. Nothing was sent to Webex."
            }
            Thing::Classification | Thing::Organization => {
                "Pass the id as Webex has it, or leave it out. Nothing was sent to Webex."
            }
            Thing::Artifact => "Pass the artifactId in the answer of the tool that made it.",
        }
    }

    /// The form of a value; `None` where it cannot identify such a thing.
    pub(super) fn read(self, given: &str) -> Option<Form> {
        let given = given.trim();
        let addressed = self.folder().and_then(|folder| addressed(given, folder));
        let given = addressed.as_deref().unwrap_or(given);
        match self {
            Thing::MeetingNumber => return number(given).map(Form::Id),
            Thing::MeetingLink => return link(given).map(Form::Id),
            Thing::Artifact => return Some(Form::Id(given.to_owned())),
            Thing::Mentioned if given.eq_ignore_ascii_case(ME) => return Some(Form::Id(ME.into())),
            Thing::Classification | Thing::Organization => {
                let is_plain = || is_plain_id(given).then(|| given.to_owned());
                return ResourceId::parse(given)
                    .map(|id| id.encode())
                    .or_else(is_plain)
                    .map(Form::Id);
            }
            _ => {}
        }
        let Some(kind) = self.id_kind() else {
            // How the ids of participants go on is not documented.
            let is_other = self != Thing::Participant && is_part_of_series(given);
            let is_one = is_plain_id(given) && !is_other;
            return is_one.then(|| Form::Id(with_small_digits(given)));
        };
        // Nearly every id is written as Webex writes it.
        if let Some(is_one) = id::read_exactly(given, |_, found, _| Some(found == kind)) {
            return is_one.then(|| Form::Id(given.to_owned()));
        }
        if let Some(id) = ResourceId::parse(given) {
            return (id.kind == kind).then(|| Form::Id(id.encode()));
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

pub(super) enum Form {
    /// As Webex has it.
    Id(String),
    /// As answers show it; this is the whole one.
    Short(String),
    /// As answers show it, or copied from elsewhere.
    Bare(Uuid),
    /// In a link, which does not tell the cluster.
    Linked(Uuid),
}

/// One place of an identifier.
struct Place {
    /// As errors name it, such as `messageId` or `participantIds[2]`.
    path: Cow<'static, str>,
    argument: &'static str,
    /// In a list.
    index: Option<usize>,
    thing: Thing,
}

impl Place {
    fn read<'a>(&self, arguments: &'a Map<String, Value>) -> Option<&'a str> {
        let value = arguments.get(self.argument)?;
        let value = self.index.map_or(Some(value), |index| value.get(index));
        value?.as_str()
    }

    fn write(&self, arguments: &mut Map<String, Value>, id: String) {
        let value = arguments.get_mut(self.argument);
        let value = match self.index {
            Some(index) => value.and_then(|list| list.get_mut(index)),
            None => value,
        };
        if let Some(value) = value {
            *value = id.into();
        }
    }
}

/// Every place where an identifier may stand.
fn places(arguments: &Map<String, Value>) -> impl Iterator<Item = Place> {
    let alone = IDENTIFIERS.into_iter().map(|(argument, thing)| Place {
        path: argument.into(),
        argument,
        index: None,
        thing,
    });
    let lists = LISTS.into_iter().flat_map(|(argument, thing)| {
        let list = arguments.get(argument).and_then(Value::as_array);
        (0..list.map_or(0, Vec::len)).map(move |index| Place {
            path: format!("{argument}[{index}]").into(),
            argument,
            index: Some(index),
            thing,
        })
    });
    alone.chain(lists)
}

/// How many identifiers do not have Webex's own form yet.
pub(super) fn count(arguments: &Map<String, Value>) -> usize {
    let is_other = |place: &Place| {
        let given = place.read(arguments);
        given.is_some_and(|given| match place.thing.read(given) {
            Some(Form::Id(id)) => id != *given,
            _ => true,
        })
    };
    places(arguments).filter(is_other).count()
}

/// Refuses a value that cannot be what its argument asks for, without asking Webex.
///
/// # Errors
/// `invalid_arguments`, naming the argument.
pub(super) fn check(arguments: &Map<String, Value>) -> Result<(), CallError> {
    for place in places(arguments) {
        let given = place.read(arguments);
        if given.is_some_and(|given| place.thing.read(given).is_none()) {
            return Err(not_one(&place.path, place.thing));
        }
    }
    Ok(())
}

fn not_one(argument: &str, thing: Thing) -> CallError {
    CallError::new(
        Code::InvalidArguments,
        format!("`{argument}`: this is not {}.", thing.words()),
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
        let cluster = cluster_of_space(arguments);
        for place in places(arguments).collect::<Vec<_>>() {
            let (path, thing) = (&place.path, place.thing);
            let Some(given) = place.read(arguments) else {
                continue;
            };
            let id = match (settled.get(path), thing.read(given)) {
                (Some(id), _) => id.clone(),
                (None, Some(form)) => self.whole(thing, form, cluster.as_deref()).await?,
                (None, None) => return Err(not_one(path, thing)),
            };
            if id != given {
                settled.insert(path.clone(), id.clone());
                place.write(arguments, id);
            }
        }
        Ok(())
    }

    /// The id as Webex has it. `cluster` is where the thing is, if the call tells that.
    pub(super) async fn whole(
        &self,
        thing: Thing,
        form: Form,
        cluster: Option<&str>,
    ) -> Result<String, CallError> {
        let (uuid, cluster) = match (form, cluster) {
            (Form::Id(id) | Form::Short(id), _) => return Ok(id),
            (Form::Bare(uuid) | Form::Linked(uuid), Some(cluster)) => (uuid, cluster.to_owned()),
            (Form::Bare(uuid), None) => (uuid, USUAL_CLUSTER.to_owned()),
            (Form::Linked(uuid), None) => (uuid, self.own_cluster().await?),
        };
        Ok(id::encode(
            &cluster,
            thing.id_kind().unwrap_or_default(),
            uuid,
        ))
    }
}

/// A message is where its space is.
fn cluster_of_space(arguments: &Map<String, Value>) -> Option<String> {
    let room_id = arguments.get("roomId").and_then(Value::as_str);
    room_id.and_then(ResourceId::parse).map(|id| id.cluster)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{check, slots};
    use super::*;

    #[test]
    fn every_id_argument_is_a_reference_or_known_by_its_form() {
        /// Ids that the server made itself.
        const OTHERS: [&str; 4] = ["uploadId", "planId", "workId", "scheduleId"];
        let servers = crate::servers::all();
        for tool in servers.iter().flat_map(|server| &server.tools) {
            for name in tool.input_schema["properties"].as_object().unwrap().keys() {
                let is_known = slots::is_known(name)
                    || IDENTIFIERS.iter().any(|(known, _)| known == name)
                    || LISTS.iter().any(|(known, _)| known == name)
                    || OTHERS.contains(&name.as_str());
                let is_id = name.ends_with("Id") || name.ends_with("Ids");
                assert!(!is_id || is_known, "{}: {name}", tool.entry.name);
            }
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
    fn an_id_is_read_in_every_way_of_writing_it() {
        let uuid = "6d2f1a3e-0b5c-4d7e-8f90-123456789abc";
        let id = |kind: &str| id::encode("us", kind, uuid);
        let hex = uuid.replace('-', "");
        for (thing, given, whole) in [
            (Thing::Webhook, format!("{}=", id("WEBHOOK")), id("WEBHOOK")),
            (Thing::Event, format!(" {}\n", id("EVENT")), id("EVENT")),
            (Thing::Membership, uuid.to_uppercase(), id("MEMBERSHIP")),
            (
                Thing::Recording,
                format!(" {} ", hex.to_uppercase()),
                hex.clone(),
            ),
            (
                Thing::Transcript,
                format!("{}_20260105T093000", hex.to_uppercase()),
                format!("{hex}_20260105T093000"),
            ),
            (
                Thing::Participant,
                format!(" {}_I_2", hex.to_uppercase()),
                format!("{hex}_I_2"),
            ),
            (
                Thing::Recording,
                format!("webex://recordings/{hex}"),
                hex.clone(),
            ),
            (
                Thing::Artifact,
                "webex://artifacts/a-1".into(),
                "a-1".into(),
            ),
            (
                Thing::MeetingNumber,
                " 255 000 0000 ".into(),
                "2550000000".into(),
            ),
            (Thing::Mentioned, "ME".into(), "me".into()),
        ] {
            let read = thing.read(&given);
            let Some(Form::Id(read) | Form::Short(read)) = read else {
                panic!("{given}");
            };
            assert_eq!(read, whole, "{given}");
        }
    }

    #[test]
    fn each_id_of_a_list_is_looked_at() {
        let hex = "6d2f1a3e0b5c4d7e8f90123456789abc";
        let of = |ids: Value| Map::from_iter([("participantIds".to_owned(), ids)]);
        let other = format!("{}_I_2", hex.to_uppercase());
        let ids = of(json!([hex, other]));
        assert!(check(&ids).is_ok());
        assert_eq!(count(&ids), 1);
        let error = check(&of(json!([hex, "Alice Johnson"]))).unwrap_err();
        assert!(
            error.message.starts_with("`participantIds[1]`"),
            "{error:?}"
        );
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
            ("messageId", format!("us/{uuid}"), true),
            ("parentId", format!("US/{uuid}"), true),
            ("webhookId", format!("us/{uuid}"), true),
            ("eventId", format!("us/{}", uuid.to_uppercase()), true),
            ("membershipId", format!("us/{uuid}:{uuid}"), true),
            ("messageId", format!("MESSAGE/{uuid}"), false),
            ("messageId", format!("eu/{uuid}"), false),
            ("webhookId", format!("WEBHOOK/{uuid}"), false),
            ("messageId", format!("webex://messages/us%2F{uuid}"), true),
            ("messageId", format!("webex://spaces/{uuid}"), false),
            ("meetingNumber", "255-000-0000".into(), true),
            ("meetingNumber", "abc".into(), false),
            ("meetingNumber", "12".into(), false),
            (
                "webLink",
                "example.webex.com/example/j.php?MTID=m7c".into(),
                true,
            ),
            ("webLink", "what".into(), false),
            ("mentionedPeople", "Me".into(), true),
            ("mentionedPeople", id("PEOPLE"), true),
            ("mentionedPeople", "zzz".into(), false),
            ("mentionedPeople", id("ROOM"), false),
            ("classificationId", "../x".into(), false),
            ("classificationId", id("CLASSIFICATION"), true),
            ("orgId", "../x".into(), false),
            ("orgId", uuid.to_owned(), true),
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
