//! The sandbox's limit: a bare axum handler that returns the very bytes the sandbox returned, behind the
//! server's own way of serving connections. It knows its answers before anybody asks.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, DATE};
use axum::http::{HeaderMap, Request, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use clap::Parser;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

/// The server is measured with this allocator, so the limit has it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The server's own bound on how long a request's head may take.
const REQUEST_HEAD: Duration = Duration::from_secs(30);

#[derive(Debug, Parser)]
#[command(about = "Gives the answers of another server again")]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The server whose answers are kept.
    #[arg(long)]
    from: SocketAddr,
    /// Its bearer token.
    #[arg(long)]
    token: String,
    /// Path and query of what is asked.
    #[arg(required = true)]
    paths: Vec<String>,
}

/// Headers and bodies by path and query.
type Answers = Arc<HashMap<String, (HeaderMap, Bytes)>>;

async fn answers(arguments: &Arguments) -> Result<Answers> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut kept = HashMap::new();
    for path in &arguments.paths {
        let request = Request::get(format!("http://{}{path}", arguments.from))
            .header(AUTHORIZATION, format!("Bearer {}", arguments.token))
            .body(Empty::<Bytes>::new())?;
        let (mut head, body) = client.request(request).await?.into_parts();
        anyhow::ensure!(head.status == StatusCode::OK, "{path}: {}", head.status);
        // hyper writes these anew.
        head.headers.remove(DATE);
        head.headers.remove(CONTENT_LENGTH);
        let body = body.collect().await?.to_bytes();
        kept.insert(path.clone(), (head.headers, body));
    }
    Ok(Arc::new(kept))
}

async fn answer(State(answers): State<Answers>, uri: Uri) -> Response {
    let asked = uri.path_and_query().map_or("/", |path| path.as_str());
    match answers.get(asked) {
        Some((headers, body)) => (headers.clone(), body.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let answers = answers(&arguments).await.context("the other server")?;
    let router = Router::new().fallback(answer).with_state(answers);
    let listener = TcpListener::bind(arguments.listen).await?;
    println!("{}", listener.local_addr()?);
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_HEAD);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let router = router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let router = router.clone();
            async move {
                match router.oneshot(request.map(Body::new)).await {
                    Ok(response) => Ok::<_, Infallible>(response),
                    Err(never) => match never {},
                }
            }
        });
        let connection = builder
            .serve_connection(TokioIo::new(stream), service)
            .into_owned();
        tokio::spawn(async move {
            // A connection that breaks concerns its client only.
            let _ = connection.await;
        });
    }
}
