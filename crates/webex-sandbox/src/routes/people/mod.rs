//! `/people`: people by e-mail address, by name, by id, and the caller.

pub(crate) mod accounts;

use std::collections::BTreeSet;

use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::page::{Cursor, Page, PageRequest};
use crate::population::Generator;
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::{Person, PersonKey, Role, moment};
use crate::rules::people::{check_organization, missing, status};
use crate::rules::shown::{Shown, shown};
use crate::table::Entry;
use crate::world::World;

const DEFAULT_PAGE_ITEMS: usize = 100;

/// Observed in clients; Webex does not document it.
const MAX_PAGE_ITEMS: usize = 1_000;
const MAX_CALLING_PAGE_ITEMS: usize = 100;
const MAX_LOCATION_PAGE_ITEMS: usize = 50;

/// Ids in one `id` parameter, as Webex documents it.
const MAX_IDS: usize = 85;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/people", list)
        .post("/people", accounts::create)
        .get("/people/me", me)
        .get("/people/{id}", details)
        .put("/people/{id}", accounts::update)
        .delete("/people/{id}", accounts::delete)
}

/// The scope that a token needs to see administrative fields of others, and to list everyone.
const ADMIN_SCOPE: &str = "spark-admin:people_read";

#[derive(Debug, Clone, Copy)]
struct View {
    /// The time for presence, where presence is shown.
    presence_at: Option<Timestamp>,
    is_administrator: bool,
}

fn show(world: &World, person: &Person, view: View) -> Shown {
    let is_bot = person.role == Role::Bot;
    let (first, last) = person.names();
    let presence_at = view.presence_at.filter(|_| !is_bot);
    let profile = &person.profile;
    let mut fields = shown(json!({
        "id": person.id,
        "emails": [person.email],
        "displayName": person.display_name,
        "nickName": first,
        "firstName": first,
        "lastName": last,
        "avatar": profile.avatar,
        "orgId": world.organization_id,
        "department": profile.department,
        "manager": profile.manager,
        "managerId": profile.manager_id,
        "title": profile.title.as_ref().filter(|_| !is_bot),
        "addresses": profile.addresses,
        "created": moment::text(person.created),
        "lastActivity": presence_at.map(|_| moment::text(person.last_activity)),
        "status": presence_at.map(|now| status(world, person, now)),
        "type": if is_bot { "bot" } else { "person" },
    }));
    if view.is_administrator {
        fields.extend(shown(json!({
            "roles": person.role.name().as_slice(),
            "licenses": profile.licenses.as_deref().unwrap_or_default(),
            "siteUrls": profile.site_urls.as_deref().unwrap_or_default(),
            "lastModified": moment::text(person.last_modified),
            "invitePending": person.is_pending().to_string(),
            "loginEnabled": person.may_sign_in.to_string(),
        })));
    }
    fields
}

/// All parts of a person that this caller may see.
fn whole(call: &Call) -> View {
    View {
        presence_at: Some(call.now),
        is_administrator: call.may(ADMIN_SCOPE),
    }
}

fn me(world: &World, call: &Call) -> Result<Shown> {
    let view = whole(call);
    Ok(show(world, world.people.row(call.person)?, view))
}

fn details(world: &World, call: &Call) -> Result<Shown> {
    let view = whole(call);
    let (_, person) = world.people.named(call.id()).ok_or_else(missing)?;
    Ok(show(world, person, view))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    email: Option<String>,
    display_name: Option<String>,
    id: Option<String>,
    org_id: Option<String>,
    roles: Option<String>,
    calling_data: Option<String>,
    location_id: Option<String>,
    exclude_status: Option<String>,
}

impl List {
    /// Calling details and locations reduce the size of Webex's pages.
    fn page_limit(&self) -> usize {
        match (&self.location_id, self.calling_data.as_deref()) {
            (Some(_), _) => MAX_LOCATION_PAGE_ITEMS,
            (None, Some("true")) => MAX_CALLING_PAGE_ITEMS,
            (None, _) => MAX_PAGE_ITEMS,
        }
    }
}

fn list(world: &World, call: &Call) -> Result<Response> {
    let query: List = call.query()?;
    let page = call.within(DEFAULT_PAGE_ITEMS, query.page_limit())?;
    let ids = query.id.as_deref().map(read_ids).transpose()?;
    let page = find(world, call, &query, ids.as_deref(), page)?;
    let asked = ids.iter().flatten().copied();
    let not_found = asked.filter(|id| world.people.find(id).is_none()).collect();
    Ok(page.answer_with(call, NotFound { not_found }))
}

