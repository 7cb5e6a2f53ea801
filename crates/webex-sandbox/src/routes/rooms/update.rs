//! `PUT /rooms/{id}`: what may be changed in a space, and who may change it.

use axum::Json;
use axum::extract::Path;

use crate::problem::Result;
use crate::request::{Context, JsonBody};
use crate::rules::rooms::{OFFICER_SCOPE, Update, announce_room, change, show};
use crate::rules::shown::Shown;

pub(crate) async fn update(
    context: Context,
    Path(id): Path<String>,
    JsonBody(update): JsonBody<Update>,
) -> Result<Json<Shown>> {
    context.write(|world| {
        let key = world.known_room(&context, &id, OFFICER_SCOPE)?;
        change(world, &context, key, update)?;
        announce_room(world, "updated", context.person, key)?;
        Ok(Json(show(world, world.rooms.row(key)?, context.person)))
    })
}
