//! HTTP: every route on one screen, the checks that every request passes, and the sockets.

mod activity;
mod authentication;
mod authority;
mod callback;
mod cors;
mod files;
mod hooks;
mod layers;
mod places;
mod protection;
mod proxies;
mod refused;
mod serve;
mod tls;
mod unread;
mod uploads;

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

pub use axum::Router;
pub use callback::{Callback, Returned};
pub use files::files;
pub use hooks::hooks;
pub use layers::{BadAllowance, Layers};
pub use proxies::Proxies;
pub use serve::{Bounds, PeerAddress, Wire, serve};
pub use tls::{BadCertificate, CertificateFiles, Tls};
pub use uploads::uploads;

use super::failures::TooMany;
use super::limits;
use super::refusal::{Challenge, Kind, Refusal};
use crate::auth::{Admission, Authentication, Head, Reason, Unknown};
use crate::identity::Caller;
use crate::servers::VirtualServer;

type Answering = Box<dyn FnOnce(Caller, Request) -> BoxFuture<'static, Response> + Send>;
type Find = dyn Fn(&str) -> Option<(Known, Answering)> + Send + Sync;

/// How the callers of a path become known.
#[derive(Debug, Clone)]
pub struct Known {
    pub by: Arc<Authentication>,
    /// The virtual server at the path, whose scopes callers sign in for.
    pub server: Option<Arc<VirtualServer>>,
}

/// How a protocol words a refusal.
pub type Words = fn(Refusal) -> Response;

/// The beginning of every virtual server's path.
pub const SERVERS_PATH: &str = "/mcp";

impl From<Arc<Authentication>> for Known {
    fn from(by: Arc<Authentication>) -> Self {
        Known { by, server: None }
    }
}

/// A path, how its callers are authenticated, and the handler that answers them.
#[derive(Clone)]
pub struct Mount {
    path: String,
    words: Words,
    /// Finds the handler for the last part of a request's path, at this moment.
    find: Arc<Find>,
}

impl std::fmt::Debug for Mount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mount")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Mount {
    /// One endpoint. `path` begins with `/`; `words` turns a refusal into the protocol's own
    /// answer.
    pub fn new<A, F>(
        path: impl Into<String>,
        authentication: Arc<Authentication>,
        words: Words,
        answer: A,
    ) -> Self
    where
        A: Fn(Caller, Request) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response> + Send + 'static,
    {
        let known = Known::from(authentication);
        let find = move |_: &str| -> Option<(Known, Answering)> {
            let answer = answer.clone();
            let answering = move |caller, request| -> BoxFuture<'static, Response> {
                Box::pin(answer(caller, request))
            };
            Some((known.clone(), Box::new(answering)))
        };
        Mount {
            path: path.into(),
            words,
            find: Arc::new(find),
        }
    }

    /// Endpoints by name: every request calls `find` with the slug of `<path>/<slug>`, which gives
    /// the endpoint and how its callers become known.
    pub fn by_slug<K, T, W, A, F>(path: &str, words: Words, find: W, answer: A) -> Self
    where
        K: Into<Known>,
        T: Send + 'static,
        W: Fn(&str) -> Option<(K, T)> + Send + Sync + 'static,
        A: Fn(T, Caller, Request) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response> + Send + 'static,
    {
        let find = move |slug: &str| -> Option<(Known, Answering)> {
            let (known, found) = find(slug)?;
            let answer = answer.clone();
            let answering = move |caller, request| -> BoxFuture<'static, Response> {
                Box::pin(answer(found, caller, request))
            };
            Some((known.into(), Box::new(answering)))
        };
        Mount {
            path: format!("{path}/{{slug}}"),
            words,
            find: Arc::new(find),
        }
    }

    /// Answers one request if its Host and Origin are allowed and its caller is known.
    async fn guarded(&self, layers: &Layers, request: Request) -> Response {
        let (mut parts, body) = request.into_parts();
        let page = match layers.admit(&parts) {
            Ok(Some(page)) if cors::is_preflight(&parts) => return layers.preflight(page),
            Ok(page) => page,
            Err(refusal) => return (self.words)(refusal),
        };
        let response = match self.caller(layers, &parts).await {
            Ok((caller, known, answer)) => {
                let asked = parts.uri.clone();
                let head = head(layers, &parts);
                let admission = Admission::new(known.by.clone(), &head);
                parts.extensions.insert(admission);
                let mut response = answer(caller, Request::from_parts(parts, body)).await;
                if let Some(challenge) = response.extensions_mut().remove::<Challenge>() {
                    authentication::challenge(&mut response, &known, &challenge, asked.path());
                }
                response
            }
            Err(refusal) => (self.words)(refusal),
        };
        match page {
            Some(page) => page.may_read(response),
            None => response,
        }
    }

    async fn caller(
        &self,
        layers: &Layers,
        parts: &Parts,
    ) -> Result<(Caller, Known, Answering), Refusal> {
        let head = head(layers, parts);
        let (known, answer) = (self.find)(head.server).ok_or_else(|| {
            // It was never served, or it was removed and its sessions ended with it.
            Refusal::new(
                Kind::NotFound,
                "There is no server with this name here; ask the operator for the right name.",
            )
        })?;
        match known.by.caller(&head).await {
            Ok(caller) => Ok((caller, known, answer)),
            Err(unknown) => {
                layers.refused.caller(&head, unknown.reason);
                // Boxed because it is rare: every request reserves room for what is not.
                let told = Box::pin(slowed(layers, head.address, unknown)).await;
                Err(authentication::refused(&known, &told, parts.uri.path()))
            }
        }
    }
}

