//! Signed links: anyone who has one can read its file, streamed from Webex.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::StreamExt as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::places::{Place, Places};
use crate::edge::limits;
use crate::error::{CallError, Code};
use crate::stores::links::{Linked, Links, PATH};

/// The characters that RFC 8187 requires to be escaped in a file name.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[derive(Debug, Clone)]
struct Giving {
    links: Links,
    places: Places,
}

/// The route. It needs no caller: the link is the right to read.
pub fn files(links: Links) -> Router {
    let places = Places::new(
        limits::FETCHES_AT_ONCE,
        limits::FETCHES_AT_ONCE_PER_PRINCIPAL,
    );
    let send = get(send).with_state(Giving { links, places });
    Router::new().route(&format!("{PATH}{{handle}}"), send)
}

async fn send(State(giving): State<Giving>, Path(handle): Path<String>) -> Response {
    let linked = match giving.links.find(&handle).await {
        Ok(Some(linked)) => linked,
        Ok(None) => {
            let told = "This link is unknown or has expired; ask for the file again.";
            return (StatusCode::NOT_FOUND, told).into_response();
        }
        Err(error) => return refused(error),
    };
    let Some(place) = giving.places.take(&linked.principal) else {
        return busy();
    };
    stream(linked, place).await.unwrap_or_else(refused)
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
async fn stream(linked: Linked, place: Place) -> Result<Response, CallError> {
    let Linked { client, file, .. } = linked;
    let download = client
        .contents()
        .get(&file.url, file.allow_unscannable)
        .await?;
    let bytes = download.stream.map(move |piece| {
        let _held = &place;
        piece
    });
    let mut response = Body::from_stream(bytes).into_response();
    let headers = response.headers_mut();
    let content_type = download.details.content_type.or(file.mime_type);
    let content_type = content_type.and_then(|text| HeaderValue::try_from(text).ok());
    let unknown = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, content_type.unwrap_or(unknown));
    if let Some(length_bytes) = download.details.length_bytes {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length_bytes));
    }
    headers.insert(header::CONTENT_DISPOSITION, attachment(&file.name));
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
    Ok(response)
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
    use crate::identity::Principal;
    use crate::stores::state::StateStore;
    use crate::tool::ShelfFile;
    use axum::http::Request;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

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
        let router = files(links.clone());
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
        let (status, _, told) = get_file(&router, "/files/AAAA").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(String::from_utf8(told).unwrap().contains("expired"));
    }

    #[tokio::test]
    async fn a_link_is_fetched_by_so_many_at_once() {
        let endless = || async {
            Body::from_stream(futures::stream::pending::<Result<bytes::Bytes, String>>())
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
        let router = files(links.clone());
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
