//! What webhooks and the compliance officer's events are told about meetings.
//!
//! Webhooks get the thing itself, without what only its host may see. Events exist of the end of a
//! meeting and of transcripts.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use webex::recordings::Recording;

use crate::rows::meetings::{
    EndedMeeting, Host, InstanceKey, ParticipantKey, RecordingKey, Target, TranscriptKey,
};
use crate::rows::{Happening, PersonKey};
use crate::rules::meetings::show::show;
use crate::rules::{events, webhooks};
use crate::world::World;

fn ended(world: &World, key: InstanceKey) -> Option<EndedMeeting> {
    let instance = world.meetings.instances.get(key)?;
    let series = world.meetings.series.get(instance.series)?;
    let host = world.people.get(series.host)?;
    let mut attendees: Vec<String> = Vec::new();
    for participant in &instance.participants {
        let participant = world.meetings.participants.get(*participant);
        // Who only waited in the lobby attended nothing.
        let participant = participant.filter(|one| one.joined.is_some());
        let attendee = participant.and_then(|one| world.people.get(one.person));
        let id = attendee.map(|person| person.id.clone());
        attendees.extend(id.filter(|id| !attendees.contains(id)));
    }
    let ended: Timestamp = instance.ended.unwrap_or(world.now);
    Some(EndedMeeting {
        id: instance.id.clone(),
        creator_id: host.id.clone(),
        host: Host {
            id: host.id.clone(),
            email: host.email.clone(),
            display_name: host.display_name.clone(),
        },
        attendees,
        transcription_enabled: (!instance.said.is_empty()).to_string(),
        recording_enabled: instance.was_recorded.to_string(),
        has_post_meetings_chat: false.to_string(),
        created: webex::timestamp::format(ended),
    })
}

/// Writes an event down; whose actor has left the company happened all the same, but is not written.
fn record(world: &mut World, kind: &'static str, actor: PersonKey, happening: Option<Happening>) {
    let Some(happening) = happening else {
        return;
    };
    if let Err(problem) = events::record(world, kind, actor, happening) {
        tracing::warn!(?problem, "an event about a meeting was not written");
    }
}

/// Writes down what somebody did with a transcript.
pub(crate) fn record_transcript(
    world: &mut World,
    kind: &'static str,
    actor: PersonKey,
    key: TranscriptKey,
) {
    let base = world.base.clone();
    let shown = crate::rules::meetings::transcripts::show(world, key, &base);
    let happening = shown.map(|wire| Happening::Transcript(Box::new(wire)));
    record(world, kind, actor, happening);
}

fn value(wire: Option<impl Serialize>) -> Option<Value> {
    serde_json::to_value(wire?).ok()
}

/// Tells the host, and the invitees who work here.
pub(crate) fn meeting(world: &mut World, event: &'static str, actor: PersonKey, target: Target) {
    let Some(series) = world.meetings.series_of(target) else {
        return;
    };
    let host = series.host;
    let mut audience = vec![host];
    for invitee in &series.invitees {
        let invitee = world.meetings.invitees.get(*invitee);
        let person = invitee.and_then(|invitee| world.person_by_email(&invitee.email));
        audience.extend(person.filter(|person| !audience.contains(person)));
    }
    webhooks::announce(world, "meetings", event, actor, &audience, |world| {
        value(show(world, target, false))
    });
    if let ("ended", Target::Instance(key)) = (event, target) {
        let ended = ended(world, key).map(|meeting| Happening::Meeting(Box::new(meeting)));
        record(world, event, host, ended);
    }
}

fn host_of(world: &World, instance: InstanceKey) -> Option<PersonKey> {
    let series = world.meetings.series_of(Target::Instance(instance))?;
    Some(series.host)
}

pub(crate) fn participant(world: &mut World, event: &'static str, key: ParticipantKey) {
    let Some(participant) = world.meetings.participants.get(key) else {
        return;
    };
    let (actor, instance) = (participant.person, participant.instance);
    let Some(host) = host_of(world, instance) else {
        return;
    };
    webhooks::announce(
        world,
        "meetingParticipants",
        event,
        actor,
        &[host],
        |world| value(crate::rules::meetings::participants::show(world, key)),
    );
}

pub(crate) fn recording(world: &mut World, event: &'static str, key: RecordingKey) {
    let recording = world.meetings.recordings.get(key);
    let Some(host) = recording.and_then(|recording| host_of(world, recording.instance)) else {
        return;
    };
    webhooks::announce(world, "recordings", event, host, &[host], |world| {
        value(
            crate::rules::meetings::recordings::show(world, host, key).map(|wire| Recording {
                password: None,
                ..wire
            }),
        )
    });
}

pub(crate) fn transcript(world: &mut World, event: &'static str, key: TranscriptKey) {
    let transcript = world.meetings.transcripts.get(key);
    let Some(host) = transcript.and_then(|transcript| host_of(world, transcript.instance)) else {
        return;
    };
    webhooks::announce(world, "meetingTranscripts", event, host, &[host], |world| {
        value(crate::rules::meetings::transcripts::show(
            world,
            key,
            &world.base,
        ))
    });
    record_transcript(world, event, host, key);
}
