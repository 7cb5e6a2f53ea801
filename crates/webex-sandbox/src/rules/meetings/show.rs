//! The three kinds of meetings as their host and others see them, and the people in them.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::problem::{Problem, Result};
use crate::rows::meetings::{
    Instance, Occurrence, ParticipantKey, Presence, ScheduledType, Series, Target,
};
use crate::rows::moment;
use crate::rules::caller::API_PATH;
use crate::rules::meetings::registration;
use crate::rules::shown::{Shown, shown};
use crate::world::World;

/// The site of the demo company, with a name that belongs to nobody.
pub(crate) const SITE: &str = "example.webex.com";

pub(crate) fn check_site(site: Option<&str>) -> Result<()> {
    let reason = format!("siteUrl must be one of {SITE}.");
    Problem::bad_request(reason).unless(site.is_none_or(|site| site == SITE))
}

/// An occurrence can be joined this long before its start.
const READY: SignedDuration = SignedDuration::from_mins(15);

/// The meeting; with passwords, settings and preparations only for its host and cohosts.
pub(crate) fn show(world: &World, target: Target, is_host: bool) -> Option<Shown> {
    let series = world.meetings.series.get(target.series)?;
    let mut fields = common(world, series, target.name, is_host);
    fields.extend(match (target.instance, target.name) {
        (Some(key), _) => of_instance(world, series, world.meetings.instances.get(key)?),
        (None, Some(name)) => of_occurrence(world, series, series.occurrence(name)?),
        (None, None) => of_series(world, series),
    });
    Some(fields)
}

/// The part of others' meetings that administrators see: no agenda, and no addresses for joining.
pub(crate) fn for_administrators(mut meeting: Shown) -> Shown {
    for field in ["agenda", "webLink", "sipAddress"] {
        meeting.remove(field);
    }
    meeting
}

/// What a series and its occurrences and instances have in common.
fn common(world: &World, series: &Series, name: Option<Timestamp>, is_host: bool) -> Shown {
    let plan = &series.plan;
    let host = world.people.get(series.host);
    let setup = series.setup(name);
    let has_breakouts = !setup.breakouts.is_empty();
    let form = series.preparations.registration.as_ref();
    let links = || {
        let id = name.map_or_else(|| series.id.clone(), |name| series.occurrence_id(name));
        json!([{
            "rel": "breakoutSessions",
            "href": format!("{API_PATH}/meetings/{id}/breakoutSessions"),
            "method": "GET",
        }])
    };
    let mut fields = match is_host {
        true => plan.settings.clone(),
        false => Shown::new(),
    };
    fields.extend(shown(json!({
        "meetingNumber": series.number,
        "title": plan.title,
        "agenda": plan.agenda,
        "password": is_host.then_some(&plan.password),
        "scheduledType": plan.scheduled_type,
        "timezone": plan.timezone,
        "hostUserId": host.map(|host| &host.id),
        "hostDisplayName": host.map(|host| &host.display_name),
        "hostEmail": host.map(|host| &host.email),
        "siteUrl": SITE,
        "webLink": web_link(series),
        "sipAddress": format!("{}@{SITE}", series.number),
        "roomId": plan.room_id,
        "trackingCodes": plan.tracking_codes.as_ref().filter(|_| is_host),
        "hostKey": is_host.then(|| host_key(series)),
        "telephony": telephony(series),
        "registration": form.filter(|_| is_host),
        "registerLink": form.map(|_| register_link(series)),
        "simultaneousInterpretation": is_host.then_some(&setup.interpretation),
        "links": has_breakouts.then(links),
        "enabledBreakoutSessions": has_breakouts,
    })));
    fields
}

/// The link for registering; it contains the id of the series.
pub(crate) fn register_link(series: &Series) -> String {
    format!("https://{SITE}/example/j.php?RGID=r{}", series.id)
}

/// Six digits, as in Webex; the sandbox accepts them nowhere.
fn host_key(series: &Series) -> &str {
    let start = series.number.len().saturating_sub(6);
    &series.number[start..]
}

/// A number that belongs to nobody: numbers with 555-01 are reserved for fiction.
fn telephony(series: &Series) -> Value {
    json!({
        "accessCode": series.number,
        "callInNumbers": [{
            "label": "United States Toll",
            "callInNumber": "+1-202-555-0142",
            "tollType": "toll",
        }],
        "links": [],
    })
}

/// The link for joining; it contains the id of the series.
pub(crate) fn web_link(series: &Series) -> String {
    format!("https://{SITE}/example/j.php?MTID=m{}", series.id)
}

fn of_series(world: &World, series: &Series) -> Shown {
    let plan = &series.plan;
    let end = plan.start.checked_add(plan.length).ok();
    shown(json!({
        "id": series.id,
        "meetingType": "meetingSeries",
        "state": series_state(world, series),
        "start": moment::text(plan.start),
        "end": end.map(moment::text),
        "recurrence": plan.recurrence,
    }))
}

