//! What is known about a file without fetching it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::{WebexError, contents};

use super::{Facts, of_file};
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Tells a file's name, type and size without fetching it. Its bytes: webex-download-file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// From the files of a message.
    file_url: String,
}

/// A file from outside.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Details {
    #[serde(flatten)]
    file: Facts,
    /// Could not be scanned for malware.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unscannable: bool,
}

#[derive(Debug)]
pub struct GetFileDetails;

impl Tool for GetFileDetails {
    const NAME: &'static str = "webex-get-file-details";
    const TITLE: &'static str = "Look at a file";
    const POLICY: Policy = Policy {
        operations: &[&contents::HEAD],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Details;

    async fn call(context: &Context, arguments: Arguments) -> Result<Details, CallError> {
        let (contents, url) = (context.webex.contents(), &arguments.file_url);
        // Nothing of the file itself comes with its details, so even a suspect one may be named.
        let (details, unscannable) = match contents.head(url, false).await {
            Err(WebexError::Unscannable { .. }) => (contents.head(url, true).await, true),
            details => (details, false),
        };
        Ok(Details {
            file: details.map_err(of_file)?.into(),
            unscannable,
        })
    }
}
