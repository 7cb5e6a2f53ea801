//! Messages: post, upload, list, read, edit, delete.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use serde_with::skip_serializing_none;

use crate::client::Client;
use crate::error::{FieldErrors, WebexError, delivered};
use crate::limits::{MAX_ATTACHMENTS_COUNT, MAX_MESSAGE_BYTES};
use crate::multipart::{Form, Upload};
use crate::operation::{Operation, Repeat};
use crate::page::Page;
use crate::rooms::RoomType;

mod trial;

/// `GET /messages`
pub static LIST: Operation = Operation {
    name: "messages.list",
    method: Method::GET,
    path: "/messages",
    repeat: Repeat::Read,
    scopes: &["spark:messages_read"],
};

/// `GET /messages/direct`, which has no paging.
pub static LIST_DIRECT: Operation = Operation {
    name: "messages.list_direct",
    method: Method::GET,
    path: "/messages/direct",
    repeat: Repeat::Read,
    scopes: &["spark:messages_read"],
};

/// `POST /messages`, as JSON or, with a file, as a form.
pub static CREATE: Operation = Operation {
    name: "messages.create",
    method: Method::POST,
    path: "/messages",
    repeat: Repeat::Write,
    scopes: &["spark:messages_write"],
};

/// `GET /messages/{messageId}`
pub static GET: Operation = Operation {
    name: "messages.get",
    method: Method::GET,
    path: "/messages/{messageId}",
    repeat: Repeat::Read,
    scopes: &["spark:messages_read"],
};

/// `PUT /messages/{messageId}`
pub static EDIT: Operation = Operation {
    name: "messages.edit",
    method: Method::PUT,
    path: "/messages/{messageId}",
    repeat: Repeat::Write,
    scopes: &["spark:messages_write"],
};

/// `DELETE /messages/{messageId}`
pub static DELETE: Operation = Operation {
    name: "messages.delete",
    method: Method::DELETE,
    path: "/messages/{messageId}",
    repeat: Repeat::Write,
    scopes: &["spark:messages_write"],
};

/// A message, with the fields of all three of Webex's message schemas.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The message's id.
    pub id: String,
    /// The message that this one replies to.
    pub parent_id: Option<String>,
    /// The room it is in.
    pub room_id: Option<String>,
    /// Direct or group.
    pub room_type: Option<RoomType>,
    /// The recipient, in the answer to a direct message.
    pub to_person_id: Option<String>,
    /// The recipient's address, in the answer to a direct message.
    pub to_person_email: Option<String>,
    /// The plain text; see [`Message::text`].
    pub text: Option<String>,
    /// The Markdown in which it was written; see [`Message::markdown`].
    pub markdown: Option<String>,
    /// The HTML that Webex made from it.
    pub html: Option<String>,
    /// The URLs of its files, for [`crate::contents`].
    pub files: Option<Vec<String>>,
    /// The author.
    pub person_id: Option<String>,
    /// The author's address.
    pub person_email: Option<String>,
    /// Ids of the people mentioned.
    pub mentioned_people: Option<Vec<String>>,
    /// Groups mentioned; `all` is the only one.
    pub mentioned_groups: Option<Vec<String>>,
    /// Cards.
    pub attachments: Option<Vec<Attachment>>,
    /// The time of posting.
    #[serde(default, with = "crate::timestamp::option")]
    pub created: Option<Timestamp>,
    /// The time of the last edit; absent if there was none.
    #[serde(default, with = "crate::timestamp::option")]
    pub updated: Option<Timestamp>,
    /// True for a voice clip.
    pub is_voice_clip: Option<bool>,
    /// Fields that Webex could not deliver.
    pub errors: Option<FieldErrors>,
}

impl Message {
    /// The plain text, unless Webex could not decrypt it.
    pub fn text(&self) -> Option<&str> {
        delivered(&self.text, &self.errors, "text")
    }

    /// The Markdown, unless Webex could not decrypt it.
    pub fn markdown(&self) -> Option<&str> {
        delivered(&self.markdown, &self.errors, "markdown")
    }
}

