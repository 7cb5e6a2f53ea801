//! Opens, serves and drains the doors: HTTP and stdio.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{join, join5};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::absentees::{Absentees, Alone};
use super::own_token::{Knowledge, TokenState};
use super::signals::{outlive_file_limits, told_again, told_to_end};
use super::ways::{SignIns, Ways, note_tables, sweep, warn_of_closed};
use super::{Core, StartError, serve_all};
use crate::broker::Broker;
use crate::call::Dispatcher;
use crate::edge::http::{
    self, BadAllowance, Bounds, Health, Known, Layers, Mount, Proxies, Router, SERVERS_PATH, Wire,
};
use crate::edge::mcp::{self, Broken, Handler, Served, Shared, serve_stdio};
use crate::edge::oauth;
use crate::journal::Journal;
use crate::limits;
use crate::servers::{Otherwise, Registry, VirtualServer};
use crate::stores::downloads::Downloads;
use crate::stores::links::Links;
use crate::stores::outbox::Fetching;
use crate::stores::state::StateStore;
use crate::stores::uploads::Uploads;
use crate::tool::Inbox;

/// The HTTP door, listening but not serving yet.
#[derive(Debug)]
pub struct Http {
    /// The servers behind it; they may change while it serves.
    pub servers: Arc<Registry>,
    pub(super) listener: TcpListener,
    pub(super) router: Router,
    pub(super) wire: Wire,
    pub(super) drain: CancellationToken,
    dispatcher: Arc<Dispatcher>,
    broker: Option<Broker>,
    ways: Ways,
    /// How long a drain waits for running calls.
    patience: Duration,
    /// The address it listens on, with the real port where the setting was 0.
    pub address: SocketAddr,
    /// Scheme and host before every path.
    pub base: String,
    /// What is known of the server's own token, which `/readyz` reports: it is tried while requests
    /// are already served.
    pub token_state: TokenState,
}

impl Core {
    /// Opens the HTTP door; it serves when [`Http::run`] is awaited. Must be called inside a Tokio
    /// runtime.
    ///
    /// # Errors
    /// The address is in use, or does not belong to this machine.
    pub async fn http(&self) -> Result<Http, StartError> {
        let wire = self.wire()?;
        let wanted = self.config.server.listen;
        let listener = listen(wanted).await?;
        let address = listener.local_addr().map_err(|reason| StartError::Listen {
            address: wanted,
            reason,
        })?;
        self.recover().await;
        let base = self.public_base(address);
        let state = StateStore::memory();
        let links = Links::new(&base, state.clone(), self.webex.clone());
        let artifacts = self.artifacts().await;
        let uploads = artifacts
            .clone()
            .map(|artifacts| Uploads::new(&base, state, artifacts));
        let inbox = uploads.clone().map(|it| -> Arc<dyn Inbox> { Arc::new(it) });
        let fetching = Fetching::Links(links.clone());
        let outbox = artifacts.clone().map(|it| self.made_files(it, fetching));
        let hooks = self.hooks(Some(address));
        let shelf = Arc::new(links.clone());
        let dispatcher = self.dispatcher(false, shelf, inbox, outbox, hooks.clone());
        // Beyond this machine, the sandbox cannot be controlled: only its tools are served there.
        let beside = self.sandbox.as_ref();
        let beside = beside.filter(|_| address.ip().is_loopback());
        let drain = beside.map_or_else(CancellationToken::new, |it| it.ending().clone());
        let ways = Ways::new(self, address);
        let otherwise = Otherwise::by_default(address.ip());
        let servers = serve_all(&self.catalogue, &self.definitions, otherwise);
        let shared = Shared::new(ways.bounds(&servers), drain.clone());
        let servers = Registry::new(servers)?;
        let absentees = Absentees(&servers, &ways);
        dispatcher.resume_works(&absentees).await;
        let served = Served::new(servers.clone(), dispatcher.clone(), shared);
        let layers = Arc::new(self.layers(address, wire.proxies.clone())?);
        let uploads = uploads.map_or_else(Router::new, http::uploads);
        let files = http::readable(layers.clone(), http::files(links, artifacts).merge(uploads));
        let open = files.merge(http::hooks(hooks, layers.clone()));
        let mut open = open.merge(above(servers.clone(), layers.clone()));
        if let Some(broker) = self.broker.clone() {
            let servers = SignIns(servers.clone(), ways.clone());
            warn_of_closed(&broker, &servers);
            note_tables(&broker).await;
            let servers = Box::new(servers);
            let both = (broker, self.idp.clone());
            open = open.merge(oauth::routes(both, servers, layers.clone()));
        }
        if let Some(sandbox) = beside {
            open = open.merge(http::admitted(layers.clone(), sandbox.beside_others(&base)));
        }
        let doors = vec![mount(served, ways.clone())];
        let token_state = TokenState::default();
        let health = health(drain.clone(), self.journal.clone(), token_state.clone());
        let router = http::router(doors, layers, open, health);
        Ok(Http {
            servers,
            listener,
            router,
            wire,
            drain,
            dispatcher,
            broker: self.broker.clone(),
            ways,
            patience: self.patience(),
            address,
            base,
            token_state,
        })
    }

