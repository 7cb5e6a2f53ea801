//! A limit with a framework: the least that a typed proxy on axum can do.

use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use bytes::Bytes;
use clap::Parser;
use webex_bench::hop::Hop;
use webex_bench::place::{Place, serve};

/// The server is measured with this allocator, so the limit has it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
#[command(about = "A limit that the server is compared with: a typed proxy on axum")]
struct Arguments {
    #[command(flatten)]
    place: Place,
}

async fn answer(State(hop): State<Arc<Hop>>, body: Bytes) -> Response {
    match hop.answer(&body).await {
        Ok(reply) => ([(CONTENT_TYPE, "application/json")], reply).into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let Arguments { place } = Arguments::parse();
    let router = Router::new()
        .route("/mcp/webex-messaging", post(answer))
        .with_state(Arc::new(Hop::new(place.upstream)?));
    serve(place.listen, router).await
}
