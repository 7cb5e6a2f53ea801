//! `/meetings/{id}/breakoutSessions`: separate rooms of a meeting, planned before it starts.

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;

use crate::Sandbox;
use crate::page::Page;
use crate::problem::Result;
use crate::request::{Context, JsonBody};
use crate::routes::meetings::ByHeader;
use crate::rows::PersonKey;
use crate::rows::meetings::{Instance, SeriesKey, Target};
use crate::rows::preparations::BreakoutSession;
use crate::rules::meetings::breakouts::{BreakoutPlan, set};
use crate::rules::meetings::{acting, hosted, missing, place};
use crate::world::World;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new().route(
        "/meetings/{id}/breakoutSessions",
        get(list).put(update).delete(delete),
    )
}

/// A session as planned; for an ended instance also with its times.
fn shown(session: &BreakoutSession, ended: Option<&Instance>) -> BreakoutSession {
    BreakoutSession {
        start_time: ended.map(|instance| instance.started),
        end_time: ended.and_then(|instance| instance.ended),
        ..session.clone()
    }
}

async fn list(ByHeader(caller): ByHeader, Path(id): Path<String>) -> Result<Response> {
    caller.list(|world, person| {
        let target = hosted(world, person, &id)?;
        let (key, only) = world.meetings.place_of(target).ok_or_else(missing)?;
        let series = world.meetings.series.row(key)?;
        let instance = match target {
            Target::Instance(key) => world.meetings.instances.get(key),
            _ => None,
        };
        let ended = instance.filter(|instance| instance.ended.is_some());
        let sessions = series.setup(only).breakouts.iter();
        let items = sessions.map(|session| shown(session, ended)).collect();
        Ok(Page::whole(items))
    })
}

/// The series or the occurrence, if the caller hosts it and it is not running.
fn idle_place(
    world: &World,
    person: PersonKey,
    id: &str,
) -> Result<(SeriesKey, Option<Timestamp>)> {
    let (key, only) = place(world, person, id)?;
    crate::rules::meetings::change::idle(world, key, only)?;
    Ok((key, only))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateBreakouts {
    host_email: Option<String>,
    items: Vec<BreakoutPlan>,
}

async fn update(
    context: Context,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<UpdateBreakouts>,
) -> Result<Response> {
    let items = context.write(|world| {
        let person = acting(world, &context, body.host_email.as_deref())?;
        let (key, only) = idle_place(world, person, &id)?;
        let series = world.meetings.series.row_mut(key)?;
        set(series, only, body.items)?;
        Ok(series.setup(only).breakouts.clone())
    })?;
    Ok(Page::whole(items).answer(&context))
}

async fn delete(ByHeader(caller): ByHeader, Path(id): Path<String>) -> Result<StatusCode> {
    caller.write(|world, person| {
        let (key, only) = idle_place(world, person, &id)?;
        let series = world.meetings.series.row_mut(key)?;
        series.setup_mut(only).breakouts.clear();
        Ok(StatusCode::NO_CONTENT)
    })
}
