//! Calling a SIP address into a running meeting. It rings, and nobody in the sandbox answers.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;
use webex::limits::MAX_CALLOUT_NAME_CHARS;

use crate::problem::{Problem, Result};
use crate::request::Call;
use crate::rows::PersonKey;
use crate::rows::meetings::{InstanceKey, Target};
use crate::rows::moment::later;
use crate::rows::preparations::Callout;
use crate::rules::meetings::{acting, hosted, missing, running_of};
use crate::rules::shown::{Shown, shown};
use crate::world::World;

/// Webex lets it ring for this long.
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
pub(crate) struct Request {
    #[serde(flatten)]
    meeting: CalledMeeting,
    address: String,
    address_type: Option<String>,
    invitation_correlation_id: Option<Uuid>,
    display_name: String,
}

fn check(request: &Request) -> Result<()> {
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

pub(crate) fn call_out(world: &mut World, call: &Call) -> Result<Shown> {
    let request: Request = call.body()?;
    check(&request)?;
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

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cancel {
    participant_id: String,
}

pub(crate) fn cancel(world: &mut World, call: &Call) -> Result<()> {
    let body: Cancel = call.body()?;
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
