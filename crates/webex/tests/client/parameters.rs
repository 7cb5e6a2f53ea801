//! Every parameter and every field of a body that Cisco's OpenAPI document has, one after the other:
//! the client puts it where the document says. What nests in a body, `tests/contract.rs` compares.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use webex::meetings::{host, registration::SeriesPart};
use webex::messages::{CreateMessage, Destination};
use webex::operations::ALL;
use webex::participants::{JoinTime, MeetingStart, QueryParticipants};
use webex::recordings::admin::GroupHost;
use webex::recordings::bin::{Binned, FromBin, IntoBin};
use webex::recordings::{GetRecording, ListRecordings};
use webex::transcripts::TranscriptFormat;
use webex::{Client, Operation, WebexError};

use crate::upstream::{Asked, Upstream, json as answer};

const FACTS: &str = include_str!("../../facts/webex.json");
const TIME: &str = "2026-01-05T09:00:00.000Z";

/// What the document has and the client does not send, and why.
const NOT_SENT: &[(&str, &str, &str)] = &[(
    "teams.get",
    "description",
    "a mistake: there is nothing to describe in a GET",
)];

/// What the client asks for besides, before it sends the field that is looked at.
fn companions(operation: &str, field: &str) -> Value {
    match (operation, field) {
        ("messages.list_direct", "personEmail") => json!({}),
        ("messages.list_direct", _) => json!({"personId": "p"}),
        ("meeting_controls.update", "meetingId") => json!({"locked": true}),
        ("messages.edit", _) => json!({"roomId": "r", "text": "t"}),
        ("messages.create", "toPersonId" | "toPersonEmail") => json!({"text": "t"}),
        ("messages.create", "text" | "markdown" | "files" | "attachments") => {
            json!({"roomId": "r"})
        }
        ("messages.create", _) => json!({"roomId": "r", "text": "t"}),
        ("rooms.create", _) => json!({"title": "t", "description": "d"}),
        ("rooms.update", _) => json!({"title": "t", "description": "d"}),
        ("memberships.create", "personId" | "personEmail") => json!({"roomId": "r"}),
        ("memberships.create", _) => json!({"roomId": "r", "personId": "p"}),
        ("memberships.list", "personId" | "personEmail") => json!({"roomId": "r"}),
        ("memberships.update", _) => json!({"isModerator": true, "isRoomHidden": true}),
        ("team_memberships.create", "personId" | "personEmail") => json!({"teamId": "t"}),
        ("team_memberships.create", _) => json!({"teamId": "t", "personId": "p"}),
        ("team_memberships.update", _) => json!({"isModerator": true}),
        ("teams.create" | "teams.update", _) => json!({"name": "n"}),
        ("people.create", _) => json!({"emails": ["a@b.c"], "displayName": "n"}),
        ("people.update", _) => json!({"displayName": "n"}),
        ("webhooks.create", _) => json!({"name": "n", "targetUrl": "https://example.com/hook",
            "resource": "messages", "event": "created"}),
        ("webhooks.update", _) => json!({"name": "n", "targetUrl": "https://example.com/hook"}),
        ("attachment_actions.create", _) => {
            json!({"type": "submit", "messageId": "m", "inputs": {"a": "b"}})
        }
        ("events.list", "serviceType") => json!({"resource": "convergedRecordings"}),
        ("meetings.create", _) => {
            json!({"title": "t", "start": TIME, "end": "2026-01-05T10:00:00.000Z",
            "roomId": "r"})
        }
        ("meetings.join", "meetingNumber" | "webLink") => json!({}),
        ("meetings.join", "displayName") => json!({"meetingId": "m", "email": "a@b.c"}),
        ("meetings.join", _) => json!({"meetingId": "m"}),
        ("meetings.reassign_host", _) => json!({"hostEmail": "a@b.c", "meetingIds": ["m"]}),
        ("meeting_registrants.create", _) => {
            json!({"firstName": "f", "lastName": "l", "email": "a@b.c"})
        }
        ("meeting_registrants.create_many", _) => {
            json!({"items": [{"firstName": "f", "lastName": "l",
            "email": "a@b.c"}]})
        }
        ("meeting_registrants.query", _) => json!({"emails": ["a@b.c"]}),
        (
            "meeting_registrants.approve"
            | "meeting_registrants.reject"
            | "meeting_registrants.cancel"
            | "meeting_registrants.delete_many",
            _,
        ) => json!({"registrants": [{"id": "r"}]}),
        ("meeting_interpreters.create" | "meeting_interpreters.update", _) => {
            json!({"languageCode1": "en", "languageCode2": "de"})
        }
        ("meeting_interpreters.update_all", _) => json!({"enabled": true,
            "interpreters": [{"languageCode1": "en", "languageCode2": "de"}]}),
        ("meeting_breakouts.update", _) => json!({"items": [{"name": "n"}]}),
        ("meeting_invitation_sources.create", _) => {
            json!({"items": [{"sourceId": "s", "sourceEmail": "a@b.c"}]})
        }
        ("meeting_surveys.create_links", _) => json!({"emails": ["a@b.c"]}),
        ("meeting_tracking_codes.list", _) => json!({"service": "MeetingCenter"}),
        ("invitees.create" | "invitees.update", _) => json!({"meetingId": "m", "email": "a@b.c"}),
        ("invitees.bulk_insert", _) => json!({"meetingId": "m", "items": [{"email": "a@b.c"}]}),
        ("participants.query", _) => json!({"emails": ["a@b.c"]}),
        ("participants.admit", _) => json!({"items": [{"participantId": "p"}]}),
        ("participants.call_out", "meetingNumber") => {
            json!({"address": "a@b.c", "displayName": "n", "addressType": "sipAddress"})
        }
        ("participants.call_out", _) => {
            json!({"meetingId": "m", "address": "a@b.c", "displayName": "n", "addressType": "sipAddress"})
        }
        ("recordings.soft_delete", _) => json!({"recordingIds": ["r"]}),
        ("recordings.restore", "recordingIds") | ("recordings.purge", "recordingIds") => json!({}),
        ("recordings.restore", _) => json!({"restoreAll": true}),
        ("recordings.purge", _) => json!({"purgeAll": true}),
        ("recordings.share" | "recordings.share_link", _) => {
            json!({"addEmails": ["a@b.c"], "webShareLink": "https://example.com/r"})
        }
        ("transcripts.list", "hostEmail") => json!({"meetingId": "m_I_1"}),
        ("transcripts.snippets.update", _) => json!({"text": "t"}),
        _ => json!({}),
    }
}

