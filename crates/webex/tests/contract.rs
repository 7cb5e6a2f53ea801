//! The client's types against the facts of Cisco's OpenAPI document: every field of its answers
//! survives being read and written again.
#![allow(clippy::unwrap_used, clippy::panic)]

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use webex::Operation;
use webex::attachment_actions::{self, AttachmentAction};
use webex::events::{self, Event};
use webex::invitees::{self, Invitee};
use webex::meeting_summaries::{self, MeetingSummary};
use webex::meetings::{
    self, Meeting, approvals, breakouts, controls, host, interpreters, invitation_sources, join,
    registrants, registration, series, session_types, surveys, templates, tracking_codes,
};
use webex::memberships::{self, Membership};
use webex::messages::{self, Message};
use webex::participants::callout::{self, CalledParticipant};
use webex::participants::{self, Participant};
use webex::people::{self, Person};
use webex::recordings::{self, Recording};
use webex::rooms::{self, Room, RoomMeeting};
use webex::team_memberships::{self, TeamMembership};
use webex::teams::{self, Team};
use webex::transcripts::snippets::{self, Snippet};
use webex::transcripts::{self, Transcript};
use webex::webhooks::{self, Webhook};

fn document() -> Value {
    serde_json::from_str(include_str!("../facts/webex.json")).unwrap()
}

fn described<'a>(document: &'a Value, operation: &Operation) -> &'a Value {
    let method = operation.method.as_str().to_ascii_lowercase();
    let found = &document["paths"][operation.path][&method];
    assert!(
        found.is_object(),
        "{} is not in the document",
        operation.name
    );
    found
}

#[test]
fn every_field_survives() {
    let document = document();
    check::<Message>(&document, &messages::LIST);
    check::<Message>(&document, &messages::LIST_DIRECT);
    check::<Message>(&document, &messages::CREATE);
    check::<Message>(&document, &messages::GET);
    check::<Message>(&document, &messages::EDIT);
    check::<Room>(&document, &rooms::LIST);
    check::<Room>(&document, &rooms::CREATE);
    check::<Room>(&document, &rooms::GET);
    check::<Room>(&document, &rooms::UPDATE);
    check::<Membership>(&document, &memberships::LIST);
    check::<Membership>(&document, &memberships::CREATE);
    check::<Membership>(&document, &memberships::GET);
    check::<Membership>(&document, &memberships::UPDATE);
    check::<Person>(&document, &people::LIST);
    check::<Person>(&document, &people::GET);
    check::<Person>(&document, &people::ME);
    check::<Team>(&document, &teams::LIST);
    check::<Team>(&document, &teams::GET);
    check::<Person>(&document, &people::CREATE);
    check::<Person>(&document, &people::UPDATE);
    check::<Team>(&document, &teams::CREATE);
    check::<Team>(&document, &teams::UPDATE);
    check::<RoomMeeting>(&document, &rooms::MEETING_INFO);
    check::<TeamMembership>(&document, &team_memberships::LIST);
    check::<TeamMembership>(&document, &team_memberships::CREATE);
    check::<TeamMembership>(&document, &team_memberships::GET);
    check::<TeamMembership>(&document, &team_memberships::UPDATE);
    check::<AttachmentAction>(&document, &attachment_actions::CREATE);
    check::<AttachmentAction>(&document, &attachment_actions::GET);
    check::<Event>(&document, &events::LIST);
    check::<Event>(&document, &events::GET);
    check::<Webhook>(&document, &webhooks::LIST);
    check::<Webhook>(&document, &webhooks::CREATE);
    check::<Webhook>(&document, &webhooks::GET);
    check::<Webhook>(&document, &webhooks::UPDATE);
}

