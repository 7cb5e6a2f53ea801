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

/// The same for every webinar.
pub(crate) fn questions() -> Vec<Value> {
    serde_json::from_str(include_str!("survey.json")).unwrap_or_default()
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
    let asked = questions();
    let extra = answers.get(asked.len());
    let questions = asked.iter().enumerate();
    let questions: Option<Vec<Value>> = questions
        .map(|(at, question)| answered(question, answers.get(at)))
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
fn answered(question: &Value, answer: Option<&String>) -> Option<Value> {
    let answer = answer.filter(|answer| !answer.trim().is_empty());
    let mut answers = None;
    if let Some(answer) = answer {
        let mut options = question["options"].as_array().into_iter().flatten();
        let option = options.find(|option| option["value"] == **answer);
        let score = answer.parse::<i64>().ok();
        let fits = match question["type"].as_str() {
            Some("rating") => {
                score >= question["fromScore"].as_i64() && score <= question["toScore"].as_i64()
            }
            Some("text") => answer.chars().count() <= MAX_ANSWER_CHARS,
            _ => option.is_some(),
        };
        let one = json!({"optionId": option.map(|option| &option["id"]), "answer": answer});
        answers = Some(fits.then(|| [shown(one)])?);
    } else if question["required"] == true {
        return None;
    }
    let (id, text, kind) = (&question["id"], &question["question"], &question["type"]);
    let fields = json!({"id": id, "question": text, "type": kind, "answers": answers});
    Some(shown(fields).into())
}
