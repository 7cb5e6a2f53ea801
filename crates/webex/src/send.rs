//! Sends every call; contains the only loop that repeats a request.

use std::future::Future;
use std::io::Read as _;
use std::pin::pin;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use bytes::{Bytes, BytesMut};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, USER_AGENT,
};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::debug;

use crate::around::Between;
use crate::client::{Client, Credentials};
use crate::error::WebexError;
use crate::limits::{MAX_BACKOFF, MAX_ERROR_BYTES, MAX_JSON_BYTES, MAX_SENDS_COUNT, MIN_BACKOFF};
use crate::multipart::Activity;
use crate::operation::{Answer, Call, CallBody};
use crate::token::Secret;
use crate::transport::Body;

const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("webex-mcp/", env!("CARGO_PKG_VERSION")));
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PAIRS: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const GZIP: HeaderValue = HeaderValue::from_static("gzip");

impl Client {
    /// Sends the call as often as its operation allows, until it succeeds or `deadline` passes.
    ///
    /// A JSON answer is returned as a whole, a stream while it arrives.
    pub(crate) async fn send(
        &self,
        call: &Call<'_>,
        deadline: Instant,
    ) -> Result<Response<Body>, WebexError> {
        match self.credentials() {
            Credentials::Header(authorization) => {
                self.send_until(call, authorization.as_ref(), None, deadline)
                    .await
            }
            Credentials::Around(around) => self.send_around(around.as_ref(), call, deadline).await,
        }
    }

    /// Like [`Client::send`], with this `Authorization`, and `between` the attempts code that may renew
    /// it once.
    pub(crate) async fn send_until(
        &self,
        call: &Call<'_>,
        authorization: Option<&HeaderValue>,
        between: Option<Between<'_>>,
        deadline: Instant,
    ) -> Result<Response<Body>, WebexError> {
        let mut patience = Patience::default();
        let (mut renewed, mut renewal) = (None, between);
        loop {
            let authorization = renewed.as_ref().or(authorization);
            let error = match self.attempt(call, authorization, deadline).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if error.status() == Some(401)
                && let Some(renewal) = renewal.take_if(|_| patience.back_off().is_some())
                && let Some(token) = renewal.renewed_token(deadline).await
            {
                // It is sent at once: waiting is for a Webex with problems, and this is not one.
                renewed = Some(token.header());
                continue;
            }
            if let (WebexError::Throttled { .. }, Some(between)) = (&error, between) {
                between.throttled(error.retry_after());
            }
            let wait = patience.wait_after(&error, call.is_write());
            debug!(
                operation = call.operation.name,
                status = error.status(),
                wait_microseconds = wait.map(microseconds),
                "no success"
            );
            match wait {
                Some(wait) if Instant::now() + wait < deadline => sleep(wait).await,
                _ => return Err(error),
            }
        }
    }

    async fn attempt(
        &self,
        call: &Call<'_>,
        authorization: Option<&HeaderValue>,
        deadline: Instant,
    ) -> Result<Response<Body>, WebexError> {
        let started = Instant::now();
        if started >= deadline {
            return Err(WebexError::TimedOut {
                maybe_applied: false,
            });
        }
        let is_write = call.is_write();
        let (request, activity) = self.request(call, authorization).await?;
        let answering = self.webex().transport().send(request);
        let answer = self.in_time(answering, activity.as_ref(), deadline).await;
        if let Some(problem) = activity.and_then(|activity| activity.problem()) {
            return Err(WebexError::invalid("files", problem));
        }
        let answer = match answer {
            Some(Ok(answer)) => answer,
            Some(Err(no_answer)) => {
                let maybe_applied = is_write && no_answer.maybe_received;
                return Err(WebexError::unreachable(maybe_applied, no_answer.source));
            }
            None => {
                return Err(WebexError::TimedOut {
                    maybe_applied: is_write,
                });
            }
        };
        let (parts, body) = answer.into_parts();
        debug!(
            operation = call.operation.name,
            status = parts.status.as_u16(),
            microseconds = microseconds(started.elapsed()),
            "answered"
        );
        let reading = Reading {
            is_write,
            deadline,
            pause: self.webex().settings().between_bytes_timeout,
        };
        if !parts.status.is_success() {
            // If the body cannot be read, the status says enough.
            let body = reading
                .whole(body, MAX_ERROR_BYTES)
                .await
                .unwrap_or_default();
            let body = reading
                .unzipped(&parts.headers, body, MAX_ERROR_BYTES)
                .unwrap_or_default();
            return Err(WebexError::from_answer(
                parts.status,
                &parts.headers,
                &body,
                is_write,
            ));
        }
        if call.answer == Answer::Stream || parts.status == StatusCode::NO_CONTENT {
            return Ok(Response::from_parts(parts, body));
        }
        let body = reading.whole(body, MAX_JSON_BYTES).await?;
        let body = reading.unzipped(&parts.headers, body, MAX_JSON_BYTES)?;
        Ok(Response::from_parts(parts, Body::full(body)))
    }

