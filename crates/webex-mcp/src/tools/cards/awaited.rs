//! The answers to a card that came in by webhook.

use std::time::Duration;

use super::Response;
use super::response::Arguments;
use crate::error::CallError;
use crate::limits::CARD_WAIT_MAX_SECONDS;
use crate::tool::Context;

/// The ids of the answers that are asked for, the newest first; none where none has come in.
pub async fn answers(context: &Context, arguments: Arguments) -> Result<Vec<String>, CallError> {
    let Arguments {
        attachment_action_id,
        message_id,
        wait_seconds,
    } = arguments;
    match (attachment_action_id, message_id) {
        (Some(id), None) if wait_seconds.is_none() => Ok(vec![id]),
        (Some(_), None) => Err(CallError::invalid(
            "waitSeconds",
            "it goes with messageId: an answer whose id is known is there already",
        )),
        (Some(_), Some(_)) => Err(CallError::invalid(
            "messageId",
            "give either attachmentActionId or messageId",
        )),
        (None, None) => Err(CallError::invalid(
            "attachmentActionId",
            "give it, or the messageId of the card",
        )),
        (None, Some(message)) => {
            let wait = wait_seconds.unwrap_or(0).min(CARD_WAIT_MAX_SECONDS);
            let wait = Duration::from_secs(wait);
            context.receiver().card_answers(&message, wait).await
        }
    }
}

/// What is said where nothing has come in.
pub fn nothing() -> Response {
    Response {
        is_waiting: true,
        ..Response::default()
    }
}
