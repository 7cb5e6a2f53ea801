//! `/authorizations`: the access that people give to applications; administrators list and revoke
//! it.

use serde_json::json;

use crate::page::Page;
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::oauth::Kind;
use crate::rows::{Role, moment};
use crate::rules::caller::Caller;
use crate::rules::people::check_organization;
use crate::rules::shown::{Shown, shown};
use crate::world::World;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/authorizations", list)
        .delete("/authorizations", revoke_of_client)
        .delete("/authorizations/{id}", revoke)
}

fn check_administrator(caller: &Caller) -> Result<()> {
    Problem::forbidden("Only administrators manage authorizations.")
        .unless(caller.role == Role::Administrator)
}

/// All on one page, as in Webex.
fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    check_administrator(call)?;
    let (id, email) = (call.parameter("personId")?, call.parameter("personEmail")?);
    let person = world.person_named(id.as_deref(), email.as_deref())?;
    let all = world.oauth.authorizations.iter();
    let theirs = all.filter(|(_, row)| row.person == person && call.now < row.expires);
    let items = theirs.map(|(_, row)| {
        let application = world.oauth.applications.get(row.application);
        shown(json!({
            "id": row.id,
            "applicationId": application.map(|application| &application.id),
            "applicationName": application.map(|known| &known.integration.name),
            "personId": world.people.get(person).map(|person| &person.id),
            "clientId": application.map(|known| &known.integration.client_id),
            "created": moment::text(row.created),
            "type": match row.kind {
                Kind::Refresh => "refresh",
                Kind::Access(_) => "access",
            },
        }))
    });
    Ok(Page::whole(items.collect()))
}

fn revoke(world: &mut World, call: &Call) -> Result<()> {
    check_administrator(call)?;
    let key = world.oauth.authorizations.find(call.id());
    let key = key.ok_or_else(|| Problem::not_found("Could not find the authorization."))?;
    world.oauth.revoke(key);
    Ok(())
}

fn revoke_of_client(world: &mut World, call: &Call) -> Result<()> {
    check_administrator(call)?;
    let client_id = Problem::required(call.parameter("clientId")?, "clientId")?;
    check_organization(world, call.parameter("orgId")?.as_deref())?;
    let missing = || Problem::not_found("Could not find the application.");
    let application = world.oauth.application_named(&client_id);
    world.oauth.revoke_all(application.ok_or_else(missing)?);
    Ok(())
}
