//! Recordings: `/recordings` with a recycle bin, sharing, and links that expire; `/admin/recordings`
//! of a whole site for administrators; `/group/recordings` of one host for service apps of a group.

pub(crate) mod links;

use std::ops::Range;

use axum::routing::get;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;
use webex::limits::MAX_RECORDINGS_WINDOW_DAYS;

use crate::page::{First, Page, PageRequest};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::meetings::RecordingStatus::{Available, Deleted, Purged};
use crate::rows::meetings::{Recording, RecordingKey, RecordingStatus};
use crate::rows::{PersonKey, Role};
use crate::rules::meetings::recordings::{
    FORMAT, SERVICE, find, is_of_host, is_shared, missing, set_status, show,
};
use crate::rules::meetings::show::{check_site, has_tag};
use crate::rules::meetings::{Window, check_named};
use crate::rules::shown::Shown;
use crate::world::World;

/// People with whom a recording is shared; the sandbox's own limit.
const MAX_SHARED: usize = 1_000;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/recordings", list)
        .post("/recordings/accessList", share_link)
        .post("/recordings/softDelete", |world, call| {
            move_all(world, call, [Available, Deleted])
        })
        .post("/recordings/restore", |world, call| {
            move_all(world, call, [Deleted, Available])
        })
        .post("/recordings/purge", |world, call| {
            move_all(world, call, [Deleted, Purged])
        })
        .get("/recordings/{id}", details)
        .delete("/recordings/{id}", delete)
        .post("/recordings/{id}/accessList", share)
        .route("/recordings/{id}/download/{kind}", get(links::download))
        .get("/admin/recordings", admin_list)
        .delete("/admin/recordings/{id}", admin_delete)
        .get("/group/recordings", group_list)
        .get("/group/recordings/{id}", group_details)
}

