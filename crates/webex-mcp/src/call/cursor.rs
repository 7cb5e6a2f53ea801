//! Cursors: the position of the next page, sealed for one principal, one tool and the same filters.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::arguments::digest_of;
use crate::error::{CallError, Code};
use crate::identity::{Caller, Credential};
use crate::limits;
use crate::seal::{Purpose, Sealer, Unopened, digest};
use crate::tool::CursorBook;

/// Arguments that may change from page to page.
const NOT_FILTERS: [&str; 2] = ["cursor", "max"];

/// Whether a call goes on in a list.
pub(super) fn goes_on(arguments: &Map<String, Value>) -> bool {
    arguments.get("cursor").is_some_and(Value::is_string)
}

/// The error of a call that goes on in a list, for a caller who may take the cursor for enough.
pub(super) fn with_the_others(error: CallError) -> CallError {
    match error.code == Code::InvalidArguments && !error.message.starts_with("`cursor`") {
        true => error.advise(
            "A cursor goes on only with the other arguments of the call that gave it: pass them unchanged.",
        ),
        false => error,
    }
}

/// Seals and opens the cursors of one call.
#[derive(Debug)]
pub struct Cursors {
    sealer: Arc<Sealer>,
    caller: Caller,
    tool: &'static str,
    arguments: Map<String, Value>,
}

impl Cursors {
    /// `arguments` are the caller's, with names resolved to ids.
    pub fn new(
        sealer: Arc<Sealer>,
        caller: &Caller,
        tool: &'static str,
        arguments: &Map<String, Value>,
    ) -> Self {
        Cursors {
            sealer,
            caller: caller.clone(),
            tool,
            arguments: arguments.clone(),
        }
    }

    /// Principal, credential, tool and filters: the cursor opens only with the same ones. Most
    /// calls have no cursor, so this is built only when one is needed.
    fn context(&self) -> Vec<u8> {
        let mut context = Vec::with_capacity(128);
        context.extend_from_slice(self.caller.principal.as_str().as_bytes());
        context.push(0);
        // A narrow token must not page on in a list that a broader token of the same person began.
        // The context is never sent or stored.
        match &self.caller.credential {
            Some(Credential::Token(token) | Credential::Bearer(token)) => {
                context.extend_from_slice(&digest(token.expose().as_bytes()));
            }
            Some(Credential::Grant(_, id)) => context.extend_from_slice(id.as_str().as_bytes()),
            // The principal says who that is.
            Some(Credential::Login) | None => {}
        }
        context.push(0);
        context.extend_from_slice(&digest_of(self.tool, &self.arguments, &NOT_FILTERS));
        context
    }
}

impl CursorBook for Cursors {
    fn seal(&self, position: &[u8]) -> Result<String, CallError> {
        let lifetime = Duration::from_secs(limits::CURSOR_LIFETIME_SECONDS);
        self.sealer
            .seal(Purpose::Cursor, &self.context(), lifetime, position)
            .map_err(CallError::internal)
    }

    fn open(&self, cursor: &str) -> Result<Vec<u8>, CallError> {
        self.sealer.open(Purpose::Cursor, &self.context(), cursor).map_err(|unopened| {
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
