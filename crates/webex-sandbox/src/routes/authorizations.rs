//! `/authorizations`: the access that people give to applications; administrators list and revoke
//! it.

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{delete, get};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::Sandbox;
use crate::page::Page;
use crate::problem::{Problem, Result};
use crate::request::{Context, Query};
use crate::rows::oauth::Kind;
use crate::rows::{PersonKey, Role, moment};
use crate::rules::shown::shown;
use crate::world::World;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/authorizations", get(list).delete(revoke_of_client))
        .route("/authorizations/{id}", delete(revoke))
}

fn check_administrator(world: &World, person: PersonKey) -> Result<()> {
    match world.people.row(person)?.role {
        Role::Administrator => Ok(()),
        _ => Err(Problem::forbidden(
            "Only administrators manage authorizations.",
        )),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    person_id: Option<String>,
    person_email: Option<String>,
}

/// All on one page, as in Webex.
async fn list(context: Context, Query(query): Query<List>) -> Result<Response> {
    let now = context.now();
    context.list(|world| {
        check_administrator(world, context.person)?;
        let (id, email) = (query.person_id.as_deref(), query.person_email.as_deref());
        let person = world.person_named(id, email)?;
        let all = world.oauth.authorizations.iter();
        let theirs = all.filter(|(_, row)| row.person == person && now < row.expires);
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
    })
}

async fn revoke(context: Context, Path(id): Path<String>) -> Result<StatusCode> {
    context.write(|world| {
        check_administrator(world, context.person)?;
        let key = world.oauth.authorizations.find(&id);
        let key = key.ok_or_else(|| Problem::not_found("Could not find the authorization."))?;
        world.oauth.revoke(key);
        Ok(StatusCode::NO_CONTENT)
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfClient {
    client_id: Option<String>,
    org_id: Option<String>,
}

async fn revoke_of_client(context: Context, Query(query): Query<OfClient>) -> Result<StatusCode> {
    context.write(|world| {
        check_administrator(world, context.person)?;
        let client_id = Problem::required(query.client_id.as_deref(), "clientId")?;
        Problem::forbidden("Only partners administer another organization.")
            .when(query.org_id.is_some_and(|org| org != world.organization_id))?;
        let application = world.oauth.application_named(client_id);
        let application =
            application.ok_or_else(|| Problem::not_found("Could not find the application."))?;
        world.oauth.revoke_all(application);
        Ok(StatusCode::NO_CONTENT)
    })
}
