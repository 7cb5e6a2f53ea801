//! What connections are made with: the addresses of a host, looked up once, and whom to trust.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::{fmt, io, vec};

use futures::future::BoxFuture;
use hyper_util::client::legacy::connect::dns::Name;
use rustls::ClientConfig;
use tokio::net::lookup_host;
use tokio::sync::Semaphore;
use tower::Service;
use url::{Host, Url};

use super::not_fetched::{NotFetched, Refusal};
use crate::{hosts, limits};

/// What connections are made with. Tests have an internet of their own.
pub(super) trait Internet: fmt::Debug + Send + Sync {
    /// The addresses of a name.
    fn lookup(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;

    /// Where an address is reached. For port 0, the connector takes the port of the URL.
    fn socket(&self, address: IpAddr) -> SocketAddr {
        (address, 0).into()
    }

    /// Whom to trust. It may read files.
    fn tls(&self) -> Result<ClientConfig, rustls::Error> {
        webex::transport::tls()
    }
}

/// The internet as the system sees it.
#[derive(Debug)]
pub(super) struct System {
    lookups: Arc<Semaphore>,
}

impl Default for System {
    fn default() -> Self {
        let lookups = Arc::new(Semaphore::new(limits::OUTBOUND_LOOKUPS_AT_ONCE));
        Self { lookups }
    }
}

impl Internet for System {
    fn lookup(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let (name, lookups) = (name.to_owned(), self.lookups.clone());
        Box::pin(async move {
            let place = lookups.acquire_owned().await.map_err(io::Error::other)?;
            // The system's resolver cannot be stopped: in a task of its own, a lookup keeps its place
            // until it is over, even if nobody waits for it any more.
            let asking = tokio::spawn(async move {
                let found = lookup_host((name.as_str(), 0)).await;
                drop(place);
                Ok(found?.map(|address| address.ip()).collect())
            });
            asking.await.map_err(io::Error::other)?
        })
    }
}

/// The addresses that a URL's host stands for.
pub(super) async fn addresses_of(
    url: &Url,
    internet: &dyn Internet,
) -> Result<Vec<IpAddr>, NotFetched> {
    let found = match url.host() {
        Some(Host::Ipv4(address)) => vec![address.into()],
        Some(Host::Ipv6(address)) => vec![address.into()],
        Some(Host::Domain(name)) => {
            let found = internet.lookup(name).await;
            found.map_err(|_| NotFetched::NotResolved)?
        }
        None => return Err(Refusal::Malformed.into()),
    };
    match found.is_empty() {
        true => Err(NotFetched::NotResolved),
        false => Ok(found),
    }
}

/// Refuses a host of which any address is not of the internet: a name that stands for both kinds is
/// there to be caught at the wrong moment.
pub(super) fn all_public(found: &[IpAddr]) -> Result<(), Refusal> {
    let all = found.iter().copied().all(hosts::is_public_address);
    all.then_some(()).ok_or(Refusal::Private)
}

/// What a connector gets in place of a resolver: where the addresses are that were judged.
#[derive(Clone, Debug)]
pub(super) struct Pinned(pub Vec<SocketAddr>);

impl Service<Name> for Pinned {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok(self.0.clone().into_iter()))
    }
}
