//! The header `timezone`: the answers of fourteen operations about meetings, with times in the
//! caller's zone.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::answer::rewritten;
use crate::problem::Problem;
use crate::request::{header, operation};
use crate::rows::moment;

/// The operations that take it, according to Cisco's document.
const READS: [&str; 12] = [
    "/meetings",
    "/meetings/{id}",
    "/meetings/templates/{id}",
    "/meetings/{id}/surveyResults",
    "/admin/meetings",
    "/admin/meetings/{id}",
    "/meetingParticipants",
    "/recordings",
    "/recordings/{id}",
    "/admin/recordings",
    "/group/recordings",
    "/group/recordings/{id}",
];

const POSTS: [&str; 2] = ["/meetings/{id}/surveyLinks", "/meetingParticipants/query"];

/// Rewrites the times of an answer to the zone that the request names.
pub(crate) async fn shift(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let path = operation(&parts);
    let takes_it = match parts.method {
        Method::GET => READS.contains(&path),
        Method::POST => POSTS.contains(&path),
        _ => false,
    };
    let zone = header(&parts, "timezone").filter(|_| takes_it);
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
        StatusCode::OK => rewritten(response, |answer| walk(answer, &zone)).await,
        _ => response,
    }
}

fn walk(value: &mut Value, zone: &TimeZone) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, zone)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if is_time(name) => {
                        if let Some(at) = moment::read(text) {
                            let at = at.to_zoned(zone.clone());
                            *text = at.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string();
                        }
                    }
                    _ => walk(value, zone),
                }
            }
        }
        _ => {}
    }
}

/// The names of fields that hold a time: texts that people wrote may look like one.
fn is_time(name: &str) -> bool {
    ["start", "end", "timeRecorded", "expiration"].contains(&name) || name.ends_with("Time")
}
