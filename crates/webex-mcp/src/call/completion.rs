//! Completes an argument of a prompt, or the variable of a template of resources.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::references::{self, Completed, Looking};
use super::{Call, Dispatcher};
use crate::error::CallError;
use crate::limits::{ARGUMENT_MAX_CHARS, COMPLETION_DEADLINE, COMPLETION_MAX_VALUES};
use crate::servers::listed::Listed;
use crate::tool::{Answer, Effect, Facts};

impl Dispatcher {
    /// Names of what the caller can see, where the argument names something; nothing for other
    /// arguments.
    ///
    /// # Errors
    /// `invalid_arguments` for an argument that there is not, or whatever Webex refuses.
    pub(super) async fn complete(&self, call: &Call, of: &Listed) -> Result<Answer, CallError> {
        let text = |name: &str| call.arguments.get(name).and_then(Value::as_str);
        let argument = text("argument").unwrap_or_default();
        let typed = text("value").unwrap_or_default();
        if !takes(of, argument) {
            let right = "the prompt or the template has no argument of this name";
            return Err(CallError::invalid("argument", right));
        }
        if typed.chars().count() > ARGUMENT_MAX_CHARS {
            let right = format!("it may have {ARGUMENT_MAX_CHARS} characters");
            return Err(CallError::invalid("value", right));
        }
        let completed = match references::thing_of(argument) {
            Some(thing) => {
                let scope = call.server.scope.as_ref();
                let reads = references::OPERATIONS;
                let (client, _) = self.parts.gate.open(&call.caller, reads, scope, None)?;
                let looking = Looking {
                    names: &self.names,
                    client: &client.with_deadline(Instant::now() + COMPLETION_DEADLINE),
                    caller: &call.caller,
                    effect: Effect::Read,
                };
                let policy: &Arc<str> = &call.server.policy_version;
                looking.complete(&self.lists, policy, thing, typed).await?
            }
            _ => Completed::default(),
        };
        let Completed {
            mut values,
            is_whole,
        } = completed;
        let total = values.len();
        values.truncate(COMPLETION_MAX_VALUES);
        let facts = json!({
            "values": values,
            "total": is_whole.then_some(total),
            "hasMore": !is_whole || total > COMPLETION_MAX_VALUES,
        });
        Ok(Answer {
            text: String::new(),
            facts: Facts::of(&facts).map_err(CallError::internal)?,
            blocks: Vec::new(),
        })
    }
}

/// Whether the prompt or the template has this argument.
fn takes(of: &Listed, argument: &str) -> bool {
    match of.entry.address {
        Some(address) => address.variable() == Some(argument),
        None => {
            let properties = of.input_schema.get("properties");
            properties.is_some_and(|all| all.get(argument).is_some())
        }
    }
}
