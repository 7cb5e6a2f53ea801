//! `/meetings/{id}/registration`: the registration form of a series, with its rules.

use axum::extract::Path;
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;

use crate::Sandbox;
use crate::problem::Result;
use crate::request::{Context, JsonBody};
use crate::routes::meetings::{ByHeader, Hosted, OnBehalf};
use crate::rows::preparations::RegistrationForm;
use crate::rules::meetings::acting;
use crate::rules::meetings::registration::{hosted_series, not_enabled, prepared};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new().route(
        "/meetings/{id}/registration",
        get(details).put(update).delete(delete),
    )
}

async fn details(caller: OnBehalf, Path(id): Path<String>) -> Result<Json<RegistrationForm>> {
    caller.read(|world, person| {
        let key = hosted_series(world, person, &id)?;
        let series = world.meetings.series.row(key)?;
        let form = series.preparations.registration.clone();
        form.map(Json).ok_or_else(not_enabled)
    })
}

async fn update(
    context: Context,
    Path(id): Path<String>,
    JsonBody(new): JsonBody<Hosted<RegistrationForm>>,
) -> Result<Json<RegistrationForm>> {
    context.write(|world| {
        let person = acting(world, &context, new.host_email.as_deref())?;
        let key = hosted_series(world, person, &id)?;
        let form = prepared(new.body)?;
        let series = world.meetings.series.row_mut(key)?;
        series.preparations.registration = Some(form.clone());
        Ok(Json(form))
    })
}

/// People who registered stay in the list.
async fn delete(ByHeader(caller): ByHeader, Path(id): Path<String>) -> Result<StatusCode> {
    caller.write(|world, person| {
        let key = hosted_series(world, person, &id)?;
        let series = world.meetings.series.row_mut(key)?;
        series.preparations.registration = None;
        Ok(StatusCode::NO_CONTENT)
    })
}
