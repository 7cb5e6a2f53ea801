//! `/rooms`: spaces and direct rooms, and who may change them.

pub(crate) mod list;
pub(crate) mod meeting_info;
pub(crate) mod update;

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;

use crate::Sandbox;
use crate::problem::Problem;
use crate::request::JsonBody;
use crate::rules::caller::Caller;
use crate::rules::rooms::open::{NewRoom, open};
use crate::rules::rooms::{close, show};
use crate::rules::shown::Shown;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/rooms", get(list::list).post(create))
        .route(
            "/rooms/{id}",
            get(details).put(update::update).delete(delete),
        )
        .route("/rooms/{id}/meetingInfo", get(meeting_info::details))
}

async fn create(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    JsonBody(new): JsonBody<NewRoom>,
) -> Result<Json<Shown>, Problem> {
    sandbox.write(&caller, |world| {
        let key = open(world, caller.person, new)?;
        Ok(Json(show(world, world.room(key)?, caller.person)))
    })
}

async fn details(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Shown>, Problem> {
    sandbox.read(|world| {
        let key = world.known_room(&caller, &id, "spark-compliance:rooms_read")?;
        Ok(Json(show(world, world.room(key)?, caller.person)))
    })
}

async fn delete(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    sandbox.write(&caller, |world| {
        let key = world.own_room(caller.person, &id)?;
        close(world, caller.person, key)?;
        Ok(StatusCode::NO_CONTENT)
    })
}
