//! Join links, controls, ending a meeting, and changing its host.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderValue, LOCATION};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};
use webex::limits::MAX_JOIN_LINK_MINUTES;

use crate::problem::{Problem, Result};
use crate::request::Call;
use crate::rows::meetings::{Controls, InstanceKey};
use crate::rows::preparations::Registrant;
use crate::rows::{PersonKey, Role, moment};
use crate::rules::meetings::invitees::{check_display_name, check_email};
use crate::rules::meetings::registration::{has_registration_id, is_approved, may_join};
use crate::rules::meetings::show::{check_site, web_link};
use crate::rules::meetings::{
    MeetingReference, check_named, hand_over, host_named, hosted, is_host, knows, missing,
    not_held, progress, running,
};
use crate::rules::shown::{Shown, shown};
use crate::world::World;

/// How long links are valid by default.
const DEFAULT_LINK_MINUTES: u32 = 60;

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
    let minutes = join.expiration_minutes.unwrap_or(DEFAULT_LINK_MINUTES);
    check_display_name(join.display_name.as_deref())?;
    Problem::bad_request("displayName needs email.")
        .when(join.display_name.is_some() && join.email.is_none())?;
    join.email.as_deref().map_or(Ok(()), check_email)?;
    Problem::bad_request("expirationMinutes must be 1 to 60.")
        .unless((1..=MAX_JOIN_LINK_MINUTES).contains(&minutes))?;
    let mut links = links(world, person, &join)?;
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
    let target = not_held(join.meeting.find(world)?)?;
    let series = world.meetings.series.row(target.series)?;
    let needs_id = has_registration_id(series);
    let has_id = |one: &Registrant| {
        let own = &one.wire.registration_id;
        !needs_id || (own.is_some() && *own == join.registration_id)
    };
    Problem::forbidden(
        "Only approved registrants join the meeting: register first, and give the registrationId of a webinar that has them.",
    )
    .unless(may_join(world, target, person, has_id))?;
    let is_known = knows(world, series, person) || is_approved(world, target.series, person);
    Problem::forbidden("The meeting's password is required.")
        .when(!is_known && join.password.as_ref() != Some(&series.plan.password))?;
    let joins_as_host = is_host(world, series, person) && join.email.is_none();
    let link = |action| web_link(series).replace("j.php", action);
    Ok(shown(json!({
        "startLink": joins_as_host.then(|| link("start.php")),
        "joinLink": link("join.php"),
    })))
}

/// The running instance that the caller may control.
fn controlled(world: &World, call: &Call) -> Result<InstanceKey> {
    let id = Problem::required(call.parameter("meetingId")?, "meetingId")?;
    running(world, hosted(world, call.person, &id)?)
}

pub(crate) fn controls(world: &World, call: &Call) -> Result<Json<Controls>> {
    let key = controlled(world, call)?;
    Ok(Json(progress::running(world, key)?.controls.clone()))
}

pub(crate) fn update_controls(world: &mut World, call: &Call) -> Result<Json<Controls>> {
    let change: Controls = call.body()?;
    let key = controlled(world, call)?;
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
    let target = match world.is_compliance_officer(call.person) {
        true => world.meetings.find(call.id()).ok_or_else(missing)?,
        false => hosted(world, call.person, call.id())?,
    };
    let key = running(world, target)?;
    progress::end(world, key)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReassignHost {
    host_email: String,
    meeting_ids: Vec<String>,
}

pub(crate) fn reassign(world: &mut World, call: &Call) -> Result<Response> {
    let body: ReassignHost = call.body()?;
    check_site(call.header("siteUrl"))?;
    check_named(&body.meeting_ids, "meetingIds must name 1 to 100 meetings.")?;
    Problem::forbidden("Only administrators reassign hosts.")
        .when(call.role != Role::Administrator)?;
    let host = host_named(world, &body.host_email)?;
    let ids = body.meeting_ids.iter();
    let items = ids.map(|id| reassigned(id, hand_over(world, host, id)));
    let items: Vec<Value> = items.collect();
    if items.iter().all(|item| item["httpStatus"] == "200") {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok((StatusCode::MULTI_STATUS, Json(json!({"items": items}))).into_response())
}

fn reassigned(id: &str, outcome: Result<(), &'static str>) -> Value {
    let Err(problem) = outcome else {
        return json!({"meetingId": id, "httpStatus": "200", "errors": []});
    };
    json!({
        "meetingId": id,
        "httpStatus": "404",
        "message": "The requested resource could not be found.",
        "errors": [{"description": problem}],
    })
}
