//! Why the gate lets nothing pass, in the words of a call.

use crate::error::{CallError, Code, Details};
use crate::journal::BeginError;
use crate::limits;

pub fn scopes_missing(scopes: Vec<&'static str>) -> CallError {
    CallError::new(
        Code::Forbidden,
        "The access token lacks a scope that this needs.",
        "Ask the user to sign in again and to grant the scopes in missingScopes; repeating does not help.",
    )
    .with_details(Details::MissingScopes(scopes))
}

pub fn only_reads() -> CallError {
    CallError::new(
        Code::Forbidden,
        "The connection token of this client is for reading only, and this tool changes something.",
        "Tell the user that it needs a token that may also change things; repeating does not help.",
    )
}

pub fn nothing_to_act_with() -> CallError {
    CallError::new(
        Code::NotConfigured,
        "This server has no Webex token.",
        "Run `webex-mcp login`, or set WEBEX_ACCESS_TOKEN (from developer.webex.com), where the server is started, and restart it; or try it with --sandbox.",
    )
}

pub(super) fn stopped() -> CallError {
    CallError::new(
        Code::Cancelled,
        "The call was ended before this change was sent to Webex.",
        "Repeat it if it is still wanted.",
    )
}

pub(super) fn not_begun(error: BeginError) -> CallError {
    match error {
        BeginError::Unavailable | BeginError::Over => CallError::new(
            Code::Unavailable,
            "The server cannot write its journal, so it changes nothing in Webex; reads still work.",
            "Nothing was sent. Tell the operator to check the free space and the permissions of the data directory, and repeat the call later.",
        ),
        BeginError::NonceUsed => CallError::new(
            Code::InvalidArguments,
            "The confirmation cannot be used: it was used before, and works once.",
            "Call again without it to be asked once more; nothing was done.",
        ),
        BeginError::KeyTaken => CallError::new(
            Code::Conflict,
            "Another call with this idempotency key is running.",
            "Wait retryAfterSeconds and repeat this call with the same key to get its answer; nothing was sent by this one.",
        )
        .with_retry_after(limits::RECALL_RETRY_AFTER),
    }
}
