//! Signed links: whoever has one reads its file, streamed through from Webex.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::time::Instant;

use crate::error::{CallError, Code};
use crate::limits;
use crate::stores::links::{Linked, Links, PATH};

/// What RFC 8187 lets stand unescaped in a file name.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The route. It needs no caller: the link is the right to read.
pub fn files(links: Links) -> Router {
    Router::new().route(&format!("{PATH}{{handle}}"), get(send).with_state(links))
}

async fn send(State(links): State<Links>, Path(handle): Path<String>) -> Response {
    let Some(linked) = links.find(&handle) else {
        let told = "This link is unknown or has expired; ask for the file again.";
        return (StatusCode::NOT_FOUND, told).into_response();
    };
    match stream(linked).await {
        Ok(response) => response,
        Err(error) => {
            tracing::debug!(?error, "a linked file could not be read");
            (status(error.code), error.message.into_owned()).into_response()
        }
    }
}

async fn stream(Linked { client, file }: Linked) -> Result<Response, CallError> {
    let client = client.with_deadline(Instant::now() + limits::TRANSFER_DEADLINE);
    let download = client
        .contents()
        .get(&file.url, file.allow_unscannable)
        .await?;
    let mut response = Body::from_stream(download.stream).into_response();
    let headers = response.headers_mut();
    let content_type = download.details.content_type.or(file.mime_type);
    let content_type = content_type.and_then(|text| HeaderValue::try_from(text).ok());
    let unknown = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, content_type.unwrap_or(unknown));
    if let Some(length_bytes) = download.details.length_bytes {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length_bytes));
    }
    headers.insert(header::CONTENT_DISPOSITION, attachment(&file.name));
    // Nobody's page: a browser saves it and neither guesses its type nor keeps it.
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
    use crate::tool::{FileShelf as _, ShelfFile};
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
        let client = webex.unwrap().client(token);
        let links = Links::new("");
        let router = files(links.clone());
        let file = |id: &str| ShelfFile {
            url: format!("https://example.com/v1/contents/{id}"),
            name: "Übersicht \"1\".html".to_owned(),
            mime_type: None,
            size_bytes: None,
            allow_unscannable: false,
        };
        let link = links.place(&client, file("1")).await.unwrap();
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
        let gone = links.place(&client, file("gone")).await.unwrap();
        assert_eq!(get_file(&router, &gone.uri).await.0, StatusCode::NOT_FOUND);
        let (status, _, told) = get_file(&router, "/files/AAAA").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(String::from_utf8(told).unwrap().contains("expired"));
    }
}