#[test]
fn every_field_around_a_meeting_survives() {
    let document = document();
    check::<Invitee>(&document, &invitees::LIST);
    check::<Invitee>(&document, &invitees::CREATE);
    check::<Invitee>(&document, &invitees::BULK_INSERT);
    check::<Invitee>(&document, &invitees::GET);
    check::<Invitee>(&document, &invitees::UPDATE);
    check::<Participant>(&document, &participants::LIST);
    check::<Participant>(&document, &participants::QUERY);
    check::<Participant>(&document, &participants::GET);
    check::<Participant>(&document, &participants::UPDATE);
    check::<CalledParticipant>(&document, &callout::CALL_OUT);
    check::<Recording>(&document, &recordings::LIST);
    check::<Recording>(&document, &recordings::GET);
    check::<Recording>(&document, &recordings::admin::LIST);
    check::<Recording>(&document, &recordings::admin::GROUP_LIST);
    check::<Recording>(&document, &recordings::admin::GROUP_GET);
    check::<Transcript>(&document, &transcripts::LIST);
    check::<Transcript>(&document, &transcripts::ADMIN_LIST);
    check::<Snippet>(&document, &snippets::LIST);
    check::<Snippet>(&document, &snippets::GET);
    check::<Snippet>(&document, &snippets::UPDATE);
    check::<MeetingSummary>(&document, &meeting_summaries::LIST);
}

#[test]
fn every_field_of_meetings_survives() {
    let document = document();
    for operation in [
        &series::LIST,
        &series::CREATE,
        &series::GET,
        &series::PATCH,
        &series::UPDATE,
        &series::ADMIN_LIST,
        &series::ADMIN_GET,
    ] {
        check::<Meeting>(&document, operation);
    }
    check::<join::JoinLinks>(&document, &join::JOIN);
    check::<controls::MeetingControls>(&document, &controls::GET);
    check::<controls::MeetingControls>(&document, &controls::UPDATE);
    check::<templates::MeetingTemplate>(&document, &templates::LIST);
    check::<templates::MeetingTemplate>(&document, &templates::GET);
    check::<session_types::SessionType>(&document, &session_types::LIST);
    check::<session_types::SessionType>(&document, &session_types::GET);
    check::<registration::RegistrationForm>(&document, &registration::GET);
    check::<registration::RegistrationForm>(&document, &registration::UPDATE);
    for operation in [
        &registrants::LIST,
        &registrants::CREATE,
        &registrants::CREATE_MANY,
        &registrants::GET,
        &registrants::QUERY,
    ] {
        check::<registrants::Registrant>(&document, operation);
    }
    check::<interpreters::SimultaneousInterpretation>(&document, &interpreters::UPDATE_ALL);
    check::<interpreters::Interpreter>(&document, &interpreters::CREATE);
    check::<interpreters::Interpreter>(&document, &interpreters::LIST);
    check::<interpreters::Interpreter>(&document, &interpreters::GET);
    check::<interpreters::Interpreter>(&document, &interpreters::UPDATE);
    check::<breakouts::BreakoutSession>(&document, &breakouts::LIST);
    check::<breakouts::BreakoutSession>(&document, &breakouts::UPDATE);
    check::<surveys::Survey>(&document, &surveys::GET);
    check::<surveys::SurveyResult>(&document, &surveys::LIST_RESULTS);
    check::<surveys::SurveyLink>(&document, &surveys::CREATE_LINKS);
    check::<invitation_sources::InvitationSource>(&document, &invitation_sources::CREATE);
    check::<invitation_sources::InvitationSource>(&document, &invitation_sources::LIST);
    check::<tracking_codes::TrackingCodeChoice>(&document, &tracking_codes::LIST);
}

#[test]
fn every_field_of_a_meetings_request_survives() {
    let document = document();
    sends::<meetings::CreateMeeting>(&document, &series::CREATE);
    sends::<meetings::PatchMeeting>(&document, &series::PATCH);
    sends::<meetings::UpdateMeeting>(&document, &series::UPDATE);
    sends::<registration::UpdateRegistration>(&document, &registration::UPDATE);
    sends::<registrants::CreateRegistrant>(&document, &registrants::CREATE);
    sends::<registrants::QueryRegistrants>(&document, &registrants::QUERY);
    sends::<approvals::DecideRegistrants>(&document, &approvals::APPROVE);
    sends::<interpreters::WriteInterpreter>(&document, &interpreters::CREATE);
    sends::<interpreters::UpdateInterpretation>(&document, &interpreters::UPDATE_ALL);
    sends::<breakouts::UpdateBreakouts>(&document, &breakouts::UPDATE);
    sends::<surveys::CreateSurveyLinks>(&document, &surveys::CREATE_LINKS);
    sends::<invitation_sources::CreateInvitationSources>(&document, &invitation_sources::CREATE);
    sends::<host::ReassignHost>(&document, &host::REASSIGN);
}

