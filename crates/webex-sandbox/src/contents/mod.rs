//! `/contents`: the files in messages, with what a malware scan made of them.

mod copy;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;

use crate::Sandbox;
use crate::problem::Problem;
use crate::request::{API_PATH, Caller, Query};
use crate::table::Full;
use crate::world::{File, FileKey, World};

/// Webex takes at most this much in one file.
pub(crate) const MAX_FILE_BYTES: u64 = 100 * 1024 * 1024;

/// Smaller files stay in memory; larger ones go to a temporary file.
const MAX_MEMORY_FILE_BYTES: usize = 1024 * 1024;

/// All files together: a test that needs more should start a second sandbox.
pub(crate) const MAX_STORED_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// What is read from a stored file at once.
const DOWNLOAD_CHUNK_BYTES: usize = 64 * 1024;

/// What the malware scan says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "state",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum FileState {
    /// Scanned and harmless: served.
    Clean,
    /// Being scanned: 423 with this `Retry-After`.
    Scanning {
        /// Seconds to wait.
        retry_after_secs: u64,
    },
    /// Found infected: 410.
    Infected,
    /// Cannot be scanned: 428, unless asked with `allow=unscannable`.
    Unscannable,
}

/// Where the bytes of a file are.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Memory(Bytes),
    Disk(Arc<tempfile::TempPath>),
}

impl Default for Content {
    fn default() -> Self {
        Content::Memory(Bytes::new())
    }
}

/// Bytes that count against [`MAX_STORED_BYTES`] for as long as they are kept.
#[derive(Debug, Default)]
struct Reservation {
    bytes: u64,
    total_bytes: Arc<AtomicU64>,
}

impl Reservation {
    fn grow(&mut self, more_bytes: u64) -> Result<(), Full> {
        let before = self.total_bytes.fetch_add(more_bytes, Ordering::Relaxed);
        self.bytes += more_bytes;
        match before.saturating_add(more_bytes) > MAX_STORED_BYTES {
            true => Err(Full),
            false => Ok(()),
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.total_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// The bytes of one file, wherever they are kept.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    content: Content,
    reservation: Reservation,
}

impl Stored {
    pub(crate) fn content(&self) -> Content {
        self.content.clone()
    }

    /// How long the file is.
    pub(crate) fn bytes(&self) -> u64 {
        self.reservation.bytes
    }
}

/// A file that is about to be posted.
#[derive(Debug)]
pub(crate) struct NewFile {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) stored: Stored,
}

/// Why an upload was not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotStored {
    /// It broke off.
    Broken,
    /// It is longer than [`MAX_FILE_BYTES`].
    TooLarge,
    /// There is no room for it.
    Full,
}

impl From<Full> for NotStored {
    fn from(_: Full) -> Self {
        NotStored::Full
    }
}

/// Where the bytes of a sandbox are counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Storage {
    total_bytes: Arc<AtomicU64>,
}

impl Storage {
    fn reservation(&self) -> Reservation {
        Reservation {
            bytes: 0,
            total_bytes: self.total_bytes.clone(),
        }
    }

    /// Keeps bytes that are at hand.
    pub(crate) fn keep(&self, bytes: Bytes) -> Result<Stored, Full> {
        let mut reservation = self.reservation();
        reservation.grow(bytes.len() as u64)?;
        Ok(Stored {
            content: Content::Memory(bytes),
            reservation,
        })
    }

    /// Takes in an upload: a small one to memory, a large one to disk, none beyond 100 MB.
    pub(crate) async fn receive<E>(
        &self,
        mut chunks: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Stored, NotStored> {
        let full = |_: io::Error| NotStored::Full;
        let mut reservation = self.reservation();
        let mut memory = BytesMut::new();
        let mut disk: Option<(tokio::fs::File, tempfile::TempPath)> = None;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| NotStored::Broken)?;
            reservation.grow(chunk.len() as u64)?;
            if reservation.bytes > MAX_FILE_BYTES {
                return Err(NotStored::TooLarge);
            }
            match &mut disk {
                Some((file, _)) => file.write_all(&chunk).await.map_err(full)?,
                None => memory.extend_from_slice(&chunk),
            }
            if disk.is_none() && memory.len() > MAX_MEMORY_FILE_BYTES {
                let (mut file, path) = spill().await?;
                file.write_all(&memory).await.map_err(full)?;
                memory = BytesMut::new();
                disk = Some((file, path));
            }
        }
        let content = match disk {
            Some((mut file, path)) => {
                file.flush().await.map_err(full)?;
                Content::Disk(Arc::new(path))
            }
            None => Content::Memory(memory.freeze()),
        };
        Ok(Stored {
            content,
            reservation,
        })
    }
}

/// The refusal of an upload that was not stored.
pub(crate) fn not_stored(reason: NotStored) -> Problem {
    match reason {
        NotStored::Broken => unreadable(),
        NotStored::TooLarge => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The file is larger than 100 MB.",
        ),
        NotStored::Full => Problem::full(),
    }
}

pub(crate) fn unreadable() -> Problem {
    Problem::bad_request("The multipart body could not be read.")
}

