//! Uploads: anyone who has an address from the server can send one file to it, streamed to the
//! disk.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::put;
use axum::{Json, Router};
use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use serde::Serialize;
use uuid::Uuid;

use super::places::Places;
use crate::edge::limits;
use crate::error::{CallError, Code, seconds};
use crate::limits::{TRANSFER_DEADLINE, UPLOAD_MAX_BYTES};
use crate::stores::uploads::{PATH, Received, Uploads};

/// The longest wait between two pieces of a file.
const SILENCE: Duration = Duration::from_secs(limits::UPLOAD_SILENCE_SECONDS);

const MULTIPART_BYTES: usize = "multipart/".len();

#[derive(Debug, Clone)]
struct Taking {
    uploads: Uploads,
    places: Places,
}

/// What the sender learns about a file that has arrived.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    upload_id: Uuid,
    size_bytes: u64,
    content_type: String,
}

/// The route. It needs no caller: the address is the right to send.
pub fn uploads(uploads: Uploads) -> Router {
    let places = Places::new(
        limits::UPLOADS_AT_ONCE,
        limits::UPLOADS_AT_ONCE_PER_PRINCIPAL,
    );
    let taking = Taking { uploads, places };
    let take = put(take).post(take).with_state(taking);
    Router::new().route(&format!("{PATH}{{handle}}"), take)
}

async fn take(
    State(taking): State<Taking>,
    Path(handle): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    if let Some((status, error)) = wrapped(&headers) {
        return refused_as(status, &error);
    }
    match taken(&taking, &handle, &headers, body).await {
        Ok(Received { id, details }) => Json(Told {
            upload_id: id,
            size_bytes: details.size_bytes,
            content_type: details.content_type,
        })
        .into_response(),
        Err(error) => refused(&error),
    }
}

/// What the body is, where it is not the whole file as it is: it would be kept as if it were.
fn wrapped(headers: &HeaderMap) -> Option<(StatusCode, CallError)> {
    let invalid = |message, advice| CallError::new(Code::InvalidArguments, message, advice);
    // RFC 9110 14.5: who takes no parts refuses them.
    if headers.contains_key(header::CONTENT_RANGE) {
        let message = "This is a part of a file, as its Content-Range says; nothing was kept.";
        let error = invalid(
            message,
            "Send the whole file at once, without Content-Range.",
        );
        return Some((StatusCode::BAD_REQUEST, error));
    }
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let kind = kind.unwrap_or_default().trim_ascii_start();
    let is_form = |begin: &[u8]| begin.eq_ignore_ascii_case(b"multipart/");
    kind.get(..MULTIPART_BYTES).is_some_and(is_form).then(|| {
        let message = "This is a form with the file in it, and not the file; nothing was kept.";
        let advice = "Send the bytes themselves, for example with curl -T.";
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, invalid(message, advice))
    })
}

async fn taken(
    taking: &Taking,
    handle: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Received, CallError> {
    let awaited = taking.uploads.find(handle).await?;
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > UPLOAD_MAX_BYTES) {
        return Err(too_large());
    }
    // Held until the last byte is stored.
    let _place = taking.places.take(&awaited.principal).ok_or_else(busy)?;
    let arriving = taking
        .uploads
        .receive(awaited, steady(body.into_data_stream()));
    match tokio::time::timeout(TRANSFER_DEADLINE, arriving).await {
        Ok(received) => received,
        Err(_elapsed) => Err(CallError::new(
            Code::Timeout,
            "The bytes took too long to arrive; nothing was kept.",
            "Send the file again over a faster connection.",
        )),
    }
}

/// The same bytes, with an error once the sender has been silent for too long.
fn steady(body: BodyDataStream) -> impl Stream<Item = Result<Bytes, String>> + Send {
    stream::unfold(Some(body), |body| async move {
        let mut body = body?;
        match tokio::time::timeout(SILENCE, body.next()).await {
            Ok(Some(Ok(piece))) => Some((Ok(piece), Some(body))),
            Ok(Some(Err(error))) => Some((Err(error.to_string()), None)),
            Ok(None) => None,
            Err(_elapsed) => Some((Err("the sender fell silent".to_owned()), None)),
        }
    })
}

