//! The survey after a webinar, and its answers.
//!
//! Surveys cannot be created through Webex's API: every webinar of the sandbox has the same one.
//! People answer it through [`crate::MeetingAction::Answer`].

use crate::problem::{Problem, Result};
use crate::rows::PersonKey;
use crate::rows::meetings::{InstanceKey, ScheduledType, Series, SeriesKey};
use crate::rows::preparations::{Survey, SurveyResult, SurveyResultKey};
use crate::rules::meetings::invitees::check_email;
use crate::rules::meetings::{missing, place};
use crate::rules::shown::shown;
use crate::world::World;
use serde_json::{Value, json};

pub(crate) const NAME: &str = "Webinar feedback";
const LOWEST_SCORE: i32 = 1;
const HIGHEST_SCORE: i32 = 5;
const FORMATS: [&str; 3] = ["Talk", "Demonstration", "Questions and answers"];

/// A text answer; the sandbox's own limit.
const MAX_ANSWER_CHARS: usize = 1_000;

/// The series of a scheduled webinar that the caller hosts.
pub(crate) fn webinar(world: &World, person: PersonKey, id: &str) -> Result<SeriesKey> {
    let (key, _) = place(world, person, id)?;
    let series = world.meetings.series.row(key)?;
    check_webinar(series).map(|()| key)
}

pub(crate) fn check_webinar(series: &Series) -> Result<()> {
    Problem::bad_request("Only webinars are supported.")
        .unless(series.plan.scheduled_type == ScheduledType::Webinar)
}

/// A question, its type, and whether it has to be answered.
const QUESTIONS: [(&str, &str, bool); 3] = [
    ("How did you like the webinar?", "rating", true),
    ("Which part was the best?", "singleRadio", false),
    ("What should we do better?", "text", false),
];

pub(crate) fn questions() -> Vec<Value> {
    let numbered = QUESTIONS.iter().zip(1..);
    let questions = numbered.map(|((question, kind, is_required), id)| {
        let scores = (*kind == "rating").then_some((LOWEST_SCORE, HIGHEST_SCORE));
        let options = FORMATS.iter().zip(1..);
        let options = options.map(|(value, id)| json!({"id": id, "value": value}));
        shown(json!({
            "id": id,
            "question": question,
            "type": kind,
            "required": is_required,
            "fromScore": scores.map(|(from, _)| from),
            "fromLabel": scores.map(|_| "Poor"),
            "toScore": scores.map(|(_, to)| to),
            "toLabel": scores.map(|_| "Excellent"),
            "options": (*kind == "singleRadio").then(|| options.collect::<Vec<_>>()),
        }))
    });
    questions.map(Value::Object).collect()
}

pub(crate) fn survey_id(series: &Series) -> String {
    format!("{}_survey", series.id)
}

/// A person answers the survey of an ended webinar, in the order of the questions, and only once.
pub(crate) fn answer(
    world: &mut World,
    key: InstanceKey,
    email: &str,
    answers: &[String],
) -> Result<SurveyResultKey> {
    let instance = world.meetings.instances.row(key)?;
    let series = world.meetings.series.get(instance.series);
    check_webinar(series.ok_or_else(missing)?)?;
    Problem::conflict("The webinar has not ended.").when(instance.ended.is_none())?;
    check_email(email)?;
    Problem::conflict("The person has answered already.").when(has_answered(world, key, email))?;
    let extra = answers.get(QUESTIONS.len());
    let questions: Option<Vec<Value>> = (0..QUESTIONS.len())
        .map(|at| answered(at, answers.get(at)))
        .collect();
    let questions = questions.filter(|_| extra.is_none()).ok_or_else(|| {
        Problem::bad_request("answers must fit the questions: a score, a format and a text.")
    })?;
    let person = world.person_by_email(email);
    let name = person.and_then(|person| Some(world.people.get(person)?.display_name.clone()));
    let (meeting_id, now) = (instance.id.clone(), world.now);
    Ok(world
        .meetings
        .survey_results
        .insert_with(|id| SurveyResult {
            instance: key,
            wire: Survey {
                id,
                survey_name: NAME.to_owned(),
                meeting_id,
                email: email.to_owned(),
                display_name: name.unwrap_or_else(|| email.to_owned()),
                create_time: Some(now),
                questions,
            },
        })?)
}

fn has_answered(world: &World, key: InstanceKey, email: &str) -> bool {
    let mut results = world.meetings.survey_results.iter();
    results.any(|(_, one)| one.instance == key && one.wire.email.eq_ignore_ascii_case(email))
}

/// A question with its answer; `None` if they do not fit.
fn answered(at: usize, answer: Option<&String>) -> Option<Value> {
    let (question, kind, is_required) = QUESTIONS.get(at)?;
    let answer = answer.filter(|answer| !answer.trim().is_empty());
    let mut answers = None;
    if let Some(answer) = answer {
        let option = FORMATS.iter().position(|format| format == answer);
        let option = option.filter(|_| *kind == "singleRadio");
        let fits = match *kind {
            "rating" => answer
                .parse()
                .is_ok_and(|score| (LOWEST_SCORE..=HIGHEST_SCORE).contains(&score)),
            "text" => answer.chars().count() <= MAX_ANSWER_CHARS,
            _ => option.is_some(),
        };
        let one = json!({"optionId": option.map(|at| at + 1), "answer": answer});
        answers = Some(fits.then(|| [shown(one)])?);
    } else if *is_required {
        return None;
    }
    let fields = json!({"id": at + 1, "question": question, "type": kind, "answers": answers});
    Some(shown(fields).into())
}
