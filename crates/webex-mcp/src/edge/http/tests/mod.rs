//! HTTP below any protocol: what its tests share. Each file answers one question.

mod callers;
mod drain;
mod failing;
mod heads;
mod hooks;
mod hosts;
mod log;
mod pages;
mod tls;
mod unread;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::IntoResponse as _;
use http_body_util::BodyExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use webex::AccessToken;

use super::{
    BadAllowance, Bounds, Layers, Mount, PeerAddress, Proxies, above_servers, readable, router,
    serve,
};
use crate::auth::{
    Authentication, BudgetBounds, Passthrough, PrincipalKey, Reason, SandboxPeople, Static,
    TokenHeader, Unknown,
};
use crate::edge::refusal::Refusal;
use crate::identity::{Caller, Credential};
use crate::seal::Secret;

/// Names and values.
type Headers<'a> = &'a [(&'a str, &'a str)];

fn one() -> Authentication {
    let token = AccessToken::new("one").unwrap();
    Authentication::Static(Static::new(Some(Credential::Token(token)), false))
}

fn sandbox(is_local: bool) -> Authentication {
    let alice = || SandboxPeople::person(AccessToken::new("sandbox-alice").unwrap());
    Authentication::Sandbox(SandboxPeople::new(is_local.then(alice)))
}

/// Answers with the token that the caller acts with.
fn who(authentication: Authentication) -> Mount {
    let answer = |caller: Caller, _request| async move {
        match caller.credential {
            Some(Credential::Token(token) | Credential::Bearer(token)) => {
                token.expose().to_owned().into_response()
            }
            _ => String::new().into_response(),
        }
    };
    Mount::new(
        "/who",
        Arc::new(authentication),
        Refusal::into_response,
        answer,
    )
}

fn door(mounts: Vec<Mount>, layers: Layers) -> Router {
    router(mounts, layers, Router::new(), CancellationToken::new())
}

/// Allows only hosts and origins of this machine.
fn plain_door(mounts: Vec<Mount>) -> Router {
    door(mounts, Layers::new(&[], &[], Proxies::default()).unwrap())
}

async fn ask(
    authentication: Authentication,
    peer: &str,
    headers: Headers<'_>,
) -> (StatusCode, String, Option<String>) {
    let near = Proxies::new(&["10.0.0.0/8".parse().unwrap()]);
    let layers = Layers::new(&[], &[], near).unwrap();
    let router = door(vec![who(authentication)], layers);
    let mut request = Request::get("/who").header("host", "127.0.0.1");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    let peer: SocketAddr = peer.parse().unwrap();
    request.extensions_mut().insert(PeerAddress(peer));
    let response = router.oneshot(request).await.unwrap();
    let challenge = response
        .headers()
        .get("www-authenticate")
        .map(|value| value.to_str().unwrap().to_owned());
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap(), challenge)
}

const HERE: &str = "127.0.0.1:50000";
const MAPPED: &str = "[::ffff:127.0.0.1]:50000";
const PROXY: &str = "10.0.0.1:50000";
const AWAY: &str = "192.0.2.7:50000";
