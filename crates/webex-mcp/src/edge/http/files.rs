//! Signed links: anyone who has one can read its file, streamed from Webex or from the disk.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::StreamExt as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio_util::io::ReaderStream;

use super::places::{Place, Places};
use crate::edge::limits;
use crate::error::{CallError, Code};
use crate::limits::TRANSFER_DEADLINE;
use crate::stores::artifacts::{Artifact, ArtifactStore, Artifacts as _};
use crate::stores::links::{Links, PATH, What};
use crate::tool::{ShelfFile, begun, only_details};

/// The characters that RFC 8187 requires to be escaped in a file name.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[derive(Debug, Clone)]
struct Giving {
    links: Links,
    /// Absent where there is no directory for files.
    artifacts: Option<ArtifactStore>,
    places: Places,
}

/// The route. It needs no caller: the link is the right to read.
pub fn files(links: Links, artifacts: Option<ArtifactStore>) -> Router {
    let places = Places::new(
        limits::FETCHES_AT_ONCE,
        limits::FETCHES_AT_ONCE_PER_PRINCIPAL,
    );
    let send = get(send).with_state(Giving {
        links,
        artifacts,
        places,
    });
    Router::new().route(&format!("{PATH}{{handle}}"), send)
}

async fn send(State(giving): State<Giving>, Path(handle): Path<String>) -> Response {
    let linked = match giving.links.find(&handle).await {
        Ok(Some(linked)) => linked,
        Ok(None) => return expired(),
        Err(error) => return refused(error),
    };
    let Some(place) = giving.places.take(&linked.principal) else {
        return busy();
    };
    let sent = match linked.what {
        What::OfWebex(client, file) => stream(client, file, place).await,
        What::Artifact(tenant, id) => match &giving.artifacts {
            Some(artifacts) => match artifacts.open(&tenant, id).await {
                Ok(artifact) => made(artifact, place).await,
                Err(error) => Err(error),
            },
            None => return expired(),
        },
    };
    sent.unwrap_or_else(refused)
}

fn expired() -> Response {
    let told = "This link is unknown or has expired; ask for the file again.";
    (StatusCode::NOT_FOUND, told).into_response()
}

fn busy() -> Response {
    let wait = [(
        header::RETRY_AFTER,
        limits::TRANSFER_RETRY_SECONDS.to_string(),
    )];
    let told = "Too many files are being fetched at once; fetch this one a little later.";
    (StatusCode::SERVICE_UNAVAILABLE, wait, told).into_response()
}

fn refused(error: CallError) -> Response {
    tracing::debug!(?error, "a linked file could not be read");
    (status(error.code), error.message.into_owned()).into_response()
}

/// The place is released after the last byte, or when the reader leaves.
async fn stream(
    client: webex::Client,
    file: ShelfFile,
    place: Place,
) -> Result<Response, CallError> {
    let contents = client.contents();
    let download = contents.get(&file.url, file.allow_unscannable).await?;
    let (executable, stream) = begun(Some(&file.name), download.stream).await;
    if let Some(what) = executable {
        return Err(only_details(what));
    }
    let bytes = stream.map(move |piece| {
        let _held = &place;
        piece
    });
    let content_type = download.details.content_type.or(file.mime_type);
    let length_bytes = download.details.length_bytes;
    let body = Body::from_stream(bytes);
    Ok(as_file(body, &file.name, content_type, length_bytes))
}

/// The same for a file on the disk.
async fn made(artifact: Artifact, place: Place) -> Result<Response, CallError> {
    let Artifact { details, path, .. } = artifact;
    let file = tokio::fs::File::open(path).await;
    let file = file.map_err(CallError::internal)?;
    // Who reads slower than this leaves the place to others.
    let bytes = ReaderStream::new(file).take_until(tokio::time::sleep(TRANSFER_DEADLINE));
    let bytes = bytes.map(move |piece| {
        let _held = &place;
        piece
    });
    let (kind, length_bytes) = (details.content_type, details.size_bytes);
    let body = Body::from_stream(bytes);
    Ok(as_file(
        body,
        &details.file_name,
        Some(kind),
        Some(length_bytes),
    ))
}

fn as_file(
    body: Body,
    name: &str,
    content_type: Option<String>,
    length_bytes: Option<u64>,
) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    let content_type = content_type.and_then(|text| HeaderValue::try_from(text).ok());
    let unknown = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, content_type.unwrap_or(unknown));
    if let Some(length_bytes) = length_bytes {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length_bytes));
    }
    headers.insert(header::CONTENT_DISPOSITION, attachment(name));
    // The file is not a page of ours: a browser saves it, and neither guesses its type nor caches
    // it.
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-store"),
    );
    response
}

