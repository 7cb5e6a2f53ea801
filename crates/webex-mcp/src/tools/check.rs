//! How a tool is tested: cases as data through the real pipeline and the real client, answered by
//! the sandbox in process, at a pinned time.
//!
//! ```ignore
//! let world = World::new();
//! check::<GetSpace>(&world, [
//!     alice(json!({"roomId": "Engineering"})).answers(json!({"spaces": [{"title": "Engineering"}]})).calls(2),
//!     bob(json!({"roomId": ""})).refused(Code::InvalidArguments, "`roomId`"),
//! ]).await;
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_lc_rs::hmac;
use futures::future::BoxFuture;
use serde_json::{Map, Value, json};
use webex::{AccessToken, Client, Settings, Transport, Webex};
use webex_sandbox::{Options, Population, Sandbox};

use crate::call::{Call, Dispatcher, Parts, Reply};
use crate::error::{CallError, Code, Details};
use crate::hooks::{Hooks, Signed};
use crate::identity::{Caller, Credential, Principal, Tenant};
use crate::journal::Journal;
use crate::limits;
use crate::seal::Secret;
use crate::servers::{self, VirtualServer};
use crate::stores::artifacts::disk::{Quota, Share};
use crate::stores::artifacts::{ArtifactStore, Disk};
use crate::stores::links::Links;
use crate::stores::outbox::{Fetching, MadeFiles};
use crate::stores::records::Clock;
use crate::stores::records::change::RecordName;
use crate::stores::state::StateStore;
use crate::tool::{
    Answer, Artifact, ArtifactFile, ArtifactWriter, FileShelf, Inbox, Kind, Link, Maker,
    Outbox as _, Receiver as _, Rules, ShelfFile, ShortId, Tool,
};

/// Where webhooks come in.
const HERE: &str = "http://127.0.0.1:2";
const HURRY: Duration = Duration::from_millis(50);

/// A demo company and the server in front of it.
#[derive(Debug)]
pub struct World {
    pub sandbox: Sandbox,
    webex: Webex,
    dispatcher: Dispatcher,
    pub server: Arc<VirtualServer>,
    journal: Journal,
    files: Option<Arc<MadeFiles>>,
    work_answered_within: Duration,
    /// The time of the server's records, in milliseconds since 1970, where it stands still.
    now: Option<Arc<AtomicI64>>,
    /// The server has tokens of its own for everybody.
    pub is_lasting: bool,
}

