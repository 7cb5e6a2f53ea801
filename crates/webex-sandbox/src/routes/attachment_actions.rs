//! `/attachment/actions`: what people enter into the cards of messages.

use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rules::attachment_actions::{Create, show, submit};
use crate::rules::shown::Shown;
use crate::world::World;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .post("/attachment/actions", create)
        .get("/attachment/actions/{id}", details)
}

fn create(world: &mut World, call: &Call) -> Result<Shown> {
    let new: Create = call.body()?;
    let key = submit(world, call.person, new)?;
    let action = world.actions.row(key)?;
    Ok(show(world, action))
}

fn details(world: &World, call: &Call) -> Result<Shown> {
    let missing = || Problem::not_found("Could not find the attachment action.");
    let (_, action) = world.actions.named(call.id()).ok_or_else(missing)?;
    let message = world.messages.row(action.message)?;
    missing().unless(world.shows(call, message))?;
    Ok(show(world, action))
}
