//! Rounds with the user: opening what came back, sealing what is asked, and using a "yes" once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::{Map, Value};

use super::ask::Decided;
use super::cursor::digest_without;
use crate::error::{CallError, Code};
use crate::identity::Principal;
use crate::limits;
use crate::seal::{Purpose, Sealer, Unopened};
use crate::servers::listed::CONFIRMATION_ARGUMENT;

const LIFETIME: Duration = Duration::from_secs(limits::CONFIRMATION_LIFETIME_SECONDS);

/// Seals states for one call: bound to its principal, its tool and its arguments as given.
#[derive(Debug)]
pub(super) struct States {
    sealer: Arc<Sealer>,
    context: Vec<u8>,
}

impl States {
    pub fn new(
        sealer: Arc<Sealer>,
        principal: &Principal,
        tool: &'static str,
        arguments: &Map<String, Value>,
    ) -> Self {
        let mut context = Vec::with_capacity(128);
        context.extend_from_slice(principal.as_str().as_bytes());
        context.push(0);
        context.extend_from_slice(tool.as_bytes());
        context.push(0);
        context.extend_from_slice(&digest_without(arguments, &[CONFIRMATION_ARGUMENT]));
        States { sealer, context }
    }

    pub fn seal(&self, decided: &mut Decided) -> Result<String, CallError> {
        decided.nonce.get_or_insert_with(uuid::Uuid::new_v4);
        let bytes = serde_json::to_vec(decided).map_err(CallError::internal)?;
        self.sealer
            .seal(Purpose::Confirmation, &self.context, LIFETIME, &bytes)
            .map_err(CallError::internal)
    }

    /// # Errors
    /// `invalid_arguments` for a state that is foreign, altered, of other arguments, or too old.
    pub fn open(&self, state: &str) -> Result<Decided, CallError> {
        let bytes = self
            .sealer
            .open(Purpose::Confirmation, &self.context, state)
            .map_err(|why| match why {
                Unopened::Foreign => {
                    unusable("It was not given for this call with these arguments.")
                }
                Unopened::Expired => unusable("It has expired."),
            })?;
        serde_json::from_slice(&bytes).map_err(CallError::internal)
    }
}

/// Confirmations that were acted on, until they expire of themselves.
#[derive(Debug, Default)]
pub(super) struct Used(Mutex<HashMap<uuid::Uuid, Instant>>);

impl Used {
    /// # Errors
    /// `invalid_arguments` where it was used before; `unavailable` where no more can be remembered,
    /// since a confirmation that is forgotten could be used twice.
    pub fn burn(&self, nonce: uuid::Uuid) -> Result<(), CallError> {
        let now = Instant::now();
        let mut used = self.0.lock();
        if used.len() >= limits::USED_CONFIRMATIONS_REMEMBERED {
            used.retain(|_, expires| *expires > now);
        }
        if used.contains_key(&nonce) {
            return Err(unusable("It was used before, and works once."));
        }
        if used.len() >= limits::USED_CONFIRMATIONS_REMEMBERED {
            return Err(CallError::new(
                Code::Unavailable,
                "Too many confirmations were used lately.",
                "Repeat the call in a minute; nothing was done.",
            )
            .with_retry_after(Duration::from_secs(60)));
        }
        used.insert(nonce, now + LIFETIME);
        Ok(())
    }
}

fn unusable(why: &'static str) -> CallError {
    CallError::new(
        Code::InvalidArguments,
        format!("The confirmation cannot be used: {why}"),
        "Call again without it to be asked anew; nothing was done.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_counts_once() {
        let used = Used::default();
        let nonce = uuid::Uuid::new_v4();
        used.burn(nonce).unwrap();
        assert_eq!(used.burn(nonce).unwrap_err().code, Code::InvalidArguments);
        used.burn(uuid::Uuid::new_v4()).unwrap();
    }
}
