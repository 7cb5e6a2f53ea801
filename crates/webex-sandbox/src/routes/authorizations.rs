//! `/authorizations`: what people let applications do; administrators list it and revoke it.

use axum::extract::{Path, State};
use axum::routing::{delete, get};
use axum::{Json, Router};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use webex::authorizations::{Authorization as Wire, AuthorizationType};

use crate::Sandbox;
use crate::problem::Problem;
use crate::request::Query;
use crate::rows::oauth::Kind;
use crate::rows::{PersonKey, Role};
use crate::rules::caller::Caller;
use crate::world::World;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/authorizations", get(list).delete(revoke_of_client))
        .route("/authorizations/{id}", delete(revoke))
}

fn check_administrator(world: &World, person: PersonKey) -> Result<(), Problem> {
    match world.person(person)?.role {
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

#[derive(Debug, Serialize)]
struct Items {
    items: Vec<Wire>,
}

/// All on one page, as Webex answers it.
async fn list(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<List>,
) -> Result<Json<Items>, Problem> {
    let now = sandbox.clock().now();
    sandbox.read(|world| {
        check_administrator(world, caller.person)?;
        let (id, email) = (query.person_id.as_deref(), query.person_email.as_deref());
        let person = world.person_named(id, email)?;
        let all = world.oauth.authorizations.iter();
        let theirs = all.filter(|(_, row)| row.person == person && now < row.expires);
        let items = theirs.map(|(_, row)| {
            let application = world.oauth.applications.get(row.application);
            Wire {
                id: row.id.clone(),
                application_id: application.map(|application| application.id.clone()),
                application_name: application.map(|known| known.integration.name.clone()),
                person_id: world.people.get(person).map(|person| person.id.clone()),
                client_id: application.map(|known| known.integration.client_id.clone()),
                created: Some(row.created),
                authorization_type: Some(match row.kind {
                    Kind::Refresh => AuthorizationType::Refresh,
                    Kind::Access(_) => AuthorizationType::Access,
                }),
            }
        });
        let items = items.collect();
        Ok(Json(Items { items }))
    })
}

async fn revoke(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    sandbox.write(&caller, |world| {
        check_administrator(world, caller.person)?;
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

async fn revoke_of_client(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<OfClient>,
) -> Result<StatusCode, Problem> {
    sandbox.write(&caller, |world| {
        check_administrator(world, caller.person)?;
        let client_id = query.client_id.as_deref();
        let client_id = client_id.ok_or_else(|| Problem::bad_request("clientId is required."))?;
        if query.org_id.is_some_and(|org| org != world.organization_id) {
            return Err(Problem::forbidden(
                "Only partners administer another organization.",
            ));
        }
        let application = world.oauth.application_named(client_id);
        let application =
            application.ok_or_else(|| Problem::not_found("Could not find the application."))?;
        world.oauth.revoke_all(application);
        Ok(StatusCode::NO_CONTENT)
    })
}