    /// Builds the request again for each attempt: a file is opened again, everything else is
    /// shared.
    async fn request(
        &self,
        call: &Call<'_>,
        authorization: Option<&HeaderValue>,
    ) -> Result<(Request<Body>, Option<Activity>), WebexError> {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = call.operation.method.clone();
        *request.uri_mut() = self.webex().base().uri(&call.target)?;
        let headers = request.headers_mut();
        headers.reserve(6 + call.headers.len());
        // These come first, so that an operation's own header cannot replace one of ours.
        headers.extend(call.headers.clone());
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        headers.insert(USER_AGENT, AGENT);
        if call.answer == Answer::Json {
            headers.insert(ACCEPT, JSON);
            headers.insert(ACCEPT_ENCODING, GZIP);
        }
        let mut activity = None;
        match &call.body {
            CallBody::Empty => {}
            CallBody::Json(bytes) => {
                headers.insert(CONTENT_TYPE, JSON);
                *request.body_mut() = Body::full(bytes.clone());
            }
            CallBody::Pairs(pairs) => {
                headers.insert(CONTENT_TYPE, PAIRS);
                *request.body_mut() = Body::full(Bytes::from_owner(Secret(pairs.clone())));
            }
            CallBody::Form(form) => {
                headers.insert(CONTENT_TYPE, form.content_type());
                let (body, watched) = Box::pin(form.open()).await?;
                *request.body_mut() = body;
                activity = Some(watched);
            }
        }
        Ok((request, activity))
    }

    /// Waits for the head of the answer, with a limit from the start or from the last uploaded
    /// byte.
    async fn in_time<F: Future>(
        &self,
        answering: F,
        activity: Option<&Activity>,
        deadline: Instant,
    ) -> Option<F::Output> {
        let settings = self.webex().settings();
        let mut answering = pin!(answering);
        let Some(activity) = activity else {
            let until = deadline.min(Instant::now() + settings.first_byte_timeout);
            return timeout_at(until, answering).await.ok();
        };
        loop {
            let until = deadline.min(activity.last() + settings.between_bytes_timeout);
            if let Ok(answer) = timeout_at(until, answering.as_mut()).await {
                return Some(answer);
            }
            let now = Instant::now();
            if now >= deadline || now >= activity.last() + settings.between_bytes_timeout {
                return None;
            }
        }
    }
}

/// The attempts and pauses that are left.
#[derive(Default)]
struct Patience {
    backoff: Option<backon::ExponentialBackoff>,
    internal_errors: usize,
}

impl Patience {
    /// How long to wait before the call is sent again; `None` if it must not be sent again.
    fn wait_after(&mut self, error: &WebexError, is_write: bool) -> Option<Duration> {
        match error {
            // Webex certainly did not execute it, whatever the operation is.
            WebexError::Throttled { .. } | WebexError::Locked { .. } => {}
            WebexError::Unreachable {
                maybe_applied: false,
                ..
            } => {}
            _ if is_write => return None,
            WebexError::Unavailable { status: 500, .. } if self.internal_errors == 0 => {
                self.internal_errors += 1;
            }
            WebexError::Unavailable {
                status: 502..=504, ..
            }
            | WebexError::TimedOut { .. } => {}
            _ => return None,
        }
        // Added to the wait that Webex asks for, so that the wait is never shorter and rarely
        // equal.
        Some(error.retry_after().unwrap_or_default() + self.back_off()?)
    }

