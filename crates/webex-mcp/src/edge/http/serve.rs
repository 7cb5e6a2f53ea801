//! Sockets: accepts them, bounds what each may hold and for how long, and lets them finish.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::activity::Activity;
use super::proxies::Proxies;
use crate::edge::limits;
use crate::edge::shares::{Share, ShareBounds, Shares};
use crate::identity::holder_of;

/// Where a connection comes from.
#[derive(Debug, Clone, Copy)]
pub struct PeerAddress(pub SocketAddr);

/// How many sockets there may be, and how long each step may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub connections: ShareBounds,
    /// From opening the socket to its first byte.
    pub first_byte: Duration,
    /// From there to the first request; on HTTP/1 also to each further one.
    pub head: Duration,
    /// Without a request, after the first one.
    pub idle: Duration,
    /// Between two HTTP/2 pings.
    pub ping: Duration,
    pub ping_answer: Duration,
    /// For closing a connection that was idle.
    pub close: Duration,
    /// For the answers in flight once draining has begun.
    pub drain: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            connections: ShareBounds {
                in_all: limits::CONNECTIONS_MAX,
                each: limits::CONNECTIONS_PER_ADDRESS,
            },
            first_byte: Duration::from_secs(limits::FIRST_BYTE_SECONDS),
            head: Duration::from_secs(limits::REQUEST_HEAD_SECONDS),
            idle: Duration::from_secs(limits::CONNECTION_IDLE_SECONDS),
            ping: Duration::from_secs(limits::PING_SECONDS),
            ping_answer: Duration::from_secs(limits::PING_ANSWER_SECONDS),
            close: Duration::from_secs(limits::CLOSE_SECONDS),
            drain: Duration::from_secs(limits::DRAIN_SECONDS),
        }
    }
}

/// Serves HTTP/1.1 and cleartext HTTP/2 until `drain` is cancelled. Then it accepts no more
/// connections, lets the answers in flight finish, and returns after [`Bounds::drain`] at the
/// latest. Each address has a share of the connections; `proxies` may use all of them.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    proxies: Proxies,
    drain: CancellationToken,
) {
    allow_open_files();
    let places = Arc::new(Semaphore::new(bounds.connections.in_all));
    let shares = Shares::new(bounds.connections);
    let door = Arc::new(Door {
        router,
        builder: builder(&bounds),
        bounds,
        drain: drain.clone(),
    });
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = drain.cancelled() => break,
        };
        let Some((stream, address, place)) = accepted else {
            continue;
        };
        let Some(share) = share(&shares, &proxies, address.ip()) else {
            tracing::debug!("a connection was closed: its address has its share");
            continue;
        };
        let door = door.clone();
        connections.spawn(async move {
            door.connection(stream, address).await;
            drop((share, place));
        });
    }
    drop(listener);
    connections.close();
    // Each connection ends by itself within this time; the rest is for the scheduler.
    let closing = bounds.drain + bounds.close;
    if timeout(closing, connections.wait()).await.is_err() {
        tracing::warn!("connections were cut: they did not finish while draining");
    }
}

/// The share of the connections that an address holds. Connections of a proxy that is believed are
/// not counted. `None` where the address already holds its whole share.
fn share(
    shares: &Shares<IpAddr>,
    proxies: &Proxies,
    address: IpAddr,
) -> Option<Option<Share<IpAddr>>> {
    if proxies.trusts(address) {
        return Some(None);
    }
    shares.take(&holder_of(address), 1).map(Some)
}

/// What every connection needs.
struct Door {
    router: Router,
    builder: Builder<TokioExecutor>,
    bounds: Bounds,
    drain: CancellationToken,
}

impl Door {
    /// Serves one connection to its end. If it breaks, only its own client is affected.
    async fn connection(&self, stream: TcpStream, address: SocketAddr) {
        if !self.speaks_http(&stream).await {
            return;
        }
        // Without this, a streamed answer waits 40 ms for the client's acknowledgement.
        let _ = stream.set_nodelay(true);
        let activity = Activity::new();
        let service = service_fn(|request: hyper::Request<Incoming>| {
            let begun = activity.begin();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(PeerAddress(address));
            let answering = self.router.clone().oneshot(request);
            async move { Ok::<_, Infallible>(begun.until_sent(answered(answering.await))) }
        });
        let connection = self.builder.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let allowed = tokio::select! {
            _ = connection.as_mut() => return,
            () = activity.idle(self.bounds.head, self.bounds.idle) => self.bounds.close,
            () = self.drain.cancelled() => self.bounds.drain,
        };
        connection.as_mut().graceful_shutdown();
        let _ = timeout(allowed, connection).await;
    }

    /// Waits for the first byte. A TLS hello gets no answer: its sender would wait for a handshake
    /// that never comes.
    async fn speaks_http(&self, stream: &TcpStream) -> bool {
        const TLS_HANDSHAKE: u8 = 0x16;
        let mut first = [0; 1];
        tokio::select! {
            peeked = timeout(self.bounds.first_byte, stream.peek(&mut first)) => {
                matches!(peeked, Ok(Ok(1))) && first[0] != TLS_HANDSHAKE
            }
            () = self.drain.cancelled() => false,
        }
    }
}

fn answered(answer: Result<axum::response::Response, Infallible>) -> axum::response::Response {
    match answer {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn builder(bounds: &Bounds) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(bounds.ping)
        .keep_alive_timeout(bounds.ping_answer)
        .max_concurrent_streams(limits::STREAMS_PER_CONNECTION);
    builder
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    // Beyond the bound, clients wait in the operating system's queue.
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => Some((stream, address, place)),
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(limits::ACCEPT_REST_MILLISECONDS)).await;
            None
        }
    }
}

/// Systems start a process with room for about 1,024 sockets and let it ask for more.
#[cfg(unix)]
fn allow_open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut allowed = getrlimit(Resource::Nofile);
    let most = allowed.maximum.unwrap_or(limits::OPEN_FILES_WANTED);
    let wanted = limits::OPEN_FILES_WANTED.min(most);
    if allowed.current.is_some_and(|current| current < wanted) {
        allowed.current = Some(wanted);
        if let Err(error) = setrlimit(Resource::Nofile, allowed) {
            tracing::warn!(%error, "no more sockets are allowed than the system's default");
        }
    }
}

#[cfg(not(unix))]
fn allow_open_files() {}
