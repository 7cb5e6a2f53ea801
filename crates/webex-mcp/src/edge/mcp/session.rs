//! The sessions of clients older than 2026-07-28: few, small, and each bound to its principal.
//!
//! A session is a row in a table: it has no task, no channel and no connection. A request gets what
//! it needs when it comes, so two thousand idle sessions cost only their rows.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rmcp::model::{
    ClientCapabilities, ClientJsonRpcMessage, Implementation, InitializeRequestParams,
    ProtocolVersion, RequestId,
};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::subscriptions::Watches;
use crate::edge::limits;
use crate::identity::Principal;
use crate::servers::narrowing::Narrowing;

/// How many sessions there may be, and how long one may stay idle.
#[derive(Debug, Clone, Copy)]
pub struct SessionBounds {
    pub sessions: usize,
    pub sessions_per_principal: usize,
    pub idle: Duration,
}

impl Default for SessionBounds {
    fn default() -> Self {
        SessionBounds {
            sessions: limits::SESSIONS_MAX,
            sessions_per_principal: limits::SESSIONS_PER_PRINCIPAL,
            idle: limits::SESSION_IDLE,
        }
    }
}

/// All sessions of the process, over all endpoints.
#[derive(Debug)]
pub(super) struct Sessions {
    bounds: SessionBounds,
    started: Instant,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    by_id: HashMap<Arc<str>, Arc<Session>>,
    per_principal: HashMap<Principal, usize>,
    swept_at: u64,
}

/// The endpoint that a session is opened on.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) name: Arc<str>,
    /// Cancelled when the endpoint is removed.
    pub(super) removed: CancellationToken,
}

/// There is no room for another session.
#[derive(Debug)]
pub(super) struct NoRoom;

/// One client's session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: Arc<str>,
    /// The endpoint it was opened on; it is unknown on any other.
    endpoint: Arc<str>,
    principal: Principal,
    /// Cancelled when its virtual server is removed; that ends the session too.
    removed: CancellationToken,
    pub(super) version: ProtocolVersion,
    pub(super) client: Client,
    /// What it subscribed to.
    pub(super) watches: Watches,
    /// Milliseconds since the table was made.
    used_at: AtomicU64,
    next_request: AtomicI64,
    talk: Mutex<Talk>,
}

/// What is stored about a client; the rest of its handshake is dropped.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) name: Arc<str>,
    version: Box<str>,
    capabilities: ClientCapabilities,
    /// The tools that it wants, for as long as the session lasts.
    pub(super) narrowing: Option<Arc<Narrowing>>,
}

#[derive(Debug, Default)]
struct Talk {
    at_work: HashMap<RequestId, CancellationToken>,
    /// Our requests to the client by the id that the client sees, with the id that the handler
    /// knows.
    asked: HashMap<i64, (RequestId, mpsc::Sender<ClientJsonRpcMessage>)>,
    /// Of the stream that is open; cancelled when it has to end, and when it has ended.
    stream: Option<CancellationToken>,
}

impl Sessions {
    pub(super) fn new(bounds: SessionBounds) -> Self {
        Sessions {
            bounds,
            started: Instant::now(),
            table: Mutex::default(),
        }
    }

    /// Opens a session for a principal.
    ///
    /// # Errors
    /// [`NoRoom`] where the process or the principal already has the most sessions it may have.
    pub(super) fn open(
        &self,
        endpoint: &Place,
        principal: &Principal,
        version: ProtocolVersion,
        client: Client,
    ) -> Result<Arc<Session>, NoRoom> {
        let now = self.now();
        let mut table = self.table.lock();
        if now.saturating_sub(table.swept_at) >= limits::SESSION_SWEEP_SECONDS * 1_000
            || table.by_id.len() >= self.bounds.sessions
        {
            table.sweep(now, self.idle_milliseconds());
        }
        let theirs = table.per_principal.get(principal).copied().unwrap_or(0);
        if table.by_id.len() >= self.bounds.sessions || theirs >= self.bounds.sessions_per_principal
        {
            return Err(NoRoom);
        }
        let session = Arc::new(Session {
            id: uuid::Uuid::new_v4().simple().to_string().into(),
            endpoint: endpoint.name.clone(),
            removed: endpoint.removed.clone(),
            principal: principal.clone(),
            version,
            client,
            watches: Watches::default(),
            used_at: AtomicU64::new(now),
            next_request: AtomicI64::new(1),
            talk: Mutex::default(),
        });
        table.by_id.insert(session.id.clone(), session.clone());
        table.per_principal.insert(principal.clone(), theirs + 1);
        Ok(session)
    }

    /// The session of that id, if it is alive and belongs to this principal and this endpoint. The
    /// answer does not reveal whether the id belongs to somebody else or to nobody.
    pub(super) fn find(
        &self,
        id: &str,
        endpoint: &str,
        principal: &Principal,
    ) -> Option<Arc<Session>> {
        let now = self.now();
        let mut table = self.table.lock();
        let session = table.by_id.get(id)?;
        if session.principal != *principal || *session.endpoint != *endpoint {
            return None;
        }
        if session.expired(now, self.idle_milliseconds()) {
            let id = session.id.clone();
            table.remove(&id);
            return None;
        }
        session.used_at.store(now, Ordering::Relaxed);
        Some(session.clone())
    }

