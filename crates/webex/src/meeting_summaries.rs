//! Meeting summaries: the notes and action items that Webex's assistant writes after a meeting.
//!
//! A summary belongs to an ended instance; Webex supports no other kind of meeting id here.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::client::Client;
use crate::error::WebexError;
use crate::meetings::check_instance;
use crate::open_enum::open_enum;
use crate::operation::{Operation, Repeat};
use crate::page::Page;

/// `GET /meetingSummaries`
pub static LIST: Operation = Operation {
    name: "meeting_summaries.list",
    method: Method::GET,
    path: "/meetingSummaries",
    repeat: Repeat::Read,
    scopes: &["meeting:summaries_read"],
};

open_enum! {
    /// Whether a summary still exists.
    SummaryStatus {
        /// It is available.
        Available = "available",
        /// It was deleted; visible to compliance officers only.
        Deleted = "deleted",
    }
}

/// The summary of a meeting.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeetingSummary {
    /// The summary's id.
    pub id: String,
    /// The ended instance.
    pub meeting_id: Option<String>,
    /// Whether it still exists.
    pub status: Option<SummaryStatus>,
    /// The notes, as HTML.
    pub notes: Option<SummaryText>,
    /// The action items, each as plain text.
    pub action_items: Option<Vec<SummaryText>>,
}

/// A text of a summary, written by a machine from what people said: untrusted text.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryText {
    /// The text.
    pub content: Option<String>,
}

/// The calls of this noun. A failed call returns a [`WebexError`]; after `Invalid` and `Foreign`,
/// nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct MeetingSummaries<'a>(pub(crate) &'a Client);

impl MeetingSummaries<'_> {
    /// Reads the summary of an ended instance; returns an empty page where there is none.
    /// Scope: `meeting:summaries_read`.
    pub async fn list(&self, meeting_id: &str) -> Result<Page<MeetingSummary>, WebexError> {
        check_instance(meeting_id)?;
        let call = LIST.call().query(&[("meetingId", meeting_id)])?;
        self.0.page(call).await
    }
}
