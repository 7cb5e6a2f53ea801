//! The network: hyper with rustls. hyper's own client and not reqwest, because a call is small and
//! frequent: the address is taken apart once, gzip concerns JSON only, and there is no redirect
//! logic to switch off. Proxies from the environment are kept.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tower::{Service, ServiceExt as _};

use super::{Body, BoxError, NoAnswer};
use crate::error::WebexError;
use crate::limits::{MAX_IDLE_CONNECTION, MAX_IDLE_CONNECTIONS_COUNT};
use crate::settings::Settings;

/// A pool of connections.
#[derive(Clone)]
pub(super) struct Network {
    client: Client<Connector, Body>,
}

impl Network {
    pub fn new(settings: &Settings) -> Result<Self, WebexError> {
        let no_tls = |source| WebexError::Unreachable {
            maybe_applied: false,
            source,
        };
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let to_proxy = HttpsConnectorBuilder::new()
            .try_with_platform_verifier()
            .map_err(|error| no_tls(error.into()))?
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp.clone());
        let route = Route {
            tcp,
            to_proxy,
            proxies: Arc::new(Matcher::from_system()),
        };
        let tls = HttpsConnectorBuilder::new()
            .try_with_platform_verifier()
            .map_err(|error| no_tls(error.into()))?
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(route);
        let connector = Connector {
            tls,
            timeout: settings.connect_timeout,
        };
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(MAX_IDLE_CONNECTION)
            .pool_max_idle_per_host(MAX_IDLE_CONNECTIONS_COUNT)
            .build(connector);
        Ok(Self { client })
    }

    pub async fn send(&self, request: Request<Body>) -> Result<Response<Body>, NoAnswer> {
        match self.client.request(request).await {
            Ok(answer) => Ok(answer.map(Body::wrap)),
            Err(error) => Err(NoAnswer {
                maybe_received: !error.is_connect(),
                source: error.into(),
            }),
        }
    }
}

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Bounds the whole way to a usable connection: DNS, TCP, proxy and TLS.
#[derive(Clone)]
struct Connector {
    tls: HttpsConnector<Route>,
    timeout: Duration,
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<Stream>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let connecting = tokio::time::timeout(self.timeout, self.tls.clone().oneshot(destination));
        Box::pin(async move { connecting.await? })
    }
}

/// The way to the server: direct, or through a tunnel of the proxy that is set for it.
#[derive(Clone)]
struct Route {
    tcp: HttpConnector,
    to_proxy: HttpsConnector<HttpConnector>,
    proxies: Arc<Matcher>,
}

impl Service<Uri> for Route {
    type Response = Stream;
    type Error = BoxError;
    type Future = Connecting<Stream>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let Some(proxy) = self.proxies.intercept(&destination) else {
            let connecting = self.tcp.clone().oneshot(destination);
            return Box::pin(async move { Ok(MaybeHttpsStream::Http(connecting.await?)) });
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.to_proxy.clone());
        if let Some(auth) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        Box::pin(async move { Ok(tunnel.oneshot(destination).await?) })
    }
}
