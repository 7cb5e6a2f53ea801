//! What is answered where a webhook cannot come in, or nothing can be heard.

use crate::error::{CallError, Code};
use crate::stores::records::change::{Refused, Unavailable};

pub fn no_address() -> CallError {
    CallError::new(
        Code::NotConfigured,
        "Webex cannot reach this server, so no webhook can come in here.",
        "Tell the operator to set server.public_url to the https address under which Webex reaches this server, or give targetUrl the address of another one.",
    )
}

pub fn too_many() -> CallError {
    CallError::new(
        Code::Conflict,
        "This user has the most webhooks that may come in here.",
        "Delete some with webex-delete-webhook; nothing was created.",
    )
}

pub fn unwritable(_: Refused) -> CallError {
    CallError::new(
        Code::Unavailable,
        "The server cannot write its records, so no webhook can come in here.",
        "Nothing was done. Tell the operator to check the free space and the permissions of the data directory.",
    )
}

pub fn unreadable(_: Unavailable) -> CallError {
    CallError::new(
        Code::Unavailable,
        "The server cannot read its records.",
        "Repeat the call later.",
    )
}

pub fn nothing_tells() -> CallError {
    CallError::new(
        Code::NotConfigured,
        "No webhook of this user tells this server of answers to cards.",
        "Create one with webex-create-webhook: targetUrl self, resource attachmentActions, event created. It tells of answers that come after it was created.",
    )
}