/// A card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// `application/vnd.microsoft.card.adaptive`; empty where Webex does not say.
    #[serde(default)]
    pub content_type: String,
    /// The card in its own schema (Adaptive Cards up to 1.3).
    #[serde(default)]
    pub content: Value,
}

/// The destination of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Destination {
    /// A room's id.
    #[serde(rename = "roomId")]
    Room(String),
    /// A person's id: the direct room with this person, which is created if there is none.
    #[serde(rename = "toPersonId")]
    Person(String),
    /// A person's address: the direct room with this person, as for an id.
    #[serde(rename = "toPersonEmail")]
    Email(String),
}

impl Destination {
    fn field(&self) -> (&'static str, &str) {
        match self {
            Self::Room(id) => ("roomId", id),
            Self::Person(id) => ("toPersonId", id),
            Self::Email(address) => ("toPersonEmail", address),
        }
    }
}

/// A message to post. It needs text, Markdown, a file or a card.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateMessage {
    /// The destination.
    #[serde(flatten)]
    pub destination: Destination,
    /// The message to reply to, in the same room.
    pub parent_id: Option<String>,
    /// Plain text; next to Markdown or a card, it is shown where those cannot be. At most 7439
    /// bytes.
    pub text: Option<String>,
    /// Markdown, with mentions such as `<@personEmail:a@b.c|Name>`. At most 7439 bytes.
    pub markdown: Option<String>,
    /// A public URL from which Webex fetches the file; for a local file use [`Messages::upload`].
    #[serde(serialize_with = "as_list")]
    pub files: Option<String>,
    /// At most one card.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

impl CreateMessage {
    /// An empty message for this destination.
    pub fn to(destination: Destination) -> Self {
        Self {
            destination,
            parent_id: None,
            text: None,
            markdown: None,
            files: None,
            attachments: Vec::new(),
        }
    }

    fn check(&self, has_upload: bool) -> Result<(), WebexError> {
        let (field, value) = self.destination.field();
        if value.is_empty() {
            return Err(WebexError::invalid(field, "it is empty"));
        }
        check_texts(&self.text, &self.markdown)?;
        if self.attachments.len() > MAX_ATTACHMENTS_COUNT {
            return Err(WebexError::invalid(
                "attachments",
                "a message takes one card",
            ));
        }
        if has_upload && self.files.is_some() {
            return Err(WebexError::invalid("files", "a message takes one file"));
        }
        if has_upload && !self.attachments.is_empty() {
            return Err(WebexError::invalid(
                "attachments",
                "an uploaded file and a card need two messages",
            ));
        }
        let blank = |text: &Option<String>| text.as_ref().is_none_or(String::is_empty);
        let has_file = has_upload || self.files.is_some();
        if blank(&self.text) && blank(&self.markdown) && !has_file && self.attachments.is_empty() {
            return Err(WebexError::invalid(
                "text",
                "a message needs text, markdown, a file or a card",
            ));
        }
        Ok(())
    }
}

/// A new text for one's own message; at most ten times, and not for a message with files or cards.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EditMessage {
    /// The room the message is in.
    pub room_id: String,
    /// Plain text. At most 7439 bytes.
    pub text: Option<String>,
    /// Markdown. At most 7439 bytes.
    pub markdown: Option<String>,
}

impl EditMessage {
    fn check(&self) -> Result<(), WebexError> {
        if self.room_id.is_empty() {
            return Err(WebexError::invalid("roomId", "it is empty"));
        }
        check_texts(&self.text, &self.markdown)?;
        if self.text.is_none() && self.markdown.is_none() {
            return Err(WebexError::invalid(
                "text",
                "an edit needs text or markdown",
            ));
        }
        Ok(())
    }
}

/// Selects messages of a room; newest first.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListMessages {
    /// The room.
    pub room_id: String,
    /// Only replies to this message.
    pub parent_id: Option<String>,
    /// `me`, or the caller's own id: only messages that mention the caller. Bots must set it in
    /// group rooms.
    pub mentioned_people: Option<String>,
    /// Only messages before this time.
    #[serde(default, with = "crate::timestamp::option")]
    pub before: Option<Timestamp>,
    /// Only messages before this one.
    pub before_message: Option<String>,
    /// Entries per page (Webex's default: 50; it reduces a larger number to its limit).
    pub max: Option<u32>,
}

