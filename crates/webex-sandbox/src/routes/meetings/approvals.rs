//! `/meetings/{id}/registrants/{approve,reject,cancel,bulkDelete}`: a host's decisions about
//! several registrants.

use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::routes::meetings::registrants::MAX_AT_ONCE;
use crate::rows::preparations::RegistrantStatus;
use crate::rules::meetings::registrants::find;
use crate::rules::meetings::registration::hosted_series;
use crate::world::World;
use serde::Deserialize;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .post("/meetings/{id}/registrants/approve", |world, call| {
            decide(world, call, Some(RegistrantStatus::Approved))
        })
        .post("/meetings/{id}/registrants/reject", |world, call| {
            decide(world, call, Some(RegistrantStatus::Rejected))
        })
        .post("/meetings/{id}/registrants/cancel", remove)
        .post("/meetings/{id}/registrants/bulkDelete", remove)
}

#[derive(Debug, Deserialize)]
struct RegistrantId {
    id: String,
}

#[derive(Debug, Deserialize)]
struct DecideRegistrants {
    registrants: Vec<RegistrantId>,
}

/// Webex has no status for a cancelled registration: it is removed like a deleted one.
fn remove(world: &mut World, call: &Call) -> Result<()> {
    decide(world, call, None)
}

/// Sets the status of registrants, or removes them: all of them, or none if one is unknown.
fn decide(world: &mut World, call: &Call, status: Option<RegistrantStatus>) -> Result<()> {
    let who: DecideRegistrants = call.body()?;
    Problem::bad_request("registrants must name 1 to 100 registrants.")
        .unless((1..=MAX_AT_ONCE).contains(&who.registrants.len()))?;
    let series = hosted_series(world, call.host(world)?, call.id())?;
    let ids = who.registrants.iter();
    let keys = ids.map(|one| find(world, series, &one.id));
    for key in keys.collect::<Result<Vec<_>, _>>()? {
        let Some(status) = status else {
            world.meetings.registrants.remove(key);
            continue;
        };
        world.meetings.registrants.row_mut(key)?.wire.status = status;
    }
    Ok(())
}
