//! Where the bytes of an upload come from: the call itself, an upload that went before it, or a
//! directory that the operator allowed.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, PAD_INDIFFERENT};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;
use webex::{Upload, WebexError};

use crate::error::{CallError, Code};
use crate::limits::{
    CONTENT_MAX_CHARS, FILE_HEAD_MAX_BYTES, FILE_NAME_MAX_BYTES, INLINE_UPLOAD_MAX_BYTES,
    MEDIA_TYPE_MAX_BYTES,
};
use crate::text;
use crate::tool::{Context, Expected, Offer, Rules, media_type};

use super::content;

/// Models leave the padding out as often as not.
const BASE64: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, PAD_INDIFFERENT);

/// A file, as arguments have it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Name with its ending, such as a.pdf.
    #[schemars(length(max = FILE_NAME_MAX_BYTES))]
    file_name: Option<String>,
    /// Media type; found out without it.
    #[schemars(length(max = MEDIA_TYPE_MAX_BYTES))]
    content_type: Option<String>,
    /// The file as base64, up to 1 MB.
    #[schemars(length(max = CONTENT_MAX_CHARS))]
    content: Option<String>,
    /// From an answer with uploadUrl, once the bytes are there.
    #[schemars(length(max = 64))]
    upload_id: Option<String>,
    /// Path on the machine of this server.
    path: Option<PathBuf>,
}

/// What the arguments lead to.
#[derive(Debug)]
pub enum Opened {
    File {
        upload: Upload,
        /// What to forget once Webex has the file.
        upload_id: Option<String>,
    },
    /// The bytes have to be sent first.
    Offer(Offer),
}

impl Source {
    /// The file, ready to be sent, or an address for its bytes.
    ///
    /// # Errors
    /// `invalid_arguments` for none or several sources, an unusable name or type, bytes that are
    /// not what they are said to be, or a path outside the allowed directories; `too_large`;
    /// `not_found` for an upload that has not arrived; `not_configured` where no directory is
    /// allowed.
    pub async fn open(self, context: &Context) -> Result<Opened, CallError> {
        self.check_words()?;
        let upload = match (&self.content, &self.path, &self.upload_id) {
            (Some(content), None, None) => self.inline(content)?,
            (None, Some(path), None) => self.local(allowed(path, &context.rules).await?).await?,
            (None, None, Some(id)) => self.arrived(context, id).await?,
            (None, None, None) => return self.offered(context).await.map(Opened::Offer),
            _ => return Err(one_source()),
        };
        Ok(Opened::File {
            upload,
            upload_id: self.upload_id,
        })
    }

    async fn offered(&self, context: &Context) -> Result<Offer, CallError> {
        let Some(name) = self.file_name.as_deref() else {
            let missing = CallError::invalid("content", "give it, with a fileName, or path");
            return Err(match context.takes_uploads() {
                true => missing.advise("For a file that is too large for content, give the destination and its fileName, without content."),
                false => missing,
            });
        };
        let file = Expected {
            file_name: name.to_owned(),
            content_type: self.content_type.clone(),
        };
        context
            .offer_upload(file)
            .await?
            .ok_or_else(|| CallError::invalid("content", "give either content or path"))
    }

    async fn arrived(&self, context: &Context, id: &str) -> Result<Upload, CallError> {
        let file = context.uploaded(id).await?;
        // Given again or given otherwise: then the bytes are held against these.
        let kind = match (&self.file_name, &self.content_type) {
            (None, None) => file.content_type,
            (name, kind) => {
                let head = head(&file.path).await.map_err(CallError::internal)?;
                let name = name.as_deref().unwrap_or(&file.file_name);
                media_type(name, kind.as_deref(), &head)?
            }
        };
        let name = self.file_name.clone().unwrap_or(file.file_name);
        let upload = Upload::from_path(name, &kind, file.path).await;
        upload.map_err(|error| naming("uploadId", error))
    }

    fn check_words(&self) -> Result<(), CallError> {
        if let Some(right) = self.file_name.as_deref().and_then(refused_name) {
            return Err(CallError::invalid("fileName", right));
        }
        let plain = |c: char| c.is_ascii_graphic() || c == ' ';
        match &self.content_type {
            Some(kind)
                if kind.len() > MEDIA_TYPE_MAX_BYTES
                    || content::media_type(kind.clone()).is_none()
                    || !kind.chars().all(plain) =>
            {
                let right = "it has to be one type, such as text/plain, without a wildcard";
                Err(CallError::invalid("contentType", right))
            }
            _ => Ok(()),
        }
    }

    fn inline(&self, content: &str) -> Result<Upload, CallError> {
        let Some(name) = self.file_name.as_deref() else {
            return Err(CallError::invalid("fileName", "content needs one"));
        };
        // Programs write it in lines.
        let lines = content.split_ascii_whitespace();
        let content = lines.collect::<String>();
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
        let head = &bytes[..bytes.len().min(FILE_HEAD_MAX_BYTES)];
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

/// What would be right, where this cannot be a file's name.
fn refused_name(name: &str) -> Option<&'static str> {
    let unusable = |c: char| matches!(c, '/' | '\\') || text::is_control(c);
    if !(1..=FILE_NAME_MAX_BYTES).contains(&name.len()) || name.contains(unusable) {
        return Some("it has to have 1 to 255 bytes, no slashes and no control characters");
    }
    if name.trim_matches(['.', ' ']).is_empty() {
        return Some("it has to have more than dots and spaces");
    }
    let has_hidden = text::cleaned(name).hidden > 0;
    has_hidden.then_some("it must not have characters that nobody sees")
}

/// The client speaks of `files`; here the bytes have another name.
fn naming(field: &str, error: WebexError) -> CallError {
    match error {
        WebexError::Invalid { reason, .. } => CallError::invalid(field, reason),
        error => error.into(),
    }
}

fn one_source() -> CallError {
    CallError::invalid("content", "give one of content, path and uploadId")
}

fn too_large() -> CallError {
    CallError::new(
        Code::TooLarge,
        format!("`content`: it may have at most {INLINE_UPLOAD_MAX_BYTES} bytes before base64."),
        "Leave content out and call again for an address to send the bytes to, or give path where the server runs locally; nothing was sent to Webex.",
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
    file.take(FILE_HEAD_MAX_BYTES as u64)
        .read_to_end(&mut head)
        .await?;
    Ok(head)
}
