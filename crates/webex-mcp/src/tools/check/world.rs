//! The demo company and the server in front of it, and what a test looks up there.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use serde_json::{Value, json};
use webex::{AccessToken, Client, Settings, Transport, Webex};
use webex_sandbox::{Options, Population, Sandbox};

use super::files::Shelf;
use crate::call::{Dispatcher, Parts};
use crate::identity::{Caller, Credential, Principal};
use crate::journal::Journal;
use crate::seal::Secret;
use crate::servers::{self, VirtualServer};
use crate::stores::outbox::MadeFiles;
use crate::stores::records::RecordStore as _;
use crate::tool::{Inbox, Rules};

const HURRY: Duration = Duration::from_millis(50);

/// A demo company and the server in front of it.
#[derive(Debug)]
pub struct World {
    pub sandbox: Sandbox,
    pub(super) webex: Webex,
    pub(super) dispatcher: Dispatcher,
    pub server: Arc<VirtualServer>,
    pub(super) journal: Journal,
    pub(super) files: Option<Arc<MadeFiles>>,
    pub(super) work_answered_within: Duration,
    /// The time of the server's records, in milliseconds since 1970, where it stands still.
    pub(super) now: Option<Arc<AtomicI64>>,
    /// The server has tokens of its own for everybody.
    pub is_lasting: bool,
    /// The scopes of everybody's token, where the server knows them.
    pub scopes: Option<&'static [&'static str]>,
}

pub(super) fn secret() -> Secret {
    Secret::new(Box::new([7; 32]))
}

impl Default for World {
    fn default() -> Self {
        World::new()
    }
}

impl World {
    pub fn new() -> Self {
        World::with_rules(Rules::default())
    }

    /// A world where everybody's token is known to reach nothing of others.
    pub fn of_plain_tokens() -> Self {
        const PLAIN: &[&str] = &[
            "spark:all",
            "meeting:schedules_read",
            "meeting:schedules_write",
        ];
        let mut world = World::new();
        world.scopes = Some(PLAIN);
        world
    }

    /// A world at the present time: titles of meetings are looked for around it.
    pub fn today() -> Self {
        World::with(Options::default(), Rules::default(), None)
    }

    pub fn with_rules(rules: Rules) -> Self {
        World::with(Options::for_tests(), rules, None)
    }

    /// A world with generated people beside the demo company: for lists that a call does not read
    /// to the end.
    pub fn with_people(people: u32) -> Self {
        let options = Options {
            population: Some(Population::new(people, 1, 0).unwrap()),
            ..Options::for_tests()
        };
        World::with(options, Rules::default(), None)
    }

    /// A world with one more space, of `sandbox-person-000000` and nine others, with these many
    /// messages.
    pub fn with_messages(messages: u32) -> Self {
        let options = Options {
            population: Some(Population::new(10, 1, messages).unwrap()),
            ..Options::for_tests()
        };
        World::with(options, Rules::default(), None)
    }

    /// A world where files may come in beside the arguments.
    pub fn with_inbox(inbox: Arc<dyn Inbox>) -> Self {
        World::with(Options::for_tests(), Rules::default(), Some(inbox))
    }

    /// The same world, where long work is not waited for.
    pub fn hurrying(mut self) -> Self {
        self.work_answered_within = HURRY;
        self
    }

    /// A world where long work is not waited for.
    pub fn hurried() -> Self {
        World::built(Options::for_tests(), Rules::default(), None, |parts| {
            parts.work_answered_within = HURRY;
        })
    }

    fn with(options: Options, rules: Rules, inbox: Option<Arc<dyn Inbox>>) -> Self {
        World::built(options, rules, inbox, |_| {})
    }

