//! Actions of people in meetings, done for them by tests in Rust or by the administration.

use serde::Deserialize;
use thiserror::Error;

use crate::problem::{Problem, Result};
use crate::rows::PersonKey;
use crate::rows::meetings::{InstanceKey, Target};
use crate::rules::meetings::{create, missing, progress, running_of, surveys};
use crate::world::World;

/// An action in a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase")]
#[non_exhaustive]
pub enum MeetingAction {
    /// The meeting starts, with nobody in it: the next occurrence of a series, or the given one.
    Start,
    /// A person of the company joins; people who are not invited may come into the lobby.
    Join {
        /// The person's e-mail address.
        email: String,
    },
    /// A person leaves.
    Leave {
        /// The person's e-mail address.
        email: String,
    },
    /// A person says something, which will be in the transcript.
    Say {
        /// The person's e-mail address.
        email: String,
        /// The words, at most 10,000 characters.
        text: String,
    },
    /// A person answers the survey of an ended webinar; it may be anyone, also from outside the
    /// company.
    Answer {
        /// The person's e-mail address.
        email: String,
        /// The answers in the order of the questions: a score, an option, a text.
        answers: Vec<String>,
    },
    /// The meeting ends for everyone; recording and transcript appear five minutes later.
    End,
}

/// Why an action was refused, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ActionRefused(pub(crate) String);

/// The longest text of a snippet.
const MAX_WORDS_CHARS: usize = 10_000;

pub(crate) fn act(world: &mut World, id: &str, action: MeetingAction) -> Result<String> {
    let target = world.meetings.find(id).ok_or_else(missing)?;
    let key = match (&action, target) {
        (MeetingAction::Start, _) => start(world, target)?,
        (MeetingAction::Answer { .. }, Target::Instance(key)) => key,
        (MeetingAction::Answer { .. }, _) => {
            return Err(Problem::bad_request("Name the instance that has ended."));
        }
        _ => running_of(world, target)?,
    };
    match action {
        MeetingAction::Start => {}
        MeetingAction::Join { email } => drop(progress::join(world, key, person(world, &email)?)?),
        MeetingAction::Leave { email } => leave(world, key, person(world, &email)?)?,
        MeetingAction::Say { email, text } => {
            Problem::bad_request("text must have 1 to 10000 characters.")
                .when(text.trim().is_empty() || text.chars().count() > MAX_WORDS_CHARS)?;
            progress::say(world, key, person(world, &email)?, text)?;
        }
        MeetingAction::Answer { email, answers } => {
            surveys::answer(world, key, &email, &answers)?;
        }
        MeetingAction::End => progress::end(world, key)?,
    }
    let instance = world.meetings.instances.get(key);
    instance.map(|one| one.id.clone()).ok_or_else(missing)
}

fn start(world: &mut World, target: Target) -> Result<InstanceKey> {
    let started = || Problem::conflict("The meeting has started already.");
    let (series, name) = target.scheduled().ok_or_else(started)?;
    let planned = world.meetings.series.row(series)?;
    progress::check_not_running(world, planned)?;
    let standing = match name {
        None => create::meet_now(world, series)?,
        Some(_) => None,
    };
    let planned = world.meetings.series.row(series)?;
    let next = || planned.occurrences().find(|one| one.end > world.now);
    let name = name.or(standing).or_else(|| next().map(|one| one.name));
    let name = name.ok_or_else(|| Problem::conflict("The series has no meeting to come."))?;
    progress::open(world, series, name)
}

fn person(world: &World, email: &str) -> Result<PersonKey> {
    let person = world.person_by_email(email);
    person.ok_or_else(|| Problem::not_found("Could not find the person."))
}

fn leave(world: &mut World, key: InstanceKey, person: PersonKey) -> Result<()> {
    let instance = progress::running(world, key)?;
    let present = world.meetings.present(instance, person);
    let absent = || Problem::conflict("The person is not in the meeting.");
    let (present, _) = present.ok_or_else(absent)?;
    progress::leave(world, present);
    Ok(())
}
