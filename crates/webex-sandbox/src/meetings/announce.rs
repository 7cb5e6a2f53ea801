//! What webhooks are told about meetings: the thing itself, without what only its host may see.

use serde::Serialize;
use serde_json::Value;
use webex::recordings::Recording;

use super::calendar::{InstanceKey, ParticipantKey, RecordingKey, Target, TranscriptKey};
use super::show::show;
use crate::webhooks;
use crate::world::{PersonKey, World};

fn value(wire: Option<impl Serialize>) -> Option<Value> {
    serde_json::to_value(wire?).ok()
}

/// Tells the host, and the invitees who work here.
pub(crate) fn meeting(world: &mut World, event: &'static str, actor: PersonKey, target: Target) {
    let Some(series) = world.meetings.series_of(target) else {
        return;
    };
    let mut audience = vec![series.host];
    for invitee in &series.invitees {
        let invitee = world.meetings.invitees.get(*invitee);
        let person = invitee.and_then(|invitee| world.person_by_email(&invitee.email));
        audience.extend(person.filter(|person| !audience.contains(person)));
    }
    webhooks::announce(world, "meetings", event, actor, &audience, |world| {
        value(show(world, target, false))
    });
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
        |world| value(crate::participants::show(world, key)),
    );
}

pub(crate) fn recording(world: &mut World, event: &'static str, key: RecordingKey) {
    let recording = world.meetings.recordings.get(key);
    let Some(host) = recording.and_then(|recording| host_of(world, recording.instance)) else {
        return;
    };
    webhooks::announce(world, "recordings", event, host, &[host], |world| {
        value(
            crate::recordings::show(world, host, key, None).map(|wire| Recording {
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
        value(crate::transcripts::show(world, key, &world.base))
    });
}