/// A value that the client takes, with everything that nests in it.
fn value(document: &Value, name: &str, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#'));
        return value(document, name, target.unwrap());
    }
    match name {
        "timezone" => return "Asia/Tokyo".into(),
        "meetingId" => return "m_I_1".into(),
        "invitationCorrelationId" => return "67e55044-10b1-426f-9247-bb680e5fe0c8".into(),
        "recurrence" => return "FREQ=DAILY;COUNT=5".into(),
        "emails" | "mentionedPeople" => return json!(["a@b.c"]),
        _ => {}
    }
    if let Some(first) = schema.pointer("/enum/0") {
        return first.clone();
    }
    match schema["type"].as_str() {
        Some("number" | "integer") => 5.into(),
        Some("boolean") => true.into(),
        Some("array") => vec![value(document, "", &schema["items"])].into(),
        Some("object") => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            let fields = fields.map(|(name, field)| (name.clone(), value(document, name, field)));
            Value::Object(fields.collect())
        }
        _ => TIME.into(),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Query,
    Header,
    Body,
}

/// One thing that an operation takes.
struct Parameter {
    name: String,
    place: Place,
    is_required: bool,
    value: Value,
}

fn parameters(document: &Value, operation: &Operation) -> Vec<Parameter> {
    let method = operation.method.as_str().to_ascii_lowercase();
    let described = &document["paths"][operation.path][&method];
    let listed = described["parameters"].as_array().into_iter().flatten();
    let mut found: Vec<Parameter> = listed
        .filter_map(|parameter| {
            let place = match parameter["in"].as_str() {
                Some("query") => Place::Query,
                Some("header") => Place::Header,
                _ => return None,
            };
            let name = parameter["name"].as_str().unwrap();
            Some(Parameter {
                name: name.to_owned(),
                place,
                is_required: parameter["required"] == true,
                value: value(document, name, &parameter["schema"]),
            })
        })
        .collect();
    let content = described["requestBody"]["content"].as_object();
    if let Some((_, media)) = content.and_then(|content| content.iter().next()) {
        let mut schema = &media["schema"];
        while let Some(reference) = schema["$ref"].as_str() {
            schema = document.pointer(reference.trim_start_matches('#')).unwrap();
        }
        let fields = schema["properties"].as_object().into_iter().flatten();
        found.extend(fields.map(|(name, schema)| Parameter {
            name: name.clone(),
            place: Place::Body,
            is_required: false,
            value: value(document, name, schema),
        }));
    }
    found
}

