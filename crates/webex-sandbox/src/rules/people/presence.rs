//! Presence: what somebody chose, else what they are doing, else how long ago they did something.

use jiff::Timestamp;

use crate::problem::Problem;
use crate::rows::meetings::Due;
use crate::rows::{Person, PersonStatus};
use crate::world::World;

/// Who did something within ten minutes is active.
const ACTIVE_SECS: i64 = 10 * 60;

/// What people choose themselves, or what their devices tell; the rest follows from what they do.
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

/// Every meeting that runs has an end on the agenda.
fn is_in_meeting(world: &World, person: &Person) -> bool {
    let calendar = &world.meetings;
    let key = world.people.find(&person.id);
    let mut running = calendar.agenda.iter().filter_map(|(_, due)| match due {
        Due::End(instance) => calendar.instances.get(*instance),
        Due::Start(..) | Due::Publish(_) => None,
    });
    key.is_some_and(|key| running.any(|instance| calendar.is_in(instance, key)))
}

/// Somebody chooses a status, or with `None` lets it follow from what they do.
pub(crate) fn choose(
    world: &mut World,
    email: &str,
    chosen: Option<PersonStatus>,
) -> Result<(), Problem> {
    if chosen.as_ref().is_some_and(|it| !CHOICES.contains(it)) {
        return Err(Problem::bad_request(
            "status must be call, DoNotDisturb, OutOfOffice, presenting or null.",
        ));
    }
    let person = world.person_by_email(email);
    let person = person.and_then(|key| world.people.get_mut(key));
    person
        .ok_or_else(crate::rules::people::missing)?
        .chosen_status = chosen;
    Ok(())
}
