//! Schedules: `POST /meetings`, and `PATCH`, `PUT` and `DELETE` of a series or an occurrence of it.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::problem::{Problem, Result};
use crate::request::{Call, parsed};
use crate::routes::meetings::catalogue::named;
use crate::routes::meetings::shown;
use crate::rows::meetings::Target;
use crate::rows::moment;
use crate::rules::meetings::change::{self, Change};
use crate::rules::meetings::create::{self, NewMeeting};
use crate::rules::meetings::show::check_site;
use crate::rules::meetings::{acting, announce, scheduled};
use crate::rules::shown::Shown;
use crate::world::World;

/// A series, which may have only one meeting; or an ad-hoc meeting of a space.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Shown> {
    let mut new: NewMeeting = body(call)?;
    Problem::missing_scope().when(new.room_id.is_some() && !call.may("spark:all"))?;
    let host = acting(world, call, new.host_email.as_deref())?;
    check_site(new.site_url.as_deref())?;
    if let Some(id) = new.template_id.as_ref().filter(|_| new.adhoc != Some(true)) {
        let template = named("templates", id, "template")?;
        for (name, value) in template["meeting"].as_object().into_iter().flatten() {
            new.settings.entry(name).or_insert_with(|| value.clone());
        }
    }
    let key = create::create(world, host, new)?;
    shown(world, host, Target::scheduled(key, None))
}

pub(crate) fn patch(world: &mut World, call: &Call) -> Result<Shown> {
    apply(world, call, body(call)?)
}

/// Here `null` clears nothing, and the title is required.
pub(crate) fn update(world: &mut World, call: &Call) -> Result<Shown> {
    let mut change: Change = body(call)?;
    Problem::bad_request("title is required.").when(change.title.is_none())?;
    change.agenda = change.agenda.filter(Option::is_some);
    change.recurrence = change.recurrence.filter(Option::is_some);
    change.tracking_codes = change.tracking_codes.filter(Option::is_some);
    apply(world, call, change)
}

fn apply(world: &mut World, call: &Call, change: Change) -> Result<Shown> {
    let person = acting(world, call, change.host_email.as_deref())?;
    let target = scheduled(world, person, call.id())?;
    change::change(world, target, change)?;
    announce::meeting(world, "updated", person, target);
    shown(world, person, target)
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Result<()> {
    let person = call.host(world)?;
    let target = scheduled(world, person, call.id())?;
    change::remove(world, person, target)
}

/// The body of a schedule. Its times may have no offset and are then in its time zone. A time with
/// another offset than its zone's is refused, as in Webex.
fn body<T: DeserializeOwned>(call: &Call) -> Result<T> {
    let json: Box<RawValue> = call.body()?;
    let body = with_offsets(json.get())?;
    parsed(body.as_deref().unwrap_or(json.get()).as_bytes())
}

/// Whether a time with an offset, or in UTC, has the offset that the zone has at that time.
fn agrees(text: &str, zone: &TimeZone) -> bool {
    let pieces = jiff::fmt::temporal::Pieces::parse(text).ok();
    let offset = pieces.and_then(|pieces| pieces.to_numeric_offset());
    let stated = offset.zip(moment::read(text));
    stated.is_none_or(|(offset, moment)| zone.to_offset(moment) == offset)
}

/// The body with its times in UTC; `None` where they already are.
fn with_offsets(json: &str) -> Result<Option<String>> {
    let mut body: Value = parsed(json.as_bytes())?;
    let zone = body.get("timezone").and_then(Value::as_str);
    let is_named = zone.is_some();
    let zone = zone.map_or(Some(TimeZone::UTC), |zone| TimeZone::get(zone).ok());
    let mut is_changed = false;
    for field in ["start", "end"] {
        let Some(Value::String(text)) = body.get_mut(field) else {
            continue;
        };
        if moment::read(text).is_some() {
            let is_wrong = zone.as_ref().is_some_and(|zone| !agrees(text, zone));
            Problem::bad_request(format!("The offset of {field} does not match timezone."))
                .when(is_named && is_wrong)?;
            continue;
        }
        let refused =
            || Problem::bad_request(format!("{field} must be a date and time in ISO 8601."));
        let local: DateTime = text.parse().map_err(|_| refused())?;
        // An unknown zone is refused together with the plan.
        let Some(zone) = &zone else { continue };
        let moment = zone.to_timestamp(local).map_err(|_| refused())?;
        *text = moment::text(moment);
        is_changed = true;
    }
    Ok(is_changed.then(|| body.to_string()))
}
