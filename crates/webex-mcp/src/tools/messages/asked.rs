//! What a person is asked before a message is deleted.

use webex::messages::Message;
use webex::rooms::RoomType;

use crate::error::CallError;
use crate::tool::{Context, Question, Theirs};

const UNREAD: &str =
    "Delete a message that this token may not read, for everybody? This cannot be undone.";

/// Reads the message and the space, and words the question.
///
/// # Errors
/// Those of reading, and `forbidden` where it is certainly not for this caller to delete.
pub async fn question(context: &Context, message_id: &str) -> Result<Question, CallError> {
    let messages = context.webex.messages();
    let Some(message) = context.courtesy(messages.get(message_id)).await? else {
        return Ok(Question::new(UNREAD));
    };
    let space = match &message.room_id {
        Some(id) => context.courtesy(context.webex.rooms().get(id)).await?,
        None => None,
    };
    let title = space.as_ref().and_then(|space| space.title());
    let me = context.own_id().await;
    let is_own = me.is_some() && message.person_id == me;
    let question = deletion(&message, title, is_own);
    if is_own || me.is_none() {
        return Ok(question);
    }
    if message.room_type == Some(RoomType::Direct) {
        return context.without_role(question, "its author");
    }
    match context
        .moderates(me.as_deref(), message.room_id.as_deref())
        .await
    {
        Some(false) => context.without_role(question, "its author and the moderators of the space"),
        _ => Ok(question),
    }
}

/// Whose message it is, where and when it was posted, and how it begins.
pub fn deletion(message: &Message, space: Option<&str>, is_own: bool) -> Question {
    let mut question = match is_own {
        true => Question::new("Delete your message"),
        false => Question::new("Delete the message that ")
            .and(message.person_email.as_deref().unwrap_or("somebody"))
            .and(" posted"),
    };
    if let Some(title) = space {
        let place = match message.room_type {
            Some(RoomType::Direct) => " to",
            _ => " in the space",
        };
        question = question.named(place, Some(title));
    }
    if let Some(time) = message.created {
        let time = time.strftime(" on %Y-%m-%d at %H:%M UTC").to_string();
        question = question.and(&time);
    }
    if let Some(text) = message.text() {
        question = question.and(": ").quote(text);
    }
    question.and(", for everybody? This cannot be undone.")
}

/// The title of the group space that it is or was in.
pub async fn space_of(context: &Context, message: &Message) -> Option<Theirs> {
    match message.room_type {
        Some(RoomType::Direct) => None,
        _ => context.space_title(message.room_id.as_deref()).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_is_known_and_no_more() {
        let message = Message {
            person_email: Some("alice@example.com".into()),
            created: "2026-01-05T10:42:30Z".parse().ok(),
            text: Some("see\nyou".into()),
            ..Message::default()
        };
        let direct = Message {
            room_type: Some(RoomType::Direct),
            text: None,
            ..message.clone()
        };
        for (message, space, is_own, expected) in [
            (
                &message,
                Some("Project Unicorn"),
                true,
                "Delete your message in the space “Project Unicorn” on 2026-01-05 at 10:42 UTC: “see you”, for everybody? This cannot be undone.",
            ),
            (
                &message,
                Some("Project Unicorn"),
                false,
                "Delete the message that alice@example.com posted in the space “Project Unicorn” on 2026-01-05 at 10:42 UTC: “see you”, for everybody? This cannot be undone.",
            ),
            (
                &direct,
                Some("Bob Smith"),
                false,
                "Delete the message that alice@example.com posted to “Bob Smith” on 2026-01-05 at 10:42 UTC, for everybody? This cannot be undone.",
            ),
            (
                &Message::default(),
                None,
                false,
                "Delete the message that somebody posted, for everybody? This cannot be undone.",
            ),
        ] {
            assert_eq!(deletion(message, space, is_own).as_str(), expected);
        }
    }
}
