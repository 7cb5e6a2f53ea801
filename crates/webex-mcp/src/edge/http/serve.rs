//! Sockets: accepting them, bounding them, and letting them finish.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::edge::limits;

/// Where a connection comes from.
#[derive(Debug, Clone, Copy)]
pub struct PeerAddress(pub SocketAddr);

/// Serves HTTP/1.1 and cleartext HTTP/2 until `drain` is cancelled; then takes no more
/// connections, lets the answers in flight finish, and returns, at the latest after
/// [`limits::DRAIN_SECONDS`].
pub async fn serve(listener: TcpListener, router: Router, drain: CancellationToken) {
    allow_open_files();
    let places = Arc::new(Semaphore::new(limits::CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    let builder = builder();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = drain.cancelled() => break,
        };
        let Some((stream, address, place)) = accepted else {
            continue;
        };
        // Without this a streamed answer waits 40 ms for the client's acknowledgement.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(PeerAddress(address));
            let router = router.clone();
            async move { Ok::<_, Infallible>(answered(router.oneshot(request).await)) }
        });
        let connection = builder
            .serve_connection(TokioIo::new(stream), service)
            .into_owned();
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks concerns its client only.
            let _ = watched.await;
            drop(place);
        });
    }
    drop(listener);
    let deadline = Duration::from_secs(limits::DRAIN_SECONDS);
    if tokio::time::timeout(deadline, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("connections were cut: they did not finish while draining");
    }
}

/// Systems begin with room for 1,024 sockets and let a process ask for more.
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

fn answered(answer: Result<axum::response::Response, Infallible>) -> axum::response::Response {
    match answer {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(limits::REQUEST_HEAD_SECONDS));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits::STREAMS_PER_CONNECTION);
    builder
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    // Beyond the bound, clients wait in the system's queue.
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