    /// Serves one virtual server on stdin and stdout until the client leaves or a signal comes, and
    /// lets running calls end.
    ///
    /// # Errors
    /// The input was not MCP.
    pub async fn stdio(&self, server: &Arc<VirtualServer>) -> Result<(), Broken> {
        self.recover().await;
        // Files of the sandbox end with it.
        let fleeting = self.sandbox.as_ref().and_then(|_| tempfile::tempdir().ok());
        let directory = match self.sandbox {
            Some(_) => fleeting.as_ref().map(TempDir::path),
            None => self.config.data.dir.as_deref(),
        };
        let shelf = Downloads::new(directory, self.webex.clone());
        let fetching = Fetching::Folder(shelf.clone());
        let outbox = self.artifacts().await;
        let outbox = outbox.map(|artifacts| self.made_files(artifacts, fetching));
        let hooks = self.hooks(None);
        let dispatcher = self.dispatcher(true, Arc::new(shelf), None, outbox, hooks);
        let alone = Alone(&self.alone, &self.servers);
        dispatcher.resume_works(&alone).await;
        let alone = Some(self.alone.clone());
        let handler = Handler::new(dispatcher.clone(), server.clone(), alone);
        let (drain, patience) = (CancellationToken::new(), self.patience());
        let serving = async {
            let owed_until = patience + 3 * limits::DRAIN_GRACE;
            let done = serve_stdio(Arc::new(handler), drain.clone(), owed_until).await;
            drain.cancel();
            done
        };
        let draining = async {
            drain.cancelled().await;
            dispatcher.drain(patience).await;
        };
        let told_twice = async {
            told_to_end().await;
            drain.cancel();
            told_again().await;
        };
        let done = tokio::select! {
            (done, ()) = join(serving, draining) => done,
            () = told_twice => return Ok(()),
        };
        self.journal.flush().await;
        done
    }

    /// The checks of every request.
    fn layers(&self, address: SocketAddr, proxies: Proxies) -> Result<Layers, BadAllowance> {
        let layers = Layers::new(&self.hosts(address), &self.origins(), proxies)?
            .with_token_header(self.token_header.clone());
        // The sandbox has no secrets.
        Ok(
            match self.sandbox.is_none() && self.config.server.is_for_proxies_only() {
                true => layers.for_proxies_only(),
                false => layers,
            },
        )
    }

    /// Records what an earlier process left open as unknown. If the journal cannot be written,
    /// effects are refused anyway.
    async fn recover(&self) {
        if let Err(error) = self.journal.recover().await {
            tracing::warn!(%error, "calls of an earlier process could not be settled");
        }
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(self.config.server.drain_seconds)
    }
}

