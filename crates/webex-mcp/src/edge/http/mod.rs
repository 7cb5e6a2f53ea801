//! HTTP: every route on one screen, what every request passes, and the sockets beneath.

mod activity;
mod authentication;
mod authority;
mod files;
mod layers;
mod proxies;
mod serve;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

pub use axum::Router;
pub use files::files;
pub use layers::{BadAllowance, Layers};
pub use proxies::Proxies;
pub use serve::{Bounds, PeerAddress, serve};

use super::refusal::{Kind, Refusal};
use crate::auth::Authentication;
use crate::identity::Caller;

type Answer = dyn Fn(Caller, Request) -> BoxFuture<'static, Response> + Send + Sync;

/// How a protocol says that a request goes no further.
pub type Words = fn(Refusal) -> Response;

/// A path, how callers are known there, and what answers whoever was let in.
#[derive(Clone)]
pub struct Mount {
    path: String,
    authentication: Arc<Authentication>,
    words: Words,
    answer: Arc<Answer>,
}

impl std::fmt::Debug for Mount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mount")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Mount {
    /// `path` begins with `/`; `words` is how the protocol behind it refuses.
    pub fn new<A, F>(
        path: impl Into<String>,
        authentication: Arc<Authentication>,
        words: Words,
        answer: A,
    ) -> Self
    where
        A: Fn(Caller, Request) -> F + Send + Sync + 'static,
        F: Future<Output = Response> + Send + 'static,
    {
        Mount {
            path: path.into(),
            authentication,
            words,
            answer: Arc::new(move |caller, request| Box::pin(answer(caller, request))),
        }
    }

    /// Answers one request, if it may come in and its caller is known.
    async fn guarded(&self, layers: &Layers, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let known = match layers.admit(&parts) {
            Ok(head) => self
                .authentication
                .caller(&head)
                .await
                .map_err(Refusal::from),
            Err(refusal) => Err(refusal),
        };
        match known {
            Ok(caller) => (self.answer)(caller, Request::from_parts(parts, body)).await,
            Err(refusal) => (self.words)(refusal),
        }
    }
}

/// Every route. `open` are those that need no caller (signed links); `drain` turns readiness off.
pub fn router(
    mounts: Vec<Mount>,
    layers: Layers,
    open: Router,
    drain: CancellationToken,
) -> Router {
    let layers = Arc::new(layers);
    let mut router = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready).with_state(drain))
        .merge(open);
    for mount in mounts {
        let path = mount.path.clone();
        let shared = Arc::new((mount, layers.clone()));
        let guarded = move |request: Request| {
            let shared = shared.clone();
            async move {
                let (mount, layers) = &*shared;
                mount.guarded(layers, request).await
            }
        };
        router = router.route(&path, any(guarded));
    }
    router.fallback(|| async {
        Refusal::new(
            Kind::NotFound,
            "Nothing is served at this path; the server's start says where its endpoints are.",
        )
    })
}

async fn ready(State(drain): State<CancellationToken>) -> Response {
    if drain.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining").into_response()
    } else {
        "ready".into_response()
    }
}

#[cfg(test)]
mod tests;
