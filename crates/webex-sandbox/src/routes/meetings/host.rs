//! Join links, controls, ending a meeting, and changing its host.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderValue, LOCATION};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};
use webex::limits::{MAX_JOIN_LINK_MINUTES, MAX_REASSIGNED_MEETINGS_COUNT};

use crate::problem::{Problem, Result};
use crate::request::Call;
use crate::rows::meetings::{Controls, Place, Series, Target};
use crate::rows::preparations::Registrant;
use crate::rows::{PersonKey, Role, moment};
use crate::rules::meetings::invitees::check_display_name;
use crate::rules::meetings::registrants::{approved, has_registration_id};
use crate::rules::meetings::show::web_link;
use crate::rules::meetings::{
    DEFAULT_LINK_MINUTES, hand_over, hosted, is_host, knows, missing, progress, running, running_of,
};
use crate::rules::shown::{Shown, shown};
use crate::world::World;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum MeetingReference {
    MeetingId(String),
    MeetingNumber(String),
    WebLink(String),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Join {
    #[serde(flatten)]
    meeting: MeetingReference,
    email: Option<String>,
    display_name: Option<String>,
    password: Option<String>,
    expiration_minutes: Option<u32>,
    registration_id: Option<String>,
    join_directly: Option<bool>,
}

pub(crate) fn join(world: &World, call: &Call) -> Result<Response> {
    let (person, join): (_, Join) = call.host_and_body(world)?;
    let mut links = links(world, person, &join)?;
    let minutes = join.expiration_minutes.unwrap_or(DEFAULT_LINK_MINUTES);
    let until = moment::later(call.now, SignedDuration::from_mins(i64::from(minutes)));
    if join.join_directly == Some(false) {
        links.insert("expiration".to_owned(), moment::text(until).into());
        return Ok(Json(links).into_response());
    }
    // A caller that does not ask for links is redirected to the meeting itself.
    let target = links.get("joinLink").and_then(Value::as_str);
    let target = HeaderValue::from_str(target.unwrap_or_default()).map_err(|_| missing())?;
    Ok((StatusCode::FOUND, [(LOCATION, target)]).into_response())
}

fn links(world: &World, person: PersonKey, join: &Join) -> Result<Shown> {
    check_display_name(join.display_name.as_deref())?;
    let minutes = join.expiration_minutes.unwrap_or(DEFAULT_LINK_MINUTES);
    Problem::bad_request("expirationMinutes must be 1 to 60.")
        .unless((1..=MAX_JOIN_LINK_MINUTES).contains(&minutes))?;
    let calendar = &world.meetings;
    let by = |is_wanted: &dyn Fn(&Series) -> bool| {
        let mut all = calendar.series.iter();
        let found = all.find(|(_, series)| !series.is_deleted && is_wanted(series));
        found.map(|(key, _)| Target::Series(key))
    };
    let target = match &join.meeting {
        MeetingReference::MeetingId(id) => calendar.find(id),
        MeetingReference::MeetingNumber(number) => by(&|series| series.number == *number),
        MeetingReference::WebLink(link) => by(&|series| web_link(series) == *link),
    };
    let (key, only) = target
        .and_then(|target| calendar.place_of(target))
        .ok_or_else(missing)?;
    let series = calendar.series.get(key);
    let series = series.filter(|series| !series.is_deleted);
    let series = series.ok_or_else(missing)?;
    check_registered(world, person, (key, only), join)?;
    let is_known = knows(world, series, person) || approved(world, key, person).next().is_some();
    Problem::forbidden("The meeting's password is required.")
        .when(!is_known && join.password.as_ref() != Some(&series.plan.password))?;
    let joins_as_host = is_host(world, series, person) && join.email.is_none();
    let link = |action| web_link(series).replace("j.php", action);
    Ok(shown(json!({
        "startLink": joins_as_host.then(|| link("start.php")),
        "joinLink": link("join.php"),
    })))
}

/// If a meeting has registration, only approved people get links; some webinars also require the
/// registration id.
fn check_registered(world: &World, person: PersonKey, place: Place, join: &Join) -> Result<()> {
    let (key, only) = place;
    let series = world.meetings.series.row(key)?;
    if series.preparations.registration.is_none() || is_host(world, series, person) {
        return Ok(());
    }
    let registrations = approved(world, key, person);
    let mut registrations = registrations.filter(|one| only.is_none() || one.is_of(only));
    let needs_id = has_registration_id(series);
    let is_meant = |one: &Registrant| {
        !needs_id
            || (one.wire.registration_id.is_some()
                && one.wire.registration_id == join.registration_id)
    };
    Problem::forbidden(
        "Only approved registrants join the meeting: register first, and give the registrationId of a webinar that has them.",
    )
    .unless(registrations.any(is_meant))
}

pub(crate) fn controls(world: &World, call: &Call) -> Result<Json<Controls>> {
    let key = running(world, call.person, call.parameter("meetingId")?.as_deref())?;
    Ok(Json(progress::running(world, key)?.controls.clone()))
}

pub(crate) fn update_controls(world: &mut World, call: &Call) -> Result<Json<Controls>> {
    let change: Controls = call.body()?;
    let key = running(world, call.person, call.parameter("meetingId")?.as_deref())?;
    let instance = world.meetings.instances.row_mut(key)?;
    let controls = &mut instance.controls;
    controls.locked = change.locked.or(controls.locked);
    controls.recording_started = change.recording_started.or(controls.recording_started);
    let is_recording = controls.recording_started == Some(true);
    controls.recording_paused = match is_recording {
        true => change.recording_paused.or(controls.recording_paused),
        false => Some(false),
    };
    instance.was_recorded |= is_recording;
    Ok(Json(controls.clone()))
}

/// Ending takes a reason, which only compliance officers must give; it is not stored.
pub(crate) fn end(world: &mut World, call: &Call) -> Result<()> {
    let id = call.id();
    let target = match world.is_compliance_officer(call.person) {
        true => world.meetings.find(id).ok_or_else(missing)?,
        false => hosted(world, call.person, id)?,
    };
    let key = running_of(world, target)?;
    progress::end(world, key)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReassignHost {
    host_email: String,
    meeting_ids: Vec<String>,
}

pub(crate) fn reassign(world: &mut World, call: &Call) -> Result<Response> {
    let reassign: ReassignHost = call.body()?;
    Problem::bad_request("meetingIds must name 1 to 100 meetings.")
        .unless((1..=MAX_REASSIGNED_MEETINGS_COUNT).contains(&reassign.meeting_ids.len()))?;
    Problem::forbidden("Only administrators reassign hosts.")
        .when(call.role != Role::Administrator)?;
    let host = world.person_by_email(&reassign.host_email);
    let host = host.ok_or_else(|| Problem::not_found("Could not find the host."))?;
    let ids = reassign.meeting_ids.iter();
    let outcomes: Vec<_> = ids.map(|id| (id, hand_over(world, host, id))).collect();
    if outcomes.iter().all(|(_, outcome)| outcome.is_ok()) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let items = outcomes.into_iter();
    let items: Vec<Value> = items.map(|(id, outcome)| reassigned(id, outcome)).collect();
    Ok((StatusCode::MULTI_STATUS, Json(json!({"items": items}))).into_response())
}

fn reassigned(id: &str, outcome: Result<(), &'static str>) -> Value {
    match outcome {
        Ok(()) => json!({"meetingId": id, "httpStatus": 200, "errors": []}),
        Err(problem) => json!({
            "meetingId": id,
            "httpStatus": 404,
            "message": "The requested resource could not be found.",
            "errors": [{"description": problem}],
        }),
    }
}
