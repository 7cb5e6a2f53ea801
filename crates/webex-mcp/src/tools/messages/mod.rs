//! Messages: what they look like in answers, and how they are written.

mod asked;
mod create;
mod delete;
mod edit;
mod filters;
mod get;
mod listing;
mod render;
pub mod scan;
mod search;
mod sent;
mod terms;
pub mod writing;

pub use self::render::render_messages;
use schemars::JsonSchema;
use serde::Serialize;
use webex::WebexError;

use crate::error::{CallError, Code};
use crate::limits::{LISTED_TEXT_MAX_BYTES, LONE_TEXT_MAX_BYTES, RESOURCE_MESSAGES};
use crate::text::harmless_markdown;
use crate::tool::{Address, Context, Entry, PageInfo, Row, ShortId, Theirs, lengths};

pub use sent::{Sent, check_open, explained};
use writing::shown_html;

pub const TOOLS: &[Entry] = &[
    Entry::of::<create::CreateMessage>(),
    Entry::of::<edit::EditMessage>(),
    Entry::of::<delete::DeleteMessage>(),
    Entry::of::<get::GetMessage>(),
    Entry::of::<search::SearchMessages>(),
];

pub const RESOURCES: &[Entry] = &[
    Entry::at::<get::GetMessage>(&Address {
        with: &[("max", RESOURCE_MESSAGES)],
        ..Address::new(
            "webex://spaces/{roomId}/messages",
            "Messages of a space",
            "The latest messages of a space, newest first. roomId: its id or title.",
        )
    }),
    Entry::at::<get::GetMessage>(&Address::new(
        "webex://messages/{messageId}",
        "A message",
        "One message, whole. messageId: its id or link.",
    )),
];

/// A message as an answer tells it.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Short id.
    pub id: ShortId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<ShortId>,
    /// The author's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Theirs>,
    /// File URLs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_card: bool,
}

impl Message {
    /// A message by itself: all of its text.
    pub fn whole(message: webex::messages::Message) -> Self {
        let mut message = Message::of(message, Asked::default());
        message.shorten(LONE_TEXT_MAX_BYTES, "an answer holds no more");
        message
    }

    /// A message among others: a long text is shortened. Space and thread are left out where they
    /// were in the question.
    pub fn listed(message: webex::messages::Message, asked: Asked<'_>) -> Self {
        let mut message = Message::of(message, asked);
        message.shorten(LISTED_TEXT_MAX_BYTES, "webex-get-message has all of it");
        message
    }

    fn shorten(&mut self, max_bytes: usize, whole: &str) {
        let text = self.text.take();
        self.text = text.map(|text| text.shortened(max_bytes, whole));
    }

    fn of(message: webex::messages::Message, asked: Asked<'_>) -> Self {
        let text = shown_text(&message);
        Message {
            id: message.id.into(),
            room_id: ShortId::other_than(message.room_id, asked.room_id),
            parent_id: ShortId::other_than(message.parent_id, asked.parent_id),
            from: message.person_email,
            created: message.created.map(|time| time.to_string()),
            updated: message.updated.map(|time| time.to_string()),
            text,
            files: message.files.unwrap_or_default(),
            has_card: message.attachments.is_some_and(|cards| !cards.is_empty()),
        }
    }
}

/// The words of a message as they are shown. Markdown keeps links and mentions, and so does HTML; the
/// plain text is what is left where there is none. Nothing in them is loaded or run.
pub fn shown_text(message: &webex::messages::Message) -> Option<Theirs> {
    // What Webex could not decrypt is in none of the forms.
    let is_lost = message.text.is_some() && message.text().is_none();
    let html = message.html.as_deref().filter(|_| !is_lost);
    let shown = match (message.markdown(), html) {
        (Some(markdown), _) => harmless_markdown(markdown).into_owned(),
        (None, Some(html)) => shown_html(html),
        (None, None) => harmless_markdown(message.text()?).into_owned(),
    };
    Some(Theirs::from(shown))
}

