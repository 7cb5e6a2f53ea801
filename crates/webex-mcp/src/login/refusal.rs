//! Why there is no token of the sign-in, in words for its caller.

use super::keeper::Unkept;
use crate::error::{CallError, Code};

/// For whoever has to sign in again.
pub(super) const AGAIN: &str = "The user has to run `webex-mcp login` again.";

/// There is no sign-in any more.
pub fn gone() -> CallError {
    CallError::new(
        Code::Unauthorized,
        "Nobody is signed in to Webex here any more.",
        AGAIN,
    )
}

/// The tokens are not for the Webex that calls go to.
pub(super) fn elsewhere() -> CallError {
    CallError::new(
        Code::Unauthorized,
        "The sign-in is for another Webex than the one in webex.base_url.",
        "The user has to run `webex-mcp login --upstream` with the address that is configured now.",
    )
}

pub(super) fn unkept(why: Unkept) -> CallError {
    let (code, message, advice) = match why {
        Unkept::Foreign => (
            Code::Unauthorized,
            "The sign-in was encrypted with another secret key, or its file is damaged.",
            "The user has to set the earlier WEBEX_MCP_SECRET_KEY, or to run `webex-mcp login` again.",
        ),
        Unkept::Keyring => (
            Code::Unavailable,
            "The system's keyring, which has the sign-in to Webex, is locked or does not answer.",
            "The user has to unlock it, or to run `webex-mcp login --keep-in file`; then call again.",
        ),
        Unkept::Slow => (
            Code::Unavailable,
            "The place where the sign-in to Webex is kept does not answer.",
            "Call again in a minute; if it stays so, the user has to run `webex-mcp login --keep-in file`.",
        ),
        Unkept::Disk(_) => (
            Code::Unavailable,
            "The sign-in to Webex cannot be read or written in the data directory.",
            "The user has to check the permissions and the free space of the data directory, then call again.",
        ),
    };
    CallError::new(code, message, advice)
}
