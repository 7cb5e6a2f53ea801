//! `PUT /rooms/{id}`: what may be changed in a space, and by whom.

use axum::Json;
use axum::extract::{Path, State};

use crate::Sandbox;
use crate::problem::Problem;
use crate::request::JsonBody;
use crate::rules::caller::Caller;
use crate::rules::rooms::{OFFICER_SCOPE, Update, announce_room, change, show};
use crate::rules::shown::Shown;

pub(crate) async fn update(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(update): JsonBody<Update>,
) -> Result<Json<Shown>, Problem> {
    sandbox.write(&caller, |world| {
        let key = world.known_room(&caller, &id, OFFICER_SCOPE)?;
        change(world, &caller, key, update)?;
        announce_room(world, "updated", caller.person, key)?;
        Ok(Json(show(world, world.room(key)?, caller.person)))
    })
}
