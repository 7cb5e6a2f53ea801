//! The reason for deleting a recording or a transcript, which compliance officers must give.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::limits::MAX_DELETION_COMMENT_CHARS;

/// The reason, sent as the body of the DELETE. Only required when a compliance officer deletes
/// something of somebody else.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// The reason.
    pub reason: Option<String>,
    /// An explanation, at most 255 characters.
    pub comment: Option<String>,
}

impl Deletion {
    pub(crate) fn check(&self) -> Result<(), WebexError> {
        let comment = self.comment.as_deref().unwrap_or_default();
        if comment.chars().count() > MAX_DELETION_COMMENT_CHARS {
            let reason = format!("at most {MAX_DELETION_COMMENT_CHARS} characters are allowed");
            return Err(WebexError::invalid("comment", reason));
        }
        Ok(())
    }
}