    /// Ends a session and cancels the requests at work in it.
    pub(super) fn close(&self, session: &Session) {
        self.table.lock().remove(&session.id);
    }

    /// The session's stream; one that was open before ends, because its client may have lost it.
    pub(super) fn stream(&self, session: &Arc<Session>) -> AtStream {
        let ended = CancellationToken::new();
        let before = session.talk.lock().stream.replace(ended.clone());
        if let Some(before) = before {
            before.cancel();
        }
        AtStream {
            session: session.clone(),
            started: self.started,
            ended,
        }
    }

    fn now(&self) -> u64 {
        milliseconds(self.started.elapsed())
    }

    fn idle_milliseconds(&self) -> u64 {
        milliseconds(self.bounds.idle)
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Table {
    fn sweep(&mut self, now: u64, idle: u64) {
        self.swept_at = now;
        let gone: Vec<_> = self
            .by_id
            .values()
            .filter(|session| session.expired(now, idle))
            .map(|session| session.id.clone())
            .collect();
        for id in gone {
            self.remove(&id);
        }
    }

    fn remove(&mut self, id: &str) {
        let Some(session) = self.by_id.remove(id) else {
            return;
        };
        let talk = session.talk.lock();
        for running in talk.at_work.values().chain(&talk.stream) {
            running.cancel();
        }
        drop(talk);
        if let Some(theirs) = self.per_principal.get_mut(&session.principal) {
            *theirs -= 1;
            if *theirs == 0 {
                self.per_principal.remove(&session.principal);
            }
        }
    }
}

impl Talk {
    fn is_idle(&self) -> bool {
        let stream = self.stream.as_ref();
        self.at_work.is_empty() && stream.is_none_or(CancellationToken::is_cancelled)
    }
}

impl Session {
    fn expired(&self, now: u64, idle: u64) -> bool {
        self.removed.is_cancelled()
            || (now.saturating_sub(self.used_at.load(Ordering::Relaxed)) > idle
                && self.talk.lock().is_idle())
    }

    /// Lists a request as at work until the returned mark is dropped.
    ///
    /// # Errors
    /// [`NoRoom`] where its id is in use, or too many requests are at work.
    pub(super) fn begin(
        self: &Arc<Self>,
        id: RequestId,
        cancel: CancellationToken,
    ) -> Result<AtWork, NoRoom> {
        let mut talk = self.talk.lock();
        if talk.at_work.len() >= limits::SESSION_REQUESTS_MAX || talk.at_work.contains_key(&id) {
            return Err(NoRoom);
        }
        talk.at_work.insert(id.clone(), cancel);
        Ok(AtWork {
            session: self.clone(),
            id,
        })
    }

    /// The client no longer wants that answer.
    pub(super) fn cancel(&self, id: &RequestId) {
        if let Some(cancel) = self.talk.lock().at_work.get(id) {
            cancel.cancel();
        }
    }

    /// Gives a request to the client an id that is unique in the session, and stores where its
    /// reply goes.
    pub(super) fn ask(&self, id: RequestId, reply: mpsc::Sender<ClientJsonRpcMessage>) -> i64 {
        let ours = self.next_request.fetch_add(1, Ordering::Relaxed);
        self.talk.lock().asked.insert(ours, (id, reply));
        ours
    }

    /// Where the reply to one of our requests goes, and the id under which the handler waits for
    /// it.
    pub(super) fn answered(
        &self,
        id: &RequestId,
    ) -> Option<(RequestId, mpsc::Sender<ClientJsonRpcMessage>)> {
        let ours = match id {
            RequestId::Number(number) => *number,
            RequestId::String(text) => text.parse().ok()?,
        };
        self.talk.lock().asked.remove(&ours)
    }

    /// Drops these questions: nobody waits for their replies any more.
    pub(super) fn forget(&self, asked: &[i64]) {
        let mut talk = self.talk.lock();
        for id in asked {
            talk.asked.remove(id);
        }
    }
}

/// Keeps a request listed as at work.
#[derive(Debug)]
pub(super) struct AtWork {
    session: Arc<Session>,
    id: RequestId,
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.session.talk.lock().at_work.remove(&self.id);
    }
}

/// Keeps a session alive while its stream is open.
#[derive(Debug)]
pub(super) struct AtStream {
    session: Arc<Session>,
    /// When the table was made.
    started: Instant,
    ended: CancellationToken,
}

impl AtStream {
    /// Returns when the stream has to end.
    pub(super) async fn ended(&self) {
        self.ended.cancelled().await;
    }
}

impl Drop for AtStream {
    fn drop(&mut self) {
        let now = milliseconds(self.started.elapsed());
        self.session.used_at.store(now, Ordering::Relaxed);
        self.ended.cancel();
    }
}

/// A client's name or version, short enough to store and fit for a log line.
pub(super) fn shortened(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(limits::CLIENT_NAME_MAX_CHARACTERS)
        .collect()
}

impl Client {
    pub(super) fn of(asked: InitializeRequestParams) -> Self {
        let mut capabilities = asked.capabilities;
        capabilities.experimental = None;
        capabilities.extensions = None;
        Client {
            name: shortened(&asked.client_info.name).into(),
            version: shortened(&asked.client_info.version).into(),
            capabilities,
            narrowing: None,
        }
    }

