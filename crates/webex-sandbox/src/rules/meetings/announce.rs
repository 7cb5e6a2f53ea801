//! Notifies webhooks, and records compliance events, about meetings.
//!
//! Webhooks get the thing itself, without the parts that only its host may see. There are events
//! only for the end of a meeting and for transcripts.

use serde_json::json;

use crate::rows::meetings::{InstanceKey, ParticipantKey, RecordingKey, Target, TranscriptKey};
use crate::rows::{Happening, PersonKey, moment};
use crate::rules::meetings::show::{show, show_participant};
use crate::rules::meetings::{recordings, transcripts};
use crate::rules::shown::{Shown, shown};
use crate::rules::{events, webhooks};
use crate::world::World;

/// An ended meeting in the form of its event, in which booleans are words.
fn ended(world: &World, key: InstanceKey) -> Option<Shown> {
    let (instance, series) = world.meetings.held(key)?;
    let host = world.people.get(series.host)?;
    let mut attendees: Vec<&str> = Vec::new();
    for (_, participant) in world.meetings.participants.all(&instance.participants) {
        // A person who was only in the lobby did not attend.
        let attendee = participant.joined.and(world.people.get(participant.person));
        let id = attendee.map(|person| person.id.as_str());
        attendees.extend(id.filter(|id| !attendees.contains(id)));
    }
    Some(shown(json!({
        "id": instance.id,
        "creatorId": host.id,
        "host": {"id": host.id, "email": host.email, "displayName": host.display_name},
        // Ids: Cisco's document does not say what these are, and clients read texts.
        "attendees": attendees,
        "transcriptionEnabled": (!instance.said.is_empty()).to_string(),
        "recordingEnabled": instance.was_recorded.to_string(),
        "hasPostMeetingsChat": "false",
        "created": moment::text(instance.ended.unwrap_or(world.now)),
    })))
}

/// Records an event; if its actor has left the company, the event is not recorded.
fn record(world: &mut World, kind: &'static str, actor: PersonKey, happening: Happening) {
    if let Err(problem) = events::record(world, kind, actor, happening) {
        tracing::warn!(?problem, "an event about a meeting was not written");
    }
}

pub(crate) fn record_transcript(
    world: &mut World,
    kind: &'static str,
    actor: PersonKey,
    key: TranscriptKey,
) {
    if let Some(shown) = transcripts::show(world, key, &world.base) {
        record(world, kind, actor, Happening::Transcript(shown));
    }
}

/// Notifies the host and the invitees of the company. What has gone meanwhile is not announced.
pub(crate) fn meeting(
    world: &mut World,
    event: &'static str,
    actor: PersonKey,
    target: Target,
) -> Option<()> {
    let series = world.meetings.series.get(target.series)?;
    let host = series.host;
    let mut audience = vec![host];
    for (_, invitee) in world.meetings.invitees.all(&series.invitees) {
        let person = world.person_by_email(&invitee.email);
        audience.extend(person.filter(|person| !audience.contains(person)));
    }
    webhooks::announce(world, "meetings", event, actor, &audience, |world| {
        show(world, target, false)
    });
    if let ("ended", Some(key)) = (event, target.instance) {
        let ended = ended(world, key)?;
        record(world, event, host, Happening::Meeting(ended));
    }
    Some(())
}

fn host_of(world: &World, instance: InstanceKey) -> Option<PersonKey> {
    let (_, series) = world.meetings.held(instance)?;
    Some(series.host)
}

pub(crate) fn participant(
    world: &mut World,
    event: &'static str,
    key: ParticipantKey,
) -> Option<()> {
    let participant = world.meetings.participants.get(key)?;
    let (actor, host) = (participant.person, host_of(world, participant.instance)?);
    let shown = |world: &World| show_participant(world, key);
    webhooks::announce(world, "meetingParticipants", event, actor, &[host], shown);
    Some(())
}

pub(crate) fn recording(world: &mut World, event: &'static str, key: RecordingKey) -> Option<()> {
    let recording = world.meetings.recordings.get(key)?;
    let host = host_of(world, recording.instance)?;
    webhooks::announce(world, "recordings", event, host, &[host], |world| {
        let mut shown = recordings::show(world, host, key)?;
        shown.remove("password");
        Some(shown)
    });
    Some(())
}

pub(crate) fn transcript(world: &mut World, event: &'static str, key: TranscriptKey) -> Option<()> {
    let transcript = world.meetings.transcripts.get(key)?;
    let host = host_of(world, transcript.instance)?;
    webhooks::announce(world, "meetingTranscripts", event, host, &[host], |world| {
        transcripts::show(world, key, &world.base)
    });
    record_transcript(world, event, host, key);
    Some(())
}
