//! What is wrong with a mention, or with a message that has one.

use crate::error::{CallError, Code};
use crate::limits::{MENTIONED_NAMES_MAX, MESSAGE_MAX_BYTES};

pub fn too_many_names(field: &str) -> CallError {
    let right = format!(
        "it has more than {MENTIONED_NAMES_MAX} names behind an @; send several messages, or put what is no mention into a code block of markdown"
    );
    CallError::invalid(field, right)
}

/// Escaping made it longer than it was typed.
pub fn too_long_with_mention(bytes: usize) -> CallError {
    let right = format!(
        "with a mention it goes out as Markdown, in which it has {bytes} bytes and may have at most {MESSAGE_MAX_BYTES}; shorten it, or leave the mention out"
    );
    CallError::invalid("text", right)
}

pub fn unreadable(room_id: Option<&str>) -> CallError {
    match room_id {
        Some(_) => CallError::new(
            Code::Forbidden,
            "a mention has a name, and the token may not read the space's members",
            "Mention by e-mail address, as in <@personEmail:a@b.c>; nothing was sent.",
        ),
        None => CallError::new(
            Code::NotFound,
            "a message to a person mentions nobody",
            "Write the name without its brackets; nothing was sent.",
        ),
    }
}

/// Says in which argument it was.
pub fn naming(field: &str, mut error: CallError) -> CallError {
    error.message = format!("`{field}`: {}.", error.message).into();
    error
}
