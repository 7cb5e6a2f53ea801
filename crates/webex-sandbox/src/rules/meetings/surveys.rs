//! What is asked after a webinar, and what people answered.
//!
//! Webex's API makes no surveys: every webinar of the sandbox has the same one. People answer it
//! through [`crate::MeetingAction::Answer`].

use webex::meetings::ScheduledType;
use webex::meetings::surveys::{
    SurveyAnswer, SurveyAnswers, SurveyOption, SurveyQuestion, SurveyQuestionType,
    SurveyResult as Wire,
};

use crate::problem::Problem;
use crate::rows::PersonKey;
use crate::rows::meetings::{InstanceKey, Series, SeriesKey};
use crate::rows::preparations::{SurveyResult, SurveyResultKey};
use crate::rules::meetings::invitees::check_email;
use crate::rules::meetings::{missing, place};
use crate::world::World;

pub(crate) const NAME: &str = "Webinar feedback";
const LOWEST_SCORE: i32 = 1;
const HIGHEST_SCORE: i32 = 5;
const FORMATS: [&str; 3] = ["Talk", "Demonstration", "Questions and answers"];

/// An answer in words; our own bound.
const MAX_ANSWER_CHARS: usize = 1_000;

/// The series of a scheduled webinar that the caller hosts.
pub(crate) fn webinar(world: &World, person: PersonKey, id: &str) -> Result<SeriesKey, Problem> {
    let (key, _) = place(world, person, id)?;
    let series = world.meetings.series.get(key).ok_or_else(missing)?;
    check_webinar(series).map(|()| key)
}

pub(crate) fn check_webinar(series: &Series) -> Result<(), Problem> {
    match series.plan.scheduled_type == ScheduledType::Webinar {
        true => Ok(()),
        false => Err(Problem::bad_request("Only webinars are supported.")),
    }
}

pub(crate) fn questions() -> Vec<SurveyQuestion> {
    let question = |id, question: &str, kind, required| SurveyQuestion {
        id: Some(id),
        question: Some(question.to_owned()),
        question_type: Some(kind),
        required: Some(required),
        ..SurveyQuestion::default()
    };
    let options = FORMATS.iter().zip(1..).map(|(value, id)| SurveyOption {
        id: Some(id),
        value: Some((*value).to_owned()),
    });
    let rating = SurveyQuestionType::Rating;
    vec![
        SurveyQuestion {
            from_score: Some(LOWEST_SCORE),
            from_label: Some("Poor".to_owned()),
            to_score: Some(HIGHEST_SCORE),
            to_label: Some("Excellent".to_owned()),
            ..question(1, "How did you like the webinar?", rating, true)
        },
        SurveyQuestion {
            options: Some(options.collect()),
            ..question(
                2,
                "Which part was the best?",
                SurveyQuestionType::SingleRadio,
                false,
            )
        },
        question(
            3,
            "What should we do better?",
            SurveyQuestionType::Text,
            false,
        ),
    ]
}

pub(crate) fn survey_id(series: &Series) -> String {
    format!("{}_survey", series.id)
}

/// Somebody answers the survey of an ended webinar, the questions in their order; once.
pub(crate) fn answer(
    world: &mut World,
    key: InstanceKey,
    email: &str,
    answers: &[String],
) -> Result<SurveyResultKey, Problem> {
    let instance = world.meetings.instances.get(key).ok_or_else(missing)?;
    let series = world.meetings.series.get(instance.series);
    check_webinar(series.ok_or_else(missing)?)?;
    if instance.ended.is_none() {
        return Err(Problem::conflict("The webinar has not ended."));
    }
    check_email(email)?;
    if has_answered(world, key, email) {
        return Err(Problem::conflict("The person has answered already."));
    }
    let questions = questions();
    let extra = answers.get(questions.len());
    let given = questions.into_iter().enumerate();
    let given = given.map(|(at, question)| answered(question, answers.get(at)));
    let questions = given.collect::<Option<Vec<_>>>();
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
            wire: Wire {
                id,
                survey_name: Some(NAME.to_owned()),
                meeting_id: Some(meeting_id),
                email: Some(email.to_owned()),
                display_name: Some(name.unwrap_or_else(|| email.to_owned())),
                create_time: Some(now),
                questions,
            },
        })?)
}

fn has_answered(world: &World, key: InstanceKey, email: &str) -> bool {
    let mut results = world.meetings.survey_results.iter();
    results.any(|(_, one)| {
        let own = one.wire.email.as_deref().unwrap_or_default();
        one.instance == key && own.eq_ignore_ascii_case(email)
    })
}

/// A question with its answer; nothing where they do not fit.
fn answered(question: SurveyQuestion, answer: Option<&String>) -> Option<SurveyAnswers> {
    let answer = answer.filter(|answer| !answer.trim().is_empty());
    let option = |answer: &String| {
        let mut options = question.options.iter().flatten();
        options.find(|option| option.value.as_ref() == Some(answer))
    };
    let answers = match (answer, &question.question_type) {
        (None, _) if question.required == Some(true) => return None,
        (None, _) => None,
        (Some(answer), kind) => {
            let option = option(answer);
            let fits = match kind {
                Some(SurveyQuestionType::Rating) => answer
                    .parse()
                    .is_ok_and(|score| (LOWEST_SCORE..=HIGHEST_SCORE).contains(&score)),
                Some(SurveyQuestionType::Text) => answer.chars().count() <= MAX_ANSWER_CHARS,
                _ => option.is_some(),
            };
            let one = SurveyAnswer {
                option_id: option.and_then(|option| option.id),
                answer: Some(answer.clone()),
            };
            Some(fits.then(|| vec![one])?)
        }
    };
    Some(SurveyAnswers {
        id: question.id,
        question: question.question,
        question_type: question.question_type,
        answers,
    })
}
