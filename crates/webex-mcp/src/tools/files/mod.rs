//! Files: sharing them with a message, and getting them out of one.

mod content;
mod details;
mod download;
mod fetched;
mod render;
mod share;
mod source;
mod upload;

use futures::StreamExt as _;
use schemars::JsonSchema;
use serde::Serialize;
use webex::WebexError;
use webex::contents::{Download, FileDetails};

use crate::error::{CallError, Code};
use crate::limits::INLINE_DOWNLOAD_MAX_BYTES;
use crate::tool::{Entry, Progress, Theirs};

pub const TOOLS: &[Entry] = &[
    Entry::of::<share::ShareFile>(),
    Entry::of::<upload::UploadFile>(),
    Entry::of::<details::GetFileDetails>(),
    Entry::of::<download::DownloadFile>(),
];

/// What is known about a file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Facts {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<u64>,
}

impl From<FileDetails> for Facts {
    fn from(details: FileDetails) -> Self {
        Facts {
            name: details.file_name.map(Theirs::from),
            content_type: details.content_type.and_then(content::media_type),
            size_bytes: details.length_bytes,
        }
    }
}

/// A file's URL that leads elsewhere is a wrong argument; the token was not sent there.
fn of_file(error: WebexError) -> CallError {
    match error {
        WebexError::Foreign { .. } => CallError::invalid(
            "fileUrl",
            "it is no file of the configured Webex; pass a URL from the files of a message",
        ),
        error => {
            let is_infected = error.status() == Some(410);
            let mut told = CallError::from(error);
            if is_infected {
                told.message = "The file is gone: it was found to be infected.".into();
            } else if told.code == Code::Locked {
                told.message = "Webex is still scanning this file for malware.".into();
            }
            told
        }
    }
}

/// The whole of a file that fits into an answer; of a larger one nothing is kept.
async fn collected(file: &mut Download, progress: &Progress) -> Result<Option<Vec<u8>>, CallError> {
    let length_bytes = file.details.length_bytes;
    if length_bytes.is_some_and(|length| length > INLINE_DOWNLOAD_MAX_BYTES) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    while let Some(piece) = file.stream.next().await {
        bytes.extend_from_slice(&piece?);
        if bytes.len() as u64 > INLINE_DOWNLOAD_MAX_BYTES {
            return Ok(None);
        }
        progress.report(bytes.len() as u64, length_bytes, "bytes received");
    }
    Ok(Some(bytes))
}