/// The parts of a request that say who sent it, and for which server: the last part of its path.
fn head<'a>(layers: &'a Layers, parts: &'a Parts) -> Head<'a> {
    let path = parts.uri.path().trim_end_matches('/');
    Head {
        server: path.rsplit('/').next().unwrap_or_default(),
        ..layers.head(parts)
    }
}

/// What a caller who is not known is told, and when: who keeps failing waits for it.
async fn slowed(layers: &Layers, address: Option<IpAddr>, unknown: Unknown) -> Unknown {
    if !unknown.is_failed_attempt() {
        return unknown;
    }
    match layers.failures.failed(address, None).await {
        Ok(()) => unknown,
        Err(TooMany(retry_after)) => Unknown::new(
            Reason::TooMany { retry_after },
            "Too many requests from this address failed to say who they are; wait, then send a valid token.",
        ),
    }
}

/// What `/readyz` reports.
#[derive(Clone)]
pub struct Health {
    drain: CancellationToken,
    but: Arc<dyn Fn() -> Option<&'static str> + Send + Sync>,
}

impl std::fmt::Debug for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Health").finish_non_exhaustive()
    }
}

impl Health {
    /// `but` names the parts that do not work although requests are served.
    pub fn new(
        drain: CancellationToken,
        but: impl Fn() -> Option<&'static str> + Send + Sync + 'static,
    ) -> Self {
        let but = Arc::new(but);
        Health { drain, but }
    }
}

impl From<CancellationToken> for Health {
    fn from(drain: CancellationToken) -> Self {
        Health::new(drain, || None)
    }
}

/// Every route. `open` are the routes that need no caller (signed links). Draining turns readiness
/// off.
pub fn router(
    mounts: Vec<Mount>,
    layers: impl Into<Arc<Layers>>,
    open: Router,
    health: impl Into<Health>,
) -> Router {
    let layers = layers.into();
    let mut router = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready).with_state(health.into()))
        .merge(open);
    for mount in mounts {
        let path = mount.path.clone();
        let shared = Arc::new((mount, layers.clone()));
        let route = any(move |request: Request| {
            let shared = shared.clone();
            async move {
                let (mount, layers) = &*shared;
                mount.guarded(layers, request).await
            }
        });
        router = router
            .route(&path, route.clone())
            // Some clients end their paths with a slash and mean the same path.
            .route(&format!("{path}/"), route);
    }
    router.fallback(|| async {
        Refusal::new(
            Kind::NotFound,
            "Nothing is served at this path; the server prints its endpoints when it starts.",
        )
    })
}

/// Routes with callers of their own, which only the allowed hosts and origins reach.
pub fn admitted(layers: Arc<Layers>, routes: Router) -> Router {
    routes.layer(from_fn(move |request: Request, next: Next| {
        let layers = layers.clone();
        async move {
            let (parts, body) = request.into_parts();
            match layers.admit(&parts) {
                Ok(_) => next.run(Request::from_parts(parts, body)).await,
                Err(refusal) => refusal.into_response(),
            }
        }
    }))
}

/// Routes that need no caller, which only the allowed hosts and origins reach: pages of the listed
/// origins may read the answers. A browser that opens a file sends no Origin.
pub fn readable(layers: Arc<Layers>, routes: Router) -> Router {
    routes.layer(from_fn(move |request: Request, next: Next| {
        let layers = layers.clone();
        async move {
            let (parts, body) = request.into_parts();
            let page = match layers.admit(&parts) {
                Ok(Some(page)) if cors::is_preflight(&parts) => return layers.preflight(page),
                Ok(page) => page,
                Err(refusal) => return refusal.into_response(),
            };
            let answer = next.run(Request::from_parts(parts, body)).await;
            match page {
                Some(page) => page.may_read(answer),
                None => answer,
            }
        }
    }))
}

/// What is told at the path above all servers: their paths, for an address that ends too early.
pub fn above_servers(
    layers: Arc<Layers>,
    words: Words,
    paths: impl Fn() -> Vec<String> + Clone + Send + Sync + 'static,
) -> Router {
    let told = move || {
        let mut paths = paths();
        let more = paths.len().saturating_sub(limits::SERVERS_NAMED);
        paths.truncate(limits::SERVERS_NAMED);
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let there = match paths.is_empty() {
            true => "there is none now".to_owned(),
            false => format!("there are: {}{more}", paths.join(", ")),
        };
        let message = format!("A server's name belongs after {SERVERS_PATH}/; {there}.");
        let answer = words(Refusal::new(Kind::NotFound, message));
        std::future::ready(answer)
    };
    let above = any(told);
    let slash = format!("{SERVERS_PATH}/");
    let routes = Router::new().route(SERVERS_PATH, above.clone());
    readable(layers, routes.route(&slash, above))
}

async fn ready(State(health): State<Health>) -> Response {
    if health.drain.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining").into_response();
    }
    match (health.but)() {
        None => "ready".into_response(),
        Some(but) => format!("ready; {but}").into_response(),
    }
}

#[cfg(test)]
mod tests;
