//! Presence: the chosen status, or else the current activity, or else the time since the last
//! activity.

use jiff::Timestamp;

use crate::problem::{Problem, Result};
use crate::rows::meetings::Due;
use crate::rows::{Person, PersonStatus};
use crate::world::World;

/// A person who did something within ten minutes is active.
const ACTIVE_SECS: i64 = 10 * 60;

/// The statuses that people or their devices set; the others follow from what people do.
const CHOICES: [PersonStatus; 4] = [
    PersonStatus::Call,
    PersonStatus::DoNotDisturb,
    PersonStatus::OutOfOffice,
    PersonStatus::Presenting,
];

pub(crate) fn status(world: &World, person: &Person, now: Timestamp) -> PersonStatus {
    let idle_secs = person.last_activity.duration_until(now).as_secs();
    if person.is_pending() {
        PersonStatus::Pending
    } else if let Some(chosen) = person.chosen_status {
        chosen
    } else if is_in_meeting(world, person) {
        PersonStatus::Meeting
    } else if idle_secs <= ACTIVE_SECS {
        PersonStatus::Active
    } else {
        PersonStatus::Inactive
    }
}

/// Every running meeting has its end on the agenda.
fn is_in_meeting(world: &World, person: &Person) -> bool {
    let calendar = &world.meetings;
    let key = world.people.find(&person.id);
    let mut running = calendar.agenda.iter().filter_map(|(_, due)| match due {
        Due::End(instance) => calendar.instances.get(*instance),
        Due::Start(..) | Due::Publish(_) => None,
    });
    key.is_some_and(|key| running.any(|instance| calendar.is_in(instance, key)))
}

/// Sets a person's status; with `None`, it follows from what the person does.
pub(crate) fn choose(world: &mut World, email: &str, chosen: Option<PersonStatus>) -> Result<()> {
    Problem::bad_request("status must be call, DoNotDisturb, OutOfOffice, presenting or null.")
        .when(chosen.as_ref().is_some_and(|it| !CHOICES.contains(it)))?;
    let person = world.person_by_email(email);
    let person = person.and_then(|key| world.people.get_mut(key));
    person
        .ok_or_else(crate::rules::people::missing)?
        .chosen_status = chosen;
    Ok(())
}
