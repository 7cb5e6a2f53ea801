//! Calls of tools, and the user's "yes" to them.

use serde_json::{Value, json};

use super::World;
use crate::call::{Call, Reply};
use crate::error::{CallError, Code, Details};
use crate::tool::Answer;

impl World {
    /// What the server answers somebody who cannot be asked anything.
    pub async fn call(&self, who: &str, tool: &str, arguments: Value) -> Result<Answer, CallError> {
        let Value::Object(arguments) = arguments else {
            panic!("arguments are an object");
        };
        let call = Call::new(self.server.clone(), tool, arguments, self.caller(who));
        match self.dispatcher.answer(call).await {
            Reply::Answer(answer) => Ok(answer),
            Reply::Failed(error) => Err(error),
            other => panic!("{tool}: {other:?}, for somebody who cannot be asked"),
        }
    }

    /// The facts of an answer that has to come.
    pub async fn facts(&self, who: &str, tool: &str, arguments: Value) -> Value {
        match self.call(who, tool, arguments).await {
            Ok(answer) => answer.facts.to_value(),
            Err(error) => panic!("{tool}: {}", told(&error)),
        }
    }

    /// The facts of an answer to a call that the user agrees to.
    pub async fn confirmed(&self, who: &str, tool: &str, arguments: Value) -> Value {
        let answer = self.try_confirmed(who, tool, arguments).await;
        answer
            .unwrap_or_else(|error| panic!("{tool}: {}", told(&error)))
            .facts
            .to_value()
    }

    /// What the user is asked before a call.
    pub async fn question(&self, who: &str, tool: &str, arguments: Value) -> String {
        let asked = self.call(who, tool, arguments).await;
        let body = serde_json::to_value(asked.unwrap_err().body()).unwrap();
        let question = body["question"].as_str();
        question
            .unwrap_or_else(|| panic!("{tool}: {body}"))
            .to_owned()
    }

    pub async fn try_confirmed(
        &self,
        who: &str,
        tool: &str,
        arguments: Value,
    ) -> Result<Answer, CallError> {
        self.sandbox.faults().forget_calls();
        self.call_confirmed(who, tool, arguments).await
    }

    pub(super) async fn call_confirmed(
        &self,
        who: &str,
        tool: &str,
        mut arguments: Value,
    ) -> Result<Answer, CallError> {
        let asked = self.call(who, tool, arguments.clone()).await;
        let asked = match asked {
            Err(error) if error.code == Code::ConfirmationRequired => error,
            Err(error) => return Err(error),
            Ok(_) => panic!("{tool} destroyed without asking"),
        };
        let writes = self.sandbox.faults().calls();
        assert!(writes.iter().all(|call| call.method == "GET"), "{writes:?}");
        let Some(Details::Confirmation(confirmation)) = asked.details.as_deref() else {
            panic!("{tool}: no token to confirm with");
        };
        arguments["confirmationToken"] = json!(confirmation.confirmation_token);
        self.call(who, tool, arguments).await
    }
}

pub(super) fn told(error: &CallError) -> String {
    let cause = &error.cause;
    format!(
        "{} {} ({}) {cause:?}",
        error.code.name(),
        error.message,
        error.advice
    )
}
