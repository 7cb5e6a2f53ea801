//! Cursors: where the next page begins, sealed for one principal, one tool and the same filters.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::arguments::digest_of;
use crate::error::CallError;
use crate::identity::{Caller, Credential};
use crate::limits;
use crate::seal::{Purpose, Sealer, Unopened, digest};
use crate::tool::CursorBook;

/// Arguments that may change from page to page.
const NOT_FILTERS: [&str; 2] = ["cursor", "max"];

/// Seals and opens the cursors of one call.
#[derive(Debug)]
pub struct Cursors {
    sealer: Arc<Sealer>,
    /// Principal, credential, tool and filters: elsewhere the cursor does not open.
    context: Vec<u8>,
}

impl Cursors {
    /// `arguments` are the caller's, names resolved to ids.
    pub fn new(
        sealer: Arc<Sealer>,
        caller: &Caller,
        tool: &'static str,
        arguments: &Map<String, Value>,
    ) -> Self {
        let mut context = Vec::with_capacity(128);
        context.extend_from_slice(caller.principal.as_str().as_bytes());
        context.push(0);
        // What a broad token was shown, a narrow one of the same person must not page on in. The
        // context is never sent or stored.
        if let Some(Credential::Token(token)) = &caller.credential {
            context.extend_from_slice(&digest(token.expose().as_bytes()));
        }
        context.push(0);
        context.extend_from_slice(&digest_of(tool, arguments, &NOT_FILTERS));
        Cursors { sealer, context }
    }
}

impl CursorBook for Cursors {
    fn seal(&self, position: &[u8]) -> Result<String, CallError> {
        let lifetime = Duration::from_secs(limits::CURSOR_LIFETIME_SECONDS);
        self.sealer
            .seal(Purpose::Cursor, &self.context, lifetime, position)
            .map_err(CallError::internal)
    }

    fn open(&self, cursor: &str) -> Result<Vec<u8>, CallError> {
        self.sealer.open(Purpose::Cursor, &self.context, cursor).map_err(|unopened| {
            let why = match unopened {
                Unopened::Foreign => "it is not a cursor of this list with these arguments",
                Unopened::Expired => "it has expired",
            };
            CallError::invalid("cursor", why).advise(
                "Pass page.cursor of the previous answer unchanged, with the same other arguments, or leave it out to start over.",
            )
        })
    }
}
