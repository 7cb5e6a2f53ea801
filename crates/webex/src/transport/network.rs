//! The network: hyper with rustls. It is hyper's own client and not reqwest, because calls are
//! small and frequent: here the address is parsed once, only JSON is compressed, and there is no
//! redirect logic to switch off. Proxies from the environment work too.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt as _;
use http::uri::Scheme;
use http::{Request, Response, Uri};
use hyper_rustls::{
    ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream,
};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiAddrs, GaiResolver, Name};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower::{Service, ServiceExt as _};

use super::obstacle::{Marked, Obstacle};
use super::{Body, BoxError, NoAnswer};
use crate::limits::{
    HTTP2_PING_INTERVAL, HTTP2_PING_TIMEOUT, MAX_IDLE_CONNECTION, MAX_IDLE_CONNECTIONS_COUNT,
};
use crate::settings::Settings;

/// A pool of connections.
pub(super) struct Network {
    client: Client<Connector, Body>,
}

impl Network {
    /// Proxies are those of the environment or the system.
    pub fn new(settings: &Settings) -> Self {
        Self::with_proxies(settings, Matcher::from_system())
    }

    pub fn direct(connect_timeout: Duration) -> Self {
        let settings = Settings {
            connect_timeout,
            ..Settings::default()
        };
        Self::with_proxies(&settings, Matcher::builder().build())
    }

    fn with_proxies(settings: &Settings, proxies: Matcher) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver(GaiResolver::new()));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let connector = Connector {
            tcp,
            proxies: Arc::new(proxies),
            secure: Arc::new(OnceLock::new()),
            timeout: settings.connect_timeout,
        };
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(MAX_IDLE_CONNECTION)
            .pool_max_idle_per_host(MAX_IDLE_CONNECTIONS_COUNT)
            .http2_keep_alive_interval(HTTP2_PING_INTERVAL)
            .http2_keep_alive_timeout(HTTP2_PING_TIMEOUT)
            .build(connector);
        Self { client }
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

/// Whether a text of `HTTPS_PROXY` is the address of a proxy that calls can go through.
pub fn is_proxy(text: &str) -> bool {
    let proxies = Matcher::builder().https(text.to_owned()).build();
    let found = proxies.intercept(&Uri::from_static("https://webexapis.com"));
    found.is_some_and(|proxy| matches!(proxy.uri().scheme_str(), Some("http" | "https")))
}

/// TLS with the platform's root certificates, which are read from files. The provider is named here,
/// so that no other crate's choice matters.
///
/// # Errors
/// There are no root certificates.
pub fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .try_with_platform_verifier()?
        .with_no_client_auth();
    Ok(config)
}

/// The system's resolver; its failures are told apart from those of the address.
#[derive(Clone)]
struct Resolver(GaiResolver);

impl Service<Name> for Resolver {
    type Response = GaiAddrs;
    type Error = Marked;
    type Future = Pin<Box<dyn Future<Output = Result<GaiAddrs, Marked>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Marked>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let found = self.0.call(name);
        Box::pin(
            found.map(|found| found.map_err(|error| Marked::new(Obstacle::UnknownName, error))),
        )
    }
}

type Tcp = HttpConnector<Resolver>;
type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Limits the whole way to a usable connection: DNS, TCP, proxy and TLS.
#[derive(Clone)]
struct Connector {
    tcp: Tcp,
    proxies: Arc<Matcher>,
    /// Made for the first https connection: reading the platform's root certificates takes a while,
    /// and plain http, which stays on this machine (see `Base`), does not need them.
    secure: Arc<OnceLock<HttpsConnector<Route>>>,
    timeout: Duration,
}

