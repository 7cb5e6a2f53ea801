//! Recordings: their form, who may see them, and how their state changes.

use jiff::Timestamp;
use serde_json::json;

use crate::problem::{Problem, Result};
use crate::rows::meetings::{Recording, RecordingKey, RecordingStatus, Series, Target};
use crate::rows::{PersonKey, moment};
use crate::rules::meetings::show::SITE;
use crate::rules::meetings::{announce, is_host, week};
use crate::rules::shown::{Shown, shown};
use crate::world::World;

/// The size of a recording for its length: about that of Webex's MP4 files.
const BYTES_PER_SECOND: u64 = 125_000;

pub(crate) const FORMAT: &str = "MP4";
pub(crate) const SERVICE: &str = "MeetingCenter";

pub(crate) fn show(world: &World, viewer: PersonKey, key: RecordingKey) -> Option<Shown> {
    let recording = world.meetings.recordings.get(key)?;
    let instance = world.meetings.instances.get(recording.instance)?;
    let series = world.meetings.series.get(instance.series)?;
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

pub(crate) fn series_of<'w>(world: &'w World, recording: &Recording) -> Option<&'w Series> {
    world
        .meetings
        .series_of(Target::Instance(recording.instance))
}

pub(crate) fn is_shared(world: &World, recording: &Recording, person: PersonKey) -> bool {
    let person = world.people.get(person);
    person.is_some_and(|person| recording.shared.contains(&person.email.to_lowercase()))
}

/// The window of a list; an open end makes it a week.
pub(crate) fn window(
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp)> {
    let (from, to) = week(from, to, now);
    Problem::bad_request("from cannot be after to.").unless(from <= to)?;
    Ok((from, to))
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
    let series = series_of(world, recording).ok_or_else(missing)?;
    let is_officer = world.is_compliance_officer(person);
    let is_there = recording.status != RecordingStatus::Purged || (is_officer && !is_to_change);
    let is_own = is_host(world, series, person) || is_officer;
    let is_known = is_own || is_shared(world, recording, person);
    match (is_there && is_known, is_own || !is_to_change) {
        (false, _) => Err(missing()),
        (true, false) => Err(Problem::forbidden("Only the host can do this.")),
        (true, true) => Ok(key),
    }
}

pub(crate) fn set_status(world: &mut World, key: RecordingKey, status: RecordingStatus) {
    if status == RecordingStatus::Purged {
        announce::recording(world, "deleted", key);
    }
    if let Some(recording) = world.meetings.recordings.get_mut(key) {
        recording.status = status;
    }
}
