//! `PATCH`, `PUT` and `DELETE /meetings/{id}`: of a series, or of one occurrence of it.

use crate::problem::{Problem, Result};
use crate::request::Call;
use crate::routes::meetings::scheduled::scheduled;
use crate::routes::meetings::shown;
use crate::rows::meetings::Target;
use crate::rules::meetings::change::{Change, change_occurrence, change_series, remove};
use crate::rules::meetings::{acting, announce, hosted, no_instance};
use crate::rules::shown::Shown;
use crate::world::World;

pub(crate) fn patch(world: &mut World, call: &Call) -> Result<Shown> {
    apply(world, call, scheduled(call)?)
}

/// Here `null` clears nothing, and the title is required.
pub(crate) fn update(world: &mut World, call: &Call) -> Result<Shown> {
    let mut change: Change = scheduled(call)?;
    Problem::bad_request("title is required.").when(change.title.is_none())?;
    change.agenda = change.agenda.filter(Option::is_some);
    change.recurrence = change.recurrence.filter(Option::is_some);
    change.tracking_codes = change.tracking_codes.filter(Option::is_some);
    apply(world, call, change)
}

fn apply(world: &mut World, call: &Call, change: Change) -> Result<Shown> {
    let person = acting(world, call, change.host_email.as_deref())?;
    let target = hosted(world, person, call.id())?;
    match target {
        Target::Series(key) => change_series(world, key, change)?,
        Target::Occurrence(key, name) => change_occurrence(world, key, name, change)?,
        Target::Instance(_) => return Err(no_instance()),
    }
    announce::meeting(world, "updated", person, target);
    shown(world, person, target)
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Result<()> {
    let person = call.host(world)?;
    let target = hosted(world, person, call.id())?;
    remove(world, person, target)
}
