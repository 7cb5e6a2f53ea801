//! Schedules a series, which may have only one meeting, or an ad-hoc meeting of a space; and the
//! standing meetings of rooms.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use webex::limits::MAX_INVITEES_COUNT;

use crate::problem::{Problem, Result};
use crate::rows::meetings::{
    Plan, ScheduledType, Series, SeriesKey, Settings, Target, TrackingCode,
};
use crate::rows::preparations::{Preparations, RegistrationForm, SimultaneousInterpretation};
use crate::rows::{PersonKey, Role, Room, RoomKey, moment};
use crate::rules::meetings::invitees::{self, NewInvitee};
use crate::rules::meetings::setup::{self, BreakoutPlan};
use crate::rules::meetings::{announce, checks, progress, registration};
use crate::world::World;

/// The sandbox's own limit; Webex documents none.
const MAX_SERIES_PER_HOST: usize = 1_000;

/// The planned length of an ad-hoc meeting.
const ADHOC_LENGTH: SignedDuration = SignedDuration::from_mins(20);

/// The planned length of a room's standing meeting once somebody starts it.
const STANDING_LENGTH: SignedDuration = SignedDuration::from_mins(60);

/// How often a standing meeting can have taken place; the sandbox's own limit.
const MAX_TIMES_MET: usize = 10_000;

/// Meeting numbers have ten digits; the last ones are a counter.
const FIRST_NUMBER: u64 = 2_550_000_000;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NewMeeting {
    pub(crate) adhoc: Option<bool>,
    pub(crate) room_id: Option<String>,
    pub(crate) template_id: Option<String>,
    pub(crate) site_url: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) agenda: Option<String>,
    pub(crate) password: Option<String>,
    #[serde(with = "moment")]
    pub(crate) start: Option<Timestamp>,
    #[serde(with = "moment")]
    pub(crate) end: Option<Timestamp>,
    pub(crate) timezone: Option<String>,
    pub(crate) recurrence: Option<String>,
    pub(crate) scheduled_type: Option<ScheduledType>,
    pub(crate) invitees: Option<Vec<NewInvitee>>,
    pub(crate) host_email: Option<String>,
    pub(crate) registration: Option<RegistrationForm>,
    pub(crate) simultaneous_interpretation: Option<SimultaneousInterpretation>,
    pub(crate) breakout_sessions: Option<Vec<BreakoutPlan>>,
    pub(crate) tracking_codes: Option<Vec<TrackingCode>>,
    #[serde(flatten)]
    pub(crate) settings: Settings,
}

impl Series {
    /// A series without a plan, to which nobody is invited.
    fn new(id: String, ordinal: u64, host: PersonKey) -> Self {
        Series {
            id,
            number: (FIRST_NUMBER + ordinal).to_string(),
            host,
            plan: Plan::default(),
            starts: Vec::new(),
            exceptions: BTreeMap::new(),
            instances: Vec::new(),
            invitees: Vec::new(),
            preparations: Preparations::default(),
            space: None,
            is_deleted: false,
        }
    }
}

pub(crate) fn create(world: &mut World, host: PersonKey, mut new: NewMeeting) -> Result<SeriesKey> {
    let hosted = world.meetings.series.iter();
    let hosted = hosted.filter(|(_, series)| series.host == host && !series.is_deleted);
    Problem::full().when(hosted.count() >= MAX_SERIES_PER_HOST)?;
    let room = match &new.room_id {
        Some(id) => Some(world.rooms.row(world.own_room(host, id)?)?),
        None => None,
    };
    let is_adhoc = new.adhoc == Some(true);
    let ongoing = world.meetings.first(|one| {
        let is_here = one.plan.is_adhoc && one.plan.room_id == new.room_id;
        is_here && world.meetings.running(one, None).is_some()
    });
    // A room has one ad-hoc meeting at a time.
    if let Some(ongoing) = ongoing.filter(|_| is_adhoc) {
        return Ok(ongoing.series);
    }
    let mut invitees = new.invitees.take();
    if let Some(room) = room {
        // People of the organization become cohosts, unless the host decides otherwise.
        for one in invitees.get_or_insert_with(|| members(world, host, room)) {
            let is_known = world.person_by_email(&one.email).is_some();
            one.co_host.get_or_insert(is_known);
        }
    }
    let invitees = invitees.unwrap_or_default();
    let twice = Problem::bad_request("invitees names an address twice.");
    invitees::check_all(&invitees, HashSet::new(), 0, &twice)?;
    let form = new.registration.take().map(registration::prepared);
    let form = form.transpose()?;
    let interpretation = new.simultaneous_interpretation.take();
    let sessions = new.breakout_sessions.take();
    let plan = plan(world, room, new)?;
    let table = &world.meetings.series;
    let mut series = Series::new(table.next_id(), table.next_ordinal(), host);
    checks::apply(&mut series, plan)?;
    series.preparations.registration = form;
    if let Some(interpretation) = interpretation {
        setup::interpret(&mut series, None, interpretation)?;
    }
    if let Some(sessions) = sessions {
        setup::plan_breakouts(&mut series, None, sessions)?;
    }
    // Nothing is refused from here on.
    let first = series.starts.first().copied();
    let key = world.meetings.series.insert_with(|_| series)?;
    let target = Target::scheduled(key, None);
    for invitee in invitees {
        invitees::add(world, target, invitee)?;
    }
    announce::meeting(world, "created", host, target);
    progress::plan_next(world, key);
    if is_adhoc {
        let instance = progress::open(world, key, first.ok_or_else(Problem::vanished)?)?;
        progress::join(world, instance, host)?;
    }
    Ok(key)
}

