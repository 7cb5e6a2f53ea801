//! Shows a file that another tool made, or where it can be fetched.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::CallError;
use crate::limits::LONE_TEXT_MAX_BYTES;
use crate::tool::{Artifact, Block, Context, Policy, Theirs, Tool};

/// Opens (reads, downloads) a file that one of these tools made for you, an export or a report: a
/// short text as text, else a new link. Such files are kept for a day or longer. What people sent:
/// webex-download-file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// The artifactId in the answer of the tool that made it.
    artifact_id: String,
}

/// The file, or where it is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shown {
    #[serde(flatten)]
    pub(super) artifact: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<Theirs>,
}

pub struct GetArtifact;

impl Tool for GetArtifact {
    const NAME: &'static str = "webex-get-artifact";
    const TITLE: &'static str = "Open a file that was made";
    const POLICY: Policy = Policy::READ;

    type Arguments = Arguments;
    type Output = Shown;

    async fn call(context: &Context, arguments: Arguments) -> Result<Shown, CallError> {
        let opened = context.opened_artifact(&arguments.artifact_id).await?;
        let text = opened.text.map(Theirs::from);
        let is_whole = |text: &Theirs| text.shown_bytes() <= LONE_TEXT_MAX_BYTES;
        let artifact = match text.as_ref().is_some_and(is_whole) {
            true => opened.artifact,
            false => context.linked(opened.artifact).await,
        };
        let text = text.map(|text| text.shortened(LONE_TEXT_MAX_BYTES, "url has all of it"));
        Ok(Shown { artifact, text })
    }

    fn blocks(output: Shown) -> Vec<Block> {
        match output.artifact.url {
            Some(_) => vec![output.artifact.block()],
            None => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotConfigured, NotFound};
    use crate::tool::ArtifactFile;
    use crate::tools::check::{World, alice, bob, check};

    #[tokio::test]
    async fn a_short_file_is_told_and_a_long_one_linked_to_its_owner() {
        let world = World::new().with_files().await;
        let file = ArtifactFile::new("Who came", "csv", "text/csv");
        let short = world.made("alice", file.clone(), b"name\r\nBob\r\n").await;
        let long = world.made("alice", file.clone(), &[b'x'; 50_000]).await;
        let packed = world.made("alice", file, &[b'x'; 500_000]).await;
        let id = |artifact: &Artifact| json!({"artifactId": artifact.artifact_id});
        let text = json!({"name": "Who came.csv", "mimeType": "text/csv", "sizeBytes": 11,
            "uri": short.uri, "expiresAt": short.expires_at, "text": "name\nBob\n", "url": null});
        let linked = json!({"name": "Who came.csv.gz", "mimeType": "application/gzip",
            "url": "*", "text": null});
        check::<GetArtifact>(
            &world,
            [
                alice(id(&short)).answers(text).calls(0),
                alice(id(&long)).answers(json!({"url": "*", "text": "*"})),
                alice(id(&packed)).answers(linked),
                bob(id(&short)).refused(NotFound, "`artifactId`"),
                alice(json!({"artifactId": "../1"})).refused(NotFound, "`artifactId`"),
                alice(json!({})).refused(InvalidArguments, "artifactId"),
            ],
        )
        .await;
        let none = World::new();
        let refused = alice(id(&short)).refused(NotConfigured, "directory");
        check::<GetArtifact>(&none, [refused]).await;
    }
}
