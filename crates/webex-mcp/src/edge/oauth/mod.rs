//! OAuth over HTTP: where clients find out how to sign in, the pages on which people agree, and the
//! tokens. What it means is decided in `broker`.

mod account;
mod cookie;
mod form;
mod link;
mod metadata;
mod more;
mod pages;
mod sign_in;
mod token;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use super::failures::TooMany;
use super::http::{Layers, SERVERS_PATH};
use super::offers::offer;
use crate::auth::{Budget, BudgetBounds, Spent};
use crate::broker::{Broker, CALLBACK, MORE_SCOPES, Offer, RESOURCE_METADATA, Refused};
use crate::idp::{self, Idp, Owner};
use crate::limits;
use crate::servers::VirtualServer;

const AUTHORIZE: &str = "/oauth/authorize";
const CONSENT: &str = "/oauth/consent";
const TOKEN: &str = "/oauth/token";
const REVOKE: &str = "/oauth/revoke";
const REGISTER: &str = "/oauth/register";
/// What browsers open, beside the account page; programs send the rest.
const PAGES: [&str; 7] = [
    AUTHORIZE,
    CONSENT,
    CALLBACK,
    MORE_SCOPES,
    idp::LINK,
    idp::REPLACE,
    idp::CALLBACK,
];

/// The servers that people sign in for.
pub trait SignedInFor: Send + Sync {
    fn find(&self, slug: &str) -> Option<Arc<VirtualServer>>;
    fn all(&self) -> Vec<Arc<VirtualServer>>;
    /// Those whose callers sign in at the identity provider.
    fn of_provider(&self) -> Vec<Arc<VirtualServer>>;
}

/// What every endpoint needs.
#[derive(Clone)]
struct Desk(Arc<Inner>);

struct Inner {
    broker: Broker,
    idp: Option<Idp>,
    servers: Box<dyn SignedInFor>,
    layers: Arc<Layers>,
    registrations: Budget,
    pages: Budget,
    tokens: Budget,
}

/// The routes. They have callers of their own: clients, and browsers with a cookie.
pub fn routes(
    (broker, idp): (Broker, Option<Idp>),
    servers: Box<dyn SignedInFor>,
    layers: Arc<Layers>,
) -> Router {
    let bounds = BudgetBounds::per_minute;
    let desk = Desk(Arc::new(Inner {
        broker,
        idp,
        servers,
        layers: layers.clone(),
        registrations: Budget::new(bounds(
            limits::REGISTRATIONS_PER_ADDRESS_PER_MINUTE,
            limits::REGISTRATIONS_PER_MINUTE,
        )),
        pages: Budget::new(bounds(
            limits::PAGES_PER_ADDRESS_PER_MINUTE,
            limits::PAGES_PER_MINUTE,
        )),
        tokens: Budget::new(bounds(
            limits::TOKENS_REFUSED_PER_ADDRESS_PER_MINUTE,
            limits::TOKENS_PER_MINUTE,
        )),
    }));
    let budgeted = from_fn_with_state(desk.clone(), within_budget);
    let pages = Router::new()
        .route(AUTHORIZE, get(sign_in::ask))
        .route(CONSENT, post(sign_in::decide))
        .route(CALLBACK, get(sign_in::returned))
        .route(MORE_SCOPES, get(more::ask).post(more::decide))
        .merge(account::routes())
        .merge(link::routes())
        .with_state(desk.clone());
    let pages = super::http::admitted(layers, pages).layer(budgeted.clone());
    // Programs call these from everywhere, also from pages: they have no cookie, and what they may
    // do is in the request. The documents are public, small and kept by whoever reads them, so nobody
    // counts how often they are read.
    let open = Router::new()
        .route(TOKEN, post(token::give))
        .route(REVOKE, post(token::revoke))
        .route(REGISTER, post(token::register))
        .layer(budgeted)
        .merge(metadata::routes())
        .layer(from_fn(readable_everywhere))
        .with_state(desk);
    pages.merge(open)
}

impl Desk {
    fn broker(&self) -> &Broker {
        &self.0.broker
    }

    /// The answer to a client whose request is refused. Who keeps failing to prove which client it is
    /// waits for it.
    async fn refused(
        &self,
        why: &Refused,
        Asker(address): Asker,
        client: Option<&str>,
    ) -> Response {
        if why.error == "invalid_client" {
            let waited = self.0.layers.failures.failed(address, client).await;
            if let Err(TooMany(wait)) = waited {
                return too_many(wait, false);
            }
        }
        token::refused(token::status(why), why)
    }