impl Http {
    /// Serves until a signal comes, then drains: it reports not ready, withdraws open questions,
    /// lets calls in flight finish, and closes streams. A second signal ends it at once.
    pub async fn run(self) {
        outlive_file_limits();
        let bounds = Bounds {
            // A call that is cut off at the end of a drain still gets an answer.
            drain: self.patience + 3 * limits::DRAIN_GRACE,
            ..Bounds::default()
        };
        let owners = Absentees(&self.servers, &self.ways);
        let serving = http::serve(
            self.listener,
            self.router,
            bounds,
            self.wire,
            self.drain.clone(),
        );
        let draining = async {
            self.drain.cancelled().await;
            self.dispatcher.drain(self.patience).await;
        };
        let ending = async {
            let scheduled = self.dispatcher.run_schedules(&owners, &self.drain);
            let watched = self.dispatcher.keep_webhooks_active(&owners, &self.drain);
            let swept = sweep(self.broker.as_ref(), &self.drain);
            join5(serving, draining, scheduled, watched, swept).await;
            self.dispatcher.settled().await;
        };
        until_told(ending, &self.drain).await;
    }
}

/// Serves any router in the same way: one signal drains, a second one ends.
pub async fn serve_until_told(listener: TcpListener, router: Router, drain: CancellationToken) {
    let (bounds, proxies) = (Bounds::default(), Proxies::default());
    let serving = http::serve(listener, router, bounds, proxies, drain.clone());
    until_told(serving, &drain).await;
}

async fn until_told<T>(serving: impl Future<Output = T>, drain: &CancellationToken) {
    tokio::pin!(serving);
    tokio::select! {
        _ = &mut serving => return,
        () = told_to_end() => {}
    }
    tracing::info!("draining: calls in flight may finish");
    drain.cancel();
    tokio::select! {
        _ = serving => {}
        () = told_again() => tracing::warn!("a second signal: ending at once"),
    }
}

/// # Errors
/// The address is in use, or does not belong to this machine.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|reason| StartError::Listen { address, reason })
}

/// The single route of all servers; each request looks up what is served now.
fn mount(served: Served, ways: Ways) -> Mount {
    let find = move |slug: &str| {
        let (registered, endpoint) = served.find(slug)?;
        let known = Known {
            by: ways.of(registered.server.authentication),
            server: Some(registered.server.clone()),
        };
        Some((known, endpoint))
    };
    let answer = |endpoint: Arc<mcp::Endpoint<Handler>>, caller, request| async move {
        endpoint.answer(caller, request).await
    };
    Mount::by_slug(SERVERS_PATH, mcp::refused, find, answer)
}

/// The path above all servers, which names those that are served now.
fn above(servers: Arc<Registry>, layers: Arc<Layers>) -> Router {
    let paths = move || {
        servers
            .all()
            .iter()
            .map(|server| path(server))
            .collect::<Vec<_>>()
    };
    http::above_servers(layers, mcp::refused, paths)
}

/// Requests are served even with a journal that does not last or a token that Webex refuses;
/// `/readyz` reports it.
fn health(drain: CancellationToken, journal: Journal, token: TokenState) -> Health {
    Health::new(drain, move || {
        let of_journal = if journal.is_gone() {
            Some("the journal's file is gone, so nothing is changed in Webex; restart")
        } else if !journal.is_writable() {
            Some("the journal cannot be written, so nothing is changed in Webex")
        } else if !journal.is_durable() {
            Some("the journal is in memory and ends with this process")
        } else {
            None
        };
        match token.get() {
            Knowledge::Refused => Some("Webex refused the token, so every call fails"),
            Knowledge::MayEnd => of_journal.or(Some(
                "the token ends 12 hours after it was made, if it is a personal one",
            )),
            Knowledge::Good => of_journal,
        }
    })
}

/// The path where a virtual server is mounted.
pub fn path(server: &VirtualServer) -> String {
    path_of(&server.slug)
}

/// The same for a slug.
pub fn path_of(slug: &str) -> String {
    format!("{SERVERS_PATH}/{slug}")
}
