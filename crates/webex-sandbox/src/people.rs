//! `/people`: who there is, by e-mail address, by name, by id, and oneself.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Deserialize;
use webex::people::Person as Wire;

use crate::page::{Cursor, Page, PageRequest};
use crate::problem::Problem;
use crate::request::{Caller, Query};
use crate::world::{Person, PersonKey, Role, World};
use crate::{DemoPerson, Sandbox};

const DEFAULT_PAGE_ITEMS: usize = 100;

/// Seen in clients; Webex does not document it.
const MAX_PAGE_ITEMS: usize = 1_000;

/// Ids in one `id` parameter, as Webex documents it.
const MAX_IDS: usize = 85;

/// Who did something within ten minutes is active.
const ACTIVE_SECS: i64 = 10 * 60;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/people", get(list))
        .route("/people/me", get(me))
        .route("/people/{id}", get(details))
}

impl Person {
    pub(crate) fn demo(&self) -> DemoPerson {
        DemoPerson {
            id: self.id.clone(),
            display_name: self.display_name.clone(),
            email: self.email.clone(),
            token: self.token.clone(),
            title: self.title.to_owned(),
        }
    }
}

/// A person as Webex shows them: presence where asked for, administrative fields to administrators.
fn show(world: &World, person: &Person, viewer: PersonKey, presence_at: Option<Timestamp>) -> Wire {
    let (first, last) = match person.display_name.split_once(' ') {
        Some((first, last)) => (first, Some(last)),
        None => (person.display_name.as_str(), None),
    };
    let is_bot = person.role == Role::Bot;
    let is_administrator = is_administrator(world, viewer);
    let presence_at = presence_at.filter(|_| !is_bot);
    let status = presence_at.map(|now| {
        let idle_secs = person.last_activity.duration_until(now).as_secs();
        if idle_secs <= ACTIVE_SECS {
            "active"
        } else {
            "inactive"
        }
        .into()
    });
    let roles = match person.role {
        Role::Administrator => vec!["full-administrator".to_owned()],
        Role::ComplianceOfficer => vec!["compliance-officer".to_owned()],
        Role::User | Role::Bot => Vec::new(),
    };
    Wire {
        id: person.id.clone(),
        emails: Some(vec![person.email.clone()]),
        display_name: Some(person.display_name.clone()),
        nick_name: Some(first.to_owned()),
        first_name: Some(first.to_owned()),
        last_name: last.map(str::to_owned),
        org_id: Some(world.organization_id.clone()),
        title: (!is_bot).then(|| person.title.to_owned()),
        created: Some(person.created),
        last_activity: presence_at.map(|_| person.last_activity),
        status,
        roles: is_administrator.then_some(roles),
        person_type: Some(if is_bot { "bot" } else { "person" }.into()),
        ..Wire::default()
    }
}

fn is_administrator(world: &World, person: PersonKey) -> bool {
    let person = world.people.get(person);
    person.is_some_and(|person| person.role == Role::Administrator)
}

async fn me(State(sandbox): State<Sandbox>, caller: Caller) -> Result<Json<Wire>, Problem> {
    let now = sandbox.clock().now();
    sandbox.read(|world| {
        let person = world.person(caller.person)?;
        Ok(Json(show(world, person, caller.person, Some(now))))
    })
}

async fn details(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Wire>, Problem> {
    let now = sandbox.clock().now();
    sandbox.read(|world| {
        let person = world.people.find(&id).and_then(|key| world.people.get(key));
        let person = person.ok_or_else(|| Problem::not_found("Could not find the person."))?;
        Ok(Json(show(world, person, caller.person, Some(now))))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    email: Option<String>,
    display_name: Option<String>,
    id: Option<String>,
    exclude_status: Option<String>,
    max: Option<String>,
    cursor: Option<String>,
}

async fn list(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<List>,
) -> Result<Response, Problem> {
    let page = PageRequest::new(
        query.max.as_deref(),
        query.cursor.as_deref(),
        DEFAULT_PAGE_ITEMS,
        MAX_PAGE_ITEMS,
    )?;
    let now = sandbox.clock().now();
    let page = sandbox.read(|world| find(world, &caller, &query, page, now))?;
    Ok(page.answer(&caller))
}

fn find(
    world: &World,
    caller: &Caller,
    query: &List,
    page: PageRequest,
    now: Timestamp,
) -> Result<Page<Wire>, Problem> {
    let has_filter = query.email.is_some() || query.display_name.is_some() || query.id.is_some();
    if !has_filter && !is_administrator(world, caller.person) {
        return Err(Problem::bad_request(
            "Email, displayName, or id list should be specified.",
        ));
    }
    let ids = query.id.as_deref().map(read_ids).transpose()?;
    let prefix = query.display_name.as_ref().map(|name| name.to_lowercase());
    let has_presence = ids.is_none() && query.exclude_status.as_deref() != Some("true");
    let presence_at = has_presence.then_some(now);
    let start = page
        .after
        .map_or(0, |cursor| cursor.ordinal.saturating_add(1));
    let candidates = world
        .people
        .iter()
        .filter(|(key, _)| key.ordinal() >= start)
        .map(|(key, person)| {
            let cursor = Cursor {
                sort: 0,
                ordinal: key.ordinal(),
            };
            (cursor, person)
        });
    Ok(page.cut(candidates, |person| {
        let is_email = query
            .email
            .as_ref()
            .is_none_or(|email| person.email.eq_ignore_ascii_case(email));
        let is_name = prefix
            .as_ref()
            .is_none_or(|prefix| person.display_name.to_lowercase().starts_with(prefix));
        let is_id = ids
            .as_ref()
            .is_none_or(|ids| ids.contains(&person.id.as_str()));
        (is_email && is_name && is_id).then(|| show(world, person, caller.person, presence_at))
    }))
}

fn read_ids(list: &str) -> Result<Vec<&str>, Problem> {
    let ids: Vec<&str> = list.split(',').map(str::trim).take(MAX_IDS + 1).collect();
    match ids.len() > MAX_IDS {
        true => Err(Problem::bad_request("At most 85 ids may be given at once.")),
        false => Ok(ids),
    }
}
