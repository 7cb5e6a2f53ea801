//! `/meetingParticipants`: people in a running meeting, people who were in an ended one, the lobby,
//! and calls into a meeting, which ring and are never answered.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;
use webex::limits::{MAX_CALLOUT_NAME_CHARS, MAX_JOIN_WINDOW_DAYS};

use crate::page::{First, Page, PageRequest};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::PersonKey;
use crate::rows::meetings::{Instance, InstanceKey, ParticipantKey, Target};
use crate::rows::moment;
use crate::rows::preparations::Callout;
use crate::rules::caller::Caller;
use crate::rules::meetings::invitees::is_address;
use crate::rules::meetings::show::show_participant as show;
use crate::rules::meetings::{
    Items, MAX_AT_ONCE, MeetingReference, Window, acting, check_named, is_host, knows, missing,
    only_hosts, progress, running,
};
use crate::rules::shown::{Shown, shown};
use crate::world::World;

/// Webex looks one month back for the last instance of a series.
const MONTH: SignedDuration = SignedDuration::from_hours(24 * 31);

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

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Joined {
    #[serde(default, with = "moment")]
    join_time_from: Option<Timestamp>,
    #[serde(default, with = "moment")]
    join_time_to: Option<Timestamp>,
}

/// The people who are wanted.
#[derive(Debug, Deserialize)]
struct Wanted {
    emails: Option<Vec<String>>,
    #[serde(flatten)]
    joined: Joined,
}

/// The instance that is meant: the given one, or the last of a series that started in the window.
fn instance<'w>(world: &'w World, caller: &Caller, query: &List) -> Result<&'w Instance> {
    let person = acting(world, caller, query.host_email.as_deref())?;
    let id = Problem::required(query.meeting_id.as_deref(), "meetingId")?;
    let target = world.meetings.find(id).ok_or_else(missing)?;
    let series = world.meetings.series.row(target.series)?;
    missing().unless(is_host(world, series, person) || caller.oversees())?;
    if let Some(key) = target.instance {
        return Ok(world.meetings.instances.row(key)?);
    }
    let to = query.meeting_start_time_to.unwrap_or(Timestamp::MAX);
    let month = || moment::earlier(to.min(world.now), MONTH);
    let from = query.meeting_start_time_from.unwrap_or_else(month);
    let mut instances = world.meetings.instances_of(series, target.name).rev();
    let found = instances.find(|(_, one)| one.started > from && one.started < to);
    found.map(|(_, one)| one).ok_or_else(missing)
}

fn cut(
    world: &World,
    page: PageRequest,
    instance: &Instance,
    wanted: &Wanted,
) -> Result<Page<Shown>> {
    let rows = world.meetings.participants.all(&instance.participants);
    let (from, to) = (wanted.joined.join_time_from, wanted.joined.join_time_to);
    let window = from.or(to).map(|_| Window { from, to });
    let window = window
        .map(|it| it.within(world.now, MAX_JOIN_WINDOW_DAYS))
        .transpose()?;
    Ok(page.cut_rows(First::Oldest, rows, |(key, participant)| {
        let joined = participant.joined;
        let is_in = window
            .as_ref()
            .is_none_or(|it| joined.is_some_and(|at| it.contains(&at)));
        let email = &world.people.get(participant.person)?.email;
        let emails = wanted.emails.as_ref();
        let is_named =
            emails.is_none_or(|emails| emails.iter().any(|one| one.eq_ignore_ascii_case(email)));
        // Who only waited in the lobby has not been in a meeting that is over.
        let was_in = instance.ended.is_none() || joined.is_some();
        (was_in && is_in && is_named).then(|| show(world, key))?
    }))
}

fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: List = call.query()?;
    let page = call.few()?;
    let instance = instance(world, call, &query)?;
    let (emails, joined) = (None, call.query()?);
    cut(world, page, instance, &Wanted { emails, joined })
}

fn query(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: List = call.query()?;
    let wanted: Wanted = call.body()?;
    let page = call.few()?;
    let emails = wanted.emails.as_deref().unwrap_or_default();
    Problem::bad_request("emails names more than 1000 people.").when(emails.len() > MAX_EMAILS)?;
    let instance = instance(world, call, &query)?;
    cut(world, page, instance, &wanted)
}

/// The participant, if the caller hosts the meeting or, for reading only, may see all meetings.
fn find(world: &World, call: &Call, id: &str, is_to_change: bool) -> Result<ParticipantKey> {
    let person = call.host(world)?;
    let missing = || Problem::not_found("Could not find a participant with provided ID.");
    let (key, participant) = world.meetings.participants.named(id).ok_or_else(missing)?;
    let held = world.meetings.held(participant.instance);
    let (_, series) = held.ok_or_else(missing)?;
    let may_look = call.oversees() && !is_to_change;
    missing().unless(is_host(world, series, person) || may_look)?;
    Ok(key)
}

