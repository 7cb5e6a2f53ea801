//! The standing meeting of a room: it has no plan, and all members of the room may see it.

use jiff::{SignedDuration, Timestamp};

use crate::problem::{Problem, Result};
use crate::rows::RoomKey;
use crate::rows::meetings::{Plan, ScheduledType, Series, SeriesKey, Settings};
use crate::rules::meetings::create::{generated, number};
use crate::world::World;

/// The planned length once somebody starts it.
const PLANNED_MINUTES: i64 = 60;

/// How often it can have taken place; the sandbox's own limit.
const MAX_TIMES_MET: usize = 10_000;

/// The standing meeting of a room, created at the first request for it.
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
