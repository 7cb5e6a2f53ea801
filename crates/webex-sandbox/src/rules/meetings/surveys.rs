//! The survey after a webinar, and its answers.
//!
//! Surveys cannot be created through Webex's API: every webinar of the sandbox has the same one.
//! People answer it through [`crate::MeetingAction::Answer`].

use serde_json::{Value, json};

use crate::problem::{Problem, Result};
use crate::rows::PersonKey;
use crate::rows::meetings::{InstanceKey, ScheduledType, Series, SeriesKey};
use crate::rows::preparations::{Survey, SurveyResult};
use crate::rules::meetings::invitees::check_email;
use crate::rules::meetings::{missing, scheduled};
use crate::rules::shown::shown;
use crate::world::World;

pub(crate) const NAME: &str = "Webinar feedback";

/// A text answer; the sandbox's own limit.
const MAX_ANSWER_CHARS: usize = 1_000;

/// The series of a scheduled webinar that the caller hosts.
pub(crate) fn webinar(world: &World, person: PersonKey, id: &str) -> Result<SeriesKey> {
    let key = scheduled(world, person, id)?.series;
    check_webinar(world.meetings.series.row(key)?)?;
    Ok(key)
}

pub(crate) fn check_webinar(series: &Series) -> Result<()> {
    Problem::bad_request("Only webinars are supported.")
        .unless(series.plan.scheduled_type == ScheduledType::Webinar)
}

/// The same for every webinar.
pub(crate) fn questions() -> Vec<Value> {
    serde_json::from_str(include_str!("survey.json")).unwrap_or_default()
}

/// A person answers the survey of an ended webinar, in the order of the questions, and only once.
pub(crate) fn answer(
    world: &mut World,
    key: InstanceKey,
    email: &str,
    answers: &[String],
) -> Result<()> {
    let (instance, series) = world.meetings.held(key).ok_or_else(missing)?;
    check_webinar(series)?;
    Problem::conflict("The webinar has not ended.").when(instance.ended.is_none())?;
    check_email(email)?;
    let has_answered = world
        .meetings
        .survey_results
        .iter()
        .any(|(_, one)| one.instance == key && one.wire.email.eq_ignore_ascii_case(email));
    Problem::conflict("The person has answered already.").when(has_answered)?;
    let asked = questions();
    let extra = answers.get(asked.len());
    let questions = asked.iter().enumerate();
    let questions = questions.map(|(at, question)| answered(question, answers.get(at)));
    let questions: Option<Vec<Value>> = questions.collect();
    let questions = questions.filter(|_| extra.is_none()).ok_or_else(|| {
        Problem::bad_request("answers must fit the questions: a score, a format and a text.")
    })?;
    let person = world.person_by_email(email);
    let name = person.and_then(|person| Some(world.people.get(person)?.display_name.clone()));
    let (meeting_id, now) = (instance.id.clone(), world.now);
    let results = &mut world.meetings.survey_results;
    results.insert_with(|id| SurveyResult {
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
    })?;
    Ok(())
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
