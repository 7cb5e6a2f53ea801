//! Where the bytes of an upload come from: the call itself, or a directory that the operator allowed.

mod verified;

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, PAD_INDIFFERENT};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;
use webex::{Upload, WebexError};

use self::verified::media_type;
use crate::error::{CallError, Code};
use crate::limits::INLINE_UPLOAD_MAX_BYTES;
use crate::tool::Rules;

/// As much of a file as tells what it is.
const HEAD_MAX_BYTES: u64 = 8 * 1024;

/// What file systems and Webex take; a media type is shorter still.
const NAME_MAX_BYTES: usize = 255;

/// Models leave the padding out as often as not.
const BASE64: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, PAD_INDIFFERENT);

/// A file, as arguments have it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Needed with content.
    file_name: Option<String>,
    /// Default: told by name and bytes.
    content_type: Option<String>,
    /// Base64.
    content: Option<String>,
    /// Or path on the server.
    path: Option<PathBuf>,
}

impl Source {
    /// The file, ready to be sent.
    ///
    /// # Errors
    /// `invalid_arguments` for none or two sources, an unusable name or type, bytes that are not
    /// what they are said to be, or a path outside the allowed directories; `too_large`;
    /// `not_configured` where no directory is allowed.
    pub async fn open(self, rules: &Rules) -> Result<Upload, CallError> {
        self.check_words()?;
        match (&self.content, &self.path) {
            (Some(content), None) => self.inline(content),
            (None, Some(path)) => self.local(allowed(path, rules).await?).await,
            _ => Err(CallError::invalid("content", "give either content or path")),
        }
    }

    fn check_words(&self) -> Result<(), CallError> {
        let unusable = |c: char| matches!(c, '/' | '\\') || c.is_control();
        if let Some(name) = &self.file_name
            && (!(1..=NAME_MAX_BYTES).contains(&name.len()) || name.contains(unusable))
        {
            return Err(CallError::invalid(
                "fileName",
                "it has to have 1 to 255 bytes, no slashes and no control characters",
            ));
        }
        let plain = |c: char| c.is_ascii_graphic() || c == ' ';
        match &self.content_type {
            Some(kind)
                if kind.len() > NAME_MAX_BYTES
                    || !kind.contains('/')
                    || !kind.chars().all(plain) =>
            {
                let right = "it has to look like text/plain";
                Err(CallError::invalid("contentType", right))
            }
            _ => Ok(()),
        }
    }

    fn inline(&self, content: &str) -> Result<Upload, CallError> {
        let Some(name) = self.file_name.as_deref() else {
            return Err(CallError::invalid("fileName", "content needs one"));
        };
        // Told before it is decoded: base64 makes four letters of three bytes.
        if content.len() / 4 * 3 > INLINE_UPLOAD_MAX_BYTES + 2 {
            return Err(too_large());
        }
        let bytes = BASE64.decode(content).map_err(|_| {
            CallError::invalid("content", "it has to be base64, in the standard alphabet")
        })?;
        if bytes.len() > INLINE_UPLOAD_MAX_BYTES {
            return Err(too_large());
        }
        let head = &bytes[..bytes.len().min(HEAD_MAX_BYTES as usize)];
        let kind = media_type(name, self.content_type.as_deref(), head)?;
        Upload::from_bytes(name, &kind, bytes).map_err(|error| naming("content", error))
    }

    async fn local(&self, path: PathBuf) -> Result<Upload, CallError> {
        let own_name = path.file_name().and_then(|name| name.to_str());
        let name = match self.file_name.as_deref().or(own_name) {
            Some(name) => name.to_owned(),
            None => return Err(CallError::invalid("fileName", "this path needs one")),
        };
        let head = head(&path).await.map_err(|_| out_of_bounds())?;
        let kind = media_type(&name, self.content_type.as_deref(), &head)?;
        let upload = Upload::from_path(name, &kind, path).await;
        upload.map_err(|error| naming("path", error))
    }
}

/// The client speaks of `files`; here the bytes have another name.
fn naming(field: &str, error: WebexError) -> CallError {
    match error {
        WebexError::Invalid { reason, .. } => CallError::invalid(field, reason),
        error => error.into(),
    }
}

fn too_large() -> CallError {
    CallError::new(
        Code::TooLarge,
        format!("`content`: it may have at most {INLINE_UPLOAD_MAX_BYTES} bytes before base64."),
        "Give path where the server runs locally, or a public URL to webex-share-file; nothing was sent to Webex.",
    )
}

/// The real place of a file in a directory that the operator allowed, links followed.
async fn allowed(path: &Path, rules: &Rules) -> Result<PathBuf, CallError> {
    if !rules.local {
        return Err(
            CallError::invalid("path", "this server does not run on your machine")
                .advise("Give content, or a public URL to webex-share-file."),
        );
    }
    if rules.upload_directories.is_empty() {
        return Err(CallError::new(
            Code::NotConfigured,
            "`path`: the operator has allowed no directory to upload from.",
            "Give content instead, or ask the operator to set files.upload_dirs.",
        ));
    }
    let real = tokio::fs::canonicalize(path).await;
    let real = real.map_err(|_| out_of_bounds())?;
    for directory in &rules.upload_directories {
        if let Ok(directory) = tokio::fs::canonicalize(directory).await
            && real.starts_with(directory)
        {
            return Ok(real);
        }
    }
    Err(out_of_bounds())
}

/// The same for a file that is missing: whether it exists elsewhere is nobody's business.
fn out_of_bounds() -> CallError {
    CallError::invalid(
        "path",
        "it has to name a readable file in one of the directories that the operator allowed",
    )
}

async fn head(path: &Path) -> std::io::Result<Vec<u8>> {
    // A pipe or a device could make the reading wait for ever.
    if !tokio::fs::metadata(path).await?.is_file() {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    let mut head = Vec::new();
    let file = tokio::fs::File::open(path).await?;
    file.take(HEAD_MAX_BYTES).read_to_end(&mut head).await?;
    Ok(head)
}
