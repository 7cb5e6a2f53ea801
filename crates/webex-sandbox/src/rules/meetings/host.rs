//! What only a host can do: control the running meeting, and give it another host.

use crate::problem::{Problem, Result};
use crate::rows::PersonKey;
use crate::rows::meetings::{InstanceKey, Target};
use crate::rules::meetings::{announce, hosted, missing, progress};
use crate::world::World;

/// How long links are valid by default.
pub(crate) const DEFAULT_LINK_MINUTES: u32 = 60;

/// The running instance with this id, if the caller is its host or a cohost.
pub(crate) fn running(world: &World, person: PersonKey, id: Option<&str>) -> Result<InstanceKey> {
    let id = Problem::required(id, "meetingId")?;
    running_of(world, hosted(world, person, id)?)
}

/// The running instance of a meeting of any kind.
pub(crate) fn running_of(world: &World, target: Target) -> Result<InstanceKey> {
    let not_running = || Problem::conflict("The meeting is not in progress.");
    let name = match target {
        Target::Instance(key) => return progress::running(world, key).map(|_| key),
        Target::Occurrence(_, name) => Some(name),
        Target::Series(_) => None,
    };
    let series = world.meetings.series_of(target).ok_or_else(missing)?;
    world.meetings.running(series, name).ok_or_else(not_running)
}

pub(crate) fn hand_over(world: &mut World, host: PersonKey, id: &str) -> Result<(), &'static str> {
    let missing = "Could not find a meeting series with provided ID.";
    let target = world.meetings.find(id).ok_or(missing)?;
    let Target::Series(key) = target else {
        return Err(missing);
    };
    let series = world.meetings.series.get_mut(key).ok_or(missing)?;
    series.host = host;
    announce::meeting(world, "updated", host, target);
    Ok(())
}
