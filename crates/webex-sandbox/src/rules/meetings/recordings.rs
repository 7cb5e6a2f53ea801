//! Recordings: their form, who may see them, and how their state changes.

use serde_json::json;

use crate::problem::{Problem, Result};
use crate::rows::meetings::{Recording, RecordingKey, RecordingStatus};
use crate::rows::{PersonKey, moment};
use crate::rules::meetings::show::SITE;
use crate::rules::meetings::{announce, is_host};
use crate::rules::shown::{Shown, shown};
use crate::world::World;

/// The size of a recording for its length: about that of Webex's MP4 files.
const BYTES_PER_SECOND: u64 = 125_000;

pub(crate) const FORMAT: &str = "MP4";
pub(crate) const SERVICE: &str = "MeetingCenter";

pub(crate) fn show(world: &World, viewer: PersonKey, key: RecordingKey) -> Option<Shown> {
    let recording = world.meetings.recordings.get(key)?;
    let (instance, series) = world.meetings.held(recording.instance)?;
    let host = world.people.get(series.host)?;
    let ended = instance.ended.unwrap_or(recording.created);
    let seconds = ended.duration_since(instance.started).as_secs();
    let seconds = u64::try_from(seconds).unwrap_or_default();
    let url = |action: &str| format!("https://{SITE}/example/{action}.php?RCID={}", recording.id);
    Some(shown(json!({
        "id": recording.id,
        "meetingId": instance.id,
        "scheduledMeetingId": series.occurrence_id(instance.name),
        "meetingSeriesId": series.id,
        "topic": instance.title,
        "createTime": moment::text(recording.created),
        "timeRecorded": moment::text(instance.started),
        "hostDisplayName": host.display_name,
        "hostEmail": host.email,
        "siteUrl": SITE,
        "downloadUrl": url("lsr"),
        "playbackUrl": url("ldr"),
        "format": FORMAT,
        "serviceType": SERVICE,
        "durationSeconds": seconds,
        "sizeBytes": seconds.saturating_mul(BYTES_PER_SECOND),
        "password": series.plan.password,
        "shareToMe": series.host != viewer && is_shared(world, recording, viewer),
        "integrationTags": series.plan.settings.get("integrationTags"),
        "status": recording.status,
    })))
}

/// Whether a person was the host of what was recorded, and not only a cohost.
pub(crate) fn is_of_host(world: &World, recording: &Recording, person: PersonKey) -> bool {
    let held = world.meetings.held(recording.instance);
    held.is_some_and(|(_, series)| series.host == person)
}

pub(crate) fn is_shared(world: &World, recording: &Recording, person: PersonKey) -> bool {
    let person = world.people.get(person);
    person.is_some_and(|person| recording.shared.contains(&person.email.to_lowercase()))
}

pub(crate) fn missing() -> Problem {
    Problem::not_found("Could not find a recording with provided ID.")
}

/// The recording, if the caller may change it or, for reading only, it is shared with the caller.
pub(crate) fn find(
    world: &World,
    person: PersonKey,
    id: &str,
    is_to_change: bool,
) -> Result<RecordingKey> {
    let (key, recording) = world.meetings.recordings.named(id).ok_or_else(missing)?;
    let held = world.meetings.held(recording.instance);
    let (_, series) = held.ok_or_else(missing)?;
    let is_officer = world.is_compliance_officer(person);
    let is_there = recording.status != RecordingStatus::Purged || (is_officer && !is_to_change);
    let is_own = is_host(world, series, person) || is_officer;
    let is_known = is_own || is_shared(world, recording, person);
    missing().unless(is_there && is_known)?;
    Problem::forbidden("Only the host can do this.").when(is_to_change && !is_own)?;
    Ok(key)
}

pub(crate) fn set_status(world: &mut World, key: RecordingKey, status: RecordingStatus) {
    if status == RecordingStatus::Purged {
        announce::recording(world, "deleted", key);
    }
    if let Some(recording) = world.meetings.recordings.get_mut(key) {
        recording.status = status;
    }
}
