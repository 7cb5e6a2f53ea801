//! The bearer token in an `Authorization` header.

use http::{HeaderMap, header};
use webex::AccessToken;

use super::{Reason, Unknown};
use crate::limits;

const MALFORMED: Unknown = Unknown::new(
    Reason::Malformed,
    "`Authorization` must be given once, as `Bearer <token>`.",
);

/// The bearer token, or `None` where there is no `Authorization` header.
///
/// # Errors
/// `Malformed` for another scheme, a second header, or text that is not a token.
pub(super) fn read(headers: &HeaderMap) -> Result<Option<AccessToken>, Unknown> {
    within(headers, limits::BEARER_MAX_BYTES)
}

/// The same for a token of at most so many bytes.
///
/// # Errors
/// `Malformed`.
pub(super) fn within(headers: &HeaderMap, most: usize) -> Result<Option<AccessToken>, Unknown> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| MALFORMED)?;
    let (scheme, token) = text.split_once(' ').ok_or(MALFORMED)?;
    let well_formed =
        scheme.eq_ignore_ascii_case("bearer") && values.next().is_none() && token.len() <= most;
    if !well_formed {
        return Err(MALFORMED);
    }
    AccessToken::new(token).map(Some).map_err(|_| MALFORMED)
}
