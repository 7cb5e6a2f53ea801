//! HTTP: every route on one screen, what every request passes, and the sockets beneath.

mod authentication;
mod files;
mod layers;
mod serve;

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

use super::refusal::Refusal;
use crate::identity::Caller;

type Answer = dyn Fn(Caller, Request) -> BoxFuture<'static, Response> + Send + Sync;
type Whole = dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync;

/// A path, and what answers there whoever was let in.
#[derive(Clone)]
pub struct Mount {
    path: String,
    behind: Behind,
}

#[derive(Clone)]
enum Behind {
    /// One endpoint, behind the router's own layers.
    One(Arc<Answer>),
    /// Many, told apart by the last part of the path, each behind its own layers.
    BySlug(Arc<Whole>),
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
            behind: Behind::One(Arc::new(move |caller, request| {
                Box::pin(answer(caller, request))
            })),
        }
    }

    /// What `find` finds for `<path>/<slug>`, at each request anew, behind the layers that it says.
    pub fn by_slug<T, W, A, F>(path: &str, find: W, answer: A) -> Self
    where
        T: Send + 'static,
        W: Fn(&str) -> Option<(Arc<Layers>, T)> + Send + Sync + 'static,
        A: Fn(T, Caller, Request) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response> + Send + 'static,
    {
        let whole = move |request: Request| -> BoxFuture<'static, Response> {
            let path = request.uri().path().trim_end_matches('/');
            let slug = path.rsplit('/').next().unwrap_or_default();
            let found = find(slug);
            let answer = answer.clone();
            Box::pin(async move {
                match found {
                    Some((layers, found)) => {
                        let answer = |caller, request| answer(found, caller, request);
                        guarded(&layers, request, answer).await
                    }
                    None => unknown_server().into_response(),
                }
            })
        };
        Mount {
            path: format!("{path}/{{slug}}"),
            behind: Behind::BySlug(Arc::new(whole)),
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
    for Mount { path, behind } in mounts {
        let route = match behind {
            Behind::One(answer) => {
                let layers = layers.clone();
                any(move |request: Request| async move {
                    guarded(&layers, request, |caller, request| answer(caller, request)).await
                })
            }
            Behind::BySlug(whole) => any(move |request: Request| whole(request)),
        };
        router = router
            .route(&path, route.clone())
            // Clients that end their paths with a slash mean the same.
            .route(&format!("{path}/"), route);
    }
    router.fallback(|| async {
        Refusal::transport(
            StatusCode::NOT_FOUND,
            "Nothing is served at this path; the server's start says where its endpoints are.",
        )
    })
}

/// The answer to a request that the layers let pass.
async fn guarded<F>(
    layers: &Layers,
    request: Request,
    answer: impl FnOnce(Caller, Request) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    match layers.admit(&request) {
        Ok(caller) => answer(caller, request).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// It was never served, or is not any more; a session on it has ended with it.
fn unknown_server() -> Refusal {
    Refusal::transport(
        StatusCode::NOT_FOUND,
        "There is no server of this name here; ask the operator which there are.",
    )
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
