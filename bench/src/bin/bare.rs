//! The limit without a framework: hyper, serde, and one pooled call to Webex.

use std::convert::Infallible;
use std::sync::Arc;

use anyhow::Result;
use bytes::Bytes;
use clap::Parser;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use webex_bench::hop::Hop;
use webex_bench::place::{Place, listen};

/// The server is measured with this allocator, so the limit has it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
#[command(about = "The limit that the server is compared with: bare hyper")]
struct Arguments {
    #[command(flatten)]
    place: Place,
}

async fn answered(hop: &Hop, request: Request<Incoming>) -> Result<Vec<u8>> {
    let body = request.into_body().collect().await?.to_bytes();
    hop.answer(&body).await
}

async fn answer(
    hop: Arc<Hop>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let response = match answered(&hop, request).await {
        Ok(reply) => {
            let mut response = Response::new(Full::from(reply));
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            response
        }
        Err(error) => {
            let mut response = Response::new(Full::from(error.to_string()));
            *response.status_mut() = StatusCode::BAD_GATEWAY;
            response
        }
    };
    Ok(response)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let Arguments { place } = Arguments::parse();
    let hop = Arc::new(Hop::new(place.upstream)?);
    let listener = listen(place.listen).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let hop = hop.clone();
        let service = service_fn(move |request| answer(hop.clone(), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
