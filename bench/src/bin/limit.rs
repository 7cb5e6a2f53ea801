//! A limit with a framework: the least that a typed proxy on axum can do.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use clap::Parser;
use tokio::net::TcpListener;
use webex_bench::hop::Hop;

/// The server is measured with this allocator, so the limit has it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
#[command(about = "A limit that the server is compared with: a typed proxy on axum")]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The base of the Webex API, with `/v1`.
    #[arg(long)]
    upstream: String,
}

async fn answer(State(hop): State<Arc<Hop>>, body: Bytes) -> Response {
    match hop.answer(&body).await {
        Ok(reply) => ([(CONTENT_TYPE, "application/json")], reply).into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let router = Router::new()
        .route("/mcp/webex-messaging", post(answer))
        .with_state(Arc::new(Hop::new(arguments.upstream)?));
    let listener = TcpListener::bind(arguments.listen).await?;
    println!("{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // Only answers wait longer without it; the measurement would show that.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await?;
    Ok(())
}
