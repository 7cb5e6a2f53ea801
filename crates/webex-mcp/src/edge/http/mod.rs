//! HTTP: every route on one screen, what every request passes, and the sockets beneath.

mod authentication;
mod files;
mod layers;
mod places;
mod serve;
mod uploads;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

pub use authentication::Authentication;
pub use axum::Router;
pub use files::files;
pub use layers::{BadAllowance, Layers};
pub use serve::{PeerAddress, serve};
pub use uploads::uploads;

use super::refusal::Refusal;
use crate::identity::Caller;

type Answer = dyn Fn(Caller, Request) -> BoxFuture<'static, Response> + Send + Sync;

/// A path, and what answers there whoever was let in.
#[derive(Clone)]
pub struct Mount {
    path: String,
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
    /// `path` begins with `/`.
    pub fn new<A, F>(path: impl Into<String>, answer: A) -> Self
    where
        A: Fn(Caller, Request) -> F + Send + Sync + 'static,
        F: Future<Output = Response> + Send + 'static,
    {
        Mount {
            path: path.into(),
            answer: Arc::new(move |caller, request| Box::pin(answer(caller, request))),
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
    for Mount { path, answer } in mounts {
        let layers = layers.clone();
        let guarded = move |request: Request| {
            let admitted = layers.admit(&request).map(|caller| answer(caller, request));
            async move {
                match admitted {
                    Ok(answering) => answering.await,
                    Err(refusal) => refusal.into_response(),
                }
            }
        };
        router = router.route(&path, any(guarded));
    }
    router.fallback(|| async {
        Refusal::transport(
            StatusCode::NOT_FOUND,
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
