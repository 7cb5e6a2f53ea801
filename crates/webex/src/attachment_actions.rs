//! Attachment actions: what people enter into the cards of messages.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_with::skip_serializing_none;

use crate::client::Client;
use crate::error::{FieldErrors, WebexError};
use crate::open_enum::open_enum;
use crate::operation::{Operation, Repeat};

/// `POST /attachment/actions`
pub static CREATE: Operation = Operation {
    name: "attachment_actions.create",
    method: Method::POST,
    path: "/attachment/actions",
    repeat: Repeat::Write,
    scopes: &["spark:messages_write"],
};

/// `GET /attachment/actions/{id}`
pub static GET: Operation = Operation {
    name: "attachment_actions.get",
    method: Method::GET,
    path: "/attachment/actions/{id}",
    repeat: Repeat::Read,
    scopes: &["spark:messages_read"],
};

open_enum! {
    /// The action of a person with a card.
    AttachmentActionType {
        /// The form was submitted.
        Submit = "submit",
    }
}

/// The action of a person with a card.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttachmentAction {
    /// The action's id.
    pub id: Option<String>,
    /// The person who did it.
    pub person_id: Option<String>,
    /// The room.
    pub room_id: Option<String>,
    /// The kind of action.
    #[serde(rename = "type")]
    pub action_type: Option<AttachmentActionType>,
    /// The message that has the card.
    pub message_id: Option<String>,
    /// The entered values, by the ids of the card's inputs. People wrote them.
    pub inputs: Option<Map<String, Value>>,
    /// The time of the action.
    #[serde(default, with = "crate::timestamp::option")]
    pub created: Option<Timestamp>,
    /// Fields that Webex could not deliver.
    pub errors: Option<FieldErrors>,
}

/// A card's form to submit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateAttachmentAction {
    /// The kind of action.
    #[serde(rename = "type")]
    pub action_type: AttachmentActionType,
    /// The message that has the card.
    pub message_id: String,
    /// The values to enter, by the ids of the card's inputs. They may belong to any input, unlike
    /// in Webex's sample.
    pub inputs: Map<String, Value>,
}

impl CreateAttachmentAction {
    /// Submits the form of this message's card.
    pub fn submit(message_id: impl Into<String>, inputs: Map<String, Value>) -> Self {
        Self {
            action_type: AttachmentActionType::Submit,
            message_id: message_id.into(),
            inputs,
        }
    }
}

/// The calls of this noun. A failed call returns a [`WebexError`]; after `Invalid` and `Foreign`,
/// nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct AttachmentActions<'a>(pub(crate) &'a Client);

impl AttachmentActions<'_> {
    /// Acts on a card as the owner of the token. Scope: `spark:messages_write`.
    pub async fn create(
        &self,
        action: &CreateAttachmentAction,
    ) -> Result<AttachmentAction, WebexError> {
        if action.message_id.is_empty() {
            return Err(WebexError::invalid("messageId", "it is empty"));
        }
        self.0.reply(CREATE.call().json(action)?).await
    }

    /// Reads one action, for example one that a webhook announced. Scope: `spark:messages_read`.
    pub async fn get(&self, action_id: &str) -> Result<AttachmentAction, WebexError> {
        self.0.reply(GET.call().id(action_id)?).await
    }
}
