//! Files that a tool makes for its caller, such as an export: written piece by piece, kept for a
//! while, and found by their ids.
//!
//! ```text
//! let mut file = context.artifact(ArtifactFile::new("Attendance", "csv", "text/csv"))?;
//! file.write(b"name,minutes\r\n").await?;
//! let made = file.finish().await?;
//! let answer = context.linked(made).await;
//! ```
//!
//! A writer that is dropped before it has finished leaves nothing.

use std::io::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::future::BoxFuture;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::{
    Block, Context, Lines, Link, Maker, Outbox, ReadArtifact, Render, Theirs, with_commas,
};
use crate::error::{CallError, Code};
use crate::limits;

/// The address of an artifact, before its id; a resource has the same.
const URI_START: &str = "webex://artifacts/";
const PACKED_ENDING: &str = ".gz";
const PACKED_TYPE: &str = "application/gzip";

/// A file that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactFile {
    pub name: String,
    pub media_type: String,
    /// Compressed if it becomes large; its name then ends with `.gz`.
    pub is_packed_if_large: bool,
    pub kept_seconds: u64,
}

impl ArtifactFile {
    /// A file of ours, whose name begins with words that people may have written.
    pub fn new(title: &str, ending: &str, media_type: &str) -> Self {
        ArtifactFile {
            name: format!("{}.{ending}", harmless(title)),
            media_type: media_type.to_owned(),
            is_packed_if_large: true,
            kept_seconds: limits::ARTIFACT_KEPT_SECONDS,
        }
    }

    /// A file that somebody else has named and made: it stays as it is.
    pub fn unchanged(name: &str, media_type: Option<String>) -> Self {
        let unknown = || "application/octet-stream".to_owned();
        ArtifactFile {
            name: harmless(name),
            media_type: media_type.unwrap_or_else(unknown),
            is_packed_if_large: false,
            kept_seconds: limits::ARTIFACT_KEPT_SECONDS,
        }
    }

    /// The same, kept for this long.
    pub fn kept_for(self, kept_seconds: u64) -> Self {
        ArtifactFile {
            kept_seconds,
            ..self
        }
    }
}

/// The words without what a file's name may not have, and not too many of them.
fn harmless(title: &str) -> String {
    let title = Theirs::from(title);
    let mut name = String::new();
    for character in title.as_str().chars() {
        let is_harmful = character.is_control() || "/\\<>:\"|?*".contains(character);
        let character = if is_harmful { '_' } else { character };
        if name.len() + character.len_utf8() > limits::ARTIFACT_TITLE_MAX_BYTES {
            break;
        }
        name.push(character);
    }
    match name.trim_matches(['.', ' ']) {
        "" => "file".to_owned(),
        name => name.to_owned(),
    }
}

/// A file that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Artifact {
    pub artifact_id: String,
    /// A resource, for as long as the file is kept.
    pub uri: String,
    pub name: Theirs,
    pub mime_type: String,
    pub size_bytes: u64,
    pub expires_at: String,
    /// Where to fetch it, for a short while; webex-get-artifact gives another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Artifact {
    /// The facts of a file that is stored.
    pub fn new(artifact_id: String, name: &str, mime_type: String, size_bytes: u64) -> Self {
        Artifact {
            uri: format!("{URI_START}{artifact_id}"),
            artifact_id,
            name: Theirs::from(name),
            mime_type,
            size_bytes,
            expires_at: String::new(),
            url: None,
        }
    }

    /// What stands beside an answer that has this file.
    pub fn block(&self) -> Block {
        Block::Link(Link {
            uri: self.url.as_ref().unwrap_or(&self.uri).clone(),
            name: self.name.clone(),
            mime_type: Some(self.mime_type.clone()),
            size_bytes: Some(self.size_bytes),
        })
    }
}

impl Render for Artifact {
    fn render(&self, out: &mut Lines) {
        out.theirs(&self.name);
        let bytes = with_commas(self.size_bytes);
        out.line(&[
            &self.mime_type,
            ", ",
            &bytes,
            " bytes, until ",
            &self.expires_at,
        ]);
        if let Some(url) = &self.url {
            render_address(out, "url", url);
        }
        out.line(&["uri: ", &self.uri]);
        out.line(&["artifactId: ", &self.artifact_id]);
    }
}

