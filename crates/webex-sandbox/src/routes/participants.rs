//! `/meetingParticipants`: people in a running meeting, people who were in an ended one, the lobby,
//! and calls into a meeting, which ring and are never answered.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;
use webex::limits::{MAX_ADMITTED_COUNT, MAX_CALLOUT_NAME_CHARS};

use crate::page::{First, Page, PageRequest};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::PersonKey;
use crate::rows::meetings::{InstanceKey, ParticipantKey, Target};
use crate::rows::moment::{self, later};
use crate::rows::preparations::Callout;
use crate::rules::caller::Caller;
use crate::rules::meetings::show::show_participant as show;
use crate::rules::meetings::{acting, hosted, is_host, missing, progress, running_of};
use crate::rules::shown::{Shown, shown};
use crate::world::World;

/// Webex looks one month back for the last instance of a series.
const DEFAULT_WINDOW_DAYS: i64 = 31;

/// Addresses in one query; the sandbox's own limit, as Webex documents none.
const MAX_EMAILS: usize = 1_000;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/meetingParticipants", list)
        .ask("/meetingParticipants/query", query)
        .post("/meetingParticipants/admit", admit)
        .post("/meetingParticipants/callout", call_out)
        .post("/meetingParticipants/cancelCallout", cancel_callout)
        .get("/meetingParticipants/{id}", details)
        .put("/meetingParticipants/{id}", update)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    meeting_id: Option<String>,
    #[serde(default, with = "moment")]
    meeting_start_time_from: Option<Timestamp>,
    #[serde(default, with = "moment")]
    meeting_start_time_to: Option<Timestamp>,
    host_email: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Joined {
    #[serde(default, with = "moment")]
    join_time_from: Option<Timestamp>,
    #[serde(default, with = "moment")]
    join_time_to: Option<Timestamp>,
}

/// The instance that is meant: the given one, or the last one of a series that started in the
/// window.
fn instance(world: &World, caller: &Caller, query: &List) -> Result<InstanceKey> {
    let person = acting(world, caller, query.host_email.as_deref())?;
    let id = Problem::required(query.meeting_id.as_deref(), "meetingId")?;
    let target = world.meetings.find(id).ok_or_else(missing)?;
    let series = world.meetings.series_of(target).ok_or_else(missing)?;
    missing().unless(is_host(world, series, person) || caller.oversees())?;
    let name = match target {
        Target::Instance(key) => return Ok(key),
        Target::Occurrence(_, name) => Some(name),
        Target::Series(_) => None,
    };
    let month = SignedDuration::from_hours(24 * DEFAULT_WINDOW_DAYS);
    let to = query.meeting_start_time_to.unwrap_or(Timestamp::MAX);
    let earlier = || moment::earlier(to.min(world.now), month);
    let from = query.meeting_start_time_from.unwrap_or_else(earlier);
    let mut instances = world.meetings.instances.all(&series.instances).rev();
    let found = instances.find(|(_, one)| {
        let is_in = one.started > from && one.started < to;
        is_in && name.is_none_or(|name| one.name == name)
    });
    found.map(|(key, _)| key).ok_or_else(missing)
}

fn cut(
    world: &World,
    page: PageRequest,
    instance: InstanceKey,
    joined: &Joined,
    emails: Option<&[String]>,
) -> Result<Page<Shown>> {
    let instance = world.meetings.instances.row(instance)?;
    let rows = world.meetings.participants.all(&instance.participants);
    Ok(page.cut_rows(First::Oldest, rows, |(key, participant)| {
        let since = joined.join_time_from;
        let is_since = since.is_none_or(|from| participant.joined.is_some_and(|at| at >= from));
        let until = joined.join_time_to;
        let is_until = until.is_none_or(|to| participant.joined.is_some_and(|at| at < to));
        let email = &world.people.get(participant.person)?.email;
        let is_named =
            emails.is_none_or(|emails| emails.iter().any(|one| one.eq_ignore_ascii_case(email)));
        (is_since && is_until && is_named).then(|| show(world, key))?
    }))
}

fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: List = call.query()?;
    let joined: Joined = call.query()?;
    let page = call.few()?;
    let instance = instance(world, call, &query)?;
    cut(world, page, instance, &joined, None)
}

#[derive(Debug, Deserialize)]
struct Emails {
    emails: Option<Vec<String>>,
    #[serde(flatten)]
    joined: Joined,
}

fn query(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: List = call.query()?;
    let body: Emails = call.body()?;
    let page = call.few()?;
    let emails = body.emails.as_deref();
    Problem::bad_request("emails names more than 1000 people.")
        .when(emails.is_some_and(|emails| emails.len() > MAX_EMAILS))?;
    let instance = instance(world, call, &query)?;
    cut(world, page, instance, &body.joined, emails)
}

/// The participant, if the caller hosts the meeting or, for reading only, may see all meetings.
pub(crate) fn find(
    world: &World,
    caller: &Caller,
    id: &str,
    is_to_change: bool,
) -> Result<ParticipantKey> {
    let missing = || Problem::not_found("Could not find a participant with provided ID.");
    let (key, participant) = world.meetings.participants.named(id).ok_or_else(missing)?;
    let target = Target::Instance(participant.instance);
    let series = world.meetings.series_of(target).ok_or_else(missing)?;
    let may_look = caller.oversees() && !is_to_change;
    missing().unless(is_host(world, series, caller.person) || may_look)?;
    Ok(key)
}

fn details(world: &World, call: &Call) -> Result<Shown> {
    let key = find(world, call, call.id(), false)?;
    show(world, key).ok_or_else(Problem::vanished)
}

