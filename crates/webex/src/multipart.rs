//! File uploads to Webex: `multipart/form-data`, streamed, and opened again for each attempt.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use http::HeaderValue;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::time::Instant;
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use crate::error::WebexError;
use crate::limits::{MAX_FILE_BYTES, MAX_FILE_NAME_BYTES, UPLOAD_CHUNK_BYTES};
use crate::transport::{Body, BoxError};

/// A file to upload. A file on disk is read while it is sent, never as a whole.
#[derive(Clone)]
pub struct Upload {
    file_name: String,
    content_type: HeaderValue,
    length_bytes: u64,
    source: Source,
    progress: Option<Arc<dyn Fn(u64) + Send + Sync>>,
}

#[derive(Clone)]
enum Source {
    Bytes(Bytes),
    Path(PathBuf),
}

impl Upload {
    /// A file whose bytes are in memory.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] where the name or media type cannot be used, or the file is empty or
    /// larger than Webex allows.
    pub fn from_bytes(
        file_name: impl Into<String>,
        content_type: &str,
        bytes: impl Into<Bytes>,
    ) -> Result<Self, WebexError> {
        let bytes = bytes.into();
        let length_bytes = bytes.len() as u64;
        Self::new(
            file_name.into(),
            content_type,
            length_bytes,
            Source::Bytes(bytes),
        )
    }

    /// A file on disk, which must not change until it is sent.
    ///
    /// # Errors
    /// The errors of [`Upload::from_bytes`], and [`WebexError::Invalid`] where the file cannot be
    /// read.
    pub async fn from_path(
        file_name: impl Into<String>,
        content_type: &str,
        path: impl Into<PathBuf>,
    ) -> Result<Self, WebexError> {
        let path = path.into();
        let metadata = tokio::fs::metadata(&path).await;
        let metadata = metadata.ok().filter(std::fs::Metadata::is_file);
        let metadata = metadata.ok_or_else(|| {
            WebexError::invalid("files", "there is no readable file at this path")
        })?;
        Self::new(
            file_name.into(),
            content_type,
            metadata.len(),
            Source::Path(path),
        )
    }

    fn new(
        file_name: String,
        content_type: &str,
        length_bytes: u64,
        source: Source,
    ) -> Result<Self, WebexError> {
        let wrong = |reason: &'static str| Err(WebexError::invalid("files", reason));
        if file_name.is_empty() || file_name.len() > MAX_FILE_NAME_BYTES {
            return wrong("the file name must have 1 to 255 bytes");
        }
        if file_name.contains(['/', '\\']) || file_name.chars().any(char::is_control) {
            return wrong("the file name must not contain slashes or control characters");
        }
        if file_name.trim_matches(['.', ' ']).is_empty() {
            return wrong("the file name must not be made of dots and spaces alone");
        }
        let content_type = match HeaderValue::from_str(content_type) {
            Ok(value) if is_media_type(content_type) => value,
            _ => return wrong("the media type must look like text/plain"),
        };
        if length_bytes == 0 {
            return wrong("the file is empty");
        }
        if length_bytes > MAX_FILE_BYTES {
            return wrong("the file is larger than the 100 MB that Webex takes");
        }
        Ok(Self {
            file_name,
            content_type,
            length_bytes,
            source,
            progress: None,
        })
    }

    /// Calls `progress` after each piece with the number of bytes sent so far. A repeat starts from
    /// zero.
    #[must_use]
    pub fn with_progress(mut self, progress: impl Fn(u64) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(progress));
        self
    }

    /// The name that the file gets in Webex.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// The size in bytes.
    pub fn length_bytes(&self) -> u64 {
        self.length_bytes
    }

    /// The file's bytes from the beginning.
    async fn open(
        &self,
    ) -> Result<impl Stream<Item = Result<Bytes, BoxError>> + use<>, WebexError> {
        match &self.source {
            Source::Bytes(bytes) => {
                let pieces: Vec<_> = (0..bytes.len())
                    .step_by(UPLOAD_CHUNK_BYTES)
                    .map(|start| bytes.slice(start..bytes.len().min(start + UPLOAD_CHUNK_BYTES)))
                    .collect();
                Ok(stream::iter(pieces).map(Ok).left_stream())
            }
            Source::Path(path) => {
                let gone = |_| WebexError::invalid("files", "the file can no longer be opened");
                let file = File::open(path).await.map_err(gone)?;
                let length_bytes = file.metadata().await.map_err(gone)?.len();
                if length_bytes != self.length_bytes {
                    return Err(WebexError::invalid("files", CHANGED));
                }
                let bounded = file.take(length_bytes);
                let pieces = ReaderStream::with_capacity(bounded, UPLOAD_CHUNK_BYTES);
                Ok(pieces
                    .map(|piece| piece.map_err(BoxError::from))
                    .right_stream())
            }
        }
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Upload({} bytes)", self.length_bytes)
    }
}