    /// The next exponential pause with jitter. Each pause precedes one more attempt, so this limits
    /// them too.
    fn back_off(&mut self) -> Option<Duration> {
        let backoff = self.backoff.get_or_insert_with(|| {
            ExponentialBuilder::default()
                .with_min_delay(MIN_BACKOFF)
                .with_max_delay(MAX_BACKOFF)
                .with_max_times(MAX_SENDS_COUNT - 1)
                .with_jitter()
                .build()
        });
        backoff.next()
    }
}

/// How a body is read: the deadline, and the longest pause between pieces.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    pub is_write: bool,
    pub deadline: Instant,
    pub pause: Duration,
}

impl Reading {
    /// The next piece of a body.
    pub async fn next(&self, body: &mut Body) -> Option<Result<Bytes, WebexError>> {
        loop {
            let until = self.deadline.min(Instant::now() + self.pause);
            let frame = match timeout_at(until, body.frame()).await {
                Ok(frame) => frame?,
                Err(_) => {
                    return Some(Err(WebexError::TimedOut {
                        maybe_applied: self.is_write,
                    }));
                }
            };
            match frame.map(http_body::Frame::into_data) {
                Ok(Ok(bytes)) => return Some(Ok(bytes)),
                Ok(Err(_trailers)) => {}
                Err(source) => {
                    return Some(Err(WebexError::unreachable(self.is_write, source)));
                }
            }
        }
    }

    /// The whole body. It is usually one piece and then is not copied.
    async fn whole(&self, mut body: Body, limit_bytes: usize) -> Result<Bytes, WebexError> {
        let Some(first) = self.next(&mut body).await else {
            return Ok(Bytes::new());
        };
        let first = first?;
        self.within(first.len(), limit_bytes)?;
        let announced_bytes = usize::try_from(body.size_hint().lower()).unwrap_or(limit_bytes);
        let Some(second) = self.next(&mut body).await else {
            return Ok(first);
        };
        // The announced length avoids reallocations, but is believed only within the limit.
        let whole_bytes = first.len().saturating_add(announced_bytes);
        let mut all = BytesMut::with_capacity(whole_bytes.min(limit_bytes));
        all.extend_from_slice(&first);
        let mut more = Some(second);
        while let Some(bytes) = more {
            let bytes = bytes?;
            self.within(all.len() + bytes.len(), limit_bytes)?;
            all.extend_from_slice(&bytes);
            more = self.next(&mut body).await;
        }
        Ok(all.freeze())
    }

    /// The body, decompressed if necessary.
    fn unzipped(
        &self,
        headers: &http::HeaderMap,
        body: Bytes,
        limit_bytes: usize,
    ) -> Result<Bytes, WebexError> {
        let encoding = headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
        let zipped = encoding.is_some_and(|encoding| encoding.eq_ignore_ascii_case(b"gzip"));
        if !zipped || body.is_empty() {
            return Ok(body);
        }
        let mut plain = Vec::with_capacity((body.len() * 4).min(limit_bytes));
        let mut bounded = flate2::read::MultiGzDecoder::new(&body[..]).take(limit_bytes as u64 + 1);
        if bounded.read_to_end(&mut plain).is_err() {
            return Err(WebexError::Unreadable {
                problem: "its compression is damaged".into(),
                tracking_id: crate::error::tracking_id(headers),
                maybe_applied: self.is_write,
            });
        }
        self.within(plain.len(), limit_bytes)?;
        Ok(plain.into())
    }

    fn within(&self, length_bytes: usize, limit_bytes: usize) -> Result<(), WebexError> {
        if length_bytes <= limit_bytes {
            return Ok(());
        }
        Err(WebexError::TooLarge {
            limit_bytes,
            maybe_applied: self.is_write,
        })
    }
}

/// All logged times have the same unit.
fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