fn is_sent(asked: &Asked, parameter: &Parameter) -> bool {
    match parameter.place {
        Place::Header => asked.headers.contains_key(&parameter.name),
        Place::Body => {
            let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            !body[&parameter.name].is_null()
        }
        Place::Query => {
            let (_, query) = asked.line.split_once('?').unwrap_or_default();
            let mut names = query.split('&').filter_map(|pair| pair.split_once('='));
            names.any(|(name, value)| name == parameter.name && !value.is_empty())
        }
    }
}

#[tokio::test]
async fn every_parameter_of_the_document_reaches_the_wire() {
    let document: Value = serde_json::from_str(FACTS).unwrap();
    let mut missing = Vec::new();
    let mut count = 0;
    for operation in ALL {
        let known = parameters(&document, operation);
        for parameter in &known {
            count += 1;
            let mut given = Map::new();
            for required in known.iter().filter(|one| one.is_required) {
                given.insert(required.name.clone(), required.value.clone());
            }
            let more = companions(operation.name, &parameter.name);
            given.insert(parameter.name.clone(), parameter.value.clone());
            given.extend(more.as_object().unwrap().clone());
            let upstream = Upstream::new([answer(r#"{"id":"x","items":[]}"#)]);
            let outcome = call(&upstream.client(), operation, &given.into()).await;
            let is_there = upstream
                .asked()
                .first()
                .is_some_and(|asked| is_sent(asked, parameter));
            let exception = NOT_SENT
                .iter()
                .find(|(name, field, _)| (*name, *field) == (operation.name, &*parameter.name));
            if is_there == exception.is_some() {
                missing.push(format!(
                    "{} {}: {outcome:?}",
                    operation.name, parameter.name
                ));
            }
        }
    }
    assert!(count > 300, "the document has only {count} parameters");
    assert!(missing.is_empty(), "{missing:#?}");
}

fn read<T: DeserializeOwned>(given: &Value) -> T {
    serde_json::from_value(given.clone()).unwrap_or_else(|error| panic!("{error}: {given}"))
}

fn text(given: &Value, name: &str) -> Option<String> {
    given[name].as_str().map(str::to_owned)
}

fn texts(given: &Value, name: &str) -> Vec<String> {
    read(&given.get(name).cloned().unwrap_or_else(|| json!([])))
}

fn message(given: &Value) -> CreateMessage {
    let id = |name| text(given, name);
    let destination = id("roomId").map(Destination::Room);
    let destination = destination.or(id("toPersonId").map(Destination::Person));
    let destination = destination.or(id("toPersonEmail").map(Destination::Email));
    let mut message = CreateMessage::to(destination.unwrap());
    message.parent_id = text(given, "parentId");
    message.text = text(given, "text");
    message.markdown = text(given, "markdown");
    message.files = texts(given, "files").pop();
    if given.get("attachments").is_some() {
        message.attachments = vec![read(&json!({"contentType": "a/b", "content": {}}))];
    }
    message
}

/// Calls what belongs to the operation with what is given.
async fn call(client: &Client, operation: &Operation, given: &Value) -> Result<(), WebexError> {
    let (meetings, people) = (client.meetings(), client.people());
    let host = text(given, "hostEmail");
    let host = host.as_deref();
    let zone = text(given, "timezone");
    let part = || read::<SeriesPart>(given);
    match operation.name {
        "messages.list" => client.messages().list(&read(&flat(given))).await.map(drop),
        "messages.list_direct" => client.messages().list_direct(&read(given)).await.map(drop),
        "messages.create" => client.messages().create(&message(given)).await.map(drop),
        "messages.edit" => client.messages().edit("m", &read(given)).await.map(drop),
        "rooms.list" => client.rooms().list(&read(given)).await.map(drop),
        "rooms.create" => client.rooms().create(&read(given)).await.map(drop),
        "rooms.update" => client.rooms().update("r", &read(given)).await.map(drop),
        "people.list" => people.list(&read(given)).await.map(drop),
        "people.create" => people.create(&read(given), &read(given)).await.map(drop),
        "people.get" => people.get_with_calling("p").await.map(drop),
        "people.update" => people
            .update("p", &read(given), &read(given))
            .await
            .map(drop),
        "people.me" => people.me_with_calling().await.map(drop),
        "teams.list" => client.teams().list(&read(given)).await.map(drop),
        "teams.create" => client.teams().create(&read(given)).await.map(drop),
        "teams.get" => client.teams().get("t").await.map(drop),
        "teams.update" => client.teams().update("t", &read(given)).await.map(drop),
        "team_memberships.list" => client.team_memberships().list(&read(given)).await.map(drop),
        "team_memberships.create" => client
            .team_memberships()
            .create(&read(given))
            .await
            .map(drop),
        "team_memberships.update" => client
            .team_memberships()
            .update("m", &read(given))
            .await
            .map(drop),
        "memberships.list" => client.memberships().list(&read(given)).await.map(drop),
        "memberships.create" => client.memberships().create(&read(given)).await.map(drop),
        "memberships.update" => client
            .memberships()
            .update("m", &read(given))
            .await
            .map(drop),
        "webhooks.list" => client.webhooks().list(&read(given)).await.map(drop),
        "webhooks.create" => client.webhooks().create(&read(given)).await.map(drop),
        "webhooks.update" => client.webhooks().update("w", &read(given)).await.map(drop),
        "attachment_actions.create" => client
            .attachment_actions()
            .create(&read(given))
            .await
            .map(drop),
        "events.list" => client.events().list(&read(given)).await.map(drop),
        "meetings.list" => meetings.list(&read(given)).await.map(drop),
        "meetings.create" => meetings.create(&read(given)).await.map(drop),
        "meetings.get" => meetings.get("m", &read(given)).await.map(drop),
        "meetings.patch" => meetings.patch("m", &read(given)).await.map(drop),
        "meetings.update" => meetings.update("m", &read(given)).await.map(drop),
        "meetings.delete" => meetings.delete("m", &read(given)).await,
        "meetings.admin_list" => meetings.admin_list(&read(given)).await.map(drop),
        "meetings.admin_get" => {
            let current = given["current"].as_bool();
            meetings
                .admin_get("m", current, zone.as_deref())
                .await
                .map(drop)
        }
        "meetings.join" => meetings.join(&read(given)).await.map(drop),
        "meetings.reassign_host" => meetings
            .reassign_host(&read::<host::ReassignHost>(given))
            .await
            .map(drop),
        "meetings.end" => meetings.end("m", given["reason"].as_str()).await,
        "meeting_controls.get" => meetings.controls("m").await.map(drop),
        "meeting_controls.update" => meetings.update_controls("m", &read(given)).await.map(drop),
        "meeting_templates.list" => meetings.list_templates(&read(given)).await.map(drop),
        "meeting_templates.get" => meetings
            .get_template("t", host, zone.as_deref())
            .await
            .map(drop),
        "meeting_session_types.list" => meetings.list_session_types(&read(given)).await.map(drop),
        "meeting_session_types.get" => meetings.get_session_type("s", &read(given)).await.map(drop),
        "meeting_registration.get" => meetings.registration("m", &part()).await.map(drop),
        "meeting_registration.update" => meetings
            .update_registration("m", &read(given))
            .await
            .map(drop),
        "meeting_registration.delete" => meetings.delete_registration("m", host).await,
        "meeting_registrants.list" => meetings.list_registrants("m", &read(given)).await.map(drop),
        "meeting_registrants.create" => meetings
            .create_registrant("m", &read(given), &part())
            .await
            .map(drop),
        "meeting_registrants.create_many" => {
            let items: Vec<_> = read(&given["items"]);
            meetings
                .create_registrants("m", &items, &part())
                .await
                .map(drop)
        }
        "meeting_registrants.get" => meetings.get_registrant("m", "r", &part()).await.map(drop),
        "meeting_registrants.delete" => meetings.delete_registrant("m", "r", &part()).await,
        "meeting_registrants.query" => {
            let max = given["max"].as_u64().map(|max| max as u32);
            meetings
                .query_registrants("m", &read(given), &part(), max)
                .await
                .map(drop)
        }
        "meeting_registrants.approve" => {
            meetings
                .approve_registrants("m", &read(given), &part())
                .await
        }
        "meeting_registrants.reject" => {
            meetings
                .reject_registrants("m", &read(given), &part())
                .await
        }
        "meeting_registrants.cancel" => {
            meetings
                .cancel_registrants("m", &read(given), &part())
                .await
        }
        "meeting_registrants.delete_many" => {
            meetings
                .delete_registrants("m", &read(given), &part())
                .await
        }
        "meeting_interpreters.update_all" => meetings
            .update_interpretation("m", &read(given))
            .await
            .map(drop),
        "meeting_interpreters.create" => meetings
            .create_interpreter("m", &read(given))
            .await
            .map(drop),
        "meeting_interpreters.list" => meetings.list_interpreters("m", host).await.map(drop),
        "meeting_interpreters.get" => meetings.get_interpreter("m", "i", host).await.map(drop),
        "meeting_interpreters.update" => meetings
            .update_interpreter("m", "i", &read(given))
            .await
            .map(drop),
        "meeting_interpreters.delete" => meetings.delete_interpreter("m", "i", &read(given)).await,
        "meeting_breakouts.list" => meetings.list_breakouts("m", host).await.map(drop),
        "meeting_breakouts.update" => meetings.update_breakouts("m", &read(given)).await.map(drop),
        "meeting_breakouts.delete" => {
            meetings
                .delete_breakouts("m", given["sendEmail"].as_bool(), host)
                .await
        }
        "meeting_surveys.get" => meetings.survey("m", host).await.map(drop),
        "meeting_surveys.list_results" => meetings
            .list_survey_results("m", &read(given))
            .await
            .map(drop),
        "meeting_surveys.create_links" => meetings
            .create_survey_links("m", &read(given))
            .await
            .map(drop),
        "meeting_invitation_sources.create" => meetings
            .create_invitation_sources("m", &read(given))
            .await
            .map(drop),
        "meeting_invitation_sources.list" => {
            let person = given["personId"].as_str();
            meetings
                .list_invitation_sources("m", host, person)
                .await
                .map(drop)
        }
        "meeting_tracking_codes.list" => meetings.list_tracking_codes(&read(given)).await.map(drop),
        _ => around_a_meeting(client, operation, given).await,
    }
}

/// The same for what a meeting has and leaves behind.
async fn around_a_meeting(
    client: &Client,
    operation: &Operation,
    given: &Value,
) -> Result<(), WebexError> {
    let (invitees, participants) = (client.invitees(), client.participants());
    let (recordings, transcripts) = (client.recordings(), client.transcripts());
    let host_email = text(given, "hostEmail");
    let host = host_email.as_deref();
    let timezone = text(given, "timezone");
    let site_url = text(given, "siteUrl");
    let from_bin = || FromBin {
        recordings: match given.get("recordingIds") {
            Some(ids) => Binned::Ids(read(ids)),
            None => Binned::All,
        },
        site_url: text(given, "siteUrl"),
        host_email: text(given, "hostEmail"),
    };
    let group_host = match host {
        Some(email) => GroupHost::Email(email.to_owned()),
        None => GroupHost::Person("p".to_owned()),
    };
    match operation.name {
        "invitees.list" => invitees
            .list(&read(&truths(given, "panelist")))
            .await
            .map(drop),
        "invitees.create" => invitees.create(&read(&scheduled(given))).await.map(drop),
        "invitees.bulk_insert" => invitees
            .create_many(&read(&scheduled(given)))
            .await
            .map(drop),
        "invitees.get" => invitees.get("i", host).await.map(drop),
        "invitees.update" => invitees.update("i", &read(given)).await.map(drop),
        "invitees.delete" => invitees.delete("i", &read(given)).await,
        "participants.list" => {
            let mut query: webex::participants::ListParticipants = read(given);
            query.timezone = timezone;
            participants.list(&query).await.map(drop)
        }
        "participants.query" => {
            let query = QueryParticipants {
                meeting_id: text(given, "meetingId").unwrap(),
                meeting_start: read::<MeetingStart>(given),
                host_email,
                emails: texts(given, "emails"),
                join_time: read::<JoinTime>(given),
                timezone,
            };
            participants.query(&query).await.map(drop)
        }
        "participants.get" => participants.get("p", host).await.map(drop),
        "participants.update" => participants.update("p", &read(given)).await.map(drop),
        "participants.admit" => participants.admit(&read::<Vec<_>>(&given["items"])).await,
        "participants.call_out" => participants.call_out(&read(given)).await.map(drop),
        "participants.cancel_callout" => participants.cancel_callout("p").await,
        "recordings.list" => {
            let mut query: ListRecordings = read(given);
            query.timezone = timezone;
            recordings.list(&query).await.map(drop)
        }
        "recordings.get" => {
            let how = GetRecording {
                host_email,
                site_url,
                timezone,
            };
            recordings.get("r", &how).await.map(drop)
        }
        "recordings.admin_list" => {
            let mut query: webex::recordings::admin::ListSiteRecordings = read(given);
            query.timezone = timezone;
            recordings.list_site(&query).await.map(drop)
        }
        "recordings.group_list" => {
            let mut query: webex::recordings::admin::ListGroupRecordings = read(given);
            query.timezone = timezone;
            recordings.list_group(&group_host, &query).await.map(drop)
        }
        "recordings.group_get" => recordings
            .get_group(&group_host, "r", timezone.as_deref())
            .await
            .map(drop),
        "recordings.delete" => recordings.delete("r", host, Some(&read(given))).await,
        "recordings.soft_delete" => {
            let into_bin = IntoBin {
                recording_ids: texts(given, "recordingIds"),
                site_url,
                host_email,
            };
            recordings.soft_delete(&into_bin).await
        }
        "recordings.restore" => recordings.restore(&from_bin()).await,
        "recordings.purge" => recordings.purge(&from_bin()).await,
        "recordings.share" => recordings.share("r", &read(given)).await,
        "recordings.share_link" => {
            recordings
                .share_link(given["webShareLink"].as_str().unwrap(), &read(given))
                .await
        }
        "transcripts.list" => transcripts.list(&read(given)).await.map(drop),
        "transcripts.admin_list" => transcripts.list_site(&read(given)).await.map(drop),
        "transcripts.download" => transcripts
            .download("t", TranscriptFormat::Vtt, host)
            .await
            .map(drop),
        "transcripts.snippets.list" => transcripts.snippets("t", Some(7)).await.map(drop),
        "transcripts.snippets.update" => transcripts
            .update_snippet("t", "s", &read(given))
            .await
            .map(drop),
        "transcripts.delete" => transcripts.delete("t", Some(&read(given))).await,
        "meeting_summaries.list" => client.meeting_summaries().list("m_I_1").await.map(drop),
        other => panic!("{other} takes parameters: say here how it is called"),
    }
}

/// One person where the document has an array for the query.
fn flat(given: &Value) -> Value {
    let mut given = given.clone();
    if let Some(first) = given.pointer("/mentionedPeople/0").cloned() {
        given["mentionedPeople"] = first;
    }
    given
}

/// A boolean that the document types as a string.
fn truths(given: &Value, name: &str) -> Value {
    let mut given = given.clone();
    if given.get(name).is_some() {
        given[name] = true.into();
    }
    given
}

/// People are invited to what has not begun, not to an instance.
fn scheduled(given: &Value) -> Value {
    let mut given = given.clone();
    given["meetingId"] = "m".into();
    given
}