impl ListMessages {
    /// The newest messages of a room.
    pub fn in_room(room_id: impl Into<String>) -> Self {
        Self {
            room_id: room_id.into(),
            ..Self::default()
        }
    }
}

/// Selects messages of the direct room with one person; needs the id or the address.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListDirectMessages {
    /// Only replies to this message.
    pub parent_id: Option<String>,
    /// The other person.
    pub person_id: Option<String>,
    /// The other person's address.
    pub person_email: Option<String>,
}

/// The calls of this noun. A failed call returns a [`WebexError`]; after `Invalid` and `Foreign`,
/// nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct Messages<'a>(pub(crate) &'a Client);

impl Messages<'_> {
    /// Lists the messages of a room, newest first. Scope: `spark:messages_read`.
    pub async fn list(&self, query: &ListMessages) -> Result<Page<Message>, WebexError> {
        if query.room_id.is_empty() {
            return Err(WebexError::invalid("roomId", "it is empty"));
        }
        self.0.page(LIST.call().query(query)?).await
    }

    /// Lists the messages of the direct room with one person. Scope: `spark:messages_read`.
    pub async fn list_direct(
        &self,
        query: &ListDirectMessages,
    ) -> Result<Page<Message>, WebexError> {
        if query.person_id.is_some() == query.person_email.is_some() {
            return Err(WebexError::invalid(
                "personId",
                "give either personId or personEmail",
            ));
        }
        self.0.page(LIST_DIRECT.call().query(query)?).await
    }

    /// Posts a message. Scope: `spark:messages_write`.
    pub async fn create(&self, message: &CreateMessage) -> Result<Message, WebexError> {
        message.check(false)?;
        self.0.reply(CREATE.call().json(message)?).await
    }

    /// Posts a message with a local file, which is streamed. Scope: `spark:messages_write`.
    pub async fn upload(
        &self,
        message: &CreateMessage,
        file: &Upload,
    ) -> Result<Message, WebexError> {
        message.check(true)?;
        let optional = [
            ("parentId", &message.parent_id),
            ("text", &message.text),
            ("markdown", &message.markdown),
        ];
        let optional = optional
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let fields = std::iter::once(message.destination.field()).chain(optional);
        self.0
            .reply(CREATE.call().form(Form::new(fields, "files", file)))
            .await
    }

    /// Reads one message. Scope: `spark:messages_read`.
    pub async fn get(&self, message_id: &str) -> Result<Message, WebexError> {
        self.0.reply(GET.call().id(message_id)?).await
    }

    /// Replaces the text of one's own message. Scope: `spark:messages_write`.
    pub async fn edit(&self, message_id: &str, edit: &EditMessage) -> Result<Message, WebexError> {
        edit.check()?;
        self.0.reply(EDIT.call().id(message_id)?.json(edit)?).await
    }

    /// Deletes a message. Scope: `spark:messages_write`.
    pub async fn delete(&self, message_id: &str) -> Result<(), WebexError> {
        self.0.done(DELETE.call().id(message_id)?).await
    }
}

/// Webex counts the bytes of the UTF-8 text, so this check does too.
fn check_texts(text: &Option<String>, markdown: &Option<String>) -> Result<(), WebexError> {
    for (field, value) in [("text", text), ("markdown", markdown)] {
        let length_bytes = value.as_ref().map_or(0, String::len);
        if length_bytes > MAX_MESSAGE_BYTES {
            let reason = format!(
                "it has {length_bytes} bytes of UTF-8, at most {MAX_MESSAGE_BYTES} are allowed; shorten it or split it"
            );
            return Err(WebexError::invalid(field, reason));
        }
    }
    Ok(())
}

/// Webex expects a list and allows one entry.
fn as_list<S: Serializer>(url: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    url.as_slice().serialize(serializer)
}