    pub(super) fn wanting(mut self, narrowing: Option<Arc<Narrowing>>) -> Self {
        self.narrowing = narrowing;
        self
    }

    /// Whether the client can answer a request of ours.
    pub(super) fn answers(&self) -> bool {
        let declared = &self.capabilities;
        declared.elicitation.is_some() || declared.sampling.is_some() || declared.roots.is_some()
    }

    pub(super) fn info(&self, version: ProtocolVersion) -> InitializeRequestParams {
        InitializeRequestParams::new(
            self.capabilities.clone(),
            Implementation::new(&*self.name, &*self.version),
        )
        .with_protocol_version(version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Client {
        Client::of(InitializeRequestParams::new(
            ClientCapabilities::default(),
            Implementation::new("n".repeat(10_000), "1"),
        ))
    }

    fn open(sessions: &Sessions, who: &str) -> Result<Arc<Session>, NoRoom> {
        let place = Place {
            name: "messaging".into(),
            removed: CancellationToken::new(),
        };
        open_at(sessions, who, &place)
    }

    fn open_at(sessions: &Sessions, who: &str, place: &Place) -> Result<Arc<Session>, NoRoom> {
        sessions.open(
            place,
            &Principal::new(who),
            ProtocolVersion::V_2025_11_25,
            client(),
        )
    }

    fn bounds(sessions: usize, sessions_per_principal: usize) -> Sessions {
        Sessions::new(SessionBounds {
            sessions,
            sessions_per_principal,
            idle: Duration::from_secs(300),
        })
    }

    #[tokio::test]
    async fn a_session_is_its_principals_own_on_its_own_endpoint() {
        let sessions = bounds(9, 9);
        let (alice, bob) = (Principal::new("alice"), Principal::new("bob"));
        let session = open(&sessions, "alice").unwrap();
        assert!(sessions.find(&session.id, "messaging", &alice).is_some());
        assert!(sessions.find(&session.id, "messaging", &bob).is_none());
        assert!(sessions.find(&session.id, "everything", &alice).is_none());
        sessions.close(&session);
        assert!(sessions.find(&session.id, "messaging", &alice).is_none());
    }

    #[tokio::test]
    async fn caps_hold_and_closing_makes_room() {
        let sessions = bounds(3, 2);
        let first = open(&sessions, "alice").unwrap();
        open(&sessions, "alice").unwrap();
        assert!(open(&sessions, "alice").is_err(), "two for one");
        open(&sessions, "bob").unwrap();
        assert!(open(&sessions, "carol").is_err(), "three in all");
        sessions.close(&first);
        open(&sessions, "alice").unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn idle_sessions_go_and_busy_ones_stay() {
        let sessions = bounds(2, 2);
        let (alice, bob) = (Principal::new("alice"), Principal::new("bob"));
        let idle = open(&sessions, "alice").unwrap();
        let busy = open(&sessions, "bob").unwrap();
        let work = busy.begin(RequestId::Number(1), CancellationToken::new());
        tokio::time::advance(Duration::from_secs(301)).await;
        assert!(sessions.find(&idle.id, "messaging", &alice).is_none());
        assert!(sessions.find(&busy.id, "messaging", &bob).is_some());
        drop(work);
        tokio::time::advance(Duration::from_secs(301)).await;
        open(&sessions, "carol").unwrap();
        open(&sessions, "carol").unwrap();
    }

    #[tokio::test]
    async fn sessions_of_a_removed_server_are_gone_and_make_room() {
        let sessions = bounds(2, 2);
        let alice = Principal::new("alice");
        let place = Place {
            name: "messaging".into(),
            removed: CancellationToken::new(),
        };
        let one = open_at(&sessions, "alice", &place).unwrap();
        open_at(&sessions, "alice", &place).unwrap();
        place.removed.cancel();
        assert!(sessions.find(&one.id, "messaging", &alice).is_none());
        // A server that takes the same slug later does not find them either.
        let again = open(&sessions, "alice").unwrap();
        assert!(sessions.find(&again.id, "messaging", &alice).is_some());
        open(&sessions, "bob").unwrap();
    }

    #[tokio::test]
    async fn closing_cancels_what_is_at_work() {
        let sessions = bounds(1, 1);
        let session = open(&sessions, "alice").unwrap();
        let cancel = CancellationToken::new();
        let _work = session.begin(RequestId::Number(1), cancel.clone()).unwrap();
        assert!(
            session
                .begin(RequestId::Number(1), CancellationToken::new())
                .is_err()
        );
        sessions.close(&session);
        assert!(cancel.is_cancelled());
    }
}
