//! `/recordings`: recordings, a recycle bin, sharing, and links that expire.

pub(crate) mod admin;
pub(crate) mod links;

use axum::routing::get;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use webex::limits::MAX_BULK_RECORDINGS_COUNT;

use crate::page::{First, Page, PageRequest};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::routes::recordings::links::Asked;
use crate::rows::meetings::RecordingStatus::{Available, Deleted, Purged};
use crate::rows::meetings::{Recording, RecordingKey, RecordingStatus};
use crate::rows::{PersonKey, moment};
use crate::rules::meetings::recordings::{
    FORMAT, SERVICE, find, is_shared, missing, series_of, set_status, show, window,
};
use crate::rules::shown::Shown;
use crate::world::World;

/// People with whom a recording is shared; the sandbox's own limit.
const MAX_SHARED: usize = 1_000;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/recordings", list)
        .post("/recordings/accessList", share_link)
        .post("/recordings/softDelete", |world, call| {
            move_all(world, call, Available, Deleted)
        })
        .post("/recordings/restore", |world, call| {
            move_all(world, call, Deleted, Available)
        })
        .post("/recordings/purge", |world, call| {
            move_all(world, call, Deleted, Purged)
        })
        .get("/recordings/{id}", details)
        .delete("/recordings/{id}", delete)
        .post("/recordings/{id}/accessList", share)
        .route("/recordings/{id}/download/{kind}", get(links::download))
        .get("/admin/recordings", admin::list)
        .delete("/admin/recordings/{id}", admin::delete)
        .get("/group/recordings", admin::group_list)
        .get("/group/recordings/{id}", admin::group_details)
}

/// The same with links to its files.
fn with_links(
    world: &World,
    viewer: PersonKey,
    key: RecordingKey,
    asked: Asked<'_>,
) -> Option<Shown> {
    let recording = world.meetings.recordings.get(key)?;
    let instance = world.meetings.instances.get(recording.instance)?;
    let mut shown = show(world, viewer, key)?;
    if recording.status == Available {
        let links = links::show(world, recording, instance, asked);
        shown.insert("temporaryDirectDownloadLinks".to_owned(), links.into());
    }
    Some(shown)
}

