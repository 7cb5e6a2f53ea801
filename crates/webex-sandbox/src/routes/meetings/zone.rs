//! The header `timezone`: the answers of sixteen operations, with times in the caller's zone.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::answer::rewritten;
use crate::problem::Problem;
use crate::request::{header, operation};
use crate::rows::moment;

/// The operations that take it, according to Cisco's document.
const OPERATIONS: [&str; 16] = [
    "GET /meetings",
    "GET /meetings/{id}",
    "GET /meetings/templates/{id}",
    "GET /meetings/{id}/surveyResults",
    "POST /meetings/{id}/surveyLinks",
    "GET /admin/meetings",
    "GET /admin/meetings/{id}",
    "GET /meetingParticipants",
    "POST /meetingParticipants/query",
    "GET /meetingTranscripts",
    "GET /admin/meetingTranscripts",
    "GET /recordings",
    "GET /recordings/{id}",
    "GET /admin/recordings",
    "GET /group/recordings",
    "GET /group/recordings/{id}",
];

/// Rewrites the times of an answer to the zone that the request names.
pub(crate) async fn shift(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let takes_it = |_: &&str| {
        let operation = format!("{} {}", parts.method, operation(&parts));
        OPERATIONS.contains(&operation.as_str())
    };
    let zone = header(&parts, "timezone").filter(takes_it);
    let zone = zone.map(str::to_owned);
    let request = Request::from_parts(parts, body);
    let Some(zone) = zone else {
        return next.run(request).await;
    };
    let Ok(zone) = TimeZone::get(&zone) else {
        let problem = "timezone must be the name of an IANA time zone.";
        return Problem::bad_request(problem).into_response();
    };
    let response = next.run(request).await;
    match response.status() {
        StatusCode::OK => rewritten(response, |answer| walk("", answer, &zone)).await,
        _ => response,
    }
}

/// Shifts the times in a value, which is the field with this name if it has one.
fn walk(name: &str, value: &mut Value, zone: &TimeZone) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk("", item, zone)),
        Value::Object(fields) => {
            let fields = fields.iter_mut();
            fields.for_each(|(name, value)| walk(name, value, zone));
        }
        Value::String(text) if is_time(name) => {
            if let Some(at) = moment::read(text) {
                let at = at.to_zoned(zone.clone());
                *text = at.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string();
            }
        }
        _ => {}
    }
}

/// The names of fields that hold a time: texts that people wrote may look like one.
fn is_time(name: &str) -> bool {
    ["start", "end", "timeRecorded", "expiration"].contains(&name) || name.ends_with("Time")
}
