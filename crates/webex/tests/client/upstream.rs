//! A Webex that answers what it was told to, in order, and remembers what it was asked.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, StreamBody};
use webex::transport::{Body, BoxError};
use webex::{AccessToken, Client, Settings, Transport, Webex};

pub const BASE: &str = "https://webexapis.com/v1";

/// What happens to one request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Status, headers, body.
    Http(u16, Vec<(&'static str, String)>, String),
    /// The connection is refused.
    NotConnected,
    /// The connection breaks after the request was taken.
    Lost,
    /// The connection breaks in the middle of the body.
    CutBody,
    /// No head of an answer, ever.
    Silent,
    /// A head, then nothing.
    SilentBody,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub line: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

#[derive(Clone)]
pub struct Upstream {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    answers: VecDeque<Answer>,
    asked: Vec<Asked>,
}

pub fn status(status: u16) -> Answer {
    Answer::Http(status, Vec::new(), String::new())
}

pub fn json(body: &str) -> Answer {
    Answer::Http(200, Vec::new(), body.to_owned())
}

pub fn with_header(status: u16, name: &'static str, value: &str) -> Answer {
    Answer::Http(status, vec![(name, value.to_owned())], String::new())
}

impl Upstream {
    /// The last answer is repeated for ever.
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let state = State {
            answers: answers.into_iter().collect(),
            asked: Vec::new(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    pub fn webex(&self) -> Webex {
        let upstream = self.clone();
        let service = tower::service_fn(move |request| upstream.clone().answer(request));
        Webex::with_transport(BASE, Transport::in_process(service), Settings::default()).unwrap()
    }

    pub fn client(&self) -> Client {
        self.webex()
            .client(AccessToken::new("secret-token").unwrap())
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    /// The request lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    pub fn count(&self) -> usize {
        self.state.lock().unwrap().asked.len()
    }

    async fn answer(self, request: Request<Body>) -> Result<Response<Body>, io::Error> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let answer = {
            let mut state = self.state.lock().unwrap();
            state.asked.push(Asked {
                line: format!("{} {}", parts.method, parts.uri),
                headers: parts.headers,
                body,
            });
            match state.answers.len() {
                1 => state.answers[0].clone(),
                _ => state.answers.pop_front().unwrap(),
            }
        };
        match answer {
            Answer::Http(status, headers, body) => {
                let mut response = Response::builder().status(status);
                for (name, value) in headers {
                    response = response.header(name, value);
                }
                Ok(response.body(Body::full(body)).unwrap())
            }
            Answer::NotConnected => Err(io::ErrorKind::ConnectionRefused.into()),
            Answer::Lost => Err(io::ErrorKind::ConnectionReset.into()),
            Answer::CutBody => {
                let cut = || BoxError::from("connection reset");
                let frames = [
                    Ok(http_body::Frame::data(Bytes::from("{\"items\":["))),
                    Err(cut()),
                ];
                let body = StreamBody::new(stream::iter(frames));
                Ok(Response::new(Body::wrap(body)))
            }
            Answer::Silent => {
                tokio::time::sleep(Duration::from_secs(100_000)).await;
                Err(io::ErrorKind::TimedOut.into())
            }
            Answer::SilentBody => {
                let frames = stream::pending::<Result<http_body::Frame<Bytes>, BoxError>>();
                Ok(Response::new(Body::wrap(StreamBody::new(frames))))
            }
        }
    }
}
