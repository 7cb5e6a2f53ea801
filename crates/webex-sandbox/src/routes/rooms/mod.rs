//! `/rooms`: spaces and direct rooms, with the rules for changing them.

pub(crate) mod list;
pub(crate) mod meeting_info;
pub(crate) mod update;

use crate::problem::Result;
use crate::request::{Call, Routes};
use crate::rules::rooms::open::{NewRoom, open};
use crate::rules::rooms::{close, show};
use crate::rules::shown::Shown;
use crate::world::World;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/rooms", list::list)
        .post("/rooms", create)
        .get("/rooms/{id}", details)
        .put("/rooms/{id}", update::update)
        .delete("/rooms/{id}", delete)
        .get_made("/rooms/{id}/meetingInfo", meeting_info::details)
}

fn create(world: &mut World, call: &Call) -> Result<Shown> {
    let new: NewRoom = call.body()?;
    let key = open(world, call.person, new)?;
    Ok(show(world, world.rooms.row(key)?, call.person))
}

fn details(world: &World, call: &Call) -> Result<Shown> {
    let key = world.known_room(call, call.id(), "spark-compliance:rooms_read")?;
    Ok(show(world, world.rooms.row(key)?, call.person))
}

fn delete(world: &mut World, call: &Call) -> Result<()> {
    let key = world.own_room(call.person, call.id())?;
    close(world, call.person, key)?;
    Ok(())
}
