//! What is known about a file without fetching it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::{WebexError, contents};

use super::{Facts, of_file};
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Tells what kind of file or document is attached (attachment): its name, type (PDF, picture) and
/// size, how big or large (MB) it is, before you download it. Its content: webex-download-file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// The file's URL, from the files of a message.
    file_url: String,
}

/// A file from outside.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Details {
    #[serde(flatten)]
    pub(super) file: Facts,
    /// Could not be scanned for malware.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) unscannable: bool,
}

#[derive(Debug)]
pub struct GetFileDetails;

impl Tool for GetFileDetails {
    const NAME: &'static str = "webex-get-file-details";
    const TITLE: &'static str = "See a file's type and size";
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

#[cfg(test)]
mod tests {
    use serde_json::json;
    use webex_sandbox::FileState;

    use super::*;
    use crate::error::Code::{Gone, InvalidArguments, Locked, NotFound};
    use crate::tools::check::{World, alice, by, check};

    #[tokio::test]
    async fn tells_what_a_file_is() {
        let world = World::new();
        let url = world.file("Project Unicorn", "launch plan").await;
        let file = json!({"fileUrl": url});
        let plan = json!({"name": "launch-plan.csv", "contentType": "text/csv", "sizeBytes": "*"});
        let foreign = json!({"fileUrl": "https://evil.example/v1/contents/x"});
        let other = json!({"fileUrl": url.replace("contents", "rooms")});
        let cases = [
            alice(file.clone()).answers(plan).calls(1),
            alice(foreign).refused(InvalidArguments, "`fileUrl`"),
            alice(other).refused(InvalidArguments, "`fileUrl`"),
            alice(json!({"fileUrl": "x"})).refused(InvalidArguments, "`fileUrl`"),
            alice(json!({})).refused(InvalidArguments, "`fileUrl`"),
            by("ada", file.clone()).refused(NotFound, "").calls(1),
        ];
        check::<GetFileDetails>(&world, cases).await;

        let id = url.rsplit('/').next().unwrap();
        let scanning = FileState::Scanning {
            retry_after_secs: 60,
        };
        let states = [
            (scanning, alice(file.clone()).refused(Locked, "").calls(1)),
            (
                FileState::Infected,
                alice(file.clone()).refused(Gone, "").calls(1),
            ),
            (
                FileState::Unscannable,
                alice(file)
                    .answers(json!({"unscannable": true, "name": "*"}))
                    .calls(2),
            ),
        ];
        for (state, case) in states {
            assert!(world.sandbox.set_file_state(id, state));
            check::<GetFileDetails>(&world, [case]).await;
        }
    }
}
