//! The stand-in for Webex: prebuilt answers as fast as hyper gives them, on one thread, counted.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use clap::Parser;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, LINK};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use webex_bench::world;

/// One write of a streamed file: as much as a socket buffer takes at once.
const FILE_CHUNK_BYTES: u64 = 64 * 1024;

/// What every sign-in gets. The tokens outlive each measurement.
const TOKENS: &[u8] = br#"{"access_token":"caller-1","expires_in":1209600,"refresh_token":"again","refresh_token_expires_in":7776000,"token_type":"Bearer","scope":"spark:messages_read spark:rooms_read spark:people_read spark:kms"}"#;

#[derive(Debug, Parser)]
#[command(about = "A Webex stand-in with prebuilt answers")]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// How long every answer takes, in milliseconds.
    #[arg(long, default_value_t = 0)]
    delay_ms: u64,
}

/// What was asked for, and the name under which it is counted.
#[derive(Debug, Clone, Copy)]
enum Route {
    Message,
    Messages,
    CreateMessage,
    Rooms,
    Room,
    Me,
    Contents,
    Memberships,
    Token,
    Unknown,
}

impl Route {
    const NAMES: [&'static str; 10] = [
        "GET /messages/{id}",
        "GET /messages",
        "POST /messages",
        "GET /rooms",
        "GET /rooms/{id}",
        "GET /people/me",
        "GET|HEAD /contents/{id}",
        "GET /memberships",
        "POST /access_token",
        "unknown",
    ];

    fn of(method: &Method, path: &str) -> Self {
        let Some(path) = path.strip_prefix("/v1/") else {
            return Self::Unknown;
        };
        let (noun, id) = path.split_once('/').unwrap_or((path, ""));
        match (method, noun, id.is_empty()) {
            (&Method::GET, "messages", false) => Self::Message,
            (&Method::GET, "messages", true) => Self::Messages,
            (&Method::POST, "messages", true) => Self::CreateMessage,
            (&Method::GET, "rooms", true) => Self::Rooms,
            (&Method::GET, "rooms", false) => Self::Room,
            (&Method::GET, "people", false) => Self::Me,
            (&Method::GET | &Method::HEAD, "contents", false) => Self::Contents,
            (&Method::GET, "memberships", true) => Self::Memberships,
            (&Method::POST, "access_token", true) => Self::Token,
            _ => Self::Unknown,
        }
    }
}

struct Stub {
    delay: Duration,
    counts: [AtomicU64; Route::NAMES.len()],
    received_bytes: AtomicU64,
    message: Bytes,
    message_pages: Vec<Bytes>,
    rooms: Bytes,
    room: Bytes,
    me: Bytes,
    address: SocketAddr,
    /// Where the next page of messages would be, ready as a header.
    next_link: String,
}

type Answer = Response<Either<Full<Bytes>, File>>;

