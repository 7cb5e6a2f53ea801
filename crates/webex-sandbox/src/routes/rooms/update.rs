//! `PUT /rooms/{id}`: what may be changed in a space, and who may change it.

use crate::problem::Result;
use crate::request::Call;
use crate::rules::rooms::{OFFICER_SCOPE, Update, announce_room, change, show};
use crate::rules::shown::Shown;
use crate::world::World;

pub(crate) fn update(world: &mut World, call: &Call) -> Result<Shown> {
    let update: Update = call.body()?;
    let key = world.known_room(call, call.id(), OFFICER_SCOPE)?;
    change(world, call, key, update)?;
    announce_room(world, "updated", call.person, key)?;
    Ok(show(world, world.rooms.row(key)?, call.person))
}