/// The ids for which Webex finds nobody.
#[derive(Debug, Serialize)]
struct NotFound<'q> {
    #[serde(rename = "notFoundIds", skip_serializing_if = "Vec::is_empty")]
    not_found: Vec<&'q str>,
}

fn find(
    world: &World,
    call: &Call,
    query: &List,
    ids: Option<&[&str]>,
    page: PageRequest,
) -> Result<Page<Shown>> {
    let is_administrator = call.may(ADMIN_SCOPE);
    let filters = [&query.email, &query.display_name, &query.id];
    let has_filter = filters.into_iter().flatten().any(|text| !text.is_empty());
    Problem::bad_request("Email, displayName, or id list should be specified.")
        .when(!has_filter && !is_administrator)?;
    Problem::forbidden("Only administrators look up orgId.")
        .when(query.org_id.is_some() && !is_administrator)?;
    check_organization(world, query.org_id.as_deref())?;
    Problem::forbidden("Only administrators look up roles.")
        .when(query.roles.is_some() && !is_administrator)?;
    let prefix = query.display_name.as_ref().map(|name| name.to_lowercase());
    let has_presence = ids.is_none() && query.exclude_status.as_deref() != Some("true");
    let view = View {
        presence_at: has_presence.then_some(call.now),
        // Webex leaves these fields out when people are looked up by id.
        is_administrator: is_administrator && ids.is_none(),
    };
    let candidates = candidates(world, query, ids, prefix.as_deref(), page.start());
    let candidates = candidates.map(|(key, person)| (Cursor::at(key.ordinal()), person));
    Ok(page.cut(candidates, |person| {
        let email = query.email.as_ref();
        let is_email = email.is_none_or(|email| person.email.eq_ignore_ascii_case(email));
        let begins = |prefix: &String| person.display_name.to_lowercase().starts_with(prefix);
        let is_name = prefix.as_ref().is_none_or(begins);
        let is_id = ids.is_none_or(|ids| ids.contains(&person.id.as_str()));
        let is_role = query.roles.as_deref().is_none_or(|roles| {
            let mut wanted = roles.split(',').map(str::trim);
            wanted.any(|role| person.role.name() == Some(role))
        });
        // Nobody in the demo company has a location, which needs Webex Calling.
        let is_wanted = is_email && is_name && is_id && is_role && query.location_id.is_none();
        is_wanted.then(|| show(world, &person, view))
    }))
}

/// The people who may match, from an ordinal on. Generated people have no role, no location, and are
/// made only if their name fits: making all of them takes long.
fn candidates<'w>(
    world: &'w World,
    query: &List,
    ids: Option<&[&str]>,
    prefix: Option<&'w str>,
    start: u32,
) -> Box<dyn Iterator<Item = (PersonKey, Entry<'w, Person>)> + 'w> {
    let named: BTreeSet<PersonKey> = match (&query.email, ids) {
        (Some(email), _) => world.person_by_email(email).into_iter().collect(),
        (None, Some(ids)) => ids.iter().filter_map(|id| world.people.find(id)).collect(),
        (None, None) => {
            let generator = world.generator.as_deref();
            let has_more = query.roles.is_some() || query.location_id.is_some();
            let generator = generator.filter(|_| !has_more);
            let may_fit = move |person| {
                let is_named = |all: &Generator| prefix.is_none_or(|it| all.is_named(person, it));
                generator.is_some_and(is_named)
            };
            let generated = world.people.generated_in(start..u32::MAX, may_fit);
            return Box::new(generated.chain(world.people.own_in(start..u32::MAX)));
        }
    };
    let named = named.into_iter().filter(move |key| key.ordinal() >= start);
    Box::new(named.filter_map(move |key| Some((key, world.people.made(key)?))))
}

fn read_ids(list: &str) -> Result<Vec<&str>> {
    let ids: Vec<&str> = list.split(',').map(str::trim).take(MAX_IDS + 1).collect();
    Problem::bad_request("At most 85 ids may be given at once.").when(ids.len() > MAX_IDS)?;
    Ok(ids)
}
