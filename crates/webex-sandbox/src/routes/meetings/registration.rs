//! `/meetings/{id}/registration`: the registration form of a series, with its rules.

use axum::Json;

use crate::problem::Result;
use crate::request::{Call, Routes};
use crate::rows::preparations::RegistrationForm;
use crate::rules::meetings::registration::{hosted_series, not_enabled, prepared};
use crate::world::World;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/meetings/{id}/registration", details)
        .put("/meetings/{id}/registration", update)
        .delete("/meetings/{id}/registration", delete)
}

fn details(world: &World, call: &Call) -> Result<Json<RegistrationForm>> {
    let key = hosted_series(world, call.host(world)?, call.id())?;
    let series = world.meetings.series.row(key)?;
    let form = series.preparations.registration.clone();
    form.map(Json).ok_or_else(not_enabled)
}

fn update(world: &mut World, call: &Call) -> Result<Json<RegistrationForm>> {
    let (person, new) = call.host_and_body(world)?;
    let key = hosted_series(world, person, call.id())?;
    let form = prepared(new)?;
    let series = world.meetings.series.row_mut(key)?;
    series.preparations.registration = Some(form.clone());
    Ok(Json(form))
}

/// People who registered stay in the list.
fn delete(world: &mut World, call: &Call) -> Result<()> {
    let key = hosted_series(world, call.host_by_header(world)?, call.id())?;
    let series = world.meetings.series.row_mut(key)?;
    series.preparations.registration = None;
    Ok(())
}
