//! What the targets share: a Webex that gives whatever answer the fuzzer made up.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use webex::transport::Body;
use webex::{AccessToken, Client, Settings, Transport, Webex};

const HOST: &str = "webexapis.example";

/// Where the invented Webex is said to be.
pub const BASE_URL: &str = "https://webexapis.example/v1";

/// One answer, as the fuzzer made it up.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub header: Option<(HeaderName, HeaderValue)>,
    pub body: Bytes,
}

/// How many requests that change something have reached the invented Webex.
#[derive(Debug, Clone, Default)]
pub struct Writes(Arc<AtomicUsize>);

impl Writes {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// A Webex that answers every request with `answer`, through the seam that the network stands behind.
pub fn webex(answer: Answer) -> (Webex, Writes) {
    let writes = Writes::default();
    let counter = writes.clone();
    let service = tower::service_fn(move |request: Request<Body>| {
        assert_eq!(request.headers()["host"], HOST, "the token left Webex");
        assert!(
            request.uri().path().starts_with("/v1/"),
            "{}",
            request.uri()
        );
        if !request.method().is_safe() {
            counter.0.fetch_add(1, Ordering::Relaxed);
        }
        let mut response = Response::new(Full::new(answer.body.clone()));
        *response.status_mut() = answer.status;
        response
            .headers_mut()
            .insert("content-type", HeaderValue::from_static("application/json"));
        if let Some((name, value)) = answer.header.clone() {
            response.headers_mut().insert(name, value);
        }
        async move { Ok::<_, Infallible>(response) }
    });
    let transport = Transport::in_process(service);
    let webex = Webex::with_transport(BASE_URL, transport, Settings::default());
    (webex.expect("the base URL is sound"), writes)
}

/// Somebody who calls it.
pub fn client(answer: Answer) -> Client {
    let token = AccessToken::new("fuzz").expect("the token is sound");
    webex(answer).0.client(token)
}

/// Runs a call to its end on a clock that jumps over every wait.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing of the system")
        .block_on(future)
}
