//! Reads a request: the caller, the host, the query and the JSON body.

mod content;

pub(crate) use self::content::{
    Form, MAX_JSON_BYTES, Order, Query, is_media_type, parsed, read_json, unsupported,
    with_small_body,
};
use self::content::{check_json, query, read_body};
pub(crate) use crate::rules::caller::API_PATH;

use std::collections::HashMap;
use std::ops::{Deref, RangeInclusive};
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, Request};
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{Json, Router};
use http::header::{AUTHORIZATION, HOST};
use http::request::Parts;
use http::{HeaderMap, StatusCode, Uri};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::Sandbox;
use crate::problem::{Problem, Result};
use crate::rows::moment;
use crate::rules::caller::Caller;
use crate::rules::shown::Shown;
use crate::world::World;

impl FromRequestParts<Sandbox> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Self> {
        let token = bearer(&parts.headers).ok_or_else(Problem::unauthorized)?;
        let (now, operation) = (sandbox.clock().now(), operation(parts));
        let known = sandbox.read(|world| {
            let (access, person) = world.access(token, now)?;
            let (rules, role) = (&world.rules, person.role);
            let is_open = rules.open(&parts.method, operation, &access.scopes, role);
            Some((access, role, is_open))
        });
        let (access, role, is_open) = known.ok_or_else(Problem::unauthorized)?;
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

/// One call of an operation, read completely before it is answered.
#[derive(Debug)]
pub(crate) struct Call {
    caller: Caller,
    /// The time of the call, on the sandbox's clock.
    pub(crate) now: Timestamp,
    parts: Parts,
    /// What the path names, in the order of the path.
    ids: Vec<String>,
    body: Result<Bytes>,
}

impl Deref for Call {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl Call {
    async fn read(request: Request, sandbox: &Sandbox) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, sandbox).await?;
        query::<IgnoredAny>(&parts)?;
        let ids = RawPathParams::from_request_parts(&mut parts, sandbox).await;
        let ids = ids.map_err(|_| Problem::bad_request("The path could not be read."))?;
        Ok(Call {
            caller,
            now: sandbox.clock().now(),
            ids: ids.iter().map(|(_, id)| id.to_owned()).collect(),
            parts,
            body: read_body(body, MAX_JSON_BYTES).await,
        })
    }

    /// The id of the thing that the path names.
    pub(crate) fn id(&self) -> &str {
        self.ids.first().map(String::as_str).unwrap_or_default()
    }

    /// The id of a part of that thing.
    pub(crate) fn part(&self) -> &str {
        self.ids.get(1).map(String::as_str).unwrap_or_default()
    }

    pub(crate) fn query<T: DeserializeOwned>(&self) -> Result<T> {
        query(&self.parts)
    }

    pub(crate) fn parameter(&self, name: &str) -> Result<Option<String>> {
        let mut all: HashMap<String, String> = self.query()?;
        Ok(all.remove(name))
    }

    /// The time from `from` to `to`, which is not after `latest`.
    pub(crate) fn window(&self, latest: Timestamp) -> Result<RangeInclusive<Timestamp>> {
        let refused = |name| Problem::bad_request(format!("{name} must be a date and time."));
        let moment = |name, default| match self.parameter(name)? {
            Some(text) => moment::read(&text).ok_or_else(|| refused(name)),
            None => Ok(default),
        };
        let (from, to) = (moment("from", Timestamp::MIN)?, moment("to", latest)?);
        Problem::bad_request("to cannot be in the future.").when(to > latest)?;
        Problem::bad_request("from must be before to.").when(from > to)?;
        Ok(from..=to)
    }

    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T> {
        check_json(&self.parts.headers)?;
        parsed(self.body.as_ref().map_err(Problem::clone)?)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.parts, name)
    }
}

/// A header that a Webex route takes in place of a query parameter.
pub(crate) fn header<'p>(parts: &'p Parts, name: &str) -> Option<&'p str> {
    let value = parts.headers.get(name)?.to_str().ok()?;
    Some(value).filter(|value| !value.is_empty())
}