impl Connector {
    fn secure(&self) -> Result<HttpsConnector<Route>, Marked> {
        if let Some(made) = self.secure.get() {
            return Ok(made.clone());
        }
        let tls = tls().map_err(|error| Marked::new(Obstacle::NoRoots, error))?;
        let to_proxy = HttpsConnectorBuilder::new()
            .with_tls_config(tls.clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(self.tcp.clone());
        let route = Route {
            tcp: self.tcp.clone(),
            to_proxy,
            proxies: self.proxies.clone(),
        };
        let made = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_only()
            .enable_all_versions()
            .wrap_connector(route);
        Ok(self.secure.get_or_init(|| made).clone())
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<Stream>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(
            tokio::time::timeout(self.timeout, async move {
                if destination.scheme() == Some(&Scheme::HTTPS) {
                    return connector.secure()?.oneshot(destination).await;
                }
                let plain = connector.tcp.oneshot(destination).await?;
                Ok(MaybeHttpsStream::Http(MaybeHttpsStream::Http(plain)))
            })
            .map(|connected| connected?),
        )
    }
}

/// The way to an https server: direct, or through a tunnel of its proxy.
#[derive(Clone)]
struct Route {
    tcp: Tcp,
    to_proxy: HttpsConnector<Tcp>,
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
        Box::pin(async move {
            let through = tunnel.oneshot(destination).await;
            Ok(through.map_err(Marked::by_proxy)?)
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// What a proxy for everything receives when `url` is requested; it refuses to connect.
    async fn heard_by_proxy(url: &str) -> (Option<String>, NoAnswer) {
        heard_by_proxy_that_says(url, "502 Bad Gateway").await
    }

    async fn heard_by_proxy_that_says(url: &str, says: &'static str) -> (Option<String>, NoAnswer) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://user:pass@{}", listener.local_addr().unwrap());
        let proxies = Matcher::builder().all(proxy).build();
        let network = Network::with_proxies(&Settings::default(), proxies);
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = url.parse().unwrap();
        request
            .headers_mut()
            .insert("authorization", "Bearer secret".parse().unwrap());
        let hear = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = vec![0; 1024];
            let length = stream.read(&mut heard).await.unwrap();
            let heard = String::from_utf8_lossy(&heard[..length]).into_owned();
            let answer = format!("HTTP/1.1 {says}\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            heard
        });
        let error = network.send(request).await.unwrap_err();
        // The call ends either with the proxy's answer or without having reached the proxy.
        hear.abort();
        (hear.await.ok(), error)
    }

    #[tokio::test]
    async fn https_goes_through_a_tunnel_that_never_sees_the_token() {
        let (heard, error) = heard_by_proxy("https://webexapis.com/v1/people/me").await;
        let heard = heard.unwrap();
        assert!(
            heard.starts_with("CONNECT webexapis.com:443 HTTP/1.1\r\n"),
            "{heard}"
        );
        assert!(
            heard
                .to_ascii_lowercase()
                .contains("proxy-authorization: basic"),
            "{heard}"
        );
        assert!(!heard.contains("secret"), "{heard}");
        assert!(!error.maybe_received, "{error:?}");
    }

    #[test]
    fn only_the_address_of_a_proxy_is_one() {
        for (text, expected) in [
            ("http://proxy.example.com:3128", true),
            ("https://me:x@proxy.example.com", true),
            ("proxy.example.com:3128", true),
            ("not a url", false),
            ("ftp://proxy.example.com", false),
            ("socks5://127.0.0.1:1080", false),
            ("", false),
        ] {
            assert_eq!(is_proxy(text), expected, "{text}");
        }
    }

    #[tokio::test]
    async fn what_the_proxy_says_is_told_apart() {
        let url = "https://webexapis.com/v1/people/me";
        for (says, expected) in [
            (
                "407 Proxy Authentication Required",
                Obstacle::ProxyWantsAuthentication,
            ),
            ("403 Forbidden", Obstacle::ProxyRefuses),
            ("502 Bad Gateway", Obstacle::ProxyRefuses),
        ] {
            let (_, error) = heard_by_proxy_that_says(url, says).await;
            assert_eq!(Obstacle::of(&*error.source), expected, "{error:?}");
        }
    }

    async fn in_the_way(url: &str, proxies: Matcher) -> Obstacle {
        let network = Network::with_proxies(&Settings::default(), proxies);
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = url.parse().unwrap();
        let error = network.send(request).await.unwrap_err();
        assert!(!error.maybe_received, "{error:?}");
        Obstacle::of(&*error.source)
    }

    /// An address of this machine where nothing listens.
    async fn nobody() -> std::net::SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    }

    #[tokio::test]
    async fn what_is_in_the_way_of_a_connection_is_told_apart() {
        let direct = || Matcher::builder().build();
        let refused = format!("https://{}/v1", nobody().await);
        assert_eq!(in_the_way(&refused, direct()).await, Obstacle::Refused);
        // It is longer than a part of a name may be, so that no resolver is asked.
        let unknown = format!("http://{}.invalid/v1", "x".repeat(64));
        assert_eq!(in_the_way(&unknown, direct()).await, Obstacle::UnknownName);
        let dead = format!("http://{}", nobody().await);
        let proxies = Matcher::builder().all(dead).build();
        let told = in_the_way("https://webexapis.com/v1", proxies).await;
        assert_eq!(told, Obstacle::ProxyUnreachable);
    }

    /// A server that answers a TLS greeting with something else.
    #[tokio::test]
    async fn what_speaks_no_tls_is_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/v1", listener.local_addr().unwrap());
        let answering = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n";
            stream.write_all(answer).await.unwrap();
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        });
        let told = in_the_way(&url, Matcher::builder().build()).await;
        assert_eq!(told, Obstacle::Tls);
        answering.abort();
    }

    #[tokio::test]
    async fn what_stays_on_this_machine_needs_no_proxy() {
        let (heard, _) = heard_by_proxy("http://127.0.0.1:1/v1/people/me").await;
        assert_eq!(heard, None);
    }
}