/// Whether these fields of a meeting have the wanted tag.
pub(crate) fn has_tag(fields: &Shown, wanted: Option<&String>) -> bool {
    let tags = fields.get("integrationTags").and_then(Value::as_array);
    wanted.is_none_or(|wanted| tags.is_some_and(|tags| tags.iter().any(|one| one == wanted)))
}

fn series_state(world: &World, series: &Series) -> &'static str {
    if world.meetings.running(series, None).is_some() {
        return "inProgress";
    }
    match series.space.is_some() || series.next(world.now).is_some() {
        true => "active",
        false => "expired",
    }
}

fn occurrence_state(world: &World, series: &Series, occurrence: &Occurrence) -> &'static str {
    let name = Some(occurrence.name);
    if world.meetings.running(series, name).is_some() {
        return "inProgress";
    }
    let has_been = world.meetings.instances_of(series, name).next().is_some();
    let is_ready = occurrence.start.duration_since(world.now) <= READY;
    match (has_been, occurrence.end <= world.now, is_ready) {
        (true, ..) => "ended",
        (false, true, _) => "missed",
        (false, false, true) => "ready",
        (false, false, false) => "scheduled",
    }
}

fn of_occurrence(world: &World, series: &Series, occurrence: Occurrence) -> Shown {
    shown(json!({
        "id": series.occurrence_id(occurrence.name),
        "meetingSeriesId": series.id,
        "meetingType": "scheduledMeeting",
        "state": occurrence_state(world, series, &occurrence),
        "title": occurrence.title,
        "agenda": occurrence.agenda,
        "isModified": occurrence.is_modified,
        "start": moment::text(occurrence.start),
        "end": moment::text(occurrence.end),
    }))
}

fn of_instance(world: &World, series: &Series, instance: &Instance) -> Shown {
    let has_ended = instance.ended.is_some();
    let mut participants = world.meetings.participants.all(&instance.participants);
    let is_anybody_in = participants.any(|(_, one)| one.joined.is_some());
    let state = match (has_ended, is_anybody_in) {
        (true, _) => "ended",
        (false, true) => "inProgress",
        (false, false) => "lobby",
    };
    let mut fields = shown(json!({
        "id": instance.id,
        "meetingSeriesId": series.id,
        "scheduledMeetingId": series.occurrence_id(instance.name),
        "meetingType": "meeting",
        "state": state,
        "title": instance.title,
        "start": moment::text(instance.started),
        "end": moment::text(instance.ended.unwrap_or(instance.planned_end)),
    }));
    if has_ended {
        let has_transcript = instance.transcript.is_some();
        let is_webinar = series.plan.scheduled_type == ScheduledType::Webinar;
        let mut registrants = registration::of_series(world, instance.series);
        fields.extend(shown(json!({
            "hasChat": false,
            "hasRecording": instance.recording.is_some(),
            "hasTranscription": has_transcript,
            "hasSummary": has_transcript,
            "hasClosedCaption": false,
            "hasPolls": false,
            "hasQA": false,
            "hasRegistration": series.preparations.registration.is_some(),
            "hasRegistrants": registrants.next().is_some(),
            "hasPostEventSurvey": is_webinar.then_some(true),
        })));
    }
    fields
}

/// A person in a running meeting, or one who was in an ended one.
pub(crate) fn show_participant(world: &World, key: ParticipantKey) -> Option<Shown> {
    let participant = world.meetings.participants.get(key)?;
    let person = world.people.get(participant.person)?;
    let (instance, series) = world.meetings.held(participant.instance)?;
    let host = world.people.get(series.host)?;
    let seconds = participant.joined.zip(participant.left);
    let seconds = seconds.map(|(joined, left)| left.duration_since(joined).as_secs());
    let room = series.plan.room_id.as_deref();
    let room = room.and_then(|id| world.rooms.get(world.rooms.find(id)?));
    let is_running = instance.ended.is_none();
    let [joined, left] = [participant.joined, participant.left].map(|at| at.map(moment::text));
    Some(shown(json!({
        "id": participant.id,
        "orgId": is_running.then_some(&world.organization_id),
        "host": participant.is_host,
        "coHost": participant.is_co_host,
        "spaceModerator": room.map(|room| world.is_moderator(participant.person, room)),
        "email": person.email,
        "displayName": person.display_name,
        "invitee": participant.is_invitee,
        "muted": participant.is_muted,
        "meetingStartTime": moment::text(instance.started),
        "video": "off",
        "state": match participant.presence {
            Presence::Lobby => "lobby",
            Presence::Joined => "joined",
            Presence::Left => "end",
        },
        "joinedTime": joined,
        "leftTime": left,
        "siteUrl": SITE,
        "meetingId": instance.id,
        "hostEmail": host.email,
        "devices": [shown(json!({
            "deviceType": "webex_app",
            "joinedTime": joined,
            "leftTime": left,
            "durationSecond": seconds,
        }))],
    })))
}
