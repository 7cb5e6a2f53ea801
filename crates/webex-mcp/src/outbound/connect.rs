//! The way to a URL: judges it, finds its addresses, and connects to one of these or to the proxy.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, Write};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use rustls::ClientConfig;
use tokio::sync::OnceCell;
use tower::{BoxError, Service, ServiceExt as _};
use url::{Host, Url};
use webex::transport::Obstacle;

use super::Rules;
use super::internet::{Internet, Pinned, addresses_of, all_public};
use super::not_fetched::{NotFetched, Refusal};
use super::proxy::{Checked, WrongProxy};
use crate::{hosts, limits};

/// Bytes to a server and back.
pub(super) trait Stream: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Stream for T {}

#[derive(Debug)]
pub(super) struct Connector {
    proxy: Option<Checked>,
    may_be_private: bool,
    private_hosts: Vec<Host>,
    internet: Arc<dyn Internet>,
    tls: OnceCell<ClientConfig>,
}

impl Connector {
    pub fn new(rules: Rules, internet: Arc<dyn Internet>) -> Result<Self, WrongProxy> {
        let proxy = rules.proxy.map(|proxy| proxy.checked()).transpose()?;
        Ok(Self {
            proxy,
            may_be_private: rules.may_be_private,
            private_hosts: rules.private_hosts,
            internet,
            tls: OnceCell::new(),
        })
    }

    /// Connects to the server of a URL.
    pub async fn connect(
        &self,
        url: &Url,
        within: Duration,
    ) -> Result<Box<dyn Stream>, NotFetched> {
        self.check(url)?;
        let uri: Uri = url.as_str().parse().map_err(|_| Refusal::Malformed)?;
        if let Some(proxy) = self.proxy_to(url) {
            let unreachable = |_| NotFetched::Failed(Obstacle::ProxyUnreachable);
            let to_proxy = self.pinned(&proxy.url, within, |_| Ok(())).await;
            let to_proxy = to_proxy.map_err(unreachable)?;
            let to_proxy = self.secured(to_proxy, false).await?;
            let tunnel = Tunnel::new(proxy.uri.clone(), to_proxy);
            let connector = self.secured(tunnel, true).await?;
            return open(connector, uri, through_proxy).await;
        }
        let judge = |found: &[IpAddr]| match self.may_be_private(url) {
            true => Ok(()),
            false => all_public(found),
        };
        let tcp = self.pinned(url, within, judge).await?;
        if url.scheme() == "http" {
            return open(tcp, uri, directly).await;
        }
        open(self.secured(tcp, true).await?, uri, directly).await
    }

    fn check(&self, url: &Url) -> Result<(), Refusal> {
        match url.scheme() {
            "https" => {}
            "http" if self.may_be_plain(url) => {}
            _ => return Err(Refusal::NotHttps),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::UserInfo);
        }
        if !hosts::is_well_formed(url) || url.as_str().len() > limits::URL_MAX_CHARS {
            return Err(Refusal::Malformed);
        }
        if !self.may_be_private(url) && !hosts::is_public(url) {
            return Err(Refusal::Private);
        }
        match self.proxy_to(url) {
            Some(proxy) if !proxy.may_fetch(url) => Err(Refusal::NotListed),
            _ => Ok(()),
        }
    }

    /// Whether the operator named the host of a URL as private.
    fn is_named(&self, url: &Url) -> bool {
        let host = url.host().map(|host| host.to_owned());
        host.is_some_and(|host| self.private_hosts.contains(&host))
    }

    /// Whether the host of a URL may have any address.
    fn may_be_private(&self, url: &Url) -> bool {
        self.may_be_private || self.is_named(url)
    }

    /// The proxy on the way to a URL: none leads to a private host.
    fn proxy_to(&self, url: &Url) -> Option<&Checked> {
        self.proxy.as_ref().filter(|_| !self.is_named(url))
    }

    /// Whether nothing has to be encrypted on the way to a URL: it leads nowhere but to this machine.
    fn may_be_plain(&self, url: &Url) -> bool {
        let is_here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        self.may_be_private || (is_here && self.is_named(url))
    }

    /// A connector to the addresses that the URL's host has now, and to no others.
    async fn pinned(
        &self,
        url: &Url,
        within: Duration,
        judge: impl Fn(&[IpAddr]) -> Result<(), Refusal>,
    ) -> Result<HttpConnector<Pinned>, NotFetched> {
        let found = addresses_of(url, &*self.internet).await?;
        judge(&found)?;
        let tried = found.into_iter().take(limits::OUTBOUND_ADDRESSES_TRIED);
        let sockets = tried.map(|address| self.internet.socket(address));
        let mut tcp = HttpConnector::new_with_resolver(Pinned(sockets.collect()));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // It is shared among the addresses, so that one which does not answer leaves time for others.
        tcp.set_connect_timeout(Some(within));
        Ok(tcp)
    }

    async fn secured<C>(&self, inner: C, always: bool) -> Result<HttpsConnector<C>, NotFetched> {
        let tls = self.tls.get_or_try_init(|| async {
            let internet = self.internet.clone();
            let read = tokio::task::spawn_blocking(move || internet.tls()).await;
            let read = read.map_err(|_| NotFetched::Failed(Obstacle::Broken))?;
            read.map_err(|_| NotFetched::Failed(Obstacle::NoRoots))
        });
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls.await?.clone());
        let builder = match always {
            true => builder.https_only(),
            false => builder.https_or_http(),
        };
        Ok(builder.enable_http1().wrap_connector(inner))
    }
}

async fn open<C>(
    connector: C,
    uri: Uri,
    why: fn(Obstacle) -> Obstacle,
) -> Result<Box<dyn Stream>, NotFetched>
where
    C: Service<Uri>,
    C::Response: Connection + Stream + 'static,
    C::Error: Into<BoxError>,
{
    match connector.oneshot(uri).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => {
            let error: BoxError = error.into();
            Err(NotFetched::Failed(why(Obstacle::of(&*error))))
        }
    }
}

fn directly(obstacle: Obstacle) -> Obstacle {
    obstacle
}

/// What the tunnel says comes from the proxy; TLS comes from the server behind it.
fn through_proxy(obstacle: Obstacle) -> Obstacle {
    match obstacle {
        Obstacle::Refused | Obstacle::NoRoute | Obstacle::Silent => Obstacle::ProxyUnreachable,
        Obstacle::Broken => Obstacle::ProxyRefuses,
        other => other,
    }
}