/// Where a file is and for how long: a path for a caller on this machine, else a link.
pub fn render_address(out: &mut Lines, field: &str, address: &str) {
    match address.starts_with("file:") {
        true => out.line(&["file on this machine, for a day: ", address]),
        false => out.line(&[field, ", for a short while: ", address]),
    }
}

/// A file while it is written. At most a few pieces of it are in memory.
pub struct ArtifactWriter {
    outbox: Arc<dyn Outbox>,
    maker: Maker,
    file: ArtifactFile,
    /// What is not on its way yet, as it was written.
    plain: Vec<u8>,
    /// Present once the file has become large.
    packer: Option<GzEncoder<Vec<u8>>>,
    /// Present once there is more than fits into `plain`.
    storing: Option<Storing>,
    sent_bytes: u64,
}

/// The bytes on their way to the disk. It moves on while somebody writes.
struct Storing {
    pieces: mpsc::Sender<Bytes>,
    outcome: BoxFuture<'static, Result<Artifact, CallError>>,
}

impl std::fmt::Debug for ArtifactWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ArtifactWriter(…)")
    }
}

impl ArtifactWriter {
    pub fn new(outbox: Arc<dyn Outbox>, maker: Maker, file: ArtifactFile) -> Self {
        ArtifactWriter {
            outbox,
            maker,
            file,
            plain: Vec::new(),
            packer: None,
            storing: None,
            sent_bytes: 0,
        }
    }

    /// Whether only an ending fits into it: who has many rows stops here, and says so.
    pub fn is_full(&self) -> bool {
        self.sent_bytes >= limits::ARTIFACT_FULL_BYTES
    }

    /// Adds these bytes; waits for the disk.
    ///
    /// # Errors
    /// `too_large` beyond [`limits::ARTIFACT_MAX_BYTES`], `unavailable` where there is no room: drop
    /// the writer then.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), CallError> {
        for piece in bytes.chunks(limits::ARTIFACT_PIECE_BYTES) {
            let most = match self.file.is_packed_if_large {
                true => limits::ARTIFACT_PLAIN_MAX_BYTES,
                false => limits::ARTIFACT_PIECE_BYTES,
            };
            if self.packer.is_none() && self.plain.len() + piece.len() <= most {
                self.plain.extend_from_slice(piece);
                continue;
            }
            let waiting = std::mem::take(&mut self.plain);
            self.pass_on(&waiting).await?;
            self.pass_on(piece).await?;
        }
        Ok(())
    }

    /// Ends the file: from now on it can be opened.
    ///
    /// # Errors
    /// As of [`ArtifactWriter::write`].
    pub async fn finish(mut self) -> Result<Artifact, CallError> {
        // It is known by now whether the file is compressed, and its name says so.
        let storing = self.storing();
        self.storing = Some(storing);
        let rest = match self.packer.take() {
            Some(packer) => packer.finish().map_err(CallError::internal)?,
            None => std::mem::take(&mut self.plain),
        };
        if !rest.is_empty() {
            self.send(rest.into()).await?;
        }
        let Storing { pieces, outcome } = self.storing();
        drop(pieces);
        outcome.await
    }

    async fn pass_on(&mut self, bytes: &[u8]) -> Result<(), CallError> {
        if bytes.is_empty() {
            return Ok(());
        }
        if !self.file.is_packed_if_large {
            return self.send(Bytes::copy_from_slice(bytes)).await;
        }
        for piece in bytes.chunks(limits::ARTIFACT_PIECE_BYTES) {
            let packer = self
                .packer
                .get_or_insert_with(|| GzEncoder::new(Vec::new(), Compression::fast()));
            packer.write_all(piece).map_err(CallError::internal)?;
            if packer.get_ref().len() >= limits::ARTIFACT_PIECE_BYTES {
                let packed = std::mem::take(packer.get_mut());
                self.send(packed.into()).await?;
            }
            // Compressing is work: others get their turn in between.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn send(&mut self, bytes: Bytes) -> Result<(), CallError> {
        self.sent_bytes += bytes.len() as u64;
        let mut storing = self.storing();
        let ended = tokio::select! {
            biased;
            ended = &mut storing.outcome => ended,
            sent = storing.pieces.send(bytes) => match sent {
                Ok(()) => {
                    self.storing = Some(storing);
                    return Ok(());
                }
                Err(_closed) => Err(CallError::internal("nobody stores the file")),
            },
        };
        Err(match ended {
            Err(error) => error,
            Ok(_) => CallError::internal("a file ended before its last byte"),
        })
    }

    /// Where the bytes go; it begins with the first of them.
    fn storing(&mut self) -> Storing {
        if let Some(storing) = self.storing.take() {
            return storing;
        }
        let mut file = self.file.clone();
        if self.packer.is_some() {
            file.name.push_str(PACKED_ENDING);
            file.media_type = PACKED_TYPE.to_owned();
        }
        let (pieces, arriving) = mpsc::channel(limits::ARTIFACT_WAITING_PIECES);
        let outcome = self.outbox.store(&self.maker, file, arriving);
        Storing { pieces, outcome }
    }
}

