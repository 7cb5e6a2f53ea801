//! The transport: an HTTP request goes in, an HTTP answer comes out. Behind it is the network, or
//! any service in this process that speaks HTTP.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use http::header::HOST;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Response, Uri};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use tower::{Service, ServiceExt as _};

use crate::settings::Settings;

mod network;
mod obstacle;

use network::Network;
pub use network::{is_proxy, tls};
pub use obstacle::Obstacle;

/// An error as transports report it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Carries requests to Webex. Clones share connections.
#[derive(Clone)]
pub struct Transport(Inner);

#[derive(Clone)]
enum Inner {
    Network(Arc<Network>),
    InProcess(Arc<dyn Fn(Request<Body>) -> Answering + Send + Sync>),
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

/// A request that got no answer.
#[derive(Debug)]
pub struct NoAnswer {
    /// False if certainly no byte of the request was sent.
    pub maybe_received: bool,
    pub source: BoxError,
}

impl Transport {
    /// The network: HTTP/1.1 and HTTP/2 over rustls with the platform's root certificates. Proxies
    /// come from the environment (`HTTPS_PROXY`, `NO_PROXY`, …) or the system.
    ///
    /// The root certificates are read for the first https connection, which fails if there are
    /// none.
    pub fn network(settings: &Settings) -> Self {
        Self(Inner::Network(Arc::new(Network::new(settings))))
    }

    /// A service in this process, such as an axum `Router`. It sees what a server would see: a path
    /// without a host, and a `Host` header.
    ///
    /// An error of the service counts as a lost connection; an [`std::io::Error`] of kind
    /// `ConnectionRefused` counts as a connection that was never made.
    pub fn in_process<S, B>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Inner::InProcess(Arc::new(move |request| {
            let service = service.clone();
            Box::pin(async move {
                let answer = service.oneshot(request).await.map_err(Into::into)?;
                Ok(answer.map(Body::wrap))
            })
        })))
    }

    /// The network without a proxy, for requests that are no calls of Webex.
    pub fn direct(connect_timeout: Duration) -> Self {
        Self(Inner::Network(Arc::new(Network::direct(connect_timeout))))
    }

    /// Sends one request, and returns when its answer begins. Nothing is added, repeated or
    /// redirected, and there is no deadline but that of the connection.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Body>, NoAnswer> {
        match &self.0 {
            Inner::Network(network) => network.send(request).await,
            Inner::InProcess(answer) => answer(as_received(request)).await.map_err(|source| {
                let error = source.downcast_ref::<std::io::Error>();
                let refused = std::io::ErrorKind::ConnectionRefused;
                NoAnswer {
                    maybe_received: error.is_none_or(|error| error.kind() != refused),
                    source,
                }
            }),
        }
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            Inner::Network(_) => "Transport(network)",
            Inner::InProcess(_) => "Transport(in process)",
        })
    }
}

/// What a server behind HTTP/1.1 would see of the request.
fn as_received(mut request: Request<Body>) -> Request<Body> {
    let uri = std::mem::take(request.uri_mut());
    let host = uri
        .authority()
        .map(|authority| HeaderValue::from_str(authority.as_str()));
    if let Some(Ok(host)) = host {
        request.headers_mut().insert(HOST, host);
    }
    let path = uri.into_parts().path_and_query;
    *request.uri_mut() = Uri::from(path.unwrap_or(PathAndQuery::from_static("/")));
    request
}

/// The body of a request or an answer: empty, whole, or a stream.
pub struct Body(Content);

enum Content {
    Empty,
    Full(Bytes),
    Stream(UnsyncBoxBody<Bytes, BoxError>),
}

impl Body {
    /// No body.
    pub const fn empty() -> Self {
        Self(Content::Empty)
    }

    /// A body that is in memory.
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        Self(Content::Full(bytes.into()))
    }

    /// Any other body.
    pub fn wrap<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Content::Stream(body.map_err(Into::into).boxed_unsync()))
    }

    /// A stream of `length_bytes`, the length that is announced to the other side.
    pub(crate) fn sized<S>(length_bytes: u64, stream: S) -> Self
    where
        S: Stream<Item = Result<Bytes, BoxError>> + Send + 'static,
    {
        Self::wrap(KnownLength {
            stream: Box::pin(stream),
            left_bytes: length_bytes,
        })
    }

    /// The bytes of a body that is in memory; empty for a stream.
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.0 {
            Content::Full(bytes) => bytes,
            Content::Empty | Content::Stream(_) => &[],
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Content::Empty => Poll::Ready(None),
            Content::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                self.0 = Content::Empty;
                let frame = (!bytes.is_empty()).then(|| Ok(Frame::data(bytes)));
                Poll::Ready(frame)
            }
            Content::Stream(stream) => Pin::new(stream).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Content::Empty => true,
            Content::Full(bytes) => bytes.is_empty(),
            Content::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Content::Empty => SizeHint::with_exact(0),
            Content::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Content::Stream(stream) => stream.size_hint(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Content::Empty => formatter.write_str("Body(empty)"),
            Content::Full(bytes) => write!(formatter, "Body({} bytes)", bytes.len()),
            Content::Stream(_) => formatter.write_str("Body(stream)"),
        }
    }
}

/// A stream whose length is known, so that it is sent with `Content-Length` instead of in chunks.
struct KnownLength {
    stream: Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>,
    left_bytes: u64,
}

impl http_body::Body for KnownLength {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.stream.as_mut().poll_next(context).map(|item| {
            item.map(|item| {
                item.map(|bytes| {
                    self.left_bytes = self.left_bytes.saturating_sub(bytes.len() as u64);
                    Frame::data(bytes)
                })
            })
        })
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left_bytes)
    }
}
