//! What only webinars have: `/meetings/{id}/survey` with its results and links, and
//! `/meetings/{id}/invitationSources`, where registrants come from.

use std::collections::HashSet;

use axum::Json;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::page::{First, Page};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::meetings::InstanceKey;
use crate::rows::preparations::{InvitationSource, Survey};
use crate::rows::{PersonKey, moment};
use crate::rules::meetings::invitees::{check_display_name, check_email};
use crate::rules::meetings::show::{SITE, register_link, web_link};
use crate::rules::meetings::surveys::{NAME, check_webinar, questions, webinar};
use crate::rules::meetings::{MAX_AT_ONCE, Window, acting, check_named, hosted};
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
    let key = webinar(world, call.host_by_header(world)?, call.id())?;
    let series = world.meetings.series.row(key)?;
    Ok(Json(json!({
        "id": format!("{}_survey", series.id),
        "surveyName": NAME,
        "meetingId": call.id(),
        "description": "What people thought of the webinar.",
        "allowAnonymousSubmit": false,
        "questions": questions(),
    })))
}

/// When webinars started, a week by default.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Started {
    #[serde(default, with = "moment")]
    meeting_start_time_from: Option<Timestamp>,
    #[serde(default, with = "moment")]
    meeting_start_time_to: Option<Timestamp>,
}

/// The webinars that an id means: the instance, or those that started in a window.
fn meant(world: &World, person: PersonKey, id: &str, of: Started) -> Result<Vec<InstanceKey>> {
    let target = hosted(world, person, id)?;
    let series = world.meetings.series.row(target.series)?;
    check_webinar(series)?;
    if let Some(key) = target.instance {
        return Ok(vec![key]);
    }
    let (from, to) = (of.meeting_start_time_from, of.meeting_start_time_to);
    let window = Window { from, to }.checked(world.now)?;
    let all = world.meetings.instances_of(series, target.name);
    let wanted = all.filter(|(_, one)| window.contains(&one.started));
    Ok(wanted.map(|(key, _)| key).collect())
}

fn results(world: &World, call: &Call) -> Result<Page<Survey>> {
    let started: Started = call.query()?;
    let page = call.few()?;
    let person = call.host_by_header(world)?;
    let instances = meant(world, person, call.id(), started)?;
    let all = world.meetings.survey_results.iter();
    let found = all.filter(|(_, one)| instances.contains(&one.instance));
    Ok(page.cut_rows(First::Oldest, found, |(_, one)| Some(one.wire.clone())))
}

#[derive(Debug, Deserialize)]
struct CreateLinks {
    #[serde(flatten)]
    started: Started,
    emails: Vec<String>,
}

fn links(world: &World, call: &Call) -> Result<Page<Value>> {
    let (person, body): (_, CreateLinks) = call.host_and_body(world)?;
    check_named(&body.emails, "emails must name 1 to 100 people.")?;
    for email in &body.emails {
        check_email(email)?;
    }
    let last = meant(world, person, call.id(), body.started)?.pop();
    let last = last.and_then(|key| world.meetings.instances.get(key));
    let last = last.ok_or_else(|| Problem::not_found("The webinar was not held in this time."))?;
    let id = &last.id;
    let link = |email: &String| {
        let who: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
        let link = format!("https://{SITE}/example/survey.php?MID={id}&who={who}");
        json!({"email": email, "surveyLink": link})
    };
    Ok(Page::whole(body.emails.iter().map(link).collect()))
}

/// The person on whose behalf a call is made; a host can be named by address or by id.
fn host(world: &World, call: &Call, email: Option<&str>, id: Option<&str>) -> Result<PersonKey> {
    let (None, Some(id)) = (email, id) else {
        return acting(world, call, email);
    };
    let missing = || Problem::not_found("Could not find the host.");
    let (_, host) = world.people.named(id).ok_or_else(missing)?;
    acting(world, call, Some(&host.email))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateSources {
    host_email: Option<String>,
    person_id: Option<String>,
    items: Vec<InvitationSource>,
}

fn add_sources(world: &mut World, call: &Call) -> Result<Page<InvitationSource>> {
    let mut body: CreateSources = call.body()?;
    let (email, id) = (body.host_email.as_deref(), body.person_id.as_deref());
    let person = host(world, call, email, id)?;
    let key = webinar(world, person, call.id())?;
    let series = world.meetings.series.row_mut(key)?;
    let known = &series.preparations.sources;
    Problem::bad_request("items must name a source, and a webinar has at most 100 of them.")
        .when(body.items.is_empty() || known.len() + body.items.len() > MAX_AT_ONCE)?;
    let mut names: HashSet<&str> = known.iter().map(|one| one.source_id.as_str()).collect();
    for new in &body.items {
        check_email(&new.source_email)?;
        check_display_name(Some(&new.source_id))?;
        Problem::bad_request("sourceId is required.").when(new.source_id.trim().is_empty())?;
        Problem::conflict("The webinar has this source already.")
            .unless(names.insert(&new.source_id))?;
    }
    let (join, register) = (web_link(series), register_link(series));
    for new in &mut body.items {
        let id = series.new_part_id();
        new.join_link = Some(format!("{join}&source={id}"));
        new.register_link = Some(format!("{register}&source={id}"));
        new.id = Some(id);
    }
    series.preparations.sources.extend_from_slice(&body.items);
    Ok(Page::whole(body.items))
}

fn list_sources(world: &World, call: &Call) -> Result<Page<InvitationSource>> {
    let (email, id) = (call.header("hostEmail"), call.header("personId"));
    let person = host(world, call, email, id)?;
    let key = webinar(world, person, call.id())?;
    let series = world.meetings.series.row(key)?;
    Ok(Page::whole(series.preparations.sources.clone()))
}