fn secret() -> Secret {
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

    /// The same world, where tools can make files, which are gone with it.
    pub async fn with_files(self) -> Self {
        self.with_room_for(u64::MAX).await
    }

    /// The same, with room for so many bytes.
    pub async fn with_room_for(self, bytes: u64) -> Self {
        self.with_made_files(bytes, |files| files).await
    }

    /// The same, of a server without a directory of its own.
    pub async fn with_fleeting_files(self) -> Self {
        self.with_made_files(u64::MAX, MadeFiles::fleeting).await
    }

    async fn with_made_files(mut self, bytes: u64, as_it_is: fn(MadeFiles) -> MadeFiles) -> Self {
        let share = Share {
            artifacts: usize::MAX,
            bytes,
        };
        let quota = Quota {
            tenant: share,
            owner: share,
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let disk = Disk::with(&path, quota, Some(folder)).await;
        let artifacts = ArtifactStore::Disk(Arc::new(disk.unwrap()));
        let base = "https://files.test";
        let links = Links::new(base, StateStore::memory(), self.webex.clone());
        let files = MadeFiles::new(artifacts, Fetching::Links(links));
        let files = Arc::new(as_it_is(files));
        self.files = Some(files.clone());
        let parts = Parts {
            outbox: Some(files),
            work_answered_within: self.work_answered_within,
            ..World::parts(&self.webex)
        };
        self.journal = parts.journal.clone();
        self.dispatcher = Dispatcher::new(parts);
        self
    }

    /// A file that a tool has made for somebody.
    pub async fn made(&self, who: &str, file: ArtifactFile, bytes: &[u8]) -> Artifact {
        let files = self.files.clone().expect("a world with files");
        let mut writer = ArtifactWriter::new(files, self.maker(who), file);
        writer.write(bytes).await.unwrap();
        writer.finish().await.unwrap()
    }

    /// A world where webhooks come in.
    pub fn receiving() -> Self {
        let rules = Rules {
            private_webhook_targets: true,
            ..Rules::default()
        };
        World::built(Options::for_tests(), rules, None, |parts| {
            let records = parts.journal.records().clone();
            parts.hooks = Hooks::new(records, Some(HERE.to_owned()), false);
        })
    }

    pub fn hooks(&self) -> &Hooks {
        self.dispatcher.hooks()
    }

    /// How many records of webhooks somebody has.
    pub async fn hooks_of(&self, who: &str) -> usize {
        let caller = Caller::new(Principal::new(who), None);
        let receiver = self.dispatcher.hooks().of(&caller, &self.server.slug);
        receiver.all().await.unwrap().len()
    }

    /// A delivery of Webex's to this address, signed with this secret.
    pub async fn deliver(&self, address: &str, secret: &str, body: &Value) {
        let hooks = self.dispatcher.hooks();
        let id = address.rsplit('/').next().unwrap();
        let known = hooks.find(id).await.unwrap().expect("the address is known");
        let body = body.to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
        let tag = hmac::sign(&key, body.as_bytes());
        let tag: String = tag
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let signed = Signed {
            sha1: Some(&tag),
            sha256: None,
        };
        hooks
            .receive(&known, &signed, body.as_bytes())
            .await
            .unwrap();
    }

    /// A world where long work is not waited for.
    pub fn hurried() -> Self {
        let world = World::built(Options::for_tests(), Rules::default(), None, |parts| {
            parts.work_answered_within = HURRY;
        });
        world.hurrying()
    }

    /// A world whose server has tokens of its own, at half past nine in Berlin on Monday, 5 January
    /// 2026, until [`World::pass`].
    pub fn with_schedules() -> Self {
        let start: jiff::Timestamp = "2026-01-05T08:30:00Z".parse().unwrap();
        let now = Arc::new(AtomicI64::new(start.as_millisecond()));
        let time = now.clone();
        let clock = Clock::new(move || time.load(Ordering::Relaxed));
        let mut world = World::built(Options::for_tests(), Rules::default(), None, |parts| {
            (parts.journal, parts.digests) = Journal::at(clock, &secret());
        });
        world.now = Some(now);
        world.is_lasting = true;
        world
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) {
        let now = self.now.as_ref().unwrap();
        now.fetch_add(seconds * 1_000, Ordering::Relaxed);
    }

    /// Makes the scheduled calls that are due, as a server does that keeps running.
    pub async fn make_due_calls(&self) -> usize {
        let owners = |slug: &str, principal: &Principal| self.owner(slug, principal);
        self.dispatcher.make_due_calls(&owners).await
    }

    /// Sets webhooks active again, as a server does that keeps running.
    pub async fn reactivate_webhooks(&self) {
        let owners = |slug: &str, principal: &Principal| self.owner(slug, principal);
        self.dispatcher.reactivate_webhooks(&owners).await;
    }

    /// Somebody for whom the server can act, where it has tokens of its own.
    fn owner(&self, slug: &str, principal: &Principal) -> Option<(Arc<VirtualServer>, Caller)> {
        let is_it = *self.server.slug == *slug && self.is_lasting;
        is_it.then(|| (self.server.clone(), self.caller(principal.as_str())))
    }

    /// Puts the records of schedules back as they are now: what is written about a call meanwhile is
    /// lost, as when its process is killed just before.
    pub async fn losing_notes<T>(&self, meanwhile: impl Future<Output = T>) -> T {
        let records = self.journal.records();
        let before = records.due("schedule", i64::MAX).await.unwrap();
        let found = meanwhile.await;
        for (tenant, record) in before {
            let name = RecordName {
                tenant,
                kind: "schedule".to_owned(),
                id: record.id,
            };
            let now = records.clock().now();
            let version = records.get(&name).await.unwrap().unwrap().version;
            let put = records.put_until(&name, version, &record.content, Some(now));
            put.await.unwrap();
        }
        found
    }

    /// What the journal has, as JSON.
    pub async fn journal(&self) -> Vec<Value> {
        use crate::stores::records::RecordStore as _;
        let records = self.journal.records();
        records.store().flush().await.unwrap();
        let entries = records.store().entries(0, 1_000).await.unwrap();
        let entries = entries.into_iter();
        entries
            .map(|row| serde_json::from_slice(&row.body).unwrap())
            .collect()
    }

    fn caller(&self, who: &str) -> Caller {
        let credential = Some(Credential::Token(token(who)));
        let mut caller = Caller::new(Principal::new(who), credential);
        caller.is_lasting = self.is_lasting;
        caller
    }

    fn with(options: Options, rules: Rules, inbox: Option<Arc<dyn Inbox>>) -> Self {
        World::built(options, rules, inbox, |_| {})
    }

    fn built(
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
            work_answered_within: limits::WORK_ANSWERED_WITHIN,
            now: None,
            is_lasting: false,
        }
    }

    /// The whole text of a file that was made.
    pub async fn text_of(&self, who: &str, artifact: &Value) -> String {
        let maker = self.maker(who);
        let files = self.files.clone().expect("a world with files");
        let id = artifact["artifactId"].as_str().unwrap();
        let opened = files.open(&maker, id).await.unwrap();
        opened.text.expect("a short text")
    }

    fn maker(&self, who: &str) -> Maker {
        Maker {
            tenant: Tenant::single(),
            principal: Principal::new(who),
            server: self.server.slug.clone(),
            is_scoped: false,
        }
    }

    fn parts(webex: &Webex) -> Parts {
        Parts::in_memory(webex.clone(), &secret(), Arc::new(Shelf)).unwrap()
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

    /// What the server answers somebody who cannot be asked anything.
    pub async fn call(&self, who: &str, tool: &str, arguments: Value) -> Result<Answer, CallError> {
        let Value::Object(arguments) = arguments else {
            panic!("arguments are an object");
        };
        let call = Call::new(self.server.clone(), tool, arguments, self.caller(who));
        match self.dispatcher.answer(call).await {
            Reply::Answer(answer) => Ok(answer),
            Reply::Failed(error) => Err(error),
            other => panic!("{tool}: {other:?}, for somebody who cannot be asked"),
        }
    }

    /// The facts of an answer that has to come.
    pub async fn facts(&self, who: &str, tool: &str, arguments: Value) -> Value {
        match self.call(who, tool, arguments).await {
            Ok(answer) => answer.facts.to_value(),
            Err(error) => panic!("{tool}: {}", told(&error)),
        }
    }

    /// The facts of an answer to a call that the user agrees to.
    pub async fn confirmed(&self, who: &str, tool: &str, arguments: Value) -> Value {
        let answer = self.try_confirmed(who, tool, arguments).await;
        answer
            .unwrap_or_else(|error| panic!("{tool}: {}", told(&error)))
            .facts
            .to_value()
    }

    pub async fn try_confirmed(
        &self,
        who: &str,
        tool: &str,
        arguments: Value,
    ) -> Result<Answer, CallError> {
        self.sandbox.faults().forget_calls();
        self.call_confirmed(who, tool, arguments).await
    }

    async fn call_confirmed(
        &self,
        who: &str,
        tool: &str,
        mut arguments: Value,
    ) -> Result<Answer, CallError> {
        let asked = self.call(who, tool, arguments.clone()).await;
        let asked = match asked {
            Err(error) if error.code == Code::ConfirmationRequired => error,
            Err(error) => return Err(error),
            Ok(_) => panic!("{tool} destroyed without asking"),
        };
        let writes = self.sandbox.faults().calls();
        assert!(writes.iter().all(|call| call.method == "GET"), "{writes:?}");
        let Some(Details::Confirmation(confirmation)) = asked.details.as_deref() else {
            panic!("{tool}: no token to confirm with");
        };
        arguments["confirmationToken"] = json!(confirmation.confirmation_token);
        self.call(who, tool, arguments).await
    }
}

/// A shelf that only says where the file would be.
#[derive(Debug)]
struct Shelf;

impl FileShelf for Shelf {
    fn place<'a>(
        &'a self,
        _principal: &'a Principal,
        _token: &'a AccessToken,
        file: ShelfFile,
    ) -> BoxFuture<'a, Result<Link, CallError>> {
        Box::pin(async move {
            Ok(Link {
                uri: format!("https://files.test/{}", file.name),
                name: file.name.into(),
                mime_type: file.mime_type,
                size_bytes: file.size_bytes,
            })
        })
    }
}

