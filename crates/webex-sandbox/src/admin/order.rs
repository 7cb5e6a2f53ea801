//! The body of an order to the administration: JSON, with refusals that say what would be right.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::Sandbox;
use crate::problem::Problem;
use crate::request::JsonBody;

#[derive(Debug)]
pub(super) struct Order<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Sandbox> for Order<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, sandbox: &Sandbox) -> Result<Self, Self::Rejection> {
        let JsonBody(json) = JsonBody::<Box<RawValue>>::from_request(request, sandbox).await?;
        let read = serde_json::from_str(json.get());
        read.map(Order).map_err(|error| {
            let reason = reason(&error.to_string());
            Problem::bad_request(format!("The order cannot be carried out: {reason}."))
        })
    }
}

/// What was expected, without the quoted part of the order and without the position.
fn reason(error: &str) -> String {
    let error = match error.rsplit_once(" at line ") {
        Some((error, _)) => error,
        None => error,
    };
    match error.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => error.to_owned(),
    }
}
