//! Why there is no token for a grant, in words for its caller.

use webex::WebexError;

use crate::error::{CallError, Code};
use crate::limits;

pub const SIGN_IN_AGAIN: &str = "Sign in to Webex again, through your client.";

/// Nobody knows the grant any more: it was withdrawn, or its person was deleted.
pub fn gone() -> CallError {
    CallError::new(
        Code::Unauthorized,
        "This sign-in to Webex was withdrawn.",
        SIGN_IN_AGAIN,
    )
}

/// The operator took the service app out of the configuration.
pub fn no_app() -> CallError {
    CallError::new(
        Code::NotConfigured,
        "This server no longer has the service app that the call acts as.",
        "Ask the operator.",
    )
}

/// Webex does not accept the grant any more.
pub fn lost(advice: &'static str) -> CallError {
    CallError::new(
        Code::Unauthorized,
        "Webex does not accept this sign-in any more: it expired, or the user withdrew it there.",
        advice,
    )
}

/// The same for a grant of the vault.
pub fn lost_in_vault() -> CallError {
    lost(SIGN_IN_AGAIN)
}

/// Webex refused a token of a grant, and gave no other one.
pub fn not_renewed() -> CallError {
    CallError::new(
        Code::Unavailable,
        "Webex refused the token of this sign-in, and gave no new one just now.",
        "Call again in a few seconds.",
    )
    .with_retry_after(limits::GRANT_RENEWAL_RETRY)
}

pub fn later(error: &WebexError) -> CallError {
    let wait = error.retry_after().unwrap_or(limits::GRANT_RENEWAL_RETRY);
    CallError::new(
        Code::Unavailable,
        "Webex gave no new token for this sign-in just now.",
        "Call again in a few seconds.",
    )
    .with_retry_after(wait)
}

/// Another process renews the grant and is not finished.
pub fn busy() -> CallError {
    CallError::new(
        Code::Unavailable,
        "This sign-in to Webex is just being renewed.",
        "Call again in a few seconds.",
    )
    .with_retry_after(limits::GRANT_RENEWAL_RETRY)
}

pub fn unreadable() -> CallError {
    CallError::new(
        Code::Unavailable,
        "The sign-ins to Webex cannot be read or written at the moment.",
        "Call again in a minute; if it stays so, tell the operator.",
    )
}
