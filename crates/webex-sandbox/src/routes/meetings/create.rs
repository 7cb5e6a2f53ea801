//! `POST /meetings`: a series, also of one meeting; or an ad-hoc meeting of a space.

use axum::Json;
use axum::extract::State;

use crate::Sandbox;
use crate::problem::Problem;
use crate::routes::meetings::scheduled::Scheduled;
use crate::routes::meetings::shown;
use crate::rows::meetings::Target;
use crate::rules::caller::Caller;
use crate::rules::meetings::acting;
use crate::rules::meetings::create::{NewMeeting, create};
use crate::rules::shown::Shown;

pub(crate) async fn handle(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Scheduled(new): Scheduled<NewMeeting>,
) -> Result<Json<Shown>, Problem> {
    sandbox.write(&caller, |world| {
        let host = acting(world, &caller, new.host_email.as_deref())?;
        let key = create(world, host, new)?;
        shown(world, host, Target::Series(key))
    })
}
