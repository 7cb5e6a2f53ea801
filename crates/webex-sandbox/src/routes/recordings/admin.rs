//! Recordings of a whole site for administrators, and of one host for service apps of a group.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::page::Page;
use crate::problem::{Problem, Result};
use crate::request::Call;
use crate::routes::recordings::links::Asked;
use crate::routes::recordings::{ListRecordings, cut, with_links};
use crate::rows::meetings::{Recording, RecordingStatus};
use crate::rows::{PersonKey, Role};
use crate::rules::meetings::recordings::{missing, series_of, set_status, window};
use crate::rules::shown::Shown;
use crate::world::World;

/// The longest window for listing the recordings of others.
const MAX_WINDOW_DAYS: i64 = webex::limits::MAX_RECORDINGS_WINDOW_DAYS;

fn month(query: &ListRecordings, now: Timestamp) -> Result<(Timestamp, Timestamp)> {
    let window = window(query.from, query.to, now)?;
    let longest = SignedDuration::from_hours(24 * MAX_WINDOW_DAYS);
    Problem::bad_request("The interval between from and to must be within 30 days.")
        .when(window.1.duration_since(window.0) > longest)?;
    Ok(window)
}

fn not_allowed() -> Problem {
    Problem::forbidden("Only administrators see the recordings of others.")
}

pub(crate) fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: ListRecordings = call.query()?;
    let page = call.few()?;
    let window = month(&query, call.now)?;
    not_allowed().unless(call.oversees())?;
    let mut page = cut(world, call.person, page, &query, window, |_| true);
    // Administrators do not see with whom the host shared a recording.
    for shown in &mut page.items {
        shown.remove("password");
        shown.remove("shareToMe");
    }
    Ok(page)
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Result<()> {
    not_allowed().unless(call.role == Role::Administrator)?;
    let recording = world.meetings.recordings.find(call.id());
    let key = recording.ok_or_else(missing)?;
    set_status(world, key, RecordingStatus::Purged);
    Ok(())
}

/// The host of recordings that a service app reads: by address in the header, or by id, or by the
/// uuid inside the id.
fn host(world: &World, call: &Call) -> Result<PersonKey> {
    let found = match (call.header("hostEmail"), call.parameter("personId")?) {
        (Some(email), _) => world.person_by_email(email),
        (None, Some(id)) => {
            let uuid = Uuid::parse_str(&id).ok();
            let built = uuid.map(|uuid| webex::id::encode("us", "PEOPLE", uuid));
            world.people.find(&built.unwrap_or(id))
        }
        (None, None) => {
            return Err(Problem::bad_request(
                "Give either personId or the header hostEmail.",
            ));
        }
    };
    found.ok_or_else(|| Problem::not_found("Could not find the host."))
}

fn is_hosted(world: &World, recording: &Recording, host: PersonKey) -> bool {
    let series = series_of(world, recording);
    let is_there = recording.status == RecordingStatus::Available;
    is_there && series.is_some_and(|series| series.host == host)
}

pub(crate) fn group_list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: ListRecordings = call.query()?;
    let page = call.few()?;
    let window = month(&query, call.now)?;
    // This list has neither parameter.
    let query = ListRecordings {
        status: None,
        meeting_id: None,
        ..query
    };
    let host = host(world, call)?;
    Ok(cut(world, host, page, &query, window, |recording| {
        is_hosted(world, recording, host)
    }))
}

pub(crate) fn group_details(world: &World, call: &Call) -> Result<Shown> {
    let asked = Asked {
        at: call.now,
        base: &call.base,
    };
    let host = host(world, call)?;
    let recording = world.meetings.recordings.named(call.id());
    let (key, recording) = recording.ok_or_else(missing)?;
    missing().unless(is_hosted(world, recording, host))?;
    with_links(world, host, key, asked).ok_or_else(missing)
}
