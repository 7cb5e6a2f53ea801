//! Sockets: accepts them, bounds what each may hold and for how long, and lets them finish.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Version};
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::activity::Activity;
use super::protection::protect;
use super::proxies::Proxies;
use super::tls::Tls;
use super::unread::lend;
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
    /// TLS handshakes at the same time.
    pub handshakes: ShareBounds,
    /// From opening the socket to its first byte.
    pub first_byte: Duration,
    /// From there to the end of the TLS handshake.
    pub handshake: Duration,
    /// From there to the first request; on HTTP/1 also to each further one.
    pub head: Duration,
    /// Without a request, after the first one.
    pub idle: Duration,
    /// For what a request still sends that was answered without its body.
    pub unread: Duration,
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
            handshakes: ShareBounds {
                in_all: limits::HANDSHAKES_AT_ONCE,
                each: limits::HANDSHAKES_AT_ONCE_PER_ADDRESS,
            },
            first_byte: Duration::from_secs(limits::FIRST_BYTE_SECONDS),
            handshake: Duration::from_secs(limits::HANDSHAKE_SECONDS),
            head: Duration::from_secs(limits::REQUEST_HEAD_SECONDS),
            idle: Duration::from_secs(limits::CONNECTION_IDLE_SECONDS),
            unread: Duration::from_secs(limits::UNREAD_BODY_SECONDS),
            ping: Duration::from_secs(limits::PING_SECONDS),
            ping_answer: Duration::from_secs(limits::PING_ANSWER_SECONDS),
            close: Duration::from_secs(limits::CLOSE_SECONDS),
            drain: Duration::from_secs(limits::DRAIN_SECONDS),
        }
    }
}

/// What is between the sockets and their clients.
#[derive(Debug, Clone, Default)]
pub struct Wire {
    /// They may use all connections.
    pub proxies: Proxies,
    /// The TLS that is spoken here; without it, plain HTTP.
    pub tls: Option<Tls>,
    /// Clients use https, be it spoken here or by a proxy.
    pub is_https: bool,
}

impl From<Proxies> for Wire {
    fn from(proxies: Proxies) -> Self {
        Wire {
            proxies,
            ..Wire::default()
        }
    }
}

/// Serves HTTP/1.1 and HTTP/2 until `drain` is cancelled. Then it accepts no more connections, lets
/// the answers in flight finish, and returns after [`Bounds::drain`] at the latest. Each address has
/// a share of the connections.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    wire: impl Into<Wire>,
    drain: CancellationToken,
) {
    let wire = wire.into();
    let serving = accept_all(listener, router, bounds, wire.clone(), drain.clone());
    match &wire.tls {
        Some(tls) => drop(tokio::join!(serving, tls.keep_fresh(&drain))),
        None => serving.await,
    }
}

