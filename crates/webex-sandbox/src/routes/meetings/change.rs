//! `PATCH`, `PUT` and `DELETE /meetings/{id}`: of a series, or of one occurrence of it.

use axum::Json;
use axum::extract::Path;
use http::StatusCode;

use crate::problem::{Problem, Result};
use crate::request::Context;
use crate::routes::meetings::scheduled::Scheduled;
use crate::routes::meetings::{OnBehalf, shown};
use crate::rows::meetings::Target;
use crate::rules::meetings::change::{Change, change_occurrence, change_series, remove};
use crate::rules::meetings::{acting, announce, hosted, no_instance};
use crate::rules::shown::Shown;

pub(crate) async fn patch(
    context: Context,
    Path(id): Path<String>,
    Scheduled(change): Scheduled<Change>,
) -> Result<Json<Shown>> {
    apply(&context, &id, change)
}

/// Here `null` clears nothing, and the title is required.
pub(crate) async fn update(
    context: Context,
    Path(id): Path<String>,
    Scheduled(mut change): Scheduled<Change>,
) -> Result<Json<Shown>> {
    Problem::bad_request("title is required.").when(change.title.is_none())?;
    change.agenda = change.agenda.filter(Option::is_some);
    change.recurrence = change.recurrence.filter(Option::is_some);
    change.tracking_codes = change.tracking_codes.filter(Option::is_some);
    apply(&context, &id, change)
}

fn apply(context: &Context, id: &str, change: Change) -> Result<Json<Shown>> {
    context.write(|world| {
        let person = acting(world, context, change.host_email.as_deref())?;
        let target = hosted(world, person, id)?;
        match target {
            Target::Series(key) => change_series(world, key, change)?,
            Target::Occurrence(key, name) => change_occurrence(world, key, name, change)?,
            Target::Instance(_) => return Err(no_instance()),
        }
        announce::meeting(world, "updated", person, target);
        shown(world, person, target)
    })
}

pub(crate) async fn delete(caller: OnBehalf, Path(id): Path<String>) -> Result<StatusCode> {
    caller.write(|world, person| {
        let target = hosted(world, person, &id)?;
        remove(world, person, target)?;
        Ok(StatusCode::NO_CONTENT)
    })
}