    pub(super) fn built(
        options: Options,
        rules: Rules,
        inbox: Option<Arc<dyn Inbox>>,
        change: impl FnOnce(&mut Parts),
    ) -> Self {
        let sandbox = Sandbox::new(options);
        let transport = Transport::in_process(sandbox.router());
        let base = "http://127.0.0.1/v1";
        let webex = Webex::with_transport(base, transport, Settings::default()).unwrap();
        let mut parts = World::parts(&webex);
        parts.rules = Arc::new(rules);
        parts.inbox = inbox;
        change(&mut parts);
        let journal = parts.journal.clone();
        let work_answered_within = parts.work_answered_within;
        let dispatcher = Dispatcher::new(parts);
        let servers = servers::all();
        let server = servers.into_iter().find(|server| &*server.slug == "webex");
        World {
            sandbox,
            webex,
            dispatcher,
            server: server.unwrap(),
            journal,
            files: None,
            work_answered_within,
            now: None,
            is_lasting: false,
            scopes: None,
        }
    }

    pub(super) fn parts(webex: &Webex) -> Parts {
        Parts::in_memory(webex.clone(), &secret(), Arc::new(Shelf)).unwrap()
    }

    /// What the journal has, as JSON.
    pub async fn journal(&self) -> Vec<Value> {
        let records = self.journal.records();
        records.store().flush().await.unwrap();
        let entries = records.store().entries(0, 1_000).await.unwrap();
        let entries = entries.into_iter();
        entries
            .map(|row| serde_json::from_slice(&row.body).unwrap())
            .collect()
    }

    pub(super) fn caller(&self, who: &str) -> Caller {
        let credential = Some(Credential::Token(token(who)));
        let mut caller = Caller::new(Principal::new(who), credential);
        caller.is_lasting = self.is_lasting;
        let scopes = self.scopes.map(|all| all.iter().map(|one| Box::from(*one)));
        caller.scopes = scopes.map(Iterator::collect);
        caller
    }

    /// Webex as somebody of the demo company, past the server: for what a test needs to know.
    pub fn client(&self, who: &str) -> Client {
        self.webex.client(token(who))
    }

    /// The id of a space that Alice is in.
    pub async fn space(&self, title: &str) -> String {
        let alice = self.client("alice");
        let rooms = alice.rooms().list(&Default::default()).await.unwrap().items;
        let found = rooms.into_iter().find(|room| room.title() == Some(title));
        found.unwrap_or_else(|| panic!("no space {title}")).id
    }

    /// The id of a series that somebody hosts or is invited to.
    pub async fn meeting(&self, who: &str, title: &str) -> String {
        let query = webex::meetings::ListMeetings {
            from: "2020-01-01T00:00:00Z".parse().ok(),
            to: "2100-01-01T00:00:00Z".parse().ok(),
            max: Some(100),
            ..Default::default()
        };
        let found = self.client(who).meetings().list(&query).await.unwrap();
        let mut found = found.items.into_iter();
        let found = found.find(|meeting| meeting.title.as_deref() == Some(title));
        found.unwrap_or_else(|| panic!("no meeting {title}")).id
    }

    /// The id of the last meeting that was held of a series of Alice's.
    pub async fn ended(&self, title: &str) -> String {
        let meeting = json!({"meetingId": self.meeting("alice", title).await});
        let tool = "webex-get-meeting-participant";
        let held = self.facts("alice", tool, meeting).await;
        held["meetingId"].as_str().unwrap().to_owned()
    }

    /// The id of somebody of the demo company.
    pub fn person(&self, who: &str) -> String {
        let people = self.sandbox.people();
        let found = people.into_iter().find(|person| person.token == word(who));
        found.unwrap_or_else(|| panic!("nobody is called {who}")).id
    }

    /// The URL of the file in a message of a space that Alice is in, found by words of it.
    pub async fn file(&self, space: &str, words: &str) -> String {
        let query = webex::messages::ListMessages::in_room(self.space(space).await);
        let listed = self.client("alice").messages().list(&query).await;
        let said = |message: &webex::messages::Message| {
            let text = message.text().unwrap_or_default().to_lowercase();
            message.files.is_some() && text.contains(words)
        };
        let found = listed.unwrap().items.into_iter().find(said);
        let files = found.and_then(|message| message.files);
        files
            .unwrap_or_else(|| panic!("no file with {words}"))
            .remove(0)
    }
}

fn word(who: &str) -> String {
    format!("sandbox-{who}")
}

fn token(who: &str) -> AccessToken {
    AccessToken::new(word(who)).unwrap()
}
