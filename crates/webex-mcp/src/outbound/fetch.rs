//! One fetch: waits for a place, sends the request, follows redirects, and reads the answer.

use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt as _;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HOST, LOCATION, USER_AGENT,
};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use tokio::sync::Semaphore;
use url::{Position, Url};
use webex::transport::Obstacle;

use super::connect::Connector;
use super::freshness::fresh_for;
use super::internet::Internet;
use super::not_fetched::{NotFetched, Refusal};
use super::proxy::WrongProxy;
use super::{Bounds, Document, Rules};
use crate::limits;

const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("webex-mcp/", env!("CARGO_PKG_VERSION")));

/// What is sent to a server.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    method: Method,
    pub headers: HeaderMap,
    body: Bytes,
}

impl Ask {
    pub fn new(method: Method, body: Bytes) -> Self {
        let headers = [
            (USER_AGENT, AGENT),
            (
                ACCEPT,
                HeaderValue::from_static("application/json, */*;q=0.5"),
            ),
            (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
        ];
        Self {
            method,
            headers: headers.into_iter().collect(),
            body,
        }
    }

    /// The request for a URL, in the form that a server gets.
    fn request(&self, url: &Url) -> Result<Request<Full<Bytes>>, NotFetched> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.headers_mut() = self.headers.clone();
        let path = url[Position::BeforePath..Position::AfterQuery].parse::<PathAndQuery>();
        *request.uri_mut() = path.map_err(|_| Refusal::Malformed)?.into();
        let host = HeaderValue::from_str(&url[Position::BeforeHost..Position::AfterPort]);
        let host = host.map_err(|_| Refusal::Malformed)?;
        request.headers_mut().insert(HOST, host);
        Ok(request)
    }
}

/// What a server answered.
enum Answer {
    Document(Document),
    /// To the URL in the header, if there is one that can be read.
    Redirect(StatusCode, Option<String>),
}

#[derive(Debug)]
pub(super) struct Fetcher {
    connector: Connector,
    /// For fetches that run or wait.
    seats: Semaphore,
    /// For those that run.
    places: Semaphore,
}

impl Fetcher {
    pub fn new(rules: Rules, internet: Arc<dyn Internet>) -> Result<Self, WrongProxy> {
        Ok(Self {
            connector: Connector::new(rules, internet)?,
            seats: Semaphore::new(limits::OUTBOUND_AT_ONCE + limits::OUTBOUND_WAITING),
            places: Semaphore::new(limits::OUTBOUND_AT_ONCE),
        })
    }

    pub async fn get(&self, url: &Url, bounds: Bounds) -> Result<Document, NotFetched> {
        self.within(bounds, self.follow(url.clone(), bounds)).await
    }

    pub async fn post(&self, url: &Url, ask: Ask, bounds: Bounds) -> Result<Document, NotFetched> {
        let sent = async {
            match self.exchange(url, &ask, bounds).await? {
                Answer::Document(document) => Ok(document),
                Answer::Redirect(..) => Err(NotFetched::Redirected),
            }
        };
        self.within(bounds, sent).await
    }

    /// Runs a fetch in a place of its own, for its whole time at most.
    async fn within(
        &self,
        bounds: Bounds,
        fetch: impl Future<Output = Result<Document, NotFetched>>,
    ) -> Result<Document, NotFetched> {
        let _seat = self.seats.try_acquire().map_err(|_| NotFetched::Busy)?;
        let fetch = async {
            let _place = self.places.acquire().await.map_err(|_| NotFetched::Busy)?;
            fetch.await
        };
        let ended = tokio::time::timeout(bounds.within, fetch).await;
        ended.unwrap_or(Err(NotFetched::TooSlow(bounds.within)))
    }

    async fn follow(&self, first: Url, bounds: Bounds) -> Result<Document, NotFetched> {
        let ask = Ask::new(Method::GET, Bytes::new());
        let mut url = first;
        for hop in 0..=bounds.redirects {
            let answer = self.exchange(&url, &ask, bounds).await;
            let answer = answer.map_err(|error| match error {
                NotFetched::Refused(refusal) if hop > 0 => NotFetched::RedirectedTo(refusal),
                other => other,
            })?;
            let (status, location) = match answer {
                Answer::Document(document) => return Ok(document),
                Answer::Redirect(status, location) => (status, location),
            };
            let location = location.ok_or(NotFetched::Status(status))?;
            let next = url.join(&location);
            let next = next.map_err(|_| NotFetched::RedirectedTo(Refusal::Malformed))?;
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err(NotFetched::RedirectedTo(Refusal::NotHttps));
            }
            url = next;
        }
        Err(NotFetched::TooManyRedirects(bounds.redirects))
    }

    /// One request on a connection of its own.
    async fn exchange(&self, url: &Url, ask: &Ask, bounds: Bounds) -> Result<Answer, NotFetched> {
        let stream = self.connector.connect(url, bounds.within).await?;
        let request = ask.request(url)?;
        let handshake = http1::Builder::new()
            .max_buf_size(limits::OUTBOUND_HEAD_MAX_BYTES)
            .handshake(stream);
        let (mut sender, connection) = handshake.await.map_err(broken)?;
        let answer = async {
            let response = sender.send_request(request).await.map_err(broken)?;
            read(response, bounds.bytes).await
        };
        let (mut answer, mut connection) = (pin!(answer), pin!(connection.fuse()));
        loop {
            // The connection moves the bytes. If it ends first, what it has read is still answered.
            tokio::select! {
                answered = &mut answer => return answered,
                _ = &mut connection => {}
            }
        }
    }
}

fn broken(error: hyper::Error) -> NotFetched {
    NotFetched::Failed(Obstacle::of(&error))
}

async fn read(response: Response<Incoming>, most: usize) -> Result<Answer, NotFetched> {
    let (head, body) = response.into_parts();
    let text = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
    if matches!(head.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        let location = text(LOCATION).map(str::to_owned);
        return Ok(Answer::Redirect(head.status, location));
    }
    if !head.status.is_success() {
        return Err(NotFetched::Status(head.status));
    }
    if head.headers.contains_key(CONTENT_ENCODING) && text(CONTENT_ENCODING) != Some("identity") {
        return Err(NotFetched::Compressed);
    }
    if body.size_hint().lower() > most as u64 {
        return Err(NotFetched::TooLarge(most));
    }
    let body = Limited::new(body, most).collect().await;
    let body = body.map_err(|error| match error.is::<LengthLimitError>() {
        true => NotFetched::TooLarge(most),
        false => NotFetched::Failed(Obstacle::of(&*error)),
    })?;
    let essence = |kind: &str| {
        kind.split(';')
            .next()
            .map(|kind| kind.trim().to_ascii_lowercase())
    };
    Ok(Answer::Document(Document {
        body: body.to_bytes(),
        media_type: text(CONTENT_TYPE).and_then(essence),
        status: head.status,
        fresh_for: fresh_for(&head.headers),
    }))
}
