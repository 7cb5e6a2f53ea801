//! Schedules a series, which may have only one meeting, or an ad-hoc meeting of a space; and the
//! standing meetings of rooms.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use webex::limits::MAX_INVITEES_COUNT;

use crate::problem::{Problem, Result};
use crate::rows::meetings::{
    Plan, ScheduledType, Series, SeriesKey, Settings, Target, TrackingCode,
};
use crate::rows::preparations::{Preparations, RegistrationForm, SimultaneousInterpretation};
use crate::rows::{PersonKey, Role, RoomKey, moment};
use crate::rules::meetings::invitees::{self, NewInvitee};
use crate::rules::meetings::setup::{self, BreakoutPlan};
use crate::rules::meetings::{announce, checks, progress, recurrence, registration};
use crate::world::World;

/// The sandbox's own limit; Webex documents none.
const MAX_SERIES_PER_HOST: usize = 1_000;

/// The planned length of an ad-hoc meeting.
const ADHOC_MINUTES: i64 = 20;

/// The planned length of a room's standing meeting once somebody starts it.
const PLANNED_MINUTES: i64 = 60;

/// How often a standing meeting can have taken place; the sandbox's own limit.
const MAX_TIMES_MET: usize = 10_000;

/// Meeting numbers have ten digits; the last ones are a counter.
const FIRST_NUMBER: u64 = 2_550_000_000;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NewMeeting {
    pub(crate) adhoc: Option<bool>,
    pub(crate) room_id: Option<String>,
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
    /// A series that was not changed yet, and to which nobody is invited.
    pub(crate) fn new(id: String, number: String, host: PersonKey, plan: Plan) -> Self {
        Series {
            id,
            number,
            host,
            plan,
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

pub(crate) fn create(world: &mut World, host: PersonKey, new: NewMeeting) -> Result<SeriesKey> {
    let hosted = world.meetings.series.iter();
    let hosted = hosted.filter(|(_, series)| series.host == host && !series.is_deleted);
    Problem::full().when(hosted.count() >= MAX_SERIES_PER_HOST)?;
    let invitees = planned(world, host, &new)?;
    check_invitees(&invitees)?;
    let is_adhoc = new.adhoc == Some(true);
    let form = new.registration.clone().map(registration::prepared);
    let form = form.transpose()?;
    let interpretation = new.simultaneous_interpretation.clone();
    let sessions = new.breakout_sessions.clone();
    let plan = plan(world, host, new)?;
    checks::check_plan(&plan)?;
    let starts = recurrence::starts(plan.start, &plan.timezone, plan.recurrence.as_deref())?;
    let table = &world.meetings.series;
    let (id, number) = (table.next_id(), number(table.next_ordinal()));
    let mut series = Series {
        starts,
        preparations: Preparations {
            registration: form,
            ..Preparations::default()
        },
        ..Series::new(id, number, host, plan)
    };
    if let Some(interpretation) = interpretation {
        setup::interpret(&mut series, None, interpretation)?;
    }
    if let Some(sessions) = sessions {
        setup::plan_breakouts(&mut series, None, sessions)?;
    }
    // Nothing is refused from here on.
    let key = world.meetings.series.insert_with(|_| series)?;
    for invitee in invitees {
        invitees::add(world, (key, None), invitee)?;
    }
    announce::meeting(world, "created", host, Target::Series(key));
    progress::plan_next(world, key);
    if is_adhoc {
        let name = world.meetings.series.get(key);
        let name = name.and_then(|series| series.starts.first().copied());
        let instance = progress::open(world, key, name.ok_or_else(Problem::vanished)?)?;
        progress::join(world, instance, host)?;
    }
    Ok(key)
}

/// The invitees: the given ones or, for a meeting of a room, its members, who become cohosts.
fn planned(world: &World, host: PersonKey, new: &NewMeeting) -> Result<Vec<NewInvitee>> {
    let named = new.invitees.clone();
    let Some(room) = &new.room_id else {
        return Ok(named.unwrap_or_default());
    };
    let room = world.rooms.row(world.own_room(host, room)?)?;
    let everybody = room.members.keys().filter_map(|key| {
        let person = world.people.get(*key)?;
        let is_guest = *key != host && person.role != Role::Bot;
        is_guest.then(|| NewInvitee {
            email: person.email.clone(),
            ..NewInvitee::default()
        })
    });
    let planned = named.unwrap_or_else(|| everybody.take(MAX_INVITEES_COUNT).collect());
    let with_role = planned.into_iter().map(|one| {
        // By default, only people of the organization become cohosts.
        let is_known = world.person_by_email(&one.email).is_some();
        NewInvitee {
            co_host: one.co_host.or(Some(is_known)),
            ..one
        }
    });
    Ok(with_role.collect())
}

/// Refuses invitees who cannot be invited, and addresses that are given twice, before anything is
/// stored.
fn check_invitees(planned: &[NewInvitee]) -> Result<()> {
    Problem::bad_request("A meeting has at most 1000 invitees.")
        .when(planned.len() > MAX_INVITEES_COUNT)?;
    let mut emails = BTreeSet::new();
    for one in planned {
        invitees::check(one)?;
        Problem::bad_request("invitees names an address twice.")
            .unless(emails.insert(one.email.trim().to_lowercase()))?;
    }
    Ok(())
}

fn plan(world: &World, host: PersonKey, new: NewMeeting) -> Result<Plan> {
    let is_adhoc = new.adhoc == Some(true);
    let room = match &new.room_id {
        Some(id) => Some(world.rooms.row(world.own_room(host, id)?)?),
        None => None,
    };
    Problem::bad_request("roomId is required for an ad-hoc meeting.")
        .when(is_adhoc && room.is_none())?;
    let (start, end) = match is_adhoc {
        true => {
            let length = SignedDuration::from_mins(ADHOC_MINUTES);
            (Some(world.now), Some(moment::later(world.now, length)))
        }
        false => (new.start, new.end),
    };
    let start = Problem::required(start, "start")?;
    let end = Problem::required(end, "end")?;
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
        scheduled_type: new.scheduled_type.unwrap_or(ScheduledType::Meeting),
        room_id: new.room_id,
        tracking_codes: new.tracking_codes,
        settings: checks::settings(new.settings)?,
    })
}

pub(crate) fn number(ordinal: u64) -> String {
    (FIRST_NUMBER + ordinal).to_string()
}

/// A password as a site would make one; in the sandbox it does not have to be hard to guess.
pub(crate) fn generated(ordinal: u64) -> String {
    format!("Sandbox{ordinal:04}")
}

/// The standing meeting of a room, created at the first request for it. It has no plan, and all
/// members of the room may see it.
pub(crate) fn of_room(world: &mut World, key: RoomKey) -> Result<SeriesKey> {
    if let Some(known) = known(world, key) {
        return Ok(known);
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
        agenda: None,
        password: generated(ordinal),
        start: world.now,
        length: SignedDuration::from_mins(PLANNED_MINUTES),
        timezone: "UTC".to_owned(),
        recurrence: None,
        scheduled_type: ScheduledType::Meeting,
        room_id: Some(room.id.clone()),
        tracking_codes: None,
        settings: Settings::new(),
    };
    let host = room.creator;
    Ok(world.meetings.series.insert_with(|id| Series {
        space: Some(key),
        ..Series::new(id, number(ordinal), host, plan)
    })?)
}

fn known(world: &World, room: RoomKey) -> Option<SeriesKey> {
    let mut all = world.meetings.series.iter();
    let found = all.find(|(_, series)| series.space == Some(room));
    found.map(|(key, _)| key)
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
