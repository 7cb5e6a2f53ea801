//! `/meetings/{id}/survey`: the survey of a webinar, its results and its links.

use axum::Json;
use jiff::Timestamp;
use webex::limits::MAX_SURVEY_EMAILS_COUNT;

use crate::page::Page;
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::meetings::{InstanceKey, Target};
use crate::rows::preparations::Survey;
use crate::rows::{PersonKey, moment};
use crate::rules::meetings::invitees::check_email;
use crate::rules::meetings::show::SITE;
use crate::rules::meetings::surveys::{NAME, check_webinar, questions, survey_id, webinar};
use crate::rules::meetings::{acting, hosted, missing};
use crate::world::World;
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/meetings/{id}/survey", details)
        .get("/meetings/{id}/surveyResults", results)
        .ask("/meetings/{id}/surveyLinks", links)
}

fn details(world: &World, call: &Call) -> Result<Json<Value>> {
    let id = call.id();
    let person = call.host_by_header(world)?;
    let key = webinar(world, person, id)?;
    let series = world.meetings.series.row(key)?;
    Ok(Json(json!({
        "id": survey_id(series),
        "surveyName": NAME,
        "meetingId": id,
        "description": "What people thought of the webinar.",
        "allowAnonymousSubmit": false,
        "questions": questions(),
    })))
}

/// The webinars that an id means: the instance, or those that started in a window, a week by
/// default.
fn meant(
    world: &World,
    person: PersonKey,
    id: &str,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<Vec<InstanceKey>> {
    let target = hosted(world, person, id)?;
    let (key, only) = world.meetings.place_of(target).ok_or_else(missing)?;
    let series = world.meetings.series.row(key)?;
    check_webinar(series)?;
    if let Target::Instance(key) = target {
        return Ok(vec![key]);
    }
    let (from, to) = crate::rules::meetings::recordings::window(from, to, world.now)?;
    let wanted = world.meetings.instances_of(series).filter(|(_, one)| {
        let is_in = one.started >= from && one.started < to;
        is_in && only.is_none_or(|only| one.name == only)
    });
    Ok(wanted.map(|(key, _)| key).collect())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListResults {
    #[serde(default, with = "moment")]
    meeting_start_time_from: Option<Timestamp>,
    #[serde(default, with = "moment")]
    meeting_start_time_to: Option<Timestamp>,
}

fn results(world: &World, call: &Call) -> Result<Page<Survey>> {
    let query: ListResults = call.query()?;
    let page = call.few()?;
    let person = call.host_by_header(world)?;
    let (from, to) = (query.meeting_start_time_from, query.meeting_start_time_to);
    let instances = meant(world, person, call.id(), from, to)?;
    let all = world.meetings.survey_results.iter();
    let found = all.filter(|(_, one)| instances.contains(&one.instance));
    let keys = found.map(|(key, _)| key);
    Ok(page.cut_keys(keys, |key| {
        let result = world.meetings.survey_results.get(key)?;
        Some(result.wire.clone())
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateLinks {
    host_email: Option<String>,
    #[serde(flatten)]
    window: ListResults,
    emails: Vec<String>,
}

fn links(world: &World, call: &Call) -> Result<Page<Value>> {
    let id = call.id();
    let body: CreateLinks = call.body()?;
    Problem::bad_request("emails must name 1 to 100 people.")
        .unless((1..=MAX_SURVEY_EMAILS_COUNT).contains(&body.emails.len()))?;
    body.emails
        .iter()
        .try_for_each(|email| check_email(email))?;
    let person = acting(world, call, body.host_email.as_deref())?;
    let window = &body.window;
    let (from, to) = (window.meeting_start_time_from, window.meeting_start_time_to);
    let last = meant(world, person, id, from, to)?.pop();
    let last = last.and_then(|key| world.meetings.instances.get(key));
    let last = last.ok_or_else(|| Problem::not_found("The webinar was not held in this time."))?;
    let link = |email: &String| json!({"email": email, "surveyLink": survey_link(&last.id, email)});
    Ok(Page::whole(body.emails.iter().map(link).collect()))
}

fn survey_link(instance_id: &str, email: &str) -> String {
    let who: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
    format!("https://{SITE}/example/survey.php?MID={instance_id}&who={who}")
}