/// The error as tools report it, with the HTTP status that fits it.
fn refused(error: &CallError) -> Response {
    let status = match error.code {
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Conflict => StatusCode::CONFLICT,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::InvalidArguments => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::Timeout => StatusCode::REQUEST_TIMEOUT,
        Code::RateLimited | Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    refused_as(status, error)
}

fn refused_as(status: StatusCode, error: &CallError) -> Response {
    tracing::debug!(%status, cause = error.why(), "an upload was not taken");
    let body = error.body();
    let mut response = (status, Json(&body)).into_response();
    if let Some(seconds) = body.retry_after_seconds {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn too_large() -> CallError {
    CallError::new(
        Code::TooLarge,
        "The file is larger than 100 MiB.",
        "Webex takes no larger ones; share it by its public URL with webex-share-file.",
    )
}

fn busy() -> CallError {
    let wait = Duration::from_secs(limits::TRANSFER_RETRY_SECONDS);
    CallError::new(
        Code::Unavailable,
        "Too many files are arriving at once.",
        format!(
            "Wait {}, then send the file to the same address.",
            seconds(wait)
        ),
    )
    .with_retry_after(wait)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Caller, Principal};
    use crate::stores::artifacts::ArtifactStore;
    use crate::stores::state::StateStore;
    use crate::tool::{Expected, Inbox, Offer};
    use axum::http::Request;
    use http_body_util::BodyExt as _;
    use serde_json::Value;
    use std::path::Path as FilePath;
    use tower::ServiceExt as _;

    struct World {
        folder: tempfile::TempDir,
        uploads: Uploads,
        router: Router,
        caller: Caller,
    }

    async fn world() -> World {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = ArtifactStore::at(Some(folder.path())).await.unwrap();
        let taking = Uploads::new("", StateStore::memory(), artifacts);
        World {
            folder,
            router: uploads(taking.clone()),
            uploads: taking,
            caller: Caller::new(Principal::new("alice"), None),
        }
    }

    impl World {
        async fn offer(&self, name: &str) -> Offer {
            let file = Expected {
                file_name: name.to_owned(),
                content_type: None,
            };
            let offer = Box::pin(Inbox::offer(&self.uploads, &self.caller, file)).await;
            offer.unwrap()
        }

        async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
            let answer = self.router.clone().oneshot(request).await.unwrap();
            let (parts, body) = answer.into_parts();
            let bytes = body.collect().await.unwrap().to_bytes();
            (
                parts.status,
                parts.headers,
                serde_json::from_slice(&bytes).unwrap(),
            )
        }

        fn files(&self) -> usize {
            fn count(folder: &FilePath) -> usize {
                let entries = std::fs::read_dir(folder).unwrap();
                entries
                    .map(|entry| match entry.unwrap() {
                        entry if entry.path().is_dir() => count(&entry.path()),
                        entry => usize::from(entry.file_name() != "lock"),
                    })
                    .sum()
            }
            count(self.folder.path())
        }
    }

    #[tokio::test]
    async fn a_file_comes_in_once() {
        let world = world().await;
        let offer = world.offer("notes.txt").await;
        let put = || Request::put(&offer.upload_url).body(Body::from("hello"));
        let (status, _, told) = world.send(put().unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        assert_eq!(told["uploadId"], *offer.upload_id);
        assert_eq!(
            (told["sizeBytes"].as_u64(), told["contentType"].as_str()),
            (Some(5), Some("text/plain"))
        );
        let (status, _, told) = world.send(put().unwrap()).await;
        assert_eq!(
            (status, &told["code"]),
            (StatusCode::CONFLICT, &"conflict".into())
        );
        let opened = world.uploads.open(&world.caller, &offer.upload_id).await;
        assert_eq!(std::fs::read(opened.unwrap().path).unwrap(), b"hello");
        for path in ["/uploads/AAAA", "/uploads/..%2F..%2Fetc"] {
            let unknown = Request::post(path).body(Body::from("x")).unwrap();
            assert_eq!(world.send(unknown).await.0, StatusCode::NOT_FOUND);
        }
    }

    #[tokio::test]
    async fn what_is_not_the_file_is_refused_and_leaves_the_address_open() {
        let world = world().await;
        let offer = world.offer("notes.txt").await;
        for (body, expected) in [
            (&b""[..], StatusCode::UNSUPPORTED_MEDIA_TYPE),
            (b"%PDF-1.7\n%\xe2\xe3", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ] {
            let put = Request::put(&offer.upload_url).body(Body::from(body));
            assert_eq!(world.send(put.unwrap()).await.0, expected);
        }
        for (name, value, expected, advice) in [
            (
                "content-type",
                "multipart/form-data; boundary=x",
                415,
                "curl -T",
            ),
            (
                "content-type",
                "Multipart/mixed; boundary=x",
                415,
                "curl -T",
            ),
            ("content-range", "bytes 0-4/10", 400, "the whole file"),
            ("content-range", "bytes */5", 400, "the whole file"),
        ] {
            for method in ["PUT", "POST"] {
                let part = Request::builder().method(method).uri(&offer.upload_url);
                let part = part.header(name, value).body(Body::from("hello"));
                let (status, _, told) = world.send(part.unwrap()).await;
                assert_eq!(status.as_u16(), expected, "{value}: {told}");
                let told = told["advice"].as_str().unwrap();
                assert!(told.contains(advice), "{value}: {told}");
            }
        }
        // A body whose declared length is too large is refused before any of it is read.
        let never = Body::from_stream(stream::pending::<Result<Bytes, String>>());
        let put = Request::put(&offer.upload_url)
            .header(header::CONTENT_LENGTH, UPLOAD_MAX_BYTES + 1)
            .body(never);
        let (status, _, told) = world.send(put.unwrap()).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{told}");
        assert_eq!(world.files(), 0);
        let put = Request::post(&offer.upload_url).body(Body::from("hello"));
        assert_eq!(world.send(put.unwrap()).await.0, StatusCode::OK);
    }

    #[tokio::test]
    async fn one_byte_too_many_is_refused_midway_and_leaves_nothing() {
        let world = world().await;
        let offer = world.offer("notes.txt").await;
        let piece = Bytes::from(vec![b'x'; 1024 * 1024]);
        let whole = UPLOAD_MAX_BYTES / piece.len() as u64;
        // This body never ends: only the size limit ends it.
        let endless = stream::iter(0..whole)
            .map(move |_| Ok::<_, String>(piece.clone()))
            .chain(stream::iter([Ok(Bytes::from_static(b"x"))]))
            .chain(stream::pending());
        let put = Request::put(&offer.upload_url).body(Body::from_stream(endless));
        let (status, _, told) = world.send(put.unwrap()).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{told}");
        assert_eq!(world.files(), 0);
    }

    #[tokio::test]
    async fn what_breaks_off_leaves_nothing() {
        let world = world().await;
        let offer = world.offer("notes.txt").await;
        let broken = stream::iter([Ok(Bytes::from_static(b"hel")), Err("gone".to_owned())]);
        let put = Request::put(&offer.upload_url).body(Body::from_stream(broken));
        let (status, _, told) = world.send(put.unwrap()).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{told}");
        assert!(!told.to_string().contains("gone"));
        assert_eq!(world.files(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_sender_is_given_up() {
        let body = stream::iter([Ok(Bytes::from_static(b"hel"))]).chain(stream::pending());
        let body = Body::from_stream(body.map(|piece: Result<Bytes, String>| piece));
        let mut pieces = std::pin::pin!(steady(body.into_data_stream()));
        assert_eq!(pieces.next().await.unwrap().unwrap(), "hel");
        assert!(pieces.next().await.unwrap().is_err());
        assert!(pieces.next().await.is_none());
    }

    #[tokio::test]
    async fn so_many_at_once_and_no_more() {
        let world = world().await;
        let offer = world.offer("notes.txt").await;
        let pending = || Body::from_stream(stream::pending::<Result<Bytes, String>>());
        let mut waiting = Vec::new();
        for _ in 0..limits::UPLOADS_AT_ONCE_PER_PRINCIPAL {
            let put = Request::put(&offer.upload_url).body(pending()).unwrap();
            let mut sending = Box::pin(world.send(put));
            // Waits until each upload has its place: the store is opened on another thread.
            while world.files() <= waiting.len() {
                let _ = futures::poll!(&mut sending);
                tokio::task::yield_now().await;
            }
            waiting.push(sending);
        }
        let put = || Request::put(&offer.upload_url).body(Body::from("hello"));
        let (status, headers, told) = world.send(put().unwrap()).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{told}");
        assert!(headers.contains_key(header::RETRY_AFTER));
        // A sender that leaves releases its place, and its partial file is removed.
        drop(waiting);
        assert_eq!(world.send(put().unwrap()).await.0, StatusCode::OK);
        assert_eq!(world.files(), 2);
    }
}