impl Row for Message {
    fn bytes(&self) -> usize {
        let plain = [
            self.room_id.as_deref(),
            self.parent_id.as_deref(),
            self.from.as_deref(),
            self.created.as_deref(),
            self.updated.as_deref(),
        ];
        let files: usize = self.files.iter().map(String::len).sum();
        let text = self.text.as_ref().map_or(0, Theirs::shown_bytes);
        self.id.len() + lengths(plain) + files + text
    }
}

/// What the caller named, so that answers need not repeat it.
#[derive(Debug, Default, Clone, Copy)]
pub struct Asked<'a> {
    pub room_id: Option<&'a str>,
    pub parent_id: Option<&'a str>,
}

/// Messages as every tool that reads them answers.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Messages {
    /// Of all messages of a list, unless it was in the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<ShortId>,
    pub messages: Vec<Message>,
    pub page: PageInfo,
}

/// Whether replies can hang on this message: Webex lists none for a reply, and says nothing.
///
/// # Errors
/// `invalid_arguments` for a reply, naming its thread, and for a message of another space.
pub fn check_first(
    message: &webex::messages::Message,
    room_id: Option<&str>,
) -> Result<(), CallError> {
    if let Some(thread) = &message.parent_id {
        return Err(CallError::new(
            Code::InvalidArguments,
            "`parentId`: it is itself a reply.",
            format!("Pass the first message of its thread: {thread}"),
        ));
    }
    match (message.room_id.as_deref(), room_id) {
        (Some(own), Some(asked)) if own != asked => Err(CallError::new(
            Code::InvalidArguments,
            "`parentId`: it is a message of another space.",
            format!("Pass a message of this space, or roomId: {own}"),
        )),
        _ => Ok(()),
    }
}

/// Tells why a list of replies is empty, if it is because of the message that was named.
///
/// # Errors
/// As of [`check_first`], and for a message that there is not.
async fn check_thread(
    context: &Context,
    is_empty: bool,
    asked: Asked<'_>,
) -> Result<(), CallError> {
    match asked.parent_id.filter(|_| is_empty) {
        None => Ok(()),
        Some(id) => check_first(&context.webex.messages().get(id).await?, asked.room_id),
    }
}

/// Webex's 400 says little; a tool knows better what it usually means.
pub fn advised(error: WebexError, bad_request: &'static str) -> CallError {
    let is_bad_request = error.status() == Some(400);
    let error = CallError::from(error);
    match is_bad_request {
        true => error.advise(bad_request),
        false => error,
    }
}

/// The same for a 403, which is what Webex answers about a message of somebody else.
fn not_edited(error: WebexError, refused: &'static str) -> CallError {
    match error.status() {
        Some(403) => CallError::from(error).advise(refused),
        _ => advised(error, refused),
    }
}

/// The commonest reason why reading a space is forbidden is one that no user would guess.
pub fn bots_see_mentions(error: CallError) -> CallError {
    match error.code {
        Code::Forbidden => error.advise(
            "A bot reads a group space only with mentionedPeople: \"me\"; for anyone else, membership of the space or a scope of the token is missing.",
        ),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_message_is_loaded_or_run_whichever_form_it_has() {
        let shown = |text: Option<&str>, markdown: Option<&str>, html: Option<&str>| {
            let owned = |words: Option<&str>| words.map(str::to_owned);
            let message = webex::messages::Message {
                text: owned(text),
                markdown: owned(markdown),
                html: owned(html),
                ..webex::messages::Message::default()
            };
            shown_text(&message).map(|shown| shown.as_str().to_owned())
        };
        let link = Some("[a](javascript:x)");
        let html = Some(r#"<a href="javascript:x">a</a> <b>bold</b>"#);
        for (text, markdown, html, expected) in [
            (Some("a"), Some("**a**"), Some("<b>a</b>"), Some("**a**")),
            (Some("a"), link, html, Some(r"[a]\(javascript:x)")),
            (Some("a"), None, html, Some(r"[a]\(javascript:x) **bold**")),
            (link, None, None, Some(r"[a]\(javascript:x)")),
            (Some("a < b, <@all>"), None, None, Some("a < b, <@all>")),
            (None, None, None, None),
        ] {
            let found = shown(text, markdown, html);
            assert_eq!(found.as_deref(), expected, "{text:?} {markdown:?} {html:?}");
        }
    }
}
