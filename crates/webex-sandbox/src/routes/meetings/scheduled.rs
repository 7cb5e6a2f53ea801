//! The body of a schedule. Its times may have no offset and are then in its time zone. A time with
//! another offset than its zone's is refused, as in Webex.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::problem::{Problem, Result};
use crate::request::{Call, invalid_json};
use crate::rows::moment;

pub(crate) fn scheduled<T: DeserializeOwned>(call: &Call) -> Result<T> {
    let json: Box<RawValue> = call.body()?;
    let body = with_offsets(json.get())?;
    let read = serde_json::from_str(body.as_deref().unwrap_or(json.get()));
    read.map_err(|error| invalid_json(&error))
}

/// Whether a time with an offset, or in UTC, has the offset that the zone has at that time.
fn agrees(text: &str, zone: &TimeZone) -> bool {
    let pieces = jiff::fmt::temporal::Pieces::parse(text).ok();
    let offset = pieces.and_then(|pieces| pieces.to_numeric_offset());
    let moment = moment::read(text);
    match (offset, moment) {
        (Some(offset), Some(moment)) => zone.to_offset(moment) == offset,
        _ => true,
    }
}

/// The body with its times in UTC; `None` where they already are.
fn with_offsets(json: &str) -> Result<Option<String>> {
    let mut body: Value = serde_json::from_str(json).map_err(|error| invalid_json(&error))?;
    let zone = body.get("timezone").and_then(Value::as_str);
    let is_named = zone.is_some();
    let zone = zone.map_or(Some(TimeZone::UTC), |zone| TimeZone::get(zone).ok());
    let mut is_changed = false;
    for field in ["start", "end"] {
        let Some(Value::String(text)) = body.get_mut(field) else {
            continue;
        };
        if moment::read(text).is_some() {
            if is_named && zone.as_ref().is_some_and(|zone| !agrees(text, zone)) {
                return Err(Problem::bad_request(format!(
                    "The offset of {field} does not match timezone."
                )));
            }
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