async fn spill() -> Result<(tokio::fs::File, tempfile::TempPath), NotStored> {
    let made = tokio::task::spawn_blocking(tempfile::NamedTempFile::new).await;
    let made = made.map_err(|_| NotStored::Full)?;
    let (file, path) = made.map_err(|_| NotStored::Full)?.into_parts();
    Ok((tokio::fs::File::from_std(file), path))
}

/// A file named by a URL. Nothing is fetched: its content says where it would have come from.
pub(crate) fn remote(storage: &Storage, url: &str) -> Result<NewFile, Problem> {
    let refused = || Problem::bad_request("files must hold one public http or https URL.");
    let url = url::Url::parse(url).map_err(|_| refused())?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(refused());
    }
    let last = url
        .path_segments()
        .and_then(|mut segments| segments.next_back());
    let name = last.filter(|name| !name.is_empty()).unwrap_or("file");
    let text = format!("The sandbox fetches nothing. This file stands for {url}\n");
    Ok(NewFile {
        name: format!("{name}.txt"),
        content_type: "text/plain".to_owned(),
        stored: storage.keep(Bytes::from(text))?,
    })
}

impl World {
    /// Puts a file into the table; it belongs to nobody until its message is posted.
    pub(crate) fn add_file(&mut self, file: NewFile) -> Result<FileKey, Full> {
        self.files.insert_with(|id| File {
            id,
            name: file.name,
            content_type: file.content_type,
            stored: file.stored,
            state: FileState::Clean,
            message: None,
        })
    }

    /// The URL of a file under a scheme and host.
    pub(crate) fn file_url(&self, file: FileKey, base: &str) -> Option<String> {
        let file = self.files.get(file)?;
        Some(format!("{base}{API_PATH}/contents/{}", file.id))
    }

    /// Sets what the scan says of a file; false if there is none with this id.
    pub(crate) fn set_file_state(&mut self, id: &str, state: FileState) -> bool {
        let file = self.files.find(id).and_then(|key| self.files.get_mut(key));
        match file {
            Some(file) => {
                file.state = state;
                true
            }
            None => false,
        }
    }
}

pub(crate) fn routes() -> Router<Sandbox> {
    // A GET route answers HEAD too, with the same headers.
    Router::new().route("/contents/{id}", get(download))
}

#[derive(Debug, Deserialize)]
struct Download {
    allow: Option<String>,
}

async fn download(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<Download>,
) -> Result<Response, Problem> {
    let allows_unscannable = query.allow.as_deref() == Some("unscannable");
    let (content, length, headers) = sandbox.try_read(|world| {
        let file = readable(world, &caller, &id)?;
        check_scan(file.state, allows_unscannable)?;
        let headers = [
            (CONTENT_TYPE, header(&file.content_type)),
            (CONTENT_DISPOSITION, disposition(&file.name)),
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ];
        Ok((file.stored.content(), file.stored.bytes(), headers))
    })?;
    let body = match content {
        Content::Memory(bytes) => Body::from(bytes),
        Content::Disk(path) => {
            let file = tokio::fs::File::open(&*path).await;
            let file = file.map_err(|_| Problem::vanished())?;
            Body::from_stream(ReaderStream::with_capacity(file, DOWNLOAD_CHUNK_BYTES))
        }
    };
    let length = [(CONTENT_LENGTH, HeaderValue::from(length))];
    Ok((headers, length, body).into_response())
}

fn readable<'w>(world: &'w World, caller: &Caller, id: &str) -> Result<&'w File, Problem> {
    let missing = || Problem::not_found("Could not find a file with provided ID.");
    let key = world.files.find(id).ok_or_else(missing)?;
    let file = world.files.get(key).ok_or_else(missing)?;
    let message = file.message.and_then(|message| world.messages.get(message));
    match message.is_some_and(|message| world.shows(caller, message)) {
        true => Ok(file),
        false => Err(missing()),
    }
}

fn check_scan(state: FileState, allows_unscannable: bool) -> Result<(), Problem> {
    match state {
        FileState::Clean => Ok(()),
        FileState::Unscannable if allows_unscannable => Ok(()),
        FileState::Scanning { retry_after_secs } => Err(Problem::new(
            StatusCode::LOCKED,
            "The file is being scanned for malware.",
        )
        .retry_after(Duration::from_secs(retry_after_secs))),
        FileState::Infected => Err(Problem::new(
            StatusCode::GONE,
            "The file was found infected with malware.",
        )),
        FileState::Unscannable => Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "The file cannot be scanned for malware. Add allow=unscannable to get it nevertheless.",
        )),
    }
}

fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text)
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"))
}

/// The name in plain ASCII and, where that is not all of it, once more in RFC 5987's form.
fn disposition(name: &str) -> HeaderValue {
    let is_plain = |c: char| (c == ' ' || c.is_ascii_graphic()) && c != '"' && c != '\\';
    let ascii: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { '_' })
        .collect();
    let mut value = format!("attachment; filename=\"{ascii}\"");
    if ascii != name {
        value.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                    value.push(char::from(byte));
                }
                _ => value.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    HeaderValue::from_str(&value).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}
