//! Where Webex delivers webhooks. The address leads to the webhook, and the signature decides.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use moka::sync::Cache;
use tokio::sync::Semaphore;

use super::layers::Layers;
use crate::edge::shares::{ShareBounds, Shares};
use crate::hooks::{Hooks, Known, NotTaken, PATH, Signed};
use crate::limits;

const SHA1: HeaderName = HeaderName::from_static("x-spark-signature");
const SHA256: HeaderName = HeaderName::from_static("x-webex-signature");

#[derive(Debug)]
struct Taking {
    hooks: Hooks,
    layers: Arc<Layers>,
    /// Deliveries on their way, by webhook.
    arriving: Shares<Arc<str>>,
    lookups: Semaphore,
    /// Webhooks that had a signed delivery lately.
    proven: Cache<Arc<str>, ()>,
}

/// How a delivery is refused, and what the log says of it.
type Refusal = (StatusCode, &'static str);

impl Taking {
    fn new(hooks: Hooks, layers: Arc<Layers>) -> Self {
        let proven = Cache::builder()
            .max_capacity(limits::HOOKS_PROVEN)
            .time_to_live(Duration::from_secs(limits::HOOK_PROVEN_SECONDS));
        Taking {
            hooks,
            layers,
            arriving: Shares::new(ShareBounds {
                in_all: limits::HOOKS_AT_ONCE,
                each: limits::HOOKS_AT_ONCE_PER_WEBHOOK,
            }),
            lookups: Semaphore::new(limits::HOOK_LOOKUPS_AT_ONCE),
            proven: proven.build(),
        }
    }
}

/// The route. It needs no caller, and is open to every Host: the signature says who sends.
pub fn hooks(hooks: Hooks, layers: Arc<Layers>) -> Router {
    let taking = Arc::new(Taking::new(hooks, layers));
    let take = post(take).with_state(taking);
    Router::new().route(&format!("{PATH}{{id}}"), take)
}

async fn take(
    State(taking): State<Arc<Taking>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    match taken(&taking, &id, &parts.headers, body).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err((status, reason)) => {
            taking.refused(&parts, reason);
            let mut response = status.into_response();
            if status == StatusCode::SERVICE_UNAVAILABLE {
                let seconds = limits::HOOK_RETRY_SECONDS.into();
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
            response
        }
    }
}

async fn taken(taking: &Taking, id: &str, headers: &HeaderMap, body: Body) -> Result<(), Refusal> {
    let known = taking.find(id).await?;
    // Before anything is read or checked: what is not signed costs no more than this.
    let id: Arc<str> = known.id.as_str().into();
    let share = taking.arriving.take(&id, 1);
    let _share = share.ok_or((StatusCode::SERVICE_UNAVAILABLE, "too many at once"))?;
    let body = collected(headers, body).await?;
    let signed = Signed {
        sha1: single(headers, &SHA1)?,
        sha256: single(headers, &SHA256)?,
    };
    match taking.hooks.receive(&known, &signed, &body).await {
        Ok(()) => {
            taking.proven.insert(id, ());
            Ok(())
        }
        Err(NotTaken::Unsigned) => Err(UNSIGNED),
        Err(NotTaken::Unreadable) => Err((StatusCode::BAD_REQUEST, "no delivery")),
        Err(NotTaken::Foreign) => Err(FOREIGN),
        Err(NotTaken::Unavailable) => Err(UNAVAILABLE),
    }
}

/// Webex disables a webhook whose deliveries fail, and this one's own still come: whoever sends it
/// is told what Webex wants to hear, and nobody else hears of it.
const FOREIGN: Refusal = (StatusCode::OK, "not what the webhook was made for");
const UNSIGNED: Refusal = (StatusCode::UNAUTHORIZED, "wrong signature");
const UNAVAILABLE: Refusal = (
    StatusCode::SERVICE_UNAVAILABLE,
    "the records are not available",
);

impl Taking {
    async fn find(&self, id: &str) -> Result<Known, Refusal> {
        let wait = Duration::from_millis(limits::HOOK_LOOKUP_WAIT_MILLISECONDS);
        let found = async {
            let _place = match self.proven.contains_key(id) {
                true => None,
                false => self.lookups.acquire().await.ok(),
            };
            self.hooks.find(id).await
        };
        match tokio::time::timeout(wait, found).await {
            Ok(Ok(Some(known))) => Ok(known),
            Ok(Ok(None)) => Err((StatusCode::NOT_FOUND, "unknown address")),
            Ok(Err(_)) | Err(_) => Err(UNAVAILABLE),
        }
    }

    fn refused(&self, parts: &Parts, reason: &'static str) {
        self.layers
            .refused
            .delivery(&self.layers.head(parts), reason);
    }
}

/// The one value of a header, if it was sent.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| UNSIGNED),
        (Some(_), Some(_)) => Err(UNSIGNED),
    }
}

async fn collected(headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    const TOO_LARGE: Refusal = (StatusCode::PAYLOAD_TOO_LARGE, "too large");
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > limits::HOOK_BODY_MAX_BYTES) {
        return Err(TOO_LARGE);
    }
    let arriving = Limited::new(body, limits::HOOK_BODY_MAX_BYTES).collect();
    let patience = Duration::from_secs(limits::HOOK_BODY_SECONDS);
    match tokio::time::timeout(patience, arriving).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(TOO_LARGE),
        Ok(Err(_)) => Err((StatusCode::BAD_REQUEST, "cut off")),
        Err(_elapsed) => Err((StatusCode::REQUEST_TIMEOUT, "too slow")),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::edge::http::Proxies;
    use crate::identity::{Caller, Principal};
    use crate::stores::records::tests::place::Place;
    use crate::tool::{Receiver as _, Watched};

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let silent = futures::stream::pending::<Result<Bytes, String>>();
        let refused = collected(&HeaderMap::new(), Body::from_stream(silent)).await;
        assert_eq!(refused.unwrap_err().0, StatusCode::REQUEST_TIMEOUT);
    }

    #[tokio::test]
    async fn made_up_addresses_do_not_keep_out_what_was_delivered_before() {
        let (records, _) = Place::memory().records();
        let hooks = Hooks::new(records, Some("https://hooks.example.com".to_owned()), false);
        let watched = Watched {
            resource: "messages",
            event: "created",
            filter: None,
        };
        let caller = Caller::new(Principal::new("alice"), None);
        let mine = hooks.of(&caller, &"webex".into());
        let ids = [
            mine.prepare(watched, "secret").await.unwrap().id,
            mine.prepare(watched, "secret").await.unwrap().id,
        ];
        let layers = Layers::new(&[], &[], Proxies::default()).unwrap();
        let taking = Taking::new(hooks, Arc::new(layers));
        let body = r#"{"resource":"messages","event":"created"}"#;
        let tag = crate::hooks::sign("secret", body);
        let headers = HeaderMap::from_iter([(SHA1, HeaderValue::try_from(tag).unwrap())]);
        taken(&taking, &ids[0], &headers, Body::from(body))
            .await
            .unwrap();
        // As a flood would.
        let most = limits::HOOK_LOOKUPS_AT_ONCE as u32;
        let _flood = taking.lookups.acquire_many(most).await.unwrap();
        taken(&taking, &ids[0], &headers, Body::from(body))
            .await
            .unwrap();
        tokio::time::pause();
        let refused = taken(&taking, &ids[1], &headers, Body::from(body)).await;
        assert_eq!(refused, Err(UNAVAILABLE));
    }
}
