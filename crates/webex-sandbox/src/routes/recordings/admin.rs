//! Recordings of a whole site for administrators, and of one host for service apps of a group.

use axum::Json;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use crate::problem::{Problem, Result};
use crate::request::{Context, Query};
use crate::routes::meetings::HostEmail;
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

pub(crate) async fn list(
    context: Context,
    Query(query): Query<ListRecordings>,
) -> Result<Response> {
    let page = query.paging.few()?;
    let window = month(&query, context.now())?;
    context.list(|world| {
        match world.people.row(context.person)?.role {
            Role::Administrator | Role::ComplianceOfficer => {}
            Role::User | Role::Bot => return Err(not_allowed()),
        }
        let mut page = cut(world, context.person, page, &query, window, |_| true);
        // Administrators do not see with whom the host shared a recording.
        for shown in &mut page.items {
            shown.remove("password");
            shown.remove("shareToMe");
        }
        Ok(page)
    })
}

pub(crate) async fn delete(context: Context, Path(id): Path<String>) -> Result<StatusCode> {
    context.write(|world| {
        not_allowed().when(world.people.row(context.person)?.role != Role::Administrator)?;
        let key = world.meetings.recordings.find(&id).ok_or_else(missing)?;
        set_status(world, key, RecordingStatus::Purged);
        Ok(StatusCode::NO_CONTENT)
    })
}

/// The person whose recordings a service app reads, if the header does not name one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OfPerson {
    person_id: Option<String>,
}

/// The host: by address, by id, or by the uuid inside the id.
fn host(world: &World, email: Option<&str>, id: Option<&str>) -> Result<PersonKey> {
    let found = match (email, id) {
        (Some(email), _) => world.person_by_email(email),
        (None, Some(id)) => {
            let uuid = Uuid::parse_str(id).ok();
            let built = uuid.map(|uuid| webex::id::encode("us", "PEOPLE", uuid));
            world.people.find(built.as_deref().unwrap_or(id))
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

pub(crate) async fn group_list(
    context: Context,
    HostEmail(email): HostEmail,
    Query(of): Query<OfPerson>,
    Query(query): Query<ListRecordings>,
) -> Result<Response> {
    let page = query.paging.few()?;
    let window = month(&query, context.now())?;
    // This list has neither parameter.
    let query = ListRecordings {
        status: None,
        meeting_id: None,
        ..query
    };
    context.list(|world| {
        let host = host(world, email.as_deref(), of.person_id.as_deref())?;
        Ok(cut(world, host, page, &query, window, |recording| {
            is_hosted(world, recording, host)
        }))
    })
}

pub(crate) async fn group_details(
    context: Context,
    Path(id): Path<String>,
    HostEmail(email): HostEmail,
    Query(of): Query<OfPerson>,
) -> Result<Json<Shown>> {
    let asked = Asked {
        at: context.now(),
        base: &context.base,
    };
    context.read(|world| {
        let host = host(world, email.as_deref(), of.person_id.as_deref())?;
        let key = world.meetings.recordings.find(&id).ok_or_else(missing)?;
        let recording = world.meetings.recordings.row(key)?;
        missing().unless(is_hosted(world, recording, host))?;
        with_links(world, host, key, asked)
            .map(Json)
            .ok_or_else(missing)
    })
}
