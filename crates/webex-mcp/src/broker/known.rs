//! The clients that the operator knows, and what each may do.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use webex::AccessToken;
use webex::oauth::Integration;

use super::Broker;
use super::clients::{Client, REGISTERED, Vouched};
use super::connections::Connection;
use super::more::boxed;
use super::question::Offer;
use crate::identity::{SIGN_IN_SCOPES, scopes_in_both};
use crate::seal::{digest, hex};

/// A client of the configuration.
#[derive(Debug, Clone)]
pub struct Known {
    pub name: String,
    /// SHA-256 of its secret; `None` for a client that cannot keep one.
    pub secret: Option<[u8; 32]>,
    /// Where people go back to that sign in with it.
    pub redirect_uris: Vec<String>,
    /// What it may do, at most.
    pub limits: Limits,
    /// As whom it acts, if that is without a person at a browser.
    pub machine: Option<Machine>,
}

/// What a client may do at most; `None` where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// The slugs of the servers that it may use.
    pub servers: Option<Vec<String>>,
    pub scopes: Option<Vec<String>>,
}

/// As whom a client acts.
#[derive(Debug, Clone)]
pub enum Machine {
    /// As the owner of this token, such as a bot.
    Token(AccessToken),
    /// As a service app, with the refresh token that an administrator got for it.
    App(App),
    /// As the person with this e-mail address, while their sign-in for the same server lasts.
    Person(String),
}

/// A service app at Webex.
#[derive(Debug, Clone)]
pub struct App {
    pub id: String,
    pub integration: Integration,
    pub refresh_token: SecretString,
}

impl Known {
    /// The client as all code sees clients.
    pub(super) fn client(&self, id: &str) -> Client {
        Client {
            id: id.to_owned(),
            name: self.name.clone(),
            redirect_uris: self.redirect_uris.clone(),
            secret: self.secret,
            vouched: Vouched::Operator,
            limits: self.limits.clone(),
        }
    }

    /// What its connections depend on: they end once the operator changes any of it.
    pub(super) fn mark(&self) -> String {
        let of = |text: &str| hex(&digest(text.as_bytes()));
        let identity = match &self.machine {
            Some(Machine::Token(token)) => ("token", of(token.expose())),
            Some(Machine::App(app)) => ("app", of(app.refresh_token.expose_secret())),
            Some(Machine::Person(email)) => ("person", of(email)),
            None => ("", String::new()),
        };
        // Each part is written so that none runs into the next.
        let all = format!("{:?} {identity:?} {:?}", self.secret, self.limits.scopes);
        hex(&digest(all.as_bytes()))
    }

    /// What of its table ends everything that it was given, once the operator changes it. What people
    /// agreed to outlives another secret, and other limits count as long as they are set.
    pub(super) fn terms(&self) -> String {
        match &self.machine {
            Some(_) => format!("{} {:?}", self.mark(), self.limits.servers),
            None => "people".to_owned(),
        }
    }

    /// Whether it acts as somebody who was not asked on our pages, but chosen by the operator.
    pub(super) fn is_own(&self) -> bool {
        matches!(self.machine, Some(Machine::Token(_) | Machine::App(_)))
    }
}

impl Limits {
    pub(super) fn allows_server(&self, slug: &str) -> bool {
        let servers = self.servers.as_ref();
        servers.is_none_or(|servers| servers.iter().any(|one| one == slug))
    }

    /// The only server that it may use.
    pub(super) fn only_server(&self) -> Option<&str> {
        match self.servers.as_deref() {
            Some([only]) => Some(only),
            _ => None,
        }
    }

    /// What is left of these scopes; signing in needs some in any case.
    pub(super) fn narrow(&self, scopes: &mut Vec<String>) {
        if let Some(allowed) = &self.scopes {
            let allowed: Vec<&str> = allowed.iter().map(|scope| &**scope).collect();
            let allowed = [&*allowed, &SIGN_IN_SCOPES].concat();
            *scopes = scopes_in_both(scopes, &allowed);
        }
    }

    /// What is left of an offer; `None` where the client may not use the server.
    pub(super) fn narrowed(&self, mut offer: Offer) -> Option<Offer> {
        if !self.allows_server(&offer.slug) {
            return None;
        }
        self.narrow(&mut offer.base);
        self.narrow(&mut offer.all);
        Some(offer)
    }
}

impl Broker {
    /// A connection with those of its scopes that the operator lets its client have now. Its record
    /// keeps the others: the operator may allow them again.
    pub(super) fn limited(&self, mut connection: Connection) -> Connection {
        let mut scopes = connection.scopes.take();
        if let Some(scopes) = &mut scopes {
            self.limit(&connection, scopes);
        }
        connection.scopes = scopes;
        connection
    }

    /// The registered scopes that the person of a connection can give to it.
    pub(super) fn registered_for(&self, connection: &Connection) -> Arc<[Box<str>]> {
        let registered = &self.0.settings.registered_scopes;
        let mut scopes = registered.clone();
        self.limit(connection, &mut scopes);
        match scopes == *registered {
            true => self.0.registered.clone(),
            false => boxed(&scopes),
        }
    }

    fn limit(&self, connection: &Connection, scopes: &mut Vec<String>) {
        let source = connection.source.as_ref().map(|source| &source.client_id);
        for client in [Some(&connection.client_id), source].into_iter().flatten() {
            if let Some(known) = self.0.settings.clients.get(client) {
                known.limits.narrow(scopes);
            }
        }
    }

    /// Whether the operator still allows what was agreed to.
    pub(super) fn may_go_on(&self, connection: &Connection) -> bool {
        let known = self.0.settings.clients.get(&connection.client_id);
        let is_own = known.is_some_and(Known::is_own);
        let is_allowed = is_own || self.allows(Some(connection.owner.tenant().as_str()));
        let is_client = match (known, &connection.machine) {
            (Some(known), Some(mark)) => known.machine.is_some() && known.mark() == *mark,
            (Some(known), None) => known.machine.is_none(),
            (None, Some(_)) => false,
            // It registered by itself or has a document, or a person made a token by hand.
            (None, None) => {
                let id = &connection.client_id;
                let is_by_hand = connection.by_hand.is_some();
                is_by_hand || id.starts_with(REGISTERED) || Broker::has_document(id)
            }
        };
        let is_served = known.is_none_or(|known| known.limits.allows_server(&connection.server));
        is_allowed && is_client && is_served
    }
}