/// The participant, while the meeting is running.
fn present(world: &World, caller: &Caller, id: &str) -> Result<ParticipantKey> {
    let key = find(world, caller, id, true)?;
    let participant = world.meetings.participants.row(key)?;
    progress::running(world, participant.instance)?;
    Ok(key)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateParticipant {
    muted: Option<bool>,
    admit: Option<bool>,
    expel: Option<bool>,
}

fn update(world: &mut World, call: &Call) -> Result<Shown> {
    let change: UpdateParticipant = call.body()?;
    let key = present(world, call, call.id())?;
    let now = world.now;
    // In Webex, removing a participant overrides the other changes.
    if change.expel == Some(true) {
        progress::leave(world, key);
    } else {
        if change.admit == Some(true) {
            progress::admit(world, key, now);
        }
        let participant = world.meetings.participants.row_mut(key)?;
        participant.is_muted = change.muted.unwrap_or(participant.is_muted);
    }
    let mut shown = show(world, key).ok_or_else(Problem::vanished)?;
    // After a change, Webex returns only the current state.
    shown.remove("meetingStartTime");
    shown.remove("joinedTime");
    Ok(shown)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ParticipantId {
    participant_id: String,
}

#[derive(Debug, Deserialize)]
struct Admit {
    items: Vec<ParticipantId>,
}

fn admit(world: &mut World, call: &Call) -> Result<()> {
    let body: Admit = call.body()?;
    Problem::bad_request("items must name 1 to 100 participants.")
        .unless((1..=MAX_ADMITTED_COUNT).contains(&body.items.len()))?;
    let ids = body.items.iter();
    let keys = ids.map(|item| present(world, call, &item.participant_id));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let now = world.now;
    for key in keys {
        progress::admit(world, key, now);
    }
    Ok(())
}

/// Calling a SIP address into a running meeting: nobody in the sandbox answers. Webex lets it ring for this long.
const RINGING_SECS: i64 = 30;

/// Calls that ring at once in one meeting; the sandbox's own limit.
const MAX_RINGING: usize = 100;

/// The longest address; the sandbox's own limit.
const MAX_ADDRESS_BYTES: usize = 256;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum CalledMeeting {
    MeetingId(String),
    MeetingNumber(String),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Callee {
    #[serde(flatten)]
    meeting: CalledMeeting,
    address: String,
    address_type: Option<String>,
    invitation_correlation_id: Option<Uuid>,
    display_name: String,
}

fn check_callee(request: &Callee) -> Result<()> {
    let address = request.address.trim();
    let bare = address.strip_prefix("sip:").unwrap_or(address);
    let parts = bare.split_once('@');
    let is_sip = parts.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
    Problem::bad_request("address must be a SIP address such as room@example.com.")
        .when(!is_sip || address.len() > MAX_ADDRESS_BYTES)?;
    let kind = request.address_type.as_deref();
    Problem::bad_request("addressType must be sipAddress.")
        .unless(matches!(kind, None | Some("sipAddress")))?;
    let chars = request.display_name.chars().count();
    Problem::bad_request("displayName must have 1 to 32 characters.")
        .unless((1..=MAX_CALLOUT_NAME_CHARS).contains(&chars))
}

/// The running instance in which the caller is host or cohost.
fn joined(world: &World, person: PersonKey, id: &str) -> Result<InstanceKey> {
    let key = running_of(world, hosted(world, person, id)?)?;
    check_joined(world, person, key).map(|()| key)
}

fn check_joined(world: &World, person: PersonKey, key: InstanceKey) -> Result<()> {
    let instance = world.meetings.instances.row(key)?;
    Problem::forbidden("Join the meeting before calling out.")
        .unless(world.meetings.is_in(instance, person))
}

/// Removes the calls that no longer ring.
fn hang_up(world: &mut World, now: Timestamp) {
    let all = world.meetings.callouts.iter();
    let silent = all.filter(|(_, call)| !call.rings(now));
    for key in silent.map(|(key, _)| key).collect::<Vec<_>>() {
        world.meetings.callouts.remove(key);
    }
}

fn call_out(world: &mut World, call: &Call) -> Result<Shown> {
    let request: Callee = call.body()?;
    check_callee(&request)?;
    let person = acting(world, call, None)?;
    let id = match &request.meeting {
        CalledMeeting::MeetingId(id) => id.clone(),
        CalledMeeting::MeetingNumber(number) => {
            let mut all = world.meetings.series.iter();
            let series = all.find(|(_, one)| one.number == *number && !one.is_deleted);
            let (_, series) = series.ok_or_else(missing)?;
            series.id.clone()
        }
    };
    let instance = joined(world, person, &id)?;
    let now = world.now;
    let ringing = world.meetings.callouts.iter();
    let ringing = ringing.filter(|(_, call)| call.instance == instance && call.rings(now));
    Problem::conflict("Too many calls ring at once.").when(ringing.count() >= MAX_RINGING)?;
    hang_up(world, now);
    let rings_until = later(now, SignedDuration::from_secs(RINGING_SECS));
    let key = world.meetings.callouts.insert_with(|id| Callout {
        id,
        instance,
        rings_until,
    })?;
    let callout = world.meetings.callouts.get(key);
    let participant_id = callout.ok_or_else(Problem::vanished)?.id.clone();
    let made = Uuid::new_v5(&Uuid::NAMESPACE_OID, participant_id.as_bytes());
    let correlation = request.invitation_correlation_id.unwrap_or(made);
    let series = world.meetings.series_of(Target::Instance(instance));
    let instance = world.meetings.instances.get(instance);
    Ok(shown(json!({
        "participantId": participant_id,
        "invitationCorrelationId": correlation.to_string(),
        "meetingNumber": series.map(|series| &series.number),
        "meetingId": instance.map(|instance| &instance.id),
        "address": request.address,
        "addressType": "sipAddress",
        "displayName": request.display_name,
        "state": "pending",
    })))
}

fn cancel_callout(world: &mut World, call: &Call) -> Result<()> {
    let body: ParticipantId = call.body()?;
    let person = acting(world, call, None)?;
    let now = world.now;
    let silent = || Problem::not_found("Nothing rings under this participant ID.");
    let key = world.meetings.callouts.find(&body.participant_id);
    let key = key.ok_or_else(silent)?;
    let callout = world.meetings.callouts.get(key);
    let callout = callout
        .filter(|callout| callout.rings(now))
        .ok_or_else(silent)?;
    let instance = world.meetings.instances.get(callout.instance);
    let id = instance.ok_or_else(silent)?.id.clone();
    joined(world, person, &id)?;
    world.meetings.callouts.remove(key);
    Ok(())
}
