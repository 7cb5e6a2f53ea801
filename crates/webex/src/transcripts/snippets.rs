//! Snippets of a transcript: what one person said without a pause. Their text can be corrected.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::Transcripts;
use crate::error::WebexError;
use crate::operation::{Operation, Repeat};
use crate::page::Page;

/// `GET /meetingTranscripts/{transcriptId}/snippets`; compliance officers:
/// `spark-compliance:meetings_read`.
pub static LIST: Operation = Operation {
    name: "transcripts.snippets.list",
    method: Method::GET,
    path: "/meetingTranscripts/{transcriptId}/snippets",
    repeat: Repeat::Read,
    scopes: &["meeting:transcripts_read"],
};

/// `GET /meetingTranscripts/{transcriptId}/snippets/{snippetId}`; compliance officers:
/// `spark-compliance:meetings_read`.
pub static GET: Operation = Operation {
    name: "transcripts.snippets.get",
    method: Method::GET,
    path: "/meetingTranscripts/{transcriptId}/snippets/{snippetId}",
    repeat: Repeat::Read,
    scopes: &["meeting:transcripts_read"],
};

/// `PUT /meetingTranscripts/{transcriptId}/snippets/{snippetId}`; compliance officers:
/// `spark-compliance:meetings_write`.
pub static UPDATE: Operation = Operation {
    name: "transcripts.snippets.update",
    method: Method::PUT,
    path: "/meetingTranscripts/{transcriptId}/snippets/{snippetId}",
    repeat: Repeat::Write,
    scopes: &["meeting:transcripts_write"],
};

/// One person's words.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snippet {
    /// The snippet's id.
    pub id: String,
    /// The text.
    pub text: Option<String>,
    /// The speaker's name.
    pub person_name: Option<String>,
    /// The speaker's address.
    pub person_email: Option<String>,
    /// The start, in milliseconds after the beginning of the transcript.
    #[serde(default, deserialize_with = "crate::lenient::whole_number")]
    pub offset_millisecond: Option<u64>,
    /// The duration in milliseconds.
    #[serde(default, deserialize_with = "crate::lenient::whole_number")]
    pub duration_millisecond: Option<u64>,
}

/// The correction of a snippet.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UpdateSnippet {
    /// The reason, which compliance officers must give.
    pub reason: Option<String>,
    /// The text.
    pub text: String,
}

impl Transcripts<'_> {
    /// Lists the snippets in order. `max` is the number per page; Webex documents no default and no
    /// limit.
    /// Scope: `meeting:transcripts_read`.
    pub async fn snippets(
        &self,
        transcript_id: &str,
        max: Option<u32>,
    ) -> Result<Page<Snippet>, WebexError> {
        let call = LIST.call().id(transcript_id)?;
        self.0.page(call.query(&[("max", max)])?).await
    }

    /// Reads one snippet. Scope: `meeting:transcripts_read`.
    pub async fn snippet(
        &self,
        transcript_id: &str,
        snippet_id: &str,
    ) -> Result<Snippet, WebexError> {
        let call = GET.call().id(transcript_id)?.id(snippet_id)?;
        self.0.reply(call).await
    }

    /// Corrects one snippet. Scope: `meeting:transcripts_write`.
    pub async fn update_snippet(
        &self,
        transcript_id: &str,
        snippet_id: &str,
        snippet: &UpdateSnippet,
    ) -> Result<Snippet, WebexError> {
        if snippet.text.trim().is_empty() {
            return Err(WebexError::invalid("text", "a snippet needs words"));
        }
        let call = UPDATE.call().id(transcript_id)?.id(snippet_id)?;
        self.0.reply(call.json(snippet)?).await
    }
}