pub(crate) trait Reply: 'static {
    fn reply(self, caller: &Caller) -> Response;
}

/// An operation that answers nothing is answered with 204.
impl Reply for () {
    fn reply(self, _: &Caller) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl Reply for Shown {
    fn reply(self, _: &Caller) -> Response {
        Json(self).into_response()
    }
}

impl<T: Serialize + 'static> Reply for Json<T> {
    fn reply(self, _: &Caller) -> Response {
        self.into_response()
    }
}

impl Reply for Response {
    fn reply(self, _: &Caller) -> Response {
        self
    }
}

/// A look at the world, and a change of it, that answer one operation.
type Look<R> = fn(&World, &Call) -> Result<R>;
type Change<R> = fn(&mut World, &Call) -> Result<R>;

type Answer = dyn Fn(&Sandbox, &Call) -> Result<Response> + Send + Sync;

/// How an operation is answered. One type for all of them, so that the code around them is compiled
/// once.
#[derive(Clone)]
struct Operation(Arc<Answer>);

impl Handler<(), Sandbox> for Operation {
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, sandbox: Sandbox) -> Self::Future {
        Box::pin(async move {
            let call = Call::read(request, &sandbox).await;
            let answer = call.and_then(|call| self.0(&sandbox, &call));
            answer.into_response()
        })
    }
}

#[derive(Default)]
pub(crate) struct Routes(Router<Sandbox>);

impl From<Routes> for Router<Sandbox> {
    fn from(routes: Routes) -> Self {
        routes.0
    }
}

impl Routes {
    pub(crate) fn get<R: Reply>(self, path: &str, look: Look<R>) -> Self {
        self.look(MethodFilter::GET, path, look)
    }

    /// A GET that makes what it shows.
    pub(crate) fn get_made<R: Reply>(self, path: &str, change: Change<R>) -> Self {
        self.change(MethodFilter::GET, path, change)
    }

    pub(crate) fn post<R: Reply>(self, path: &str, change: Change<R>) -> Self {
        self.change(MethodFilter::POST, path, change)
    }

    /// A POST that changes nothing.
    pub(crate) fn ask<R: Reply>(self, path: &str, look: Look<R>) -> Self {
        self.look(MethodFilter::POST, path, look)
    }

    pub(crate) fn put<R: Reply>(self, path: &str, change: Change<R>) -> Self {
        self.change(MethodFilter::PUT, path, change)
    }

    pub(crate) fn patch<R: Reply>(self, path: &str, change: Change<R>) -> Self {
        self.change(MethodFilter::PATCH, path, change)
    }

    pub(crate) fn delete<R: Reply>(self, path: &str, change: Change<R>) -> Self {
        self.change(MethodFilter::DELETE, path, change)
    }

    /// An operation that streams, or that needs no token.
    pub(crate) fn route(self, path: &str, method: MethodRouter<Sandbox>) -> Self {
        Routes(self.0.route(path, method))
    }

    pub(crate) fn merge(self, others: Routes) -> Self {
        Routes(self.0.merge(others.0))
    }

    fn look<R: Reply>(self, method: MethodFilter, path: &str, look: Look<R>) -> Self {
        let answer = move |sandbox: &Sandbox, call: &Call| {
            let reply = sandbox.read(|world| look(world, call))?;
            Ok(reply.reply(call))
        };
        self.route(path, on(method, Operation(Arc::new(answer))))
    }

    fn change<R: Reply>(self, method: MethodFilter, path: &str, change: Change<R>) -> Self {
        let answer = move |sandbox: &Sandbox, call: &Call| {
            let reply = sandbox.change(&call.base, |world| change(world, call))?;
            Ok(reply.reply(call))
        };
        self.route(path, on(method, Operation(Arc::new(answer))))
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
    authorization(headers, "bearer").filter(|token| !token.is_empty())
}

/// What an `Authorization` header of this scheme has.
pub(crate) fn authorization<'h>(headers: &'h HeaderMap, wanted: &str) -> Option<&'h str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    let is_wanted = scheme.eq_ignore_ascii_case(wanted);
    is_wanted.then_some(credentials.trim())
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
