//! Mounts the sandbox inside another server: beside its routes, or behind a client in the same
//! process.

use axum::Router;
use axum::extract::Request;
use axum::middleware::map_request;
use axum::routing::any;
use http::{Extensions, Uri};
use tower::ServiceExt as _;

use crate::Sandbox;

/// Every path of the sandbox.
const PATHS: [&str; 7] = [
    "/",
    "/v1",
    "/v1/",
    "/v1/{*rest}",
    "/_sandbox",
    "/_sandbox/",
    "/_sandbox/{*rest}",
];

impl Sandbox {
    /// API, administration and live page as routes that leave every other path to the router that
    /// they are merged into. For the loopback interface only.
    ///
    /// `base` is the scheme and host of that router; addresses in webhook deliveries begin with it,
    /// also where a caller in this process caused them.
    pub fn beside_others(&self, base: &str) -> Router {
        // A sandbox stands beside one server; the first one stays the address of its deliveries.
        let _ = self.0.mounted_at.set(base.to_owned());
        let whole = self.router().merge(self.admin_router());
        let answer = any(move |mut request: Request| {
            // The path parameters of the outer router do not belong to this one.
            *request.extensions_mut() = Extensions::new();
            whole.clone().oneshot(request)
        });
        let router = Router::new();
        PATHS
            .into_iter()
            .fold(router, |router, path| router.route(path, answer.clone()))
    }

    /// The API for callers in this process, which use an origin at which nothing listens.
    pub fn router_at(&self, origin: &'static str) -> Router {
        let absolute = map_request(move |mut request: Request| async move {
            let path = request.uri().path_and_query();
            let path = path.map_or("/", |path| path.as_str());
            if let Ok(uri) = format!("{origin}{path}").parse::<Uri>() {
                *request.uri_mut() = uri;
            }
            request
        });
        self.router().layer(absolute)
    }
}