    /// Whether people sign in here for any server. Else there is nothing to register for.
    fn signs_in(&self) -> bool {
        !self.0.servers.all().is_empty()
    }

    /// The slug of the server with this address, if people sign in for it.
    fn slug<'a>(&self, resource: &'a str) -> Option<&'a str> {
        let path = resource.strip_prefix(&*self.broker().settings().base)?;
        let slug = slug_of(path)?;
        self.0.servers.find(slug).map(|_| slug)
    }

    /// The server with this slug, however those sign in who act by it with an account at Webex.
    fn served(&self, slug: &str) -> Option<Arc<VirtualServer>> {
        let servers = &self.0.servers;
        let of_provider = || {
            servers
                .of_provider()
                .into_iter()
                .find(|it| *it.slug == *slug)
        };
        servers.find(slug).or_else(of_provider)
    }

    /// What the server offers that the client names, or the only one where it names none.
    fn offer(&self, resource: Option<&str>) -> Option<Offer> {
        let server = match resource {
            Some(resource) => self.0.servers.find(self.slug(resource)?)?,
            None => match self.0.servers.all().as_slice() {
                [only] => only.clone(),
                _ => return None,
            },
        };
        Some(self.offer_of(&server))
    }

    fn offer_of(&self, server: &VirtualServer) -> Offer {
        offer(server, &self.broker().settings().registered_scopes)
    }

    /// The scopes that the tools of a server need.
    fn needed_at(&self, slug: &str) -> Vec<String> {
        let server = self.0.servers.find(slug);
        let scopes = server.iter().flat_map(|server| server.scopes().into_keys());
        scopes.map(str::to_owned).collect()
    }

    /// What Webex is asked for when this person connects their account: what the servers offer that
    /// they may use.
    fn scopes_of(&self, owner: &Owner) -> Vec<String> {
        let servers = self.0.servers.of_provider();
        let servers = servers.iter().filter(|server| owner.may_use(&server.slug));
        let mut scopes: Vec<_> = servers.flat_map(|it| self.offer_of(it).base).collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    }
}

/// Whether nobody can sign in for a server: none of its scopes is registered at Webex.
pub fn is_closed(server: &VirtualServer, registered: &[String]) -> bool {
    offer(server, registered).is_closed
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
struct Asker(Option<IpAddr>);

/// Slows an address down that asks without end.
async fn within_budget(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let address = desk.0.layers.head(&parts).address;
    let (is_page, gives_token) = (is_page(parts.uri.path()), parts.uri.path() == TOKEN);
    let budget = match parts.uri.path() {
        REGISTER => &desk.0.registrations,
        TOKEN | REVOKE => &desk.0.tokens,
        _ => &desk.0.pages,
    };
    if let Err(Spent::ByAddress(wait) | Spent::InAll(wait)) = budget.spend(address) {
        return too_many(wait, is_page);
    }
    parts.extensions.insert(Asker(address));
    let answer = next.run(Request::from_parts(parts, body)).await;
    // Whoever gets a token has proven who they are, and takes nothing from their neighbours.
    if gives_token && answer.status().is_success() {
        budget.give_back(address);
    }
    answer
}

fn is_page(path: &str) -> bool {
    let own = path.strip_prefix(account::ACCOUNT);
    PAGES.contains(&path) || own.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Programs are told in OAuth's words, people on a page.
fn too_many(wait: Duration, is_page: bool) -> Response {
    let refused = Refused::new(
        "temporarily_unavailable",
        "Too many requests; try again later.",
    );
    let status = StatusCode::TOO_MANY_REQUESTS;
    let mut response = match is_page {
        true => pages::refused(status, &refused),
        false => token::refused(status, &refused),
    };
    let seconds = wait.as_secs().max(1).into();
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}

/// Lets pages of every origin read an answer; browsers ask first.
async fn readable_everywhere(request: Request, next: Next) -> Response {
    let is_preflight = request.method() == Method::OPTIONS;
    let mut response = match is_preflight {
        true => StatusCode::NO_CONTENT.into_response(),
        false => next.run(request).await,
    };
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, mcp-protocol-version",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        let headers = response.headers_mut();
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The slug in the path of a server, with or without a slash at its end.
fn slug_of(path: &str) -> Option<&str> {
    let slug = path.strip_prefix(SERVERS_PATH)?.strip_prefix('/')?;
    Some(slug.strip_suffix('/').unwrap_or(slug))
}

/// The path of the document about the server at another path.
fn about(path: &str) -> Option<&str> {
    path.strip_prefix(RESOURCE_METADATA)
        .or_else(|| path.strip_suffix(RESOURCE_METADATA))
}

#[cfg(test)]
mod tests;
