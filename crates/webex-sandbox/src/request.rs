//! Reads a request: the caller, the host, the query and the JSON body.

pub(crate) use crate::rules::caller::API_PATH;

use std::ops::Deref;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, MatchedPath, Request};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::request::Parts;
use http::{HeaderMap, Uri};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::problem::{Problem, Result};
use crate::rules::caller::Caller;
use crate::world::World;
use crate::{Sandbox, values};

/// A JSON body: a message of 7439 bytes twice and a card are far smaller.
pub(crate) const MAX_JSON_BYTES: usize = 1024 * 1024;

/// The media type that Cisco's document declares for changes of meetings; the bodies are plain
/// objects.
const MERGE_TYPE: &str = "application/json-patch+json";

impl FromRequestParts<Sandbox> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        sandbox: &Sandbox,
    ) -> Result<Self, Self::Rejection> {
        let token = bearer(&parts.headers).ok_or_else(Problem::unauthorized)?;
        let now = sandbox.clock().now();
        let operation = operation(parts);
        let (access, role, is_open) = sandbox
            .read(|world| {
                let (access, person) = world.access(token, now)?;
                let (rules, role) = (&world.rules, person.role);
                let is_open = rules.open(&parts.method, operation, &access.scopes, role);
                Some((access, role, is_open))
            })
            .ok_or_else(Problem::unauthorized)?;
        sandbox.rate_limits().admit(access.person, now)?;
        Problem::missing_scope().unless(is_open)?;
        Ok(Caller {
            person: access.person,
            role,
            scopes: access.scopes,
            base: base(sandbox.base_url(), &parts.uri, &parts.headers),
            path: format!("{API_PATH}{}", parts.uri.path()),
            query: parts.uri.query().map(str::to_owned),
        })
    }
}

/// The caller and the sandbox, with which most routes start.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) sandbox: Sandbox,
    caller: Caller,
}

impl Deref for Context {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl FromRequestParts<Sandbox> for Context {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Self> {
        Ok(Context {
            caller: Caller::from_request_parts(parts, sandbox).await?,
            sandbox: sandbox.clone(),
        })
    }
}

impl Context {
    pub(crate) fn now(&self) -> Timestamp {
        self.sandbox.clock().now()
    }

    /// Reads the world; the read may be refused.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&World) -> Result<T>) -> Result<T> {
        self.sandbox.read(look)
    }

    /// Makes one change for the caller.
    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut World) -> Result<T>) -> Result<T> {
        self.sandbox.change(&self.base, change)
    }
}

/// The path of the operation, as its route is written.
pub(crate) fn operation(parts: &Parts) -> &str {
    let route = parts.extensions.get::<MatchedPath>();
    let route = route.map_or("", MatchedPath::as_str);
    route.strip_prefix(API_PATH).unwrap_or(route)
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The scheme and host to which a request was made.
pub(crate) fn base(configured: Option<&str>, uri: &Uri, headers: &HeaderMap) -> String {
    if let Some(configured) = configured {
        return configured.to_owned();
    }
    let scheme = uri.scheme_str().unwrap_or("http");
    let host = uri.authority().map(|authority| authority.as_str());
    let header = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.or(header).unwrap_or("localhost");
    format!("{scheme}://{host}")
}

/// The query, parsed into a struct; unknown names are ignored, as in Webex.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Sandbox> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Sandbox) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        values::check(operation(parts), query)?;
        serde_urlencoded::from_str(query)
            .map(Query)
            .map_err(|_| Problem::bad_request("The query could not be read."))
    }
}

/// A JSON body; other media types are refused with 415.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Sandbox> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Sandbox) -> Result<Self, Self::Rejection> {
        let mut types = ["application/json", MERGE_TYPE].into_iter();
        unsupported().unless(types.any(|one| is_media_type(request.headers(), one)))?;
        read_json(request).await.map(JsonBody)
    }
}

/// The request with a small body read completely before anything answers.
///
/// If an answer comes before the end of the body, hyper closes the connection silently, and clients
/// that send head and body separately lose their next request. Larger bodies are streamed.
pub(crate) async fn with_small_body(request: Request) -> Result<Request> {
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    if !length.is_some_and(|length| (1..=MAX_JSON_BYTES).contains(&length)) {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_JSON_BYTES).await;
    let body = body.map_err(|_| Problem::bad_request("The request body broke off."))?;
    Ok(Request::from_parts(parts, Body::from(body)))
}

pub(crate) fn unsupported() -> Problem {
    Problem::unsupported("Content type not supported. Send application/json.")
}

pub(crate) fn is_media_type(headers: &HeaderMap, wanted: &str) -> bool {
    let value = headers.get(CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok());
    value.is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case(wanted)
    })
}

/// Reads a whole JSON body, at most [`MAX_JSON_BYTES`].
pub(crate) async fn read_json<T: DeserializeOwned>(request: Request) -> Result<T> {
    let body = axum::body::to_bytes(request.into_body(), MAX_JSON_BYTES).await;
    let body = body.map_err(|_| Problem::too_large("The request body is too large."))?;
    serde_json::from_slice(&body).map_err(|error| invalid_json(&error))
}

/// The error has the position, but not the text, which is the caller's.
pub(crate) fn invalid_json(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    Problem::bad_request(format!(
        "The JSON body is not valid at line {line}, column {column}."
    ))
}