async fn accept_all(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    wire: Wire,
    drain: CancellationToken,
) {
    allow_open_files();
    let places = Arc::new(Semaphore::new(bounds.connections.in_all));
    let shares = Shares::new(bounds.connections);
    let door = Arc::new(Door {
        router,
        builder: builder(&bounds),
        handshakes: Shares::new(bounds.handshakes),
        bounds,
        wire,
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
        let Some(share) = share(&shares, &door.wire.proxies, address.ip()) else {
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

/// The share that an address holds. Connections of a proxy that is believed are not counted. `None`
/// where the address already holds its whole share.
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
    handshakes: Shares<IpAddr>,
    bounds: Bounds,
    wire: Wire,
    drain: CancellationToken,
}

impl Door {
    /// Serves one connection to its end. If it breaks, only its own client is affected.
    async fn connection(&self, stream: TcpStream, address: SocketAddr) {
        let Some(speaks_tls) = self.speaks_tls(&stream).await else {
            return;
        };
        // Without this, a streamed answer waits 40 ms for the client's acknowledgement.
        let _ = stream.set_nodelay(true);
        match (&self.wire.tls, speaks_tls) {
            (None, false) => self.talk(TokioIo::new(stream), address).await,
            // Its sender would wait for a handshake that never comes.
            (None, true) => {}
            (Some(tls), true) => {
                // Boxed: the memory of a handshake is not held for the whole connection.
                if let Some(stream) = Box::pin(self.handshake(tls, stream, address.ip())).await {
                    self.talk(TokioIo::new(stream), address).await;
                }
            }
            (Some(_), false) => self.tell_of_tls(stream).await,
        }
    }

    async fn talk<S>(&self, stream: S, address: SocketAddr)
    where
        S: Read + Write + Unpin + Send + 'static,
    {
        let activity = Activity::new();
        let service = service_fn(|request: Request<Incoming>| {
            let begun = activity.begin();
            let (head, body) = request.into_parts();
            // On HTTP/2, what is left of a body belongs to its stream and hinders no other.
            let (body, rest) = match head.version < Version::HTTP_2 {
                true => lend(&head.headers, body),
                false => (Body::new(body), None),
            };
            let mut request = Request::from_parts(head, body);
            request.extensions_mut().insert(PeerAddress(address));
            let answering = self.router.clone().oneshot(request);
            let (is_https, within) = (self.wire.is_https, self.bounds.unread);
            async move {
                let mut answer = answered(answering.await);
                if let Some(rest) = rest {
                    // This is rare, and so boxed.
                    Box::pin(rest.settle(within, answer.headers_mut())).await;
                }
                protect(answer.headers_mut(), is_https);
                Ok::<_, Infallible>(begun.until_sent(answer))
            }
        });
        let connection = self.builder.serve_connection(stream, service);
        tokio::pin!(connection);
        let allowed = tokio::select! {
            _ = connection.as_mut() => return,
            () = activity.idle(self.bounds.head, self.bounds.idle) => self.bounds.close,
            () = self.drain.cancelled() => self.bounds.drain,
        };
        connection.as_mut().graceful_shutdown();
        let _ = timeout(allowed, connection).await;
    }

    /// Waits for the first byte, and says whether a TLS hello begins with it. `None` where nothing
    /// comes.
    async fn speaks_tls(&self, stream: &TcpStream) -> Option<bool> {
        const TLS_HANDSHAKE: u8 = 0x16;
        let mut first = [0; 1];
        tokio::select! {
            peeked = timeout(self.bounds.first_byte, stream.peek(&mut first)) => {
                matches!(peeked, Ok(Ok(1))).then_some(first[0] == TLS_HANDSHAKE)
            }
            () = self.drain.cancelled() => None,
        }
    }

    /// The stream once TLS is agreed on, within its time and the share of its address.
    async fn handshake(
        &self,
        tls: &Tls,
        stream: TcpStream,
        from: IpAddr,
    ) -> Option<TlsStream<TcpStream>> {
        let Some(_share) = share(&self.handshakes, &self.wire.proxies, from) else {
            tracing::debug!("a connection was closed: its address has its share of handshakes");
            return None;
        };
        let done = tokio::select! {
            done = timeout(self.bounds.handshake, tls.accept(stream)) => done.ok()?,
            () = self.drain.cancelled() => return None,
        };
        done.inspect_err(|error| tracing::debug!(%error, "a TLS handshake failed"))
            .ok()
    }

    /// Tells somebody who speaks plain HTTP what is spoken here.
    async fn tell_of_tls(&self, mut stream: TcpStream) {
        // What was not read when a socket closes would make its end a reset.
        let _ = stream.try_read(&mut [0; 4 * 1024]);
        let told = async {
            stream.write_all(PLAIN_HTTP).await?;
            stream.shutdown().await
        };
        let _ = timeout(self.bounds.close, told).await;
    }
}

/// The answer to plain HTTP where TLS is spoken.
const PLAIN_HTTP: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n\
      This address speaks TLS: use https:// in place of http://.\n";

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
        // More than 100 headers are refused too, which is the default.
        .max_buf_size(limits::REQUEST_HEAD_MAX_BYTES)
        .header_read_timeout(bounds.head);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(bounds.ping)
        .keep_alive_timeout(bounds.ping_answer)
        .max_header_list_size(limits::REQUEST_HEAD_MAX_BYTES as u32)
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