/// The members of a room, as invitees of a meeting.
fn members(world: &World, host: PersonKey, room: &Room) -> Vec<NewInvitee> {
    let members = room.members.keys().filter_map(|key| {
        let person = world.people.get(*key)?;
        let is_guest = *key != host && person.role != Role::Bot;
        is_guest.then(|| NewInvitee {
            email: person.email.clone(),
            ..NewInvitee::default()
        })
    });
    members.take(MAX_INVITEES_COUNT).collect()
}

fn plan(world: &World, room: Option<&Room>, mut new: NewMeeting) -> Result<Plan> {
    if new.adhoc == Some(true) {
        Problem::bad_request("roomId is required for an ad-hoc meeting.").when(room.is_none())?;
        new.start = Some(world.now);
        new.end = Some(moment::later(world.now, ADHOC_LENGTH));
    }
    let start = Problem::required(new.start, "start")?;
    let end = Problem::required(new.end, "end")?;
    let (start, length) = checks::times(start, end)?;
    checks::check_ahead(start, world.now)?;
    let title = new.title.or_else(|| room.map(|room| room.title.clone()));
    let ordinal = world.meetings.series.next_ordinal();
    Ok(Plan {
        title: Problem::required(title, "title")?,
        agenda: new.agenda,
        password: new.password.unwrap_or_else(|| generated(ordinal)),
        start,
        length,
        timezone: new.timezone.unwrap_or_else(|| "UTC".to_owned()),
        recurrence: new.recurrence.filter(|rule| !rule.is_empty()),
        scheduled_type: new.scheduled_type.unwrap_or_default(),
        room_id: new.room_id,
        is_adhoc: new.adhoc == Some(true),
        tracking_codes: new.tracking_codes,
        settings: checks::known("meeting", new.settings)?,
    })
}

/// A password as a site would make one; in the sandbox it does not have to be hard to guess.
fn generated(ordinal: u64) -> String {
    format!("Sandbox{ordinal:04}")
}

/// The standing meeting of a room, created at the first request for it.
pub(crate) fn of_room(world: &mut World, key: RoomKey) -> Result<SeriesKey> {
    if let Some(known) = world.meetings.first(|series| series.space == Some(key)) {
        return Ok(known.series);
    }
    let room = world.rooms.row(key)?;
    let people = room.members.keys().filter_map(|key| world.people.get(*key));
    let names: Vec<&str> = people.map(|one| one.display_name.as_str()).collect();
    // Direct rooms have no title.
    let title = match room.title.is_empty() {
        true => names.join(", "),
        false => room.title.clone(),
    };
    let ordinal = world.meetings.series.next_ordinal();
    let plan = Plan {
        title,
        password: generated(ordinal),
        start: world.now,
        length: STANDING_LENGTH,
        timezone: "UTC".to_owned(),
        room_id: Some(room.id.clone()),
        ..Plan::default()
    };
    let host = room.creator;
    Ok(world.meetings.series.insert_with(|id| Series {
        plan,
        space: Some(key),
        ..Series::new(id, ordinal, host)
    })?)
}

/// Adds the current time to the room's meetings; `None` if the meeting does not belong to a room.
pub(crate) fn meet_now(world: &mut World, key: SeriesKey) -> Result<Option<Timestamp>> {
    let now = world.now;
    let series = world.meetings.series.get_mut(key);
    let Some(series) = series.filter(|series| series.space.is_some()) else {
        return Ok(None);
    };
    Problem::full().when(series.starts.len() >= MAX_TIMES_MET)?;
    // The clock never runs backwards, so the times stay in order.
    if series.starts.last().is_none_or(|last| *last < now) {
        series.starts.push(now);
    }
    Ok(Some(now))
}
