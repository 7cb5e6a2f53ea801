//! Shares a recording with people, or ends the sharing.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::Recordings;
use crate::error::WebexError;
use crate::limits::MAX_SHARED_EMAILS_COUNT;
use crate::operation::{Operation, Repeat};

/// `POST /recordings/{recordingId}/accessList`; administrators: `meeting:admin_recordings_write`.
pub static SHARE: Operation = Operation {
    name: "recordings.share",
    method: Method::POST,
    path: "/recordings/{recordingId}/accessList",
    repeat: Repeat::Write,
    scopes: &["meeting:recordings_write"],
};

/// `POST /recordings/accessList`; administrators: `meeting:admin_recordings_write`.
pub static SHARE_LINK: Operation = Operation {
    name: "recordings.share_link",
    method: Method::POST,
    path: "/recordings/accessList",
    repeat: Repeat::Write,
    scopes: &["meeting:recordings_write"],
};

/// The people to add to and to remove from the sharing of a recording; at least one of them.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShareRecording {
    /// The host on whose behalf the call acts; for administrators.
    pub host_email: Option<String>,
    /// Addresses of people who may watch it, at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_emails: Vec<String>,
    /// Addresses of people who may no longer watch it, at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove_emails: Vec<String>,
    /// Whether Webex mails the added people (Webex's default: yes).
    pub send_email: Option<bool>,
}

impl ShareRecording {
    fn check(&self) -> Result<(), WebexError> {
        if self.add_emails.is_empty() && self.remove_emails.is_empty() {
            let reason = "give addresses in addEmails or removeEmails";
            return Err(WebexError::invalid("addEmails", reason));
        }
        let lists = [
            ("addEmails", &self.add_emails),
            ("removeEmails", &self.remove_emails),
        ];
        for (field, emails) in lists {
            if emails.len() > MAX_SHARED_EMAILS_COUNT {
                let reason =
                    format!("at most {MAX_SHARED_EMAILS_COUNT} fit into one request; send several");
                return Err(WebexError::invalid(field, reason));
            }
        }
        Ok(())
    }
}

impl Recordings<'_> {
    /// Shares one's own recording by its id. Scope: `meeting:recordings_write`.
    pub async fn share(
        &self,
        recording_id: &str,
        share: &ShareRecording,
    ) -> Result<(), WebexError> {
        share.check()?;
        self.0
            .done(SHARE.call().id(recording_id)?.json(share)?)
            .await
    }

    /// Shares one's own recording by the link under which people watch it.
    /// Scope: `meeting:recordings_write`.
    pub async fn share_link(&self, link: &str, share: &ShareRecording) -> Result<(), WebexError> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct ByLink<'a> {
            web_share_link: &'a str,
            #[serde(flatten)]
            share: &'a ShareRecording,
        }

        if link.trim().is_empty() {
            return Err(WebexError::invalid("webShareLink", "it is needed"));
        }
        share.check()?;
        let body = ByLink {
            web_share_link: link,
            share,
        };
        self.0.done(SHARE_LINK.call().json(&body)?).await
    }
}
