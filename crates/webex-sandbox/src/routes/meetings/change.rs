//! `PATCH`, `PUT` and `DELETE /meetings/{id}`: of a series, or of one occurrence of it.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use webex::meetings::{DeleteMeeting, PatchMeeting, UpdateMeeting};

use crate::Sandbox;
use crate::problem::Problem;
use crate::request::Query;
use crate::routes::meetings::scheduled::Scheduled;
use crate::routes::meetings::shown;
use crate::rows::meetings::Target;
use crate::rules::caller::Caller;
use crate::rules::meetings::change::{Change, change_occurrence, change_series, remove};
use crate::rules::meetings::{acting, announce, hosted, no_instance};
use crate::rules::shown::Shown;

pub(crate) async fn patch(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Scheduled(patch): Scheduled<PatchMeeting>,
) -> Result<Json<Shown>, Problem> {
    let change = Change {
        title: patch.title,
        agenda: patch.agenda,
        password: patch.password,
        start: patch.start,
        end: patch.end,
        timezone: patch.timezone,
        recurrence: patch.recurrence,
        tracking_codes: patch.tracking_codes,
        settings: patch.settings,
    };
    apply(&sandbox, &caller, &id, patch.host_email.as_deref(), change)
}

pub(crate) async fn update(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Scheduled(put): Scheduled<UpdateMeeting>,
) -> Result<Json<Shown>, Problem> {
    let title = put
        .title
        .ok_or_else(|| Problem::bad_request("title is required."))?;
    let change = Change {
        title: Some(title),
        agenda: put.agenda.map(Some),
        password: put.password,
        start: put.start,
        end: put.end,
        timezone: put.timezone,
        recurrence: put.recurrence.map(Some),
        tracking_codes: put.tracking_codes.map(Some),
        settings: put.settings,
    };
    apply(&sandbox, &caller, &id, put.host_email.as_deref(), change)
}

fn apply(
    sandbox: &Sandbox,
    caller: &Caller,
    id: &str,
    host_email: Option<&str>,
    change: Change,
) -> Result<Json<Shown>, Problem> {
    sandbox.write(caller, |world| {
        let person = acting(world, caller, host_email)?;
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

pub(crate) async fn delete(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<DeleteMeeting>,
) -> Result<StatusCode, Problem> {
    sandbox.write(&caller, |world| {
        let person = acting(world, &caller, query.host_email.as_deref())?;
        let target = hosted(world, person, &id)?;
        remove(world, person, target)?;
        Ok(StatusCode::NO_CONTENT)
    })
}
