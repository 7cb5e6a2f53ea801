//! `/meetings/{id}/survey`: what is asked after a webinar, and what people answered.
//!
//! Webex's API makes no surveys: every webinar of the sandbox has the same one. People answer it
//! through [`crate::MeetingAction::Answer`].

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use webex::limits::MAX_SURVEY_EMAILS_COUNT;
use webex::meetings::ScheduledType;
use webex::meetings::surveys::{
    CreateSurveyLinks, ListSurveyResults, Survey, SurveyAnswer, SurveyAnswers, SurveyLink,
    SurveyOption, SurveyQuestion, SurveyQuestionType, SurveyResult as Wire,
};

use super::calendar::{InstanceKey, Series, SeriesKey, Target};
use super::setup::{SurveyResult, SurveyResultKey};
use super::show::SITE;
use super::{HostEmail, acting, hosted, missing, place};
use crate::Sandbox;
use crate::invitees::check_email;
use crate::page::{Page, Paging};
use crate::problem::Problem;
use crate::request::{Caller, JsonBody, Query};
use crate::world::{PersonKey, World};

const NAME: &str = "Webinar feedback";
const LOWEST_SCORE: i32 = 1;
const HIGHEST_SCORE: i32 = 5;
const FORMATS: [&str; 3] = ["Talk", "Demonstration", "Questions and answers"];

/// An answer in words; our own bound.
const MAX_ANSWER_CHARS: usize = 1_000;

pub(super) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/meetings/{id}/survey", get(details))
        .route("/meetings/{id}/surveyResults", get(results))
        .route("/meetings/{id}/surveyLinks", post(links))
}

/// The series of a scheduled webinar that the caller hosts.
pub(super) fn webinar(world: &World, person: PersonKey, id: &str) -> Result<SeriesKey, Problem> {
    let (key, _) = place(world, person, id)?;
    let series = world.meetings.series.get(key).ok_or_else(missing)?;
    check_webinar(series).map(|()| key)
}

fn check_webinar(series: &Series) -> Result<(), Problem> {
    match series.plan.scheduled_type == ScheduledType::Webinar {
        true => Ok(()),
        false => Err(Problem::bad_request("Only webinars are supported.")),
    }
}

fn questions() -> Vec<SurveyQuestion> {
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

fn survey_id(series: &Series) -> String {
    format!("{}_survey", series.id)
}

async fn details(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    HostEmail(host_email): HostEmail,
) -> Result<Json<Survey>, Problem> {
    sandbox.read(|world| {
        let person = acting(world, &caller, host_email.as_deref())?;
        let key = webinar(world, person, &id)?;
        let series = world.meetings.series.get(key).ok_or_else(missing)?;
        Ok(Json(Survey {
            id: survey_id(series),
            survey_name: Some(NAME.to_owned()),
            meeting_id: Some(id),
            description: Some("What people thought of the webinar.".to_owned()),
            allow_anonymous_submit: Some(false),
            questions: questions(),
        }))
    })
}

/// Somebody answers the survey of an ended webinar, the questions in their order; once.
pub(super) fn answer(
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

/// The webinars meant by an id: the instance, or those that started in a window, by default a week.
fn meant(
    world: &World,
    person: PersonKey,
    id: &str,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<Vec<InstanceKey>, Problem> {
    let target = hosted(world, person, id)?;
    let (key, only) = world.meetings.place_of(target).ok_or_else(missing)?;
    let series = world.meetings.series.get(key).ok_or_else(missing)?;
    check_webinar(series)?;
    if let Target::Instance(key) = target {
        return Ok(vec![key]);
    }
    let (from, to) = crate::recordings::window(from, to, world.now)?;
    let instances = series.instances.iter().copied();
    let wanted = instances.filter(|key| {
        let instance = world.meetings.instances.get(*key);
        instance.is_some_and(|one| {
            let is_in = one.started >= from && one.started < to;
            is_in && only.is_none_or(|only| one.name == only)
        })
    });
    Ok(wanted.collect())
}

async fn results(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    HostEmail(host_email): HostEmail,
    Query(query): Query<ListSurveyResults>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let page = paging.few()?;
    let page = sandbox.try_read(|world| {
        let person = acting(world, &caller, host_email.as_deref())?;
        let (from, to) = (query.meeting_start_time_from, query.meeting_start_time_to);
        let instances = meant(world, person, &id, from, to)?;
        let all = world.meetings.survey_results.iter();
        let found = all.filter(|(_, one)| instances.contains(&one.instance));
        let keys = found.map(|(key, _)| key);
        Ok(page.cut_keys(keys, |key| {
            let result = world.meetings.survey_results.get(key)?;
            Some(result.wire.clone())
        }))
    })?;
    Ok(page.answer(&caller))
}

async fn links(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<CreateSurveyLinks>,
) -> Result<Response, Problem> {
    if !(1..=MAX_SURVEY_EMAILS_COUNT).contains(&body.emails.len()) {
        return Err(Problem::bad_request("emails must name 1 to 100 people."));
    }
    body.emails
        .iter()
        .try_for_each(|email| check_email(email))?;
    let items = sandbox.try_read(|world| {
        let person = acting(world, &caller, body.host_email.as_deref())?;
        let (from, to) = (body.meeting_start_time_from, body.meeting_start_time_to);
        let last = meant(world, person, &id, from, to)?.pop();
        let last = last.and_then(|key| world.meetings.instances.get(key));
        let last =
            last.ok_or_else(|| Problem::not_found("The webinar was not held in this time."))?;
        let link = |email: &String| SurveyLink {
            email: Some(email.clone()),
            survey_link: Some(survey_link(&last.id, email).into()),
        };
        Ok(body.emails.iter().map(link).collect())
    })?;
    Ok(Page { items, next: None }.answer(&caller))
}

fn survey_link(instance_id: &str, email: &str) -> String {
    let who: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
    format!("https://{SITE}/example/survey.php?MID={instance_id}&who={who}")
}
