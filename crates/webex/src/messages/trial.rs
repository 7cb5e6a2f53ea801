//! Whether the token may post messages, asked without posting one.

use std::collections::BTreeMap;

use http::Method;

use super::{Destination, Messages};
use crate::error::WebexError;
use crate::operation::{Operation, Repeat};

/// `POST /messages` with a destination and nothing to say: it changes nothing, so it may be repeated.
static TRY_CREATE: Operation = Operation {
    name: "messages.create",
    method: Method::POST,
    path: "/messages",
    repeat: Repeat::Read,
    scopes: &["spark:messages_write"],
};

impl Messages<'_> {
    /// Whether the token may post messages at all, which no read tells: asks for one that says nothing,
    /// which Webex never posts and, where the token may post, refuses as empty. Scope:
    /// `spark:messages_write`.
    ///
    /// # Errors
    /// Why it may not, or what kept Webex from saying so.
    pub async fn try_create(&self, destination: &Destination) -> Result<(), WebexError> {
        let (field, value) = destination.field();
        let nothing = BTreeMap::from([(field, value)]);
        match self.0.done(TRY_CREATE.call().json(&nothing)?).await {
            Err(error) if error.status() == Some(400) => Ok(()),
            tried => tried,
        }
    }
}