/// One call and what has to come of it.
#[derive(Debug)]
pub struct Case {
    who: &'static str,
    arguments: Value,
    is_confirmed: bool,
    expected: Expected,
    calls: Option<usize>,
}

#[derive(Debug)]
enum Expected {
    Nothing,
    Facts(Value),
    Refusal(Code, String),
}

pub fn alice(arguments: Value) -> Case {
    by("alice", arguments)
}

pub fn bob(arguments: Value) -> Case {
    by("bob", arguments)
}

/// A call by `sandbox-<who>`.
pub fn by(who: &'static str, arguments: Value) -> Case {
    Case {
        who,
        arguments,
        is_confirmed: false,
        expected: Expected::Nothing,
        calls: None,
    }
}

impl Case {
    /// These facts stand in the answer, among others; a list is as long as given, and `"*"` is anything.
    pub fn answers(mut self, facts: Value) -> Self {
        self.expected = Expected::Facts(facts);
        self
    }

    /// Refused with this code and these words in the message. Bad arguments reach nobody, unless
    /// [`Case::calls`] says otherwise.
    pub fn refused(mut self, code: Code, words: impl Into<String>) -> Self {
        self.expected = Expected::Refusal(code, words.into());
        self
    }

    /// The user is asked, with nothing done before, and agrees.
    pub fn confirmed(mut self) -> Self {
        self.is_confirmed = true;
        self
    }

