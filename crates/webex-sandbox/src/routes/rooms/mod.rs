//! `/rooms`: spaces and direct rooms, with the rules for changing them.

pub(crate) mod list;
pub(crate) mod meeting_info;
pub(crate) mod update;

use axum::extract::Path;
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;

use crate::Sandbox;
use crate::problem::Result;
use crate::request::{Context, JsonBody};
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

async fn create(context: Context, JsonBody(new): JsonBody<NewRoom>) -> Result<Json<Shown>> {
    context.write(|world| {
        let key = open(world, context.person, new)?;
        Ok(Json(show(world, world.rooms.row(key)?, context.person)))
    })
}

async fn details(context: Context, Path(id): Path<String>) -> Result<Json<Shown>> {
    context.read(|world| {
        let key = world.known_room(&context, &id, "spark-compliance:rooms_read")?;
        Ok(Json(show(world, world.rooms.row(key)?, context.person)))
    })
}

async fn delete(context: Context, Path(id): Path<String>) -> Result<StatusCode> {
    context.write(|world| {
        let key = world.own_room(context.person, &id)?;
        close(world, context.person, key)?;
        Ok(StatusCode::NO_CONTENT)
    })
}
