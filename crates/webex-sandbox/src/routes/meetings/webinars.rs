//! What only webinars have: `/meetings/{id}/survey` with its results and links, and
//! `/meetings/{id}/invitationSources`, where registrants come from.

use std::collections::HashSet;

use axum::Json;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use webex::limits::MAX_SURVEY_EMAILS_COUNT;

use crate::page::{First, Page};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::meetings::{InstanceKey, Target};
use crate::rows::preparations::{InvitationSource, Survey};
use crate::rows::{PersonKey, moment};
use crate::rules::caller::Caller;
use crate::rules::meetings::invitees::{check_display_name, check_email};
use crate::rules::meetings::show::{SITE, register_link, web_link};
use crate::rules::meetings::surveys::{NAME, check_webinar, questions, survey_id, webinar};
use crate::rules::meetings::{acting, hosted, missing};
use crate::world::World;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/meetings/{id}/survey", details)
        .get("/meetings/{id}/surveyResults", results)
        .ask("/meetings/{id}/surveyLinks", links)
        .get("/meetings/{id}/invitationSources", list_sources)
        .post("/meetings/{id}/invitationSources", add_sources)
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
    let wanted = world
        .meetings
        .instances
        .all(&series.instances)
        .filter(|(_, one)| {
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
    Ok(page.cut_rows(First::Oldest, found, |(_, one)| Some(one.wire.clone())))
}

#[derive(Debug, Deserialize)]
struct CreateLinks {
    #[serde(flatten)]
    window: ListResults,
    emails: Vec<String>,
}

fn links(world: &World, call: &Call) -> Result<Page<Value>> {
    let id = call.id();
    let (person, body): (_, CreateLinks) = call.host_and_body(world)?;
    Problem::bad_request("emails must name 1 to 100 people.")
        .unless((1..=MAX_SURVEY_EMAILS_COUNT).contains(&body.emails.len()))?;
    body.emails
        .iter()
        .try_for_each(|email| check_email(email))?;
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

/// The sandbox's own limit; Webex documents none.
const MAX_SOURCES: usize = 100;

/// The person on whose behalf a call is made; a host can be named by address or by id.
fn acting_as(
    world: &World,
    caller: &Caller,
    host_email: Option<&str>,
    person_id: Option<&str>,
) -> Result<PersonKey> {
    let missing = || Problem::not_found("Could not find the host.");
    let by_id = person_id.filter(|_| host_email.is_none()).map(|id| {
        let person = world.people.named(id).map(|(_, person)| person);
        person
            .map(|person| person.email.as_str())
            .ok_or_else(missing)
    });
    let by_id = by_id.transpose()?;
    acting(world, caller, host_email.or(by_id))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateSources {
    host_email: Option<String>,
    person_id: Option<String>,
    items: Vec<InvitationSource>,
}

fn add_sources(world: &mut World, call: &Call) -> Result<Page<InvitationSource>> {
    let body: CreateSources = call.body()?;
    let (host, person) = (body.host_email.as_deref(), body.person_id.as_deref());
    let person = acting_as(world, call, host, person)?;
    let key = webinar(world, person, call.id())?;
    let series = world.meetings.series.row_mut(key)?;
    let known = &series.preparations.sources;
    Problem::bad_request("items must name a source, and a webinar has at most 100 of them.")
        .when(body.items.is_empty() || known.len() + body.items.len() > MAX_SOURCES)?;
    let mut names: HashSet<&str> = known.iter().map(|one| one.source_id.as_str()).collect();
    for new in &body.items {
        check_email(&new.source_email)?;
        check_display_name(Some(&new.source_id))?;
        Problem::bad_request("sourceId is required.").when(new.source_id.trim().is_empty())?;
        Problem::conflict("The webinar has this source already.")
            .unless(names.insert(&new.source_id))?;
    }
    let (join, register) = (web_link(series), register_link(series));
    let added = body.items.into_iter().map(|new| {
        let id = series.new_part_id();
        InvitationSource {
            join_link: Some(format!("{join}&source={id}")),
            register_link: Some(format!("{register}&source={id}")),
            id: Some(id),
            ..new
        }
    });
    let added: Vec<InvitationSource> = added.collect();
    series.preparations.sources.extend(added.iter().cloned());
    Ok(Page::whole(added))
}

fn list_sources(world: &World, call: &Call) -> Result<Page<InvitationSource>> {
    let (host, person) = (call.header("hostEmail"), call.header("personId"));
    let person = acting_as(world, call, host, person)?;
    let key = webinar(world, person, call.id())?;
    let series = world.meetings.series.row(key)?;
    Ok(Page::whole(series.preparations.sources.clone()))
}