    /// Webex is called so many times.
    pub fn calls(mut self, count: usize) -> Self {
        self.calls = Some(count);
        self
    }
}

/// Makes the calls one after the other and holds each to what was expected.
pub async fn check<T: Tool>(world: &World, cases: impl IntoIterator<Item = Case>) {
    let listed = world
        .server
        .find(Kind::Tool, T::NAME)
        .expect("the tool is listed");
    let schema = Value::Object((*listed.output_schema).clone());
    let schema = jsonschema::validator_for(&schema).unwrap();
    for case in cases {
        let at = format!("{} by {}: {}", T::NAME, case.who, case.arguments);
        world.sandbox.faults().forget_calls();
        let arguments = case.arguments.clone();
        let outcome = match case.is_confirmed {
            true => world.call_confirmed(case.who, T::NAME, arguments).await,
            false => world.call(case.who, T::NAME, arguments).await,
        };
        let calls = world.sandbox.faults().calls();
        match (&outcome, &case.expected) {
            (Ok(answer), Expected::Facts(facts)) => {
                let answered = answer.facts.to_value();
                if let Err(error) = schema.validate(&answered) {
                    panic!("{at}\nbreaks its schema: {error}\n{answered}");
                }
                let missing = difference(facts, &answered, "");
                assert_eq!(missing, None, "{at}\nanswered {answered}");
            }
            (Err(error), Expected::Refusal(code, words)) => {
                assert_eq!(error.code, *code, "{at}\n{}", told(error));
                assert!(error.message.contains(words), "{at}\n{}", told(error));
                assert!(!error.advice.is_empty(), "{at}\nno advice");
                if *code == Code::InvalidArguments && case.calls.is_none() {
                    assert!(calls.is_empty(), "{at}\nreached Webex: {calls:?}");
                }
            }
            (Ok(answer), expected) => {
                panic!("{at}\nexpected {expected:?}: {}", answer.facts.as_str())
            }
            (Err(error), expected) => panic!("{at}\nexpected {expected:?}: {}", told(error)),
        }
        if let Some(count) = case.calls {
            assert_eq!(calls.len(), count, "{at}\ncalled {calls:?}");
        }
    }
}

/// The first place where the answer lacks what was expected.
fn difference(expected: &Value, got: &Value, path: &str) -> Option<String> {
    match (expected, got) {
        (Value::String(any), got) if any == "*" && !got.is_null() => None,
        (Value::Object(fields), Value::Object(got)) => fields.iter().find_map(|(name, field)| {
            let missing = Value::Null;
            difference(
                field,
                got.get(name).unwrap_or(&missing),
                &format!("{path}.{name}"),
            )
        }),
        (Value::Array(items), Value::Array(got)) if items.len() == got.len() => items
            .iter()
            .zip(got)
            .enumerate()
            .find_map(|(at, (item, got))| difference(item, got, &format!("{path}[{at}]"))),
        (expected, got) if expected == got => None,
        // Answers show ids short.
        (Value::String(expected), Value::String(got))
            if ShortId::from(expected.as_str()) == ShortId::from(got.as_str()) =>
        {
            None
        }
        (expected, got) => Some(format!("{path}: expected {expected}, got {got}")),
    }
}

fn told(error: &CallError) -> String {
    let cause = &error.cause;
    format!(
        "{} {} ({}) {cause:?}",
        error.code.name(),
        error.message,
        error.advice
    )
}

fn word(who: &str) -> String {
    format!("sandbox-{who}")
}

fn token(who: &str) -> AccessToken {
    AccessToken::new(word(who)).unwrap()
}

/// The id as Webex has it, of a thing of this kind that an answer shows.
pub fn whole(kind: &str, id: &Value) -> String {
    ShortId::from(id.as_str().unwrap()).whole(kind)
}

/// The same object with one more field, for cases that differ little.
pub fn with(mut object: Value, name: &str, value: impl Into<Value>) -> Value {
    let fields: &mut Map<String, Value> = object.as_object_mut().unwrap();
    fields.insert(name.into(), value.into());
    object
}
