//! `POST /meetings`: a series, which may have only one meeting; or an ad-hoc meeting of a space.

use axum::Json;

use crate::problem::Result;
use crate::request::Context;
use crate::routes::meetings::scheduled::Scheduled;
use crate::routes::meetings::shown;
use crate::rows::meetings::Target;
use crate::rules::meetings::acting;
use crate::rules::meetings::create::{NewMeeting, create};
use crate::rules::shown::Shown;

pub(crate) async fn handle(
    context: Context,
    Scheduled(new): Scheduled<NewMeeting>,
) -> Result<Json<Shown>> {
    context.write(|world| {
        let host = acting(world, &context, new.host_email.as_deref())?;
        let key = create(world, host, new)?;
        shown(world, host, Target::Series(key))
    })
}