fn attachment(name: &str) -> HeaderValue {
    let escaped = utf8_percent_encode(name, ESCAPED);
    HeaderValue::try_from(format!("attachment; filename*=UTF-8''{escaped}"))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

fn status(code: Code) -> StatusCode {
    match code {
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Gone => StatusCode::GONE,
        Code::Unauthorized | Code::Forbidden => StatusCode::FORBIDDEN,
        Code::Locked | Code::RateLimited | Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Timeout => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Principal, Tenant};
    use crate::stores::artifacts::New;
    use crate::stores::state::StateStore;
    use axum::http::Request;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;
    use uuid::Uuid;

    async fn get_file(router: &Router, path: &str) -> (StatusCode, axum::http::HeaderMap, Vec<u8>) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        (parts.status, parts.headers, bytes)
    }

    #[tokio::test]
    async fn a_link_streams_its_file_as_the_caller_it_was_made_for() {
        let upstream = Router::new().route(
            "/v1/contents/{id}",
            get(
                |headers: axum::http::HeaderMap, Path(id): Path<String>| async move {
                    assert_eq!(headers[header::AUTHORIZATION], "Bearer alices");
                    if id == "program" {
                        return b"MZ\x90\0 and the rest".into_response();
                    }
                    if id == "gone" {
                        return StatusCode::NOT_FOUND.into_response();
                    }
                    ([(header::CONTENT_TYPE, "text/html")], "<script>").into_response()
                },
            ),
        );
        let transport = webex::Transport::in_process(upstream);
        let settings = webex::Settings::default();
        let webex = webex::Webex::with_transport("https://example.com/v1", transport, settings);
        let token = webex::AccessToken::new("alices").unwrap();
        let alice = Principal::new("alice");
        let links = Links::new("", StateStore::memory(), webex.unwrap());
        let router = files(links.clone(), None);
        let file = |id: &str| ShelfFile {
            url: format!("https://example.com/v1/contents/{id}"),
            name: "Übersicht \"1\".html".to_owned(),
            mime_type: None,
            size_bytes: None,
            allow_unscannable: false,
        };
        let link = links.keep(&alice, &token, file("1")).await.unwrap();
        let (status, headers, body) = get_file(&router, &link.uri).await;
        assert_eq!(
            (status, body.as_slice()),
            (StatusCode::OK, &b"<script>"[..])
        );
        assert_eq!(
            headers[header::CONTENT_DISPOSITION],
            "attachment; filename*=UTF-8''%C3%9Cbersicht%20%221%22.html"
        );
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::CONTENT_TYPE], "text/html");
        let gone = links.keep(&alice, &token, file("gone")).await.unwrap();
        assert_eq!(get_file(&router, &gone.uri).await.0, StatusCode::NOT_FOUND);
        let program = links.keep(&alice, &token, file("program")).await.unwrap();
        let (status, _, told) = get_file(&router, &program.uri).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let told = String::from_utf8(told).unwrap();
        assert!(told.contains("a program for Windows") && !told.contains("rest"));
        let (status, _, told) = get_file(&router, "/files/AAAA").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(String::from_utf8(told).unwrap().contains("expired"));
    }

    #[tokio::test]
    async fn a_link_streams_a_file_that_was_made_here() {
        let artifacts = ArtifactStore::at(None).await.unwrap();
        let (tenant, alice) = (Tenant::single(), Principal::new("alice"));
        let new = New {
            tenant: tenant.clone(),
            id: Uuid::new_v4(),
            owner: "alice".to_owned(),
            file_name: "Unicorn.csv".to_owned(),
            declared_type: Some("text/csv".to_owned()),
            max_bytes: 1_000,
            lifetime: std::time::Duration::from_secs(60),
        };
        let id = new.id;
        let bytes = futures::stream::iter([Ok::<_, String>(bytes::Bytes::from("a,b\r\n"))]);
        artifacts.put(new, bytes).await.unwrap();
        let webex = webex::Webex::new("http://127.0.0.1:9/v1").unwrap();
        let links = Links::new("", StateStore::memory(), webex);
        let router = files(links.clone(), Some(artifacts.clone()));
        let link = links.keep_artifact(&tenant, &alice, id).await.unwrap();
        let (status, headers, body) = get_file(&router, &link).await;
        assert_eq!((status, &body[..]), (StatusCode::OK, &b"a,b\r\n"[..]));
        assert_eq!(headers[header::CONTENT_TYPE], "text/csv");
        assert_eq!(headers[header::CONTENT_LENGTH], "5");
        let named = headers[header::CONTENT_DISPOSITION].to_str().unwrap();
        assert!(named.starts_with("attachment;"), "{named}");
        artifacts.remove(&tenant, id).await.unwrap();
        assert_eq!(get_file(&router, &link).await.0, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn a_link_is_fetched_by_so_many_at_once() {
        let endless = || async {
            let begins =
                futures::stream::iter([Ok::<_, String>(bytes::Bytes::from(vec![b'x'; 1_024]))]);
            Body::from_stream(begins.chain(futures::stream::pending()))
        };
        let upstream = Router::new().route("/v1/contents/1", get(endless));
        let transport = webex::Transport::in_process(upstream);
        let settings = webex::Settings::default();
        let webex = webex::Webex::with_transport("https://example.com/v1", transport, settings);
        let links = Links::new("", StateStore::memory(), webex.unwrap());
        let token = webex::AccessToken::new("token").unwrap();
        let link = async |who: &str| {
            let file = ShelfFile {
                url: "https://example.com/v1/contents/1".to_owned(),
                name: "a".to_owned(),
                mime_type: None,
                size_bytes: None,
                allow_unscannable: false,
            };
            let link = links.keep(&Principal::new(who), &token, file).await;
            link.unwrap().uri
        };
        let router = files(links.clone(), None);
        let fetch = async |uri: &str| {
            let request = Request::get(uri).body(Body::empty()).unwrap();
            router.clone().oneshot(request).await.unwrap()
        };
        let (one, other, bobs) = (link("alice").await, link("alice").await, link("bob").await);
        let mut open = Vec::new();
        for _ in 0..limits::FETCHES_AT_ONCE_PER_PRINCIPAL {
            open.push(fetch(&one).await);
        }
        assert!(open.iter().all(|answer| answer.status() == StatusCode::OK));
        for uri in [&one, &other] {
            let full = fetch(uri).await;
            assert_eq!(full.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert!(full.headers().contains_key(header::RETRY_AFTER));
        }
        assert_eq!(fetch(&bobs).await.status(), StatusCode::OK);
        open.pop();
        assert_eq!(fetch(&other).await.status(), StatusCode::OK);
    }
}
