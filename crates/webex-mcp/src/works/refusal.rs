//! What is answered where a work cannot begin, or is not there.

use uuid::Uuid;

use crate::error::{CallError, Code};
use crate::stores::records::change::Unavailable;

pub fn unknown() -> CallError {
    CallError::new(
        Code::NotFound,
        "`workId`: this tool has no such work of yours, or it ended too long ago.",
        "Give the workId that the tool answered, or leave it out to begin.",
    )
}

pub fn cancelled() -> CallError {
    CallError::new(
        Code::Cancelled,
        "The work was cancelled.",
        "Begin it again if it is still wanted.",
    )
}

pub fn ended_with_process() -> CallError {
    CallError::new(
        Code::Unavailable,
        "The server was started again, and the token of this caller came with the call, so the work does not go on without it.",
        "Look in Webex at what was done, and begin the work again for the rest.",
    )
}

pub fn unwritable() -> CallError {
    CallError::new(
        Code::Unavailable,
        "The server cannot write its records, so it begins no long work.",
        "Nothing was done. Tell the operator to check the free space and the permissions of the data directory.",
    )
}

pub fn unreadable(_: Unavailable) -> CallError {
    CallError::new(
        Code::Unavailable,
        "The server cannot read its records.",
        "Repeat the call later; the work itself goes on.",
    )
}

pub fn too_many() -> CallError {
    CallError::new(
        Code::RateLimited,
        "As many long works run for you as may run at the same time.",
        "Wait until one has finished, or cancel one by its workId.",
    )
}

pub fn already(id: Uuid) -> CallError {
    CallError::new(
        Code::Conflict,
        "The same call began at the same time; nothing was begun by this one.",
        format!("Call with workId {id} alone to see how far it is."),
    )
}

pub fn not_told() -> CallError {
    CallError::new(
        Code::Unavailable,
        "The work could not be told, because the server could not write its record.",
        "Repeat the call; if that fails too, tell the operator to check the free space of the data directory.",
    )
}