/// `type/subtype` with names as in RFC 6838, without wildcards; parameters may follow.
fn is_media_type(text: &str) -> bool {
    let is_name = |name: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte);
        !name.is_empty() && name.bytes().all(fits)
    };
    let essence = text.split(';').next().unwrap_or_default().trim();
    let names = essence.split_once('/');
    names.is_some_and(|(family, name)| is_name(family) && is_name(name))
}

const CHANGED: &str = "the file changed while it was being sent; send it again";

/// A form with text fields and one file.
#[derive(Debug)]
pub(crate) struct Form<'a> {
    fields: Vec<(String, String)>,
    head: String,
    boundary: String,
    upload: &'a Upload,
}

impl<'a> Form<'a> {
    /// The text fields come first; the file, in the field `file_field`, comes last.
    pub fn new<'f>(
        fields: impl IntoIterator<Item = (&'f str, &'f str)>,
        file_field: &str,
        upload: &'a Upload,
    ) -> Self {
        let boundary = Uuid::new_v4().simple().to_string();
        let mut head = String::new();
        let mut kept = Vec::new();
        for (name, value) in fields {
            kept.push((name.to_owned(), value.to_owned()));
            head.push_str(&format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\
                 Content-Type: text/plain; charset=utf-8\r\n\r\n{value}\r\n"
            ));
        }
        let content_type = upload
            .content_type
            .to_str()
            .unwrap_or("application/octet-stream");
        // A quoted string, which RFC 7578 takes from RFC 6266; the name has no backslashes.
        let file_name = upload.file_name.replace('"', "\\\"");
        head.push_str(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{file_field}\"; \
             filename=\"{file_name}\"\r\nContent-Type: {content_type}\r\n\r\n"
        ));
        Self {
            fields: kept,
            head,
            boundary,
            upload,
        }
    }

    /// The text fields, in order.
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    pub fn content_type(&self) -> HeaderValue {
        let value = format!("multipart/form-data; boundary={}", self.boundary);
        HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("multipart/form-data"))
    }

    /// A body of known length, and a handle to watch its sending.
    pub async fn open(&self) -> Result<(Body, Activity), WebexError> {
        let activity = Activity::new();
        let file = watched(self.upload, self.upload.open().await?, activity.clone());
        let head = Bytes::from(self.head.clone());
        let tail = Bytes::from(format!("\r\n--{}--\r\n", self.boundary));
        let length_bytes = head.len() as u64 + self.upload.length_bytes + tail.len() as u64;
        let edge = |bytes: Bytes| stream::iter([Ok::<_, BoxError>(bytes)]);
        let moving = activity.clone();
        let all = edge(head)
            .chain(file)
            .chain(edge(tail))
            .inspect(move |_| moving.touch());
        Ok((Body::sized(length_bytes, all), activity))
    }
}

/// Reports each piece that is taken, and fails if the file has become shorter.
fn watched<S: Stream<Item = Result<Bytes, BoxError>>>(
    upload: &Upload,
    file: S,
    activity: Activity,
) -> impl Stream<Item = Result<Bytes, BoxError>> + use<S> {
    let progress = upload.progress.clone();
    let length_bytes = upload.length_bytes;
    let ending = activity.clone();
    let mut sent_bytes = 0;
    let sent = Arc::new(AtomicU64::new(0));
    let sent_at_end = sent.clone();
    let pieces = file.map(move |piece| {
        let piece = piece.inspect_err(|_| activity.fail("the file cannot be read any further"))?;
        sent_bytes += piece.len() as u64;
        sent.store(sent_bytes, Ordering::Relaxed);
        if let Some(progress) = &progress {
            progress(sent_bytes);
        }
        Ok(piece)
    });
    let end = stream::once(async move {
        if sent_at_end.load(Ordering::Relaxed) == length_bytes {
            return None;
        }
        ending.fail(CHANGED);
        Some(Err(BoxError::from(CHANGED)))
    });
    pieces.chain(end.filter_map(async |end| end))
}

/// The state of a body that is being sent: when its last byte moved, and what failed on this side.
#[derive(Clone, Debug)]
pub(crate) struct Activity(Arc<State>);

#[derive(Debug)]
struct State {
    started: Instant,
    last_ms: AtomicU64,
    problem: OnceLock<&'static str>,
}

impl Activity {
    fn new() -> Self {
        Self(Arc::new(State {
            started: Instant::now(),
            last_ms: AtomicU64::new(0),
            problem: OnceLock::new(),
        }))
    }

    fn touch(&self) {
        let elapsed_ms = self.0.started.elapsed().as_millis();
        let elapsed_ms = u64::try_from(elapsed_ms).unwrap_or(u64::MAX);
        self.0.last_ms.store(elapsed_ms, Ordering::Relaxed);
    }

    fn fail(&self, problem: &'static str) {
        // The first problem is the cause of the later ones.
        let _ = self.0.problem.set(problem);
    }

    /// The time when the last byte was taken.
    pub fn last(&self) -> Instant {
        self.0.started + Duration::from_millis(self.0.last_ms.load(Ordering::Relaxed))
    }

    /// Why the body could not be sent completely, if the cause is on this side.
    pub fn problem(&self) -> Option<&'static str> {
        self.0.problem.get().copied()
    }
}
