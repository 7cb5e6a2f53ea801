//! `POST /meetings`: a series, which may have only one meeting; or an ad-hoc meeting of a space.

use crate::problem::Result;
use crate::request::Call;
use crate::routes::meetings::scheduled::scheduled;
use crate::routes::meetings::shown;
use crate::rows::meetings::Target;
use crate::rules::meetings::acting;
use crate::rules::meetings::create::{NewMeeting, create};
use crate::rules::shown::Shown;
use crate::world::World;

pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Shown> {
    let new: NewMeeting = scheduled(call)?;
    let host = acting(world, call, new.host_email.as_deref())?;
    let key = create(world, host, new)?;
    shown(world, host, Target::Series(key))
}