/// One page of recordings, newest first.
fn cut(
    world: &World,
    viewer: PersonKey,
    page: PageRequest,
    query: &ListRecordings,
    window: (Timestamp, Timestamp),
    may_see: impl Fn(&Recording) -> bool,
) -> Page<Shown> {
    let wanted = query.status.unwrap_or(Available);
    let all = world.meetings.recordings.iter().rev();
    let found = all.filter(|(_, recording)| {
        recording.status == wanted
            && (query.meeting_id.is_some()
                || (recording.created >= window.0 && recording.created < window.1))
            && may_see(recording)
    });
    page.cut_rows(First::Newest, found, |(key, recording)| {
        let instance = world.meetings.instances.get(recording.instance)?;
        let series = world.meetings.series.get(instance.series)?;
        let is_meeting = query.meeting_id.as_ref().is_none_or(|id| {
            [&instance.id, &series.id].contains(&id) || series.occurrence_id(instance.name) == *id
        });
        let is_topic = query.topic.as_ref().is_none_or(|topic| {
            let own = instance.title.to_lowercase();
            own.contains(&topic.to_lowercase())
        });
        let is = |wanted: &Option<String>, is| wanted.as_deref().is_none_or(|one| one == is);
        let is_format = is(&query.format, FORMAT);
        let is_service = is(&query.service_type, SERVICE);
        let is_tagged = query.integration_tag.as_ref().is_none_or(|tag| {
            let tags = series.plan.settings.get("integrationTags");
            let tags = tags.and_then(Value::as_array);
            tags.is_some_and(|tags| tags.iter().any(|one| one == tag))
        });
        let is_wanted = is_meeting && is_topic && is_format && is_service && is_tagged;
        is_wanted.then(|| show(world, viewer, key))?
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListRecordings {
    #[serde(default, with = "moment")]
    from: Option<Timestamp>,
    #[serde(default, with = "moment")]
    to: Option<Timestamp>,
    meeting_id: Option<String>,
    integration_tag: Option<String>,
    topic: Option<String>,
    format: Option<String>,
    service_type: Option<String>,
    status: Option<RecordingStatus>,
}

fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: ListRecordings = call.query()?;
    let page = call.few()?;
    let window = window(query.from, query.to, call.now)?;
    let person = call.host(world)?;
    let is_officer = world.is_compliance_officer(call.person);
    let wants_purged = query.status == Some(Purged);
    Problem::forbidden("Purged recordings are listed for compliance officers, by meetingId.")
        .when(wants_purged && !(is_officer && query.meeting_id.is_some()))?;
    Ok(cut(world, person, page, &query, window, |recording| {
        let series = series_of(world, recording);
        let is_own = series.is_some_and(|series| series.host == person);
        is_own || is_officer || is_shared(world, recording, person)
    }))
}

fn details(world: &World, call: &Call) -> Result<Shown> {
    let asked = Asked {
        at: call.now,
        base: &call.base,
    };
    let person = call.host(world)?;
    let key = find(world, person, call.id(), false)?;
    with_links(world, person, key, asked).ok_or_else(missing)
}

/// Deletes permanently, without the bin; a reason may be given and is not stored.
fn delete(world: &mut World, call: &Call) -> Result<()> {
    let person = call.host(world)?;
    let key = find(world, person, call.id(), true)?;
    set_status(world, key, Purged);
    Ok(())
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ShareRecording {
    add_emails: Vec<String>,
    remove_emails: Vec<String>,
}

fn share(world: &mut World, call: &Call) -> Result<()> {
    let (person, share) = call.host_and_body(world)?;
    share_one(world, person, call.id(), share)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShareLink {
    web_share_link: String,
    #[serde(flatten)]
    share: ShareRecording,
}

/// The id is at the end of a recording's links.
fn share_link(world: &mut World, call: &Call) -> Result<()> {
    let (person, body): (_, ShareLink) = call.host_and_body(world)?;
    let parts = body.web_share_link.split_once("RCID=");
    let (_, id) = parts.ok_or_else(missing)?;
    share_one(world, person, id, body.share)
}

fn share_one(world: &mut World, person: PersonKey, id: &str, share: ShareRecording) -> Result<()> {
    let key = find(world, person, id, true)?;
    let recording = world.meetings.recordings.row_mut(key)?;
    let mut shared = recording.shared.clone();
    for email in &share.remove_emails {
        shared.remove(&email.to_lowercase());
    }
    shared.extend(share.add_emails.iter().map(|email| email.to_lowercase()));
    Problem::bad_request("A recording is shared with 1000 people at most.")
        .when(shared.len() > MAX_SHARED)?;
    recording.shared = shared;
    Ok(())
}

/// What is moved into the recycle bin, restored from it, or purged.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bulk {
    recording_ids: Option<Vec<String>>,
    #[serde(default)]
    restore_all: bool,
    #[serde(default)]
    purge_all: bool,
}

/// Moves all given recordings or none. What is in the bin can also be moved as a whole.
fn move_all(
    world: &mut World,
    call: &Call,
    from: RecordingStatus,
    to: RecordingStatus,
) -> Result<()> {
    let person = call.host(world)?;
    let bulk: Bulk = call.body()?;
    let is_all = match to {
        Available => bulk.restore_all,
        Deleted => false,
        Purged => bulk.purge_all,
    };
    let ids = bulk.recording_ids.unwrap_or_default();
    let keys = match is_all {
        true => all_own(world, person, from),
        false => all_named(world, person, &ids, from)?,
    };
    for key in keys {
        set_status(world, key, to);
    }
    Ok(())
}

fn all_own(world: &World, person: PersonKey, status: RecordingStatus) -> Vec<RecordingKey> {
    let all = world.meetings.recordings.iter();
    let own = all.filter(|(_, recording)| {
        let series = series_of(world, recording);
        recording.status == status && series.is_some_and(|one| one.host == person)
    });
    own.map(|(key, _)| key).collect()
}

fn all_named(
    world: &World,
    person: PersonKey,
    ids: &[String],
    status: RecordingStatus,
) -> Result<Vec<RecordingKey>> {
    Problem::bad_request("recordingIds must name 1 to 100 recordings.")
        .unless((1..=MAX_BULK_RECORDINGS_COUNT).contains(&ids.len()))?;
    let found = ids.iter().map(|id| {
        let key = find(world, person, id, true)?;
        let recording = world.meetings.recordings.get(key);
        let recording = recording.filter(|recording| recording.status == status);
        recording.map(|_| key).ok_or_else(missing)
    });
    found.collect()
}
