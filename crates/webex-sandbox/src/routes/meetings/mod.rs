//! `/meetings`: schedules on the sandbox's clock, and the meetings that result from them.
//!
//! The occurrences of a series are computed; an occurrence that starts becomes an instance, which
//! is stored.

pub(crate) mod approvals;
pub(crate) mod breakouts;
pub(crate) mod catalogue;
pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod host;
pub(crate) mod interpreters;
pub(crate) mod invitation_sources;
pub(crate) mod list;
pub(crate) mod registrants;
pub(crate) mod registration;
pub(crate) mod scheduled;
pub(crate) mod surveys;
pub(crate) mod zone;

use axum::extract::{FromRequestParts, Path};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::request::Parts;
use serde::Deserialize;

use crate::Sandbox;
use crate::problem::{Problem, Result};
use crate::request::{Context, Query};
use crate::rows::PersonKey;
use crate::rows::meetings::Target;
use crate::rules::meetings::{
    acting, current, is_host, is_there, known, missing, show, watches_all,
};
use crate::rules::shown::Shown;
use crate::world::World;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .merge(registration::routes())
        .merge(registrants::routes())
        .merge(approvals::routes())
        .merge(interpreters::routes())
        .merge(breakouts::routes())
        .merge(surveys::routes())
        .merge(invitation_sources::routes())
        .route("/meetings", get(list::list).post(create::handle))
        .route("/meetings/join", post(host::join))
        .route("/meetings/reassignHost", post(host::reassign))
        .route(
            "/meetings/controls",
            get(host::controls).put(host::update_controls),
        )
        .route("/meetings/templates", get(catalogue::templates))
        .route("/meetings/templates/{id}", get(catalogue::template))
        .route("/meetings/sessionTypes", get(catalogue::session_types))
        .route("/meetings/sessionTypes/{id}", get(catalogue::session_type))
        .route("/meetings/trackingCodes", get(catalogue::tracking_codes))
        .route(
            "/meetings/{id}",
            get(details)
                .patch(change::patch)
                .put(change::update)
                .delete(change::delete),
        )
        .route("/meetings/{id}/end", post(host::end))
        .route("/admin/meetings", get(list::admin_list))
        .route("/admin/meetings/{id}", get(admin_details))
}

/// A header that a Webex route takes in place of a query parameter.
pub(crate) fn header(parts: &Parts, name: &str) -> Option<String> {
    let value = parts.headers.get(name)?.to_str().ok()?;
    Some(value.to_owned()).filter(|value| !value.is_empty())
}

/// The host on whose behalf an administrator calls, and whether the current occurrence of a series
/// is meant.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OnBehalf {
    pub(crate) host_email: Option<String>,
    pub(crate) current: Option<bool>,
}

/// A body that also names the host on whose behalf an administrator calls.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Hosted<T> {
    pub(crate) host_email: Option<String>,
    #[serde(flatten)]
    pub(crate) body: T,
}

/// The header in which some routes take the host on whose behalf an administrator calls.
#[derive(Debug)]
pub(crate) struct HostEmail(pub(crate) Option<String>);

impl FromRequestParts<Sandbox> for HostEmail {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Sandbox) -> Result<Self, Self::Rejection> {
        Ok(HostEmail(header(parts, "hostEmail")))
    }
}

pub(crate) fn shown(world: &World, person: PersonKey, target: Target) -> Result<Json<Shown>> {
    let series = world.meetings.series_of(target).ok_or_else(missing)?;
    let is_host = is_host(world, series, person);
    show::show(world, target, is_host)
        .map(Json)
        .ok_or_else(missing)
}

async fn details(
    context: Context,
    Path(id): Path<String>,
    Query(query): Query<OnBehalf>,
) -> Result<Json<Shown>> {
    let now = context.now();
    context.read(|world| {
        let person = acting(world, &context, query.host_email.as_deref())?;
        let target = known(world, person, &id)?;
        let target = current(world, target, query.current == Some(true));
        match is_there(world, target, now) {
            true => shown(world, person, target),
            false => Err(missing()),
        }
    })
}

async fn admin_details(
    context: Context,
    Path(id): Path<String>,
    Query(query): Query<OnBehalf>,
) -> Result<Json<Shown>> {
    let now = context.now();
    context.read(|world| {
        watches_all(world, &context)?;
        let target = world.meetings.find(&id).ok_or_else(missing)?;
        let target = current(world, target, query.current == Some(true));
        match is_there(world, target, now) {
            true => shown(world, context.person, target)
                .map(|Json(meeting)| Json(show::for_administrators(meeting))),
            false => Err(missing()),
        }
    })
}