impl Context {
    /// Begins a file that the caller gets.
    ///
    /// # Errors
    /// `not_configured` where this server has no directory for files.
    pub fn artifact(&self, file: ArtifactFile) -> Result<ArtifactWriter, CallError> {
        let outbox = self.outbox()?.clone();
        Ok(ArtifactWriter::new(outbox, self.maker.clone(), file))
    }

    /// For what is removed elsewhere once it is in a file.
    ///
    /// # Errors
    /// `not_configured` where the files of this server end with its process.
    pub fn needs_lasting_files(&self) -> Result<(), CallError> {
        match self.outbox()?.is_lasting() {
            true => Ok(()),
            false => Err(CallError::new(
                Code::NotConfigured,
                "The files that this server makes end with its process.",
                "Tell the operator to start it with a --data-dir that can be written to; nothing was done.",
            )),
        }
    }

    /// The artifact with a place where its bytes can be fetched. It lasts for a short while, so it
    /// is made for an answer and not kept.
    pub async fn linked(&self, mut artifact: Artifact) -> Artifact {
        if let Some(outbox) = &self.outbox {
            // Without one, the artifact can be read by its id all the same.
            artifact.url = outbox.link(&self.maker, &artifact).await.ok().flatten();
        }
        artifact
    }

    /// A file that a tool has made for this caller.
    ///
    /// # Errors
    /// `not_found` where it has expired, or is somebody else's.
    pub async fn opened_artifact(&self, id: &str) -> Result<ReadArtifact, CallError> {
        self.outbox()?.open(&self.maker, id).await
    }

    /// Deletes a file before its time. Where that fails, it expires.
    pub async fn forget_artifact(&self, id: &str) {
        if let Some(outbox) = &self.outbox
            && let Err(error) = outbox.remove(&self.maker, id).await
        {
            tracing::warn!(
                cause = error.why(),
                "a file that was made could not be deleted"
            );
        }
    }

    fn outbox(&self) -> Result<&Arc<dyn Outbox>, CallError> {
        self.outbox.as_ref().ok_or_else(|| {
            CallError::new(
                Code::NotConfigured,
                "This server has no directory for the files that it makes.",
                "Tell the operator to start it with --data-dir.",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_harmless() {
        for (title, expected) in [
            ("Project Unicorn", "Project Unicorn.csv"),
            ("../../etc/passwd", "_.._etc_passwd.csv"),
            ("..", "file.csv"),
            ("a:b\n\u{202e}c", "a_b_c.csv"),
            ("Übersicht", "Übersicht.csv"),
        ] {
            assert_eq!(ArtifactFile::new(title, "csv", "text/csv").name, expected);
        }
        let long = ArtifactFile::new(&"é".repeat(500), "csv", "text/csv").name;
        assert_eq!(long.len(), limits::ARTIFACT_TITLE_MAX_BYTES + ".csv".len());
    }
}