impl Stub {
    fn new(delay: Duration, address: SocketAddr) -> Self {
        Self {
            delay,
            counts: Default::default(),
            received_bytes: AtomicU64::new(0),
            message: world::message(),
            message_pages: world::message_pages(),
            rooms: world::rooms(),
            room: world::room(),
            me: world::me(),
            address,
            next_link: format!(
                "<http://{address}/v1/messages?roomId={}&max=100&beforeMessage={}>; rel=\"next\"",
                world::id("ROOM", 0),
                world::id("MESSAGE", world::PAGE_MESSAGES - 1),
            ),
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        if request.uri().path() == "/_count" {
            return json(StatusCode::OK, self.counted());
        }
        let route = Route::of(request.method(), request.uri().path());
        self.counts[route as usize].fetch_add(1, Ordering::Relaxed);
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        match route {
            Route::Message => json(StatusCode::OK, self.message.clone()),
            Route::Messages => self.page(request.uri().query().unwrap_or_default()),
            Route::CreateMessage => self.received(request).await,
            Route::Rooms => json(StatusCode::OK, self.rooms.clone()),
            Route::Room => json(StatusCode::OK, self.room.clone()),
            Route::Me => self.person(&request),
            Route::Memberships => self.memberships(request.uri().query().unwrap_or_default()),
            Route::Contents => file(request.method() == Method::HEAD),
            Route::Token => json(StatusCode::OK, Bytes::from_static(TOKENS)),
            Route::Unknown => json(
                StatusCode::NOT_FOUND,
                Bytes::from_static(br#"{"message":"not part of what is measured"}"#),
            ),
        }
    }

    /// Whoever calls: each token is a person of its own, as in Webex.
    fn person(&self, request: &Request<Incoming>) -> Answer {
        let token = request.headers().get(hyper::header::AUTHORIZATION);
        let name = token
            .and_then(|token| token.to_str().ok())
            .and_then(|token| token.strip_prefix("Bearer caller-"));
        match name {
            Some(number) => {
                let me = format!(r#"{{"id":"person-{number}","displayName":"Caller"}}"#);
                json(StatusCode::OK, me.into())
            }
            None => json(StatusCode::OK, self.me.clone()),
        }
    }

    fn page(&self, query: &str) -> Answer {
        let max = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("max="))
            .and_then(|max| max.parse().ok())
            .unwrap_or(50)
            .min(world::PAGE_MESSAGES);
        let mut answer = json(StatusCode::OK, self.message_pages[max].clone());
        if let Ok(link) = self.next_link.parse() {
            answer.headers_mut().insert(LINK, link);
        }
        answer
    }

    /// One page of a long list, made when it is asked for.
    fn memberships(&self, query: &str) -> Answer {
        let first = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("cursor="));
        let first = first.and_then(|first| first.parse().ok()).unwrap_or(0);
        let after = (first + world::PAGE_MEMBERSHIPS).min(world::MEMBERSHIPS);
        let mut answer = json(StatusCode::OK, world::memberships(first..after));
        if after < world::MEMBERSHIPS {
            let link = format!(
                "<http://{}/v1/memberships?max={}&cursor={after}>; rel=\"next\"",
                self.address,
                world::PAGE_MEMBERSHIPS
            );
            if let Ok(link) = link.parse() {
                answer.headers_mut().insert(LINK, link);
            }
        }
        answer
    }

    /// Takes a message of any size, a multipart one too, without keeping it.
    async fn received(&self, request: Request<Incoming>) -> Answer {
        let mut body = request.into_body();
        while let Some(frame) = body.frame().await {
            match frame.map(|frame| frame.into_data()) {
                Ok(Ok(data)) => {
                    let bytes = data.len() as u64;
                    self.received_bytes.fetch_add(bytes, Ordering::Relaxed);
                }
                Ok(Err(_trailers)) => {}
                Err(_cut) => return json(StatusCode::BAD_REQUEST, Bytes::from_static(b"{}")),
            }
        }
        json(StatusCode::OK, self.message.clone())
    }

    fn counted(&self) -> Bytes {
        let mut counted = serde_json::Map::new();
        for (name, count) in Route::NAMES.iter().zip(&self.counts) {
            counted.insert((*name).to_owned(), count.load(Ordering::Relaxed).into());
        }
        let received = self.received_bytes.load(Ordering::Relaxed);
        counted.insert("received bytes".to_owned(), received.into());
        serde_json::Value::from(counted).to_string().into()
    }
}

fn json(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Either::Left(Full::new(body)));
    *answer.status_mut() = status;
    let json = hyper::header::HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}

fn file(head_only: bool) -> Answer {
    let body = if head_only {
        Either::Left(Full::default())
    } else {
        Either::Right(File::new())
    };
    let mut answer = Response::new(body);
    for (name, value) in [
        (CONTENT_TYPE, "application/pdf"),
        (CONTENT_DISPOSITION, "attachment; filename=\"plan.pdf\""),
    ] {
        let value = hyper::header::HeaderValue::from_static(value);
        answer.headers_mut().insert(name, value);
    }
    answer
        .headers_mut()
        .insert(CONTENT_LENGTH, world::FILE_BYTES.into());
    answer
}

/// A large file that is one small chunk, sent again and again.
struct File {
    chunk: Bytes,
    left_bytes: u64,
}

impl File {
    fn new() -> Self {
        Self {
            chunk: Bytes::from(vec![b'%'; FILE_CHUNK_BYTES as usize]),
            left_bytes: world::FILE_BYTES,
        }
    }
}

impl Body for File {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = self.left_bytes.min(FILE_CHUNK_BYTES);
        if bytes == 0 {
            return Poll::Ready(None);
        }
        self.left_bytes -= bytes;
        Poll::Ready(Some(Ok(Frame::data(self.chunk.slice(..bytes as usize)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left_bytes)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let listener = TcpListener::bind(arguments.listen).await?;
    let address = listener.local_addr()?;
    println!("{address}");
    let delay = Duration::from_millis(arguments.delay_ms);
    let stub = Arc::new(Stub::new(delay, address));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let stub = Arc::clone(&stub);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let stub = Arc::clone(&stub);
                async move { Ok::<_, Infallible>(stub.answer(request).await) }
            });
            // A caller that hangs up in the middle is not the stand-in's concern.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
