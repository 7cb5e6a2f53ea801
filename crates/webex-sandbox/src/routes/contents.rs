//! `/contents`: the files of messages, with the results of their malware scan.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use tokio_util::io::ReaderStream;

use crate::Sandbox;
use crate::problem::{Problem, Result};
use crate::request::{Query, Routes};
use crate::rows::{File, FileState};
use crate::rules::caller::Caller;
use crate::storage::{Content, NotStored};
use crate::world::World;

/// How much of a stored file is read at once.
const DOWNLOAD_CHUNK_BYTES: usize = 64 * 1024;

/// The refusal of an upload that could not be stored.
pub(crate) fn not_stored(reason: NotStored) -> Problem {
    match reason {
        NotStored::Broken => unreadable(),
        NotStored::TooLarge => Problem::too_large("The file is larger than 100 MB."),
        NotStored::Full => Problem::full(),
    }
}

pub(crate) fn unreadable() -> Problem {
    Problem::bad_request("The multipart body could not be read.")
}

pub(crate) fn routes() -> Routes {
    // A GET route also answers HEAD, with the same headers.
    Routes::default().route("/contents/{id}", get(download))
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
) -> Result<Response> {
    let allows_unscannable = query.allow.as_deref() == Some("unscannable");
    let (content, length, headers) = sandbox.read(|world| -> Result<_> {
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

fn readable<'w>(world: &'w World, caller: &Caller, id: &str) -> Result<&'w File> {
    let missing = || Problem::not_found("Could not find a file with provided ID.");
    let (_, file) = world.files.named(id).ok_or_else(missing)?;
    let message = file.message.and_then(|message| world.messages.get(message));
    missing().unless(message.is_some_and(|message| world.shows(caller, message)))?;
    Ok(file)
}

fn check_scan(state: FileState, allows_unscannable: bool) -> Result<()> {
    let scanning = "The file is being scanned for malware.";
    let infected = "The file was found infected with malware.";
    let unscannable =
        "The file cannot be scanned for malware. Add allow=unscannable to get it nevertheless.";
    Err(match state {
        FileState::Clean => return Ok(()),
        FileState::Unscannable if allows_unscannable => return Ok(()),
        FileState::Scanning { retry_after_secs } => Problem::new(StatusCode::LOCKED, scanning)
            .retry_after(Duration::from_secs(retry_after_secs)),
        FileState::Infected => Problem::new(StatusCode::GONE, infected),
        FileState::Unscannable => Problem::new(StatusCode::PRECONDITION_REQUIRED, unscannable),
    })
}

fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text)
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"))
}

/// The name in plain ASCII and, if that loses something, also in the form of RFC 5987.
fn disposition(name: &str) -> HeaderValue {
    let is_plain = |c: char| (c == ' ' || c.is_ascii_graphic()) && c != '"' && c != '\\';
    let ascii = name.chars().map(|c| if is_plain(c) { c } else { '_' });
    let ascii: String = ascii.collect();
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
