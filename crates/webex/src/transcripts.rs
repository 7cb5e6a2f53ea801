//! Meeting transcripts: list, download and delete them; and their snippets, which say who spoke
//! when.
//!
//! Transcripts belong to ended instances; the id of a series or an occurrence finds none. There is
//! a transcript only if Webex Assistant was on in the meeting, a few minutes after its end.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::client::Client;
use crate::contents::{self, Download};
use crate::deletion::Deletion;
use crate::error::WebexError;
use crate::meetings::check_instance;
use crate::open_enum::open_enum;
use crate::operation::{Operation, Repeat};
use crate::page::Page;
use crate::timestamp::check_window;

pub mod snippets;

/// `GET /meetingTranscripts`; administrators: `meeting:admin_transcripts_read`, compliance
/// officers:
/// `spark-compliance:meetings_read`.
pub static LIST: Operation = Operation {
    name: "transcripts.list",
    method: Method::GET,
    path: "/meetingTranscripts",
    repeat: Repeat::Read,
    scopes: &["meeting:transcripts_read"],
};

/// `GET /admin/meetingTranscripts`, for compliance officers.
pub static ADMIN_LIST: Operation = Operation {
    name: "transcripts.admin_list",
    method: Method::GET,
    path: "/admin/meetingTranscripts",
    repeat: Repeat::Read,
    scopes: &["spark-compliance:meetings_read"],
};

/// `GET /meetingTranscripts/{transcriptId}/download`; the other scopes are those of the list.
pub static DOWNLOAD: Operation = Operation {
    name: "transcripts.download",
    method: Method::GET,
    path: "/meetingTranscripts/{transcriptId}/download",
    repeat: Repeat::Read,
    scopes: &["meeting:transcripts_read"],
};

/// `DELETE /meetingTranscripts/{transcriptId}`; compliance officers:
/// `spark-compliance:meetings_write`.
pub static DELETE: Operation = Operation {
    name: "transcripts.delete",
    method: Method::DELETE,
    path: "/meetingTranscripts/{transcriptId}",
    repeat: Repeat::Write,
    scopes: &["meeting:transcripts_write"],
};

open_enum! {
    /// Whether a transcript still exists.
    TranscriptStatus {
        /// It is available.
        Available = "available",
        /// It was deleted; visible to compliance officers only.
        Deleted = "deleted",
    }
}

open_enum! {
    /// The format of a transcript's text.
    TranscriptFormat {
        /// WebVTT: cues with times, `text/vtt`.
        Vtt = "vtt",
        /// Plain text.
        Txt = "txt",
    }
}

/// A transcript, without its text.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transcript {
    /// The transcript's id.
    pub id: String,
    /// The site.
    pub site_url: Option<String>,
    /// The beginning.
    #[serde(default, with = "crate::timestamp::option")]
    pub start_time: Option<Timestamp>,
    /// The meeting's topic.
    pub meeting_topic: Option<String>,
    /// The ended instance.
    pub meeting_id: Option<String>,
    /// Its occurrence.
    pub scheduled_meeting_id: Option<String>,
    /// Its series.
    pub meeting_series_id: Option<String>,
    /// The host.
    pub host_user_id: Option<String>,
    /// The URL of the cues, for anyone with a token; [`Transcripts::download`] needs only the id.
    pub vtt_download_link: Option<String>,
    /// The URL of the plain text.
    pub txt_download_link: Option<String>,
    /// Whether it still exists.
    pub status: Option<TranscriptStatus>,
}

/// Selects transcripts of meetings that the caller hosted.
///
/// Without `from` and `to`, those of the last 7 days; one of them alone gives 7 days.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListTranscripts {
    /// Entries per page, 1 to 100 (Webex's default: 10).
    pub max: Option<u32>,
    /// Only transcripts that begin at this time or later.
    #[serde(default, with = "crate::timestamp::option")]
    pub from: Option<Timestamp>,
    /// Only transcripts that begin before this time.
    #[serde(default, with = "crate::timestamp::option")]
    pub to: Option<Timestamp>,
    /// Only of this ended instance.
    pub meeting_id: Option<String>,
    /// The host on whose behalf the call acts; for administrators, and only together with the
    /// instance.
    pub host_email: Option<String>,
    /// Only on this site; on the caller's preferred site if absent.
    pub site_url: Option<String>,
}

/// Selects transcripts of a site, newest first, including deleted ones. The window is that of
/// [`ListTranscripts`].
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListSiteTranscripts {
    /// Only transcripts that begin at this time or later.
    #[serde(default, with = "crate::timestamp::option")]
    pub from: Option<Timestamp>,
    /// Only transcripts that begin before this time.
    #[serde(default, with = "crate::timestamp::option")]
    pub to: Option<Timestamp>,
    /// Entries per page, 1 to 100 (Webex's default: 10).
    pub max: Option<u32>,
    /// The site.
    pub site_url: String,
}

/// The calls of this noun. A failed call returns a [`WebexError`]; after `Invalid` and `Foreign`,
/// nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct Transcripts<'a>(pub(crate) &'a Client);

impl Transcripts<'_> {
    /// Lists the transcripts of ended meetings. Scope: `meeting:transcripts_read`.
    pub async fn list(&self, query: &ListTranscripts) -> Result<Page<Transcript>, WebexError> {
        check_window("from", query.from, query.to)?;
        match &query.meeting_id {
            Some(meeting_id) => check_instance(meeting_id)?,
            None if query.host_email.is_some() => {
                let reason = "a host can only be given together with one of the host's meetings";
                return Err(WebexError::invalid("meetingId", reason));
            }
            None => {}
        }
        self.0.page(LIST.call().query(query)?).await
    }

    /// Lists the transcripts of a whole site; for compliance officers.
    /// Scope: `spark-compliance:meetings_read`.
    pub async fn list_site(
        &self,
        query: &ListSiteTranscripts,
    ) -> Result<Page<Transcript>, WebexError> {
        check_window("from", query.from, query.to)?;
        if query.site_url.trim().is_empty() {
            return Err(WebexError::invalid("siteUrl", "it is needed"));
        }
        self.0.page(ADMIN_LIST.call().query(query)?).await
    }

    /// Opens the whole text; its bytes are read as the stream is consumed. With `host_email`, an
    /// administrator acts on behalf of that host. Scope: `meeting:transcripts_read`.
    pub async fn download(
        &self,
        transcript_id: &str,
        format: TranscriptFormat,
        host_email: Option<&str>,
    ) -> Result<Download, WebexError> {
        let call = DOWNLOAD.call().id(transcript_id)?;
        let call = call.query(&[("format", Some(format.as_str())), ("hostEmail", host_email)])?;
        contents::open(self.0, call).await
    }

    /// Deletes a transcript permanently. Compliance officers still see it, and must give a reason
    /// to delete somebody else's. Scope: `meeting:transcripts_write`.
    pub async fn delete(
        &self,
        transcript_id: &str,
        deletion: Option<&Deletion>,
    ) -> Result<(), WebexError> {
        let call = DELETE.call().id(transcript_id)?;
        let call = match deletion {
            Some(deletion) => {
                deletion.check()?;
                call.json(deletion)?
            }
            None => call,
        };
        self.0.done(call).await
    }
}
