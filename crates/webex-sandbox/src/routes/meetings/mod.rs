//! `/meetings`: schedules on the sandbox's clock, and the meetings that result from them.
//!
//! The occurrences of a series are computed; one that starts becomes an instance, which is stored.

pub(crate) mod catalogue;
pub(crate) mod host;
pub(crate) mod list;
pub(crate) mod registration;
pub(crate) mod schedule;
pub(crate) mod setup;
pub(crate) mod webinars;
pub(crate) mod zone;

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::PersonKey;
use crate::rows::meetings::{Series, Target};
use crate::rules::meetings::{
    acting, current, is_host, is_there, knows, missing, show, watches_all,
};
use crate::rules::shown::Shown;
use crate::world::World;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .merge(registration::routes())
        .merge(setup::routes())
        .merge(webinars::routes())
        .get("/meetings", list::list)
        .post("/meetings", schedule::create)
        .ask("/meetings/join", host::join)
        .post("/meetings/reassignHost", host::reassign)
        .get("/meetings/controls", host::controls)
        .put("/meetings/controls", host::update_controls)
        .get("/meetings/templates", catalogue::templates)
        .get("/meetings/templates/{id}", catalogue::template)
        .get("/meetings/sessionTypes", catalogue::session_types)
        .get("/meetings/sessionTypes/{id}", catalogue::session_type)
        .get("/meetings/trackingCodes", catalogue::tracking_codes)
        .get("/meetings/{id}", details)
        .patch("/meetings/{id}", schedule::patch)
        .put("/meetings/{id}", schedule::update)
        .delete("/meetings/{id}", schedule::delete)
        .post("/meetings/{id}/end", host::end)
        .get("/admin/meetings", list::admin_list)
        .get("/admin/meetings/{id}", admin_details)
}

impl Call {
    /// The person on whose behalf the call is made: an administrator may name a host.
    pub(crate) fn host(&self, world: &World) -> Result<PersonKey> {
        acting(world, self, self.parameter("hostEmail")?.as_deref())
    }

    /// The same where the host is named in a header.
    pub(crate) fn host_by_header(&self, world: &World) -> Result<PersonKey> {
        acting(world, self, self.header("hostEmail"))
    }

    /// The same where the host is named in the body, of which it returns the rest.
    pub(crate) fn host_and_body<T: DeserializeOwned>(
        &self,
        world: &World,
    ) -> Result<(PersonKey, T)> {
        let Hosted { host_email, body } = self.body()?;
        Ok((acting(world, self, host_email.as_deref())?, body))
    }

    /// Whether the call has a meeting's password, which shows it to people who are not invited.
    pub(crate) fn opens(&self, series: &Series) -> bool {
        self.header("password") == Some(&series.plan.password)
    }

    /// Compliance officers give a reason for what they change of others; it is not stored.
    pub(crate) fn check_reason(&self, world: &World, is_own: bool) -> Result<()> {
        let is_needed = !is_own && world.is_compliance_officer(self.person);
        let body: Value = self.body().unwrap_or_default();
        let reason = body["reason"].as_str().unwrap_or_default();
        Problem::bad_request("reason is required.").when(is_needed && reason.trim().is_empty())
    }

    /// The values that are wanted of the fields with these names.
    fn filters(&self, names: &str) -> Result<HashMap<String, String>> {
        let mut all: HashMap<String, String> = self.query()?;
        all.retain(|name, _| names.split(' ').any(|known| known == name));
        Ok(all)
    }

    /// Whether the current occurrence of a series is meant.
    pub(crate) fn wants_current(&self) -> Result<bool> {
        let current = self.parameter("current")?;
        Ok(current.is_some_and(|current| current.eq_ignore_ascii_case("true")))
    }
}

/// Whether fields have the values that are wanted of them; what is not told is not so.
fn fits(fields: &Shown, wanted: &HashMap<String, String>) -> bool {
    wanted.iter().all(|(name, wanted)| match fields.get(name) {
        Some(Value::String(told)) => told == wanted,
        told => *wanted == told.is_some_and(|told| *told == true).to_string(),
    })
}

/// A body that also names the host on whose behalf an administrator calls.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Hosted<T> {
    host_email: Option<String>,
    #[serde(flatten)]
    body: T,
}

/// The meeting, without what Webex does not tell of an instance that has ended.
pub(crate) fn shown(world: &World, person: PersonKey, target: Target) -> Result<Shown> {
    let series = world.meetings.series.row(target.series)?;
    let shown = show::show(world, target, is_host(world, series, person));
    let mut shown = shown.ok_or_else(missing)?;
    if target.instance.is_some() && shown.get("state").is_some_and(|state| state == "ended") {
        shown.retain(|name, _| !["meetingNumber", "password", "trackingCodes"].contains(&&**name));
    }
    Ok(shown)
}

fn details(world: &World, call: &Call) -> Result<Shown> {
    let person = call.host(world)?;
    let target = world.meetings.find(call.id()).ok_or_else(missing)?;
    let series = world.meetings.series.row(target.series)?;
    missing().unless(knows(world, series, person) || call.opens(series))?;
    details_of(world, call, person, target)
}

fn admin_details(world: &World, call: &Call) -> Result<Shown> {
    watches_all(call)?;
    let target = world.meetings.find(call.id()).ok_or_else(missing)?;
    details_of(world, call, call.person, target).map(show::for_administrators)
}

fn details_of(world: &World, call: &Call, viewer: PersonKey, target: Target) -> Result<Shown> {
    let target = current(world, target, call.wants_current()?);
    missing().unless(is_there(world, target, call.now))?;
    shown(world, viewer, target)
}
