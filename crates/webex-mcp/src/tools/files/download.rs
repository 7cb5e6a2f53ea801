//! Fetches a file: small ones into the answer, large ones behind a link.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use webex::contents;

use super::{Facts, collected, of_file};
use crate::error::CallError;
use crate::limits::CALL_DEADLINE;
use crate::tool::{Context, Link, Policy, ShelfFile, Span, Tool};

/// Fetches a file: up to 256 KB as base64, else as a link. Only its size: webex-get-file-details.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// From the files of a message.
    file_url: String,
    /// Also if it cannot be scanned for malware.
    allow_unscannable: Option<bool>,
}

/// A file, or where it is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Downloaded {
    #[serde(flatten)]
    file: Facts,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    /// Where to fetch it, for a short while.
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    #[serde(skip)]
    link: Option<Link>,
}

#[derive(Debug)]
pub struct DownloadFile;

impl Tool for DownloadFile {
    const NAME: &'static str = "webex-download-file";
    const TITLE: &'static str = "Download a file";
    const POLICY: Policy = Policy {
        span: Span::Transfer,
        operations: &[&contents::GET],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Downloaded;

    async fn call(context: &Context, arguments: Arguments) -> Result<Downloaded, CallError> {
        let allow_unscannable = arguments.allow_unscannable.unwrap_or(false);
        // What fits into an answer comes as fast as one; a scan that takes longer is told.
        let webex = context.webex.clone();
        let webex = webex.with_deadline(Instant::now() + CALL_DEADLINE);
        let contents = webex.contents();
        let file = contents.get(&arguments.file_url, allow_unscannable);
        let mut file = file.await.map_err(of_file)?;
        let bytes = collected(&mut file, &context.progress).await?;
        let link = match &bytes {
            Some(_) => None,
            None => {
                let details = file.details.clone();
                let placed = context.place_file(ShelfFile {
                    url: arguments.file_url,
                    name: details.file_name.unwrap_or_else(|| "file".to_owned()),
                    mime_type: details.content_type,
                    size_bytes: details.length_bytes,
                    allow_unscannable,
                });
                Some(placed.await?)
            }
        };
        Ok(Downloaded {
            file: file.details.into(),
            base64: bytes.map(|bytes| STANDARD.encode(bytes)),
            uri: link.as_ref().map(|link| link.uri.clone()),
            link,
        })
    }

    fn links(output: &Downloaded) -> Vec<Link> {
        output.link.iter().cloned().collect()
    }
}
