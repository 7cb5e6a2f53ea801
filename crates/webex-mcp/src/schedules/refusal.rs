//! What is answered where nothing can be kept, or is not there, and why a call was not made.

use crate::error::{CallError, Code};
use crate::stores::records::change::Unavailable;

pub fn unknown() -> CallError {
    CallError::new(
        Code::NotFound,
        "`scheduleId`: there is no such schedule of yours, or it ended too long ago.",
        "Call with list: true to see yours.",
    )
}

pub fn credential_ends() -> CallError {
    CallError::new(
        Code::NotConfigured,
        "The token of this caller comes with the call, and the server acts for nobody without it; nothing was scheduled.",
        "Ask the operator for a server where people sign in (auth.mode broker) or that has a token of its own (static), or send the message now with webex-create-message.",
    )
}

pub fn process_ends() -> CallError {
    CallError::new(
        Code::NotConfigured,
        "This server runs only as long as its client, so it could not send later; nothing was scheduled.",
        "Use a server that keeps running (webex-mcp serve), or send the message now with webex-create-message.",
    )
}

pub fn too_many() -> CallError {
    CallError::new(
        Code::RateLimited,
        "As many messages are scheduled for you as may be; nothing was scheduled.",
        "Cancel one that is not needed: call with list: true, then with its scheduleId and cancel: true.",
    )
}

pub fn unwritable() -> CallError {
    CallError::new(
        Code::Unavailable,
        "The server cannot write its records, so nothing was changed.",
        "Repeat the call later; if it fails again, tell the operator to check the free space and the permissions of the data directory.",
    )
}

pub fn unreadable(_: Unavailable) -> CallError {
    CallError::new(
        Code::Unavailable,
        "The server cannot read its records.",
        "Repeat the call later; what is scheduled stays so.",
    )
}

/// Why the calls of times that have passed were not made.
pub const SERVER_WAS_DOWN: &str = "No server was there to send it within an hour after its time.";

pub fn no_longer_served() -> CallError {
    CallError::new(
        Code::NotConfigured,
        "The server does not have this tool any more.",
        "Tell the operator if it is needed.",
    )
}

pub fn signed_out() -> CallError {
    CallError::new(
        Code::Unauthorized,
        "The sign-in that it was scheduled with has ended, so nothing more is sent; sign in again and schedule it again.",
        "Schedule it again.",
    )
}

pub fn now_asks() -> CallError {
    CallError::new(
        Code::ConfirmationRequired,
        "The rules of the server have changed since it was scheduled: now a person has to agree first.",
        "Schedule it again.",
    )
}
