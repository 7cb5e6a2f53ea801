//! `/meetingParticipants`: people in a running meeting, people who were in an ended one, and the
//! lobby.

pub(crate) mod callout;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use webex::limits::MAX_ADMITTED_COUNT;

use crate::page::{Page, PageRequest};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::meetings::{InstanceKey, ParticipantKey, Target};
use crate::rows::moment;
use crate::rules::caller::Caller;
use crate::rules::meetings::show::show_participant as show;
use crate::rules::meetings::{acting, is_host, missing, progress};
use crate::rules::shown::Shown;
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
        .post("/meetingParticipants/callout", callout::call_out)
        .post("/meetingParticipants/cancelCallout", callout::cancel)
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

/// The window of joining times.
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
    let mut instances = world.meetings.instances_of(series).rev();
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
    Ok(page.cut_keys(instance.participants.iter().copied(), |key| {
        let participant = world.meetings.participants.get(key)?;
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
struct AdmitParticipant {
    participant_id: String,
}

#[derive(Debug, Deserialize)]
struct Admit {
    items: Vec<AdmitParticipant>,
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
