//! The address on this machine to which Webex sends a person's browser after consent, for
//! `webex-mcp login`. It answers until one request brings what was waited for.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, Request};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use futures::future::{join, join_all};
use parking_lot::Mutex;
use secrecy::SecretString;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{Bounds, Proxies, serve};
use crate::edge::pages::card;
use crate::edge::shares::ShareBounds;
use crate::limits;
use crate::seal::is_equal;

/// What a browser brought from Webex.
#[derive(Debug, Clone)]
pub enum Returned {
    /// The code of the person's consent.
    Code(SecretString),
    /// OAuth's word for why there is none, such as `access_denied`.
    Refused(String),
}

/// The address, listening.
#[derive(Debug)]
pub struct Callback {
    listeners: Vec<TcpListener>,
    path: String,
}

/// One sign-in that is waited for.
struct Waiting {
    state: String,
    waits: Mutex<Option<oneshot::Sender<Returned>>>,
    drain: CancellationToken,
}

/// What the query of a request may have.
#[derive(Default, Deserialize)]
struct Brought {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

impl Callback {
    /// Listens at the port of this address, on both loopback addresses and no other: a browser may
    /// take either for `localhost`.
    ///
    /// # Errors
    /// The port is in use, or may not be used.
    pub async fn listen(url: &Url) -> io::Result<Self> {
        let port = url.port_or_known_default().unwrap_or(0);
        let first = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let mut listeners = vec![first];
        match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
            Ok(second) => listeners.push(second),
            // Another program would get the code.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            // This machine has no IPv6.
            Err(_) => {}
        }
        let path = url.path().to_owned();
        Ok(Callback { listeners, path })
    }

    /// What the browser brings that comes with this state. Others get a page that says so. Ends once
    /// the browser has its page.
    pub async fn returned(self, state: &str) -> Option<Returned> {
        let (sender, receiver) = oneshot::channel();
        let drain = CancellationToken::new();
        // If nobody waits any more, open connections end too.
        let _ends = drain.clone().drop_guard();
        let waiting = Arc::new(Waiting {
            state: state.to_owned(),
            waits: Mutex::new(Some(sender)),
            drain: drain.clone(),
        });
        let path: Arc<str> = self.path.into();
        let answer = move |request: Request| answer(request, path.clone(), waiting.clone());
        let router = Router::new().fallback(answer);
        let bounds = Bounds {
            connections: ShareBounds {
                in_all: limits::LOGIN_CONNECTIONS_MAX,
                each: limits::LOGIN_CONNECTIONS_MAX,
            },
            drain: limits::LOGIN_PAGE_WAIT,
            ..Bounds::default()
        };
        let serving = self.listeners.into_iter().map(|listener| {
            serve(
                listener,
                router.clone(),
                bounds,
                Proxies::default(),
                drain.clone(),
            )
        });
        let (_, returned) = join(join_all(serving), receiver).await;
        returned.ok()
    }
}

async fn answer(request: Request, path: Arc<str>, waiting: Arc<Waiting>) -> Response {
    if request.uri().path() != &*path {
        return page(
            StatusCode::NOT_FOUND,
            "Nothing is here",
            "Go back to the terminal.",
        );
    }
    if request.method() != Method::GET {
        return page(
            StatusCode::METHOD_NOT_ALLOWED,
            "This is not how it is asked",
            "Open the address that the terminal shows.",
        );
    }
    let brought = Query::<Brought>::try_from_uri(request.uri());
    waiting.take(brought.map(|Query(brought)| brought).unwrap_or_default())
}

impl Waiting {
    fn take(&self, brought: Brought) -> Response {
        let state = brought.state.unwrap_or_default();
        if !is_equal(state.as_bytes(), self.state.as_bytes()) {
            return page(
                StatusCode::BAD_REQUEST,
                "This is not the sign-in that is waited for",
                "It may be of an earlier try. Open the address that the terminal shows now.",
            );
        }
        let (returned, title, text) = match (brought.code, brought.error) {
            (Some(code), None) if !code.is_empty() => (
                Returned::Code(code.into()),
                "Webex has answered",
                "You can close this page. The terminal says whether you are signed in.",
            ),
            (_, error) => (
                Returned::Refused(word(error.as_deref().unwrap_or_default())),
                "You are not signed in",
                "You can close this page. The terminal says why, and what to change.",
            ),
        };
        match self.waits.lock().take() {
            // Whoever waited may have left.
            Some(waits) => drop(waits.send(returned)),
            None => {
                let text = "You can close this page; the terminal says more.";
                return page(StatusCode::CONFLICT, "This was answered already", text);
            }
        }
        self.drain.cancel();
        page(StatusCode::OK, title, text)
    }
}

