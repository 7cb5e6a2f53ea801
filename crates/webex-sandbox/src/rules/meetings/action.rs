//! Actions of people in meetings, done for them by tests in Rust or by the administration.

use serde::Deserialize;
use thiserror::Error;

use crate::problem::{Problem, Result};
use crate::rows::PersonKey;
use crate::rows::meetings::{InstanceKey, Target};
use crate::rules::meetings::transcripts::check_words;
use crate::rules::meetings::{create, missing, progress, running, surveys};
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
    /// A person answers the survey of an ended webinar; anyone may, also from outside the company.
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

pub(crate) fn act(world: &mut World, id: &str, action: MeetingAction) -> Result<String> {
    let target = world.meetings.find(id).ok_or_else(missing)?;
    let unnamed = || Problem::bad_request("Name the instance that has ended.");
    let key = match &action {
        MeetingAction::Start => start(world, target)?,
        MeetingAction::Answer { .. } => target.instance.ok_or_else(unnamed)?,
        _ => running(world, target)?,
    };
    match action {
        MeetingAction::Start => {}
        MeetingAction::Join { email } => progress::join(world, key, person(world, &email)?)?,
        MeetingAction::Leave { email } => leave(world, key, person(world, &email)?)?,
        MeetingAction::Say { email, text } => {
            check_words(&text)?;
            progress::say(world, key, person(world, &email)?, text)?;
        }
        MeetingAction::Answer { email, answers } => surveys::answer(world, key, &email, &answers)?,
        MeetingAction::End => progress::end(world, key)?,
    }
    Ok(world.meetings.instances.row(key)?.id.clone())
}

fn start(world: &mut World, target: Target) -> Result<InstanceKey> {
    Problem::conflict("The meeting has started already.").when(target.instance.is_some())?;
    let key = target.series;
    progress::check_not_running(world, world.meetings.series.row(key)?)?;
    let name = match target.name {
        Some(name) => Some(name),
        None => create::meet_now(world, key)?,
    };
    let series = world.meetings.series.row(key)?;
    let name = name.or_else(|| Some(series.next(world.now)?.name));
    let name = name.ok_or_else(|| Problem::conflict("The series has no meeting to come."))?;
    progress::open(world, key, name)
}

fn person(world: &World, email: &str) -> Result<PersonKey> {
    let person = world.person_by_email(email);
    person.ok_or_else(|| Problem::not_found("Could not find the person."))
}

fn leave(world: &mut World, key: InstanceKey, person: PersonKey) -> Result<()> {
    let instance = progress::running(world, key)?;
    let present = world.meetings.present(instance, person);
    let (present, _) =
        present.ok_or_else(|| Problem::conflict("The person is not in the meeting."))?;
    progress::leave(world, present);
    Ok(())
}