/// A recording with links to its files.
fn with_links(world: &World, call: &Call, viewer: PersonKey, key: RecordingKey) -> Option<Shown> {
    let recording = world.meetings.recordings.get(key)?;
    let mut shown = show(world, viewer, key)?;
    if recording.status == Available {
        let links = links::show(world, call, recording)?;
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
    window: &Range<Timestamp>,
    may_see: impl Fn(&Recording) -> bool,
) -> Page<Shown> {
    let wanted = query.status.unwrap_or(Available);
    let all = world.meetings.recordings.iter().rev();
    let found = all.filter(|(_, recording)| {
        let is_in = query.meeting_id.is_some() || window.contains(&recording.created);
        is_in && recording.status == wanted && may_see(recording)
    });
    page.cut_rows(First::Newest, found, |(key, recording)| {
        let (instance, series) = world.meetings.held(recording.instance)?;
        let is_meeting = query.meeting_id.as_ref().is_none_or(|id| {
            [&instance.id, &series.id].contains(&id) || series.occurrence_id(instance.name) == *id
        });
        let title = instance.title.to_lowercase();
        let topic = query.topic.as_ref();
        let is_topic = topic.is_none_or(|topic| title.contains(&topic.to_lowercase()));
        let is = |wanted: &Option<String>, is| wanted.as_deref().is_none_or(|one| one == is);
        let is_kind = is(&query.format, FORMAT) && is(&query.service_type, SERVICE);
        let is_tagged = has_tag(&series.plan.settings, query.integration_tag.as_ref());
        let is_wanted = is_meeting && is_topic && is_kind && is_tagged;
        is_wanted.then(|| show(world, viewer, key))?
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListRecordings {
    #[serde(flatten)]
    window: Window,
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
    let window = query.window.checked(call.now)?;
    let person = call.host(world)?;
    let is_officer = world.is_compliance_officer(call.person);
    let wants_purged = query.status == Some(Purged);
    Problem::forbidden("Purged recordings are listed for compliance officers, by meetingId.")
        .when(wants_purged && !(is_officer && query.meeting_id.is_some()))?;
    Ok(cut(world, person, page, &query, &window, |recording| {
        let is_own = is_of_host(world, recording, person);
        is_own || is_officer || is_shared(world, recording, person)
    }))
}

fn details(world: &World, call: &Call) -> Result<Shown> {
    check_site(call.header("siteUrl"))?;
    let person = call.host(world)?;
    let key = find(world, person, call.id(), false)?;
    with_links(world, call, person, key).ok_or_else(missing)
}

/// Deletes permanently, without the bin.
fn delete(world: &mut World, call: &Call) -> Result<()> {
    let key = find(world, call.host(world)?, call.id(), true)?;
    let recording = world.meetings.recordings.row(key)?;
    call.check_reason(world, is_of_host(world, recording, call.person))?;
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
    site_url: Option<String>,
    #[serde(default)]
    restore_all: bool,
    #[serde(default)]
    purge_all: bool,
}

/// Moves all given recordings or none. What is in the bin can also be moved as a whole.
fn move_all(world: &mut World, call: &Call, [from, to]: [RecordingStatus; 2]) -> Result<()> {
    let person = call.host(world)?;
    let bulk: Bulk = call.body()?;
    check_site(bulk.site_url.as_deref())?;
    let is_all = match to {
        Available => bulk.restore_all,
        Deleted => false,
        Purged => bulk.purge_all,
    };
    let keys = match is_all {
        true => {
            let all = world.meetings.recordings.iter();
            let own = all.filter(|(_, one)| one.status == from && is_of_host(world, one, person));
            own.map(|(key, _)| key).collect()
        }
        false => {
            let ids = bulk.recording_ids.unwrap_or_default();
            check_named(&ids, "recordingIds must name 1 to 100 recordings.")?;
            let named = ids.iter().map(|id| {
                let key = find(world, person, id, true)?;
                missing().unless(world.meetings.recordings.row(key)?.status == from)?;
                Ok(key)
            });
            named.collect::<Result<Vec<_>>>()?
        }
    };
    for key in keys {
        set_status(world, key, to);
    }
    Ok(())
}

fn not_allowed() -> Problem {
    Problem::forbidden("Only administrators see the recordings of others.")
}

fn admin_list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: ListRecordings = call.query()?;
    let page = call.few()?;
    let window = query.window.within(call.now, MAX_RECORDINGS_WINDOW_DAYS)?;
    not_allowed().unless(call.oversees())?;
    let mut page = cut(world, call.person, page, &query, &window, |_| true);
    // Administrators do not see with whom the host shared a recording.
    for shown in &mut page.items {
        shown.remove("password");
        shown.remove("shareToMe");
    }
    Ok(page)
}

fn admin_delete(world: &mut World, call: &Call) -> Result<()> {
    not_allowed().unless(call.role == Role::Administrator)?;
    let recording = world.meetings.recordings.find(call.id());
    set_status(world, recording.ok_or_else(missing)?, Purged);
    Ok(())
}

/// The host whose recordings a service app reads: by address, by id, or by the uuid inside the id.
fn group_host(world: &World, call: &Call) -> Result<PersonKey> {
    let found = match (call.header("hostEmail"), call.parameter("personId")?) {
        (Some(email), _) => world.person_by_email(email),
        (None, Some(id)) => {
            let uuid = Uuid::parse_str(&id).ok();
            let built = uuid.map(|uuid| webex::id::encode("us", "PEOPLE", uuid));
            world.people.find(&built.unwrap_or(id))
        }
        (None, None) => {
            let neither = "Give either personId or the header hostEmail.";
            return Err(Problem::bad_request(neither));
        }
    };
    found.ok_or_else(|| Problem::not_found("Could not find the host."))
}

fn group_list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let mut query: ListRecordings = call.query()?;
    let page = call.few()?;
    let window = query.window.within(call.now, MAX_RECORDINGS_WINDOW_DAYS)?;
    // This list has neither parameter.
    (query.status, query.meeting_id) = (None, None);
    let host = group_host(world, call)?;
    Ok(cut(world, host, page, &query, &window, |recording| {
        is_of_host(world, recording, host)
    }))
}

fn group_details(world: &World, call: &Call) -> Result<Shown> {
    let host = group_host(world, call)?;
    let all = &world.meetings.recordings;
    let (key, recording) = all.named(call.id()).ok_or_else(missing)?;
    missing().unless(recording.status == Available && is_of_host(world, recording, host))?;
    with_links(world, call, host, key).ok_or_else(missing)
}
