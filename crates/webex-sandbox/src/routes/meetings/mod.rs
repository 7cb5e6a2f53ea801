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
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::request::Parts;
use serde::{Deserialize, Serialize};

use crate::Sandbox;
use crate::page::Page;
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

/// A caller who may be an administrator and name a host, on whose behalf the call is made.
#[derive(Debug)]
pub(crate) struct OnBehalf {
    pub(crate) context: Context,
    host_email: Option<String>,
    /// Whether the current occurrence of a series is meant.
    pub(crate) current: Option<bool>,
}

/// The parts of the query that say so.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    host_email: Option<String>,
    current: Option<bool>,
}

impl FromRequestParts<Sandbox> for OnBehalf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Self> {
        let context = Context::from_request_parts(parts, sandbox).await?;
        let Query(named) = Query::<Named>::from_request_parts(parts, sandbox).await?;
        Ok(OnBehalf {
            current: named.current,
            ..OnBehalf::of(context, named.host_email)
        })
    }
}

impl OnBehalf {
    pub(crate) fn of(context: Context, host_email: Option<String>) -> Self {
        OnBehalf {
            context,
            host_email,
            current: None,
        }
    }

    fn person(&self, world: &World) -> Result<PersonKey> {
        acting(world, &self.context, self.host_email.as_deref())
    }

    /// Reads the world for the host.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&World, PersonKey) -> Result<T>) -> Result<T> {
        self.context.read(|world| look(world, self.person(world)?))
    }

    /// Makes one change for the host.
    pub(crate) fn write<T>(
        &self,
        change: impl FnOnce(&mut World, PersonKey) -> Result<T>,
    ) -> Result<T> {
        self.context.write(|world| {
            let person = self.person(world)?;
            change(world, person)
        })
    }

    /// Answers with a page of what the host sees.
    pub(crate) fn list<T: Serialize>(
        &self,
        look: impl FnOnce(&World, PersonKey) -> Result<Page<T>>,
    ) -> Result<Response> {
        self.context.list(|world| look(world, self.person(world)?))
    }
}

/// The same where the host is named in a header.
#[derive(Debug)]
pub(crate) struct ByHeader(pub(crate) OnBehalf);

impl FromRequestParts<Sandbox> for ByHeader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Self> {
        let context = Context::from_request_parts(parts, sandbox).await?;
        Ok(ByHeader(OnBehalf::of(context, header(parts, "hostEmail"))))
    }
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

async fn details(caller: OnBehalf, Path(id): Path<String>) -> Result<Json<Shown>> {
    let now = caller.context.now();
    caller.read(|world, person| {
        let target = known(world, person, &id)?;
        let target = current(world, target, caller.current == Some(true));
        missing().unless(is_there(world, target, now))?;
        shown(world, person, target)
    })
}

async fn admin_details(caller: OnBehalf, Path(id): Path<String>) -> Result<Json<Shown>> {
    let now = caller.context.now();
    caller.context.read(|world| {
        watches_all(world, &caller.context)?;
        let target = world.meetings.find(&id).ok_or_else(missing)?;
        let target = current(world, target, caller.current == Some(true));
        missing().unless(is_there(world, target, now))?;
        let Json(meeting) = shown(world, caller.context.person, target)?;
        Ok(Json(show::for_administrators(meeting)))
    })
}
