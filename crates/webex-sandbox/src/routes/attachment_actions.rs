//! `/attachment/actions`: what people enter into the cards of messages.

use axum::extract::Path;
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::Sandbox;
use crate::problem::{Problem, Result};
use crate::request::{Context, JsonBody};
use crate::rules::attachment_actions::{Create, show, submit};
use crate::rules::shown::Shown;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/attachment/actions", post(create))
        .route("/attachment/actions/{id}", get(details))
}

async fn create(context: Context, JsonBody(new): JsonBody<Create>) -> Result<Json<Shown>> {
    context.write(|world| {
        let key = submit(world, context.person, new)?;
        let action = world.actions.row(key)?;
        Ok(Json(show(world, action)))
    })
}

async fn details(context: Context, Path(id): Path<String>) -> Result<Json<Shown>> {
    context.read(|world| {
        let missing = || Problem::not_found("Could not find the attachment action.");
        let key = world.actions.find(&id).ok_or_else(missing)?;
        let action = world.actions.row(key)?;
        let message = world.messages.row(action.message)?;
        missing().unless(world.shows(&context, message))?;
        Ok(Json(show(world, action)))
    })
}