fn details(world: &World, call: &Call) -> Result<Shown> {
    let key = find(world, call, call.id(), false)?;
    show(world, key).ok_or_else(Problem::vanished)
}

/// The participant, while the meeting is running.
fn present(world: &World, call: &Call, id: &str) -> Result<ParticipantKey> {
    let key = find(world, call, id, true)?;
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
    // In Webex, removing a participant overrides the other changes.
    if change.expel == Some(true) {
        progress::leave(world, key);
    } else {
        if change.admit == Some(true) {
            progress::admit(world, key);
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

fn admit(world: &mut World, call: &Call) -> Result<()> {
    let body: Items<ParticipantId> = call.body()?;
    check_named(&body.items, "items must name 1 to 100 participants.")?;
    let ids = body.items.iter();
    let keys = ids.map(|item| present(world, call, &item.participant_id));
    for key in keys.collect::<Result<Vec<_>>>()? {
        progress::admit(world, key);
    }
    Ok(())
}

/// Calling a SIP address into a running meeting: nobody in the sandbox answers. Webex lets it ring for this long.
const RINGING: SignedDuration = SignedDuration::from_secs(30);

/// The longest address; the sandbox's own limit.
const MAX_ADDRESS_BYTES: usize = 256;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Callee {
    #[serde(flatten)]
    meeting: MeetingReference,
    address: String,
    address_type: Option<String>,
    invitation_correlation_id: Option<Uuid>,
    display_name: String,
}

fn check_callee(request: &Callee) -> Result<()> {
    let address = request.address.trim();
    let is_sip = is_address(address.strip_prefix("sip:").unwrap_or(address));
    Problem::bad_request("address must be a SIP address such as room@example.com.")
        .when(!is_sip || address.len() > MAX_ADDRESS_BYTES)?;
    let kind = request.address_type.as_deref();
    Problem::bad_request("addressType must be sipAddress.")
        .unless(matches!(kind, None | Some("sipAddress")))?;
    let chars = request.display_name.chars().count();
    Problem::bad_request("displayName must have 1 to 32 characters.")
        .unless((1..=MAX_CALLOUT_NAME_CHARS).contains(&chars))
}

/// The running instance that the caller has joined as host or cohost.
fn joined(world: &World, person: PersonKey, target: Target) -> Result<InstanceKey> {
    let series = world.meetings.series.row(target.series)?;
    missing().unless(knows(world, series, person))?;
    only_hosts().unless(is_host(world, series, person))?;
    let key = running(world, target)?;
    let instance = world.meetings.instances.row(key)?;
    Problem::forbidden("Join the meeting before calling out.")
        .unless(world.meetings.is_in(instance, person))?;
    Ok(key)
}

fn call_out(world: &mut World, call: &Call) -> Result<Shown> {
    let request: Callee = call.body()?;
    check_callee(&request)?;
    let person = acting(world, call, None)?;
    let instance = joined(world, person, request.meeting.find(world)?)?;
    let now = world.now;
    let all = world.meetings.callouts.iter();
    let (ringing, silent): (Vec<_>, Vec<_>) = all.partition(|(_, call)| now < call.rings_until);
    let here = ringing.iter().filter(|(_, call)| call.instance == instance);
    Problem::conflict("Too many calls ring at once.").when(here.count() >= MAX_AT_ONCE)?;
    let silent: Vec<_> = silent.into_iter().map(|(key, _)| key).collect();
    for key in silent {
        world.meetings.callouts.remove(key);
    }
    let rings_until = moment::later(now, RINGING);
    let key = world.meetings.callouts.insert_with(|id| Callout {
        id,
        instance,
        rings_until,
    })?;
    let participant_id = &world.meetings.callouts.row(key)?.id;
    let made = Uuid::new_v5(&Uuid::NAMESPACE_OID, participant_id.as_bytes());
    let correlation = request.invitation_correlation_id.unwrap_or(made);
    let held = world.meetings.held(instance);
    let (instance, series) = held.ok_or_else(Problem::vanished)?;
    Ok(shown(json!({
        "participantId": participant_id,
        "invitationCorrelationId": correlation.to_string(),
        "meetingNumber": series.number,
        "meetingId": instance.id,
        "address": request.address,
        "addressType": "sipAddress",
        "displayName": request.display_name,
        "state": "pending",
    })))
}

fn cancel_callout(world: &mut World, call: &Call) -> Result<()> {
    let body: ParticipantId = call.body()?;
    let person = acting(world, call, None)?;
    let found = world.meetings.callouts.named(&body.participant_id);
    let found = found.filter(|(_, callout)| world.now < callout.rings_until);
    let (key, callout) =
        found.ok_or_else(|| Problem::not_found("Nothing rings under this participant ID."))?;
    let instance = world.meetings.instances.row(callout.instance)?;
    joined(world, person, Target::held(callout.instance, instance))?;
    world.meetings.callouts.remove(key);
    Ok(())
}
