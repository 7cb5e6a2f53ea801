//! `/meetings/{id}/invitationSources`: where a webinar's registrants come from.

use std::collections::HashSet;

use crate::page::Page;
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::PersonKey;
use crate::rows::preparations::InvitationSource;
use crate::rules::caller::Caller;
use crate::rules::meetings::acting;
use crate::rules::meetings::invitees::{check_display_name, check_email};
use crate::rules::meetings::show::{register_link, web_link};
use crate::rules::meetings::surveys::webinar;
use crate::world::World;
use serde::Deserialize;

/// The sandbox's own limit; Webex documents none.
const MAX_SOURCES: usize = 100;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/meetings/{id}/invitationSources", list)
        .post("/meetings/{id}/invitationSources", create)
}

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

fn create(world: &mut World, call: &Call) -> Result<Page<InvitationSource>> {
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

fn list(world: &World, call: &Call) -> Result<Page<InvitationSource>> {
    let (host, person) = (call.header("hostEmail"), call.header("personId"));
    let person = acting_as(world, call, host, person)?;
    let series = world
        .meetings
        .series
        .row(webinar(world, person, call.id())?)?;
    Ok(Page::whole(series.preparations.sources.clone()))
}