#[test]
fn every_field_of_an_organisations_request_survives() {
    let document = document();
    sends::<people::CreatePerson>(&document, &people::CREATE);
    sends::<people::UpdatePerson>(&document, &people::UPDATE);
    sends::<teams::TeamDetails>(&document, &teams::CREATE);
    sends::<teams::TeamDetails>(&document, &teams::UPDATE);
    sends::<team_memberships::CreateTeamMembership>(&document, &team_memberships::CREATE);
    sends::<team_memberships::UpdateTeamMembership>(&document, &team_memberships::UPDATE);
    sends::<attachment_actions::CreateAttachmentAction>(&document, &attachment_actions::CREATE);
}

/// As [`check`], for what the operation takes.
fn sends<T: DeserializeOwned + Serialize>(document: &Value, operation: &Operation) {
    let content = described(document, operation)["requestBody"]["content"].as_object();
    let (_, media) = content.unwrap().iter().next().unwrap();
    let body = example(document, &media["schema"]);
    let read: T = serde_json::from_value(body.clone())
        .unwrap_or_else(|error| panic!("{}: {error}", operation.name));
    let written = serde_json::to_value(read).unwrap();
    same(&body, &written, operation.name);
}

/// A time, because that is a text too, whatever a field holds.
const TEXT: &str = "2026-01-05T09:00:00.000Z";

/// An answer with every field that the schema has.
fn example(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#'));
        return example(document, target.unwrap());
    }
    if let Some(first) = schema.pointer("/enum/0") {
        return first.clone();
    }
    match schema["type"].as_str() {
        // Where the document says nothing, it describes text in prose.
        Some("string") | None => TEXT.into(),
        Some("number" | "integer") => 1.into(),
        Some("boolean") => true.into(),
        Some("array") => vec![example(document, &schema["items"])].into(),
        Some("object") => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            let fields = properties.map(|(name, field)| (name.clone(), example(document, field)));
            Value::Object(fields.collect())
        }
        other => panic!("a schema of type {other:?}"),
    }
}

fn check<T: DeserializeOwned + Serialize>(document: &Value, operation: &Operation) {
    let answers = &described(document, operation)["responses"];
    let success = ["200", "201", "202"].map(|status| &answers[status]);
    let success = success.into_iter().find(|answer| answer.is_object());
    let content = success.unwrap()["content"].as_object().unwrap();
    // Some have `;charset=UTF-8` after it.
    let json = content
        .iter()
        .find(|(media, _)| media.starts_with("application/json"));
    let schema = &json.unwrap().1["schema"];
    let answer = example(document, schema);
    let item = answer.pointer("/items/0").unwrap_or(&answer);
    let read: T = serde_json::from_value(item.clone())
        .unwrap_or_else(|error| panic!("{}: {error}", operation.name));
    let written = serde_json::to_value(read).unwrap();
    assert!(
        item.as_object().unwrap().len() >= 2,
        "{} has no fields",
        operation.name
    );
    same(item, &written, operation.name);
}

/// Everything that was read is written; only a word for a boolean may become one.
fn same(expected: &Value, found: &Value, place: &str) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (name, value) in expected {
                let found = found.get(name).unwrap_or(&Value::Null);
                same(value, found, &format!("{place}.{name}"));
            }
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (value, found) in expected.iter().zip(found) {
                same(value, found, &format!("{place}[]"));
            }
        }
        (Value::String(word), Value::Bool(found)) => {
            assert_eq!(*word, found.to_string(), "{place}")
        }
        _ => assert_eq!(expected, found, "{place}"),
    }
}
