//! `/meetings/{id}/registrants/{approve,reject,cancel,bulkDelete}`: a host's decisions about
//! several registrants.

use axum::Router;
use axum::extract::Path;
use axum::routing::{MethodRouter, post};
use http::StatusCode;

use crate::Sandbox;
use crate::problem::Problem;
use crate::request::JsonBody;
use crate::routes::meetings::OnBehalf;
use crate::routes::meetings::registrants::MAX_AT_ONCE;
use crate::rows::preparations::RegistrantStatus;
use crate::rules::meetings::registrants::find;
use crate::rules::meetings::registration::hosted_series;
use serde::Deserialize;

pub(crate) fn routes() -> Router<Sandbox> {
    let path = |verb: &str| format!("/meetings/{{id}}/registrants/{verb}");
    Router::new()
        .route(&path("approve"), decide(Some(RegistrantStatus::Approved)))
        .route(&path("reject"), decide(Some(RegistrantStatus::Rejected)))
        // Webex has no status for a cancelled registration: it is removed like a deleted one.
        .route(&path("cancel"), decide(None))
        .route(&path("bulkDelete"), decide(None))
}

#[derive(Debug, Deserialize)]
struct RegistrantId {
    id: String,
}

#[derive(Debug, Deserialize)]
struct DecideRegistrants {
    registrants: Vec<RegistrantId>,
}

/// Sets the status of registrants, or removes them: all of them, or none if one is unknown.
fn decide(status: Option<RegistrantStatus>) -> MethodRouter<Sandbox> {
    let handle = move |caller: OnBehalf,
                       Path(id): Path<String>,
                       JsonBody(who): JsonBody<DecideRegistrants>| async move {
        Problem::bad_request("registrants must name 1 to 100 registrants.")
            .unless((1..=MAX_AT_ONCE).contains(&who.registrants.len()))?;
        caller.write(|world, person| {
            let series = hosted_series(world, person, &id)?;
            let ids = who.registrants.iter();
            let keys = ids.map(|one| find(world, series, &one.id));
            for key in keys.collect::<Result<Vec<_>, _>>()? {
                let Some(status) = status else {
                    world.meetings.registrants.remove(key);
                    continue;
                };
                world.meetings.registrants.row_mut(key)?.wire.status = status;
            }
            Ok(StatusCode::NO_CONTENT)
        })
    };
    post(handle)
}
