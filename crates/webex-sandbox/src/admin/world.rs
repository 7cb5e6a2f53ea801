//! `/_sandbox/world`: the whole world, to download and to upload.

use std::io::{self, BufReader, Seek};

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::StreamExt;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use tokio::io::AsyncWriteExt;
use tokio::task::spawn_blocking;
use tokio_util::io::ReaderStream;

use crate::Sandbox;
use crate::problem::{Problem, Result};
use crate::world::WorldFileError;

/// Enough for all files that a sandbox may hold, in base64, and millions of rows.
const MAX_WORLD_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// How much of a saved world is read at once.
const CHUNK_BYTES: usize = 64 * 1024;

pub(super) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/_sandbox/world", get(save).put(replace))
        // The body is limited where it is read.
        .layer(DefaultBodyLimit::disable())
}

/// Writes to a file first, so that a slow reader does not block other requests.
async fn save(State(sandbox): State<Sandbox>) -> Result<Response> {
    let saved = spawn_blocking(move || sandbox.snapshot()).await;
    let file = saved.map_err(|_| Problem::full())?.map_err(refusal)?;
    let file = tokio::fs::File::from_std(file);
    let body = Body::from_stream(ReaderStream::with_capacity(file, CHUNK_BYTES));
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

async fn replace(State(sandbox): State<Sandbox>, request: Request) -> Result<StatusCode> {
    let file = receive(request).await?;
    let replaced = spawn_blocking(move || {
        let mut file = file;
        file.rewind()?;
        sandbox.replace(BufReader::new(file))
    });
    let replaced = replaced.await.map_err(|_| Problem::full())?;
    replaced.map_err(refusal)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn receive(request: Request) -> Result<std::fs::File> {
    let full = |_: io::Error| Problem::full();
    let made = spawn_blocking(tempfile::tempfile).await;
    let file = made.map_err(|_| Problem::full())?.map_err(full)?;
    let mut file = tokio::fs::File::from_std(file);
    let mut body = request.into_body().into_data_stream();
    let mut received_bytes = 0_u64;
    while let Some(chunk) = body.next().await {
        let unreadable = |_| Problem::bad_request("The request body could not be read.");
        let chunk = chunk.map_err(unreadable)?;
        received_bytes += chunk.len() as u64;
        Problem::too_large("The world is larger than 4 GB.")
            .when(received_bytes > MAX_WORLD_BYTES)?;
        file.write_all(&chunk).await.map_err(full)?;
    }
    file.flush().await.map_err(full)?;
    Ok(file.into_std().await)
}

/// Either the caller's world is wrong, or the system is full.
fn refusal(error: WorldFileError) -> Problem {
    match error {
        WorldFileError::Read(_) | WorldFileError::Write(_) => Problem::full(),
        error => Problem::bad_request(error.to_string()),
    }
}