/// OAuth's word for an error. A browser brought it, so it is letters and underscores only.
fn word(error: &str) -> String {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let is_sound = !error.is_empty()
        && error.len() <= limits::LOGIN_ERROR_MAX_BYTES
        && error.bytes().all(is_word);
    match is_sound {
        true => error.to_owned(),
        false => "unknown_error".to_owned(),
    }
}

fn page(status: StatusCode, title: &str, text: &str) -> Response {
    card(status, title, &format!("<h1>{title}</h1>\n<p>{text}</p>"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use secrecy::ExposeSecret as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    const STATE: &str = "the-state-that-is-waited-for";

    /// A port that nobody has at the moment.
    async fn free() -> Url {
        let taken = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = taken.local_addr().unwrap().port();
        Url::parse(&format!("http://localhost:{port}/callback")).unwrap()
    }

    /// The whole answer to a request over a connection of its own.
    async fn asked(url: &Url, start: &str) -> String {
        let address = ("127.0.0.1", url.port().unwrap());
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!("{start} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn it_waits_for_its_own_state_and_then_ends() {
        let url = free().await;
        let callback = Callback::listen(&url).await.unwrap();
        let waiting = tokio::spawn(async move { callback.returned(STATE).await });
        for (start, status) in [
            ("GET /favicon.ico", 404),
            ("GET /callback", 400),
            ("GET /callback?code=stolen&state=guessed", 400),
            ("GET /callback?code=stolen", 400),
            ("GET /callback?error=access_denied", 400),
            ("GET /callback?code=%ff&state=%ff", 400),
            (
                "POST /callback?code=c&state=the-state-that-is-waited-for",
                405,
            ),
        ] {
            let answer = asked(&url, start).await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status} ")),
                "{start}: {answer}"
            );
            assert!(!answer.contains("stolen"), "{answer}");
        }
        let answer = asked(&url, &format!("GET /callback?code=mine&state={STATE}")).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let policy =
            "content-security-policy: default-src 'none'; base-uri 'none'; frame-ancestors 'none'";
        assert!(
            answer.contains(policy) && !answer.contains("mine"),
            "{answer}"
        );
        let Some(Returned::Code(code)) = waiting.await.unwrap() else {
            panic!("there was a code");
        };
        assert_eq!(code.expose_secret(), "mine");
        // Its port is free again.
        Callback::listen(&url).await.unwrap();
    }

    #[tokio::test]
    async fn a_refusal_is_told_in_a_word() {
        for (error, told) in [
            ("access_denied", "access_denied"),
            ("invalid_scope", "invalid_scope"),
            ("%1b%5b31mred", "unknown_error"),
            ("", "unknown_error"),
        ] {
            let url = free().await;
            let callback = Callback::listen(&url).await.unwrap();
            let waiting = tokio::spawn(async move { callback.returned(STATE).await });
            let start = format!("GET /callback?error={error}&state={STATE}");
            assert!(asked(&url, &start).await.contains("You are not signed in"));
            let Some(Returned::Refused(word)) = waiting.await.unwrap() else {
                panic!("there was no code");
            };
            assert_eq!(word, told);
        }
    }

    #[tokio::test]
    async fn whoever_stops_waiting_leaves_the_port() {
        let url = free().await;
        let callback = Callback::listen(&url).await.unwrap();
        let waiting = callback.returned(STATE);
        let late = tokio::time::timeout(Duration::from_millis(50), waiting).await;
        assert!(late.is_err());
        Callback::listen(&url).await.unwrap();
    }

    #[tokio::test]
    async fn only_this_machine_reaches_it_and_nobody_else_has_its_port() {
        let url = free().await;
        let callback = Callback::listen(&url).await.unwrap();
        for listener in &callback.listeners {
            assert!(listener.local_addr().unwrap().ip().is_loopback());
        }
        let taken = Callback::listen(&url).await.unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
    }
}
