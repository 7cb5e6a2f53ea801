//! A small world to call into: the real spine and the real client on a sandbox in this process.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures::future::BoxFuture;
use serde_json::{Map, Value, json};
use webex::meetings::ListMeetings;
use webex::{AccessToken, Settings, Transport, Webex};
use webex_mcp::call::admission::Admission;
use webex_mcp::call::consent::{Ask, Elicit, Form, Response};
use webex_mcp::call::{Call, Dispatcher, Parts, Reply};
use webex_mcp::edge::http::files;
use webex_mcp::error::{CallError, Code};
use webex_mcp::identity::{Caller, Credential, Principal};
use webex_mcp::seal::Secret;
use webex_mcp::servers::{self, AskBefore, Catalogue, Definition, Otherwise, VirtualServer};
use webex_mcp::stores::artifacts::{ArtifactStore, Disk};
use webex_mcp::stores::links::Links;
use webex_mcp::stores::outbox::{Fetching, MadeFiles};
use webex_mcp::stores::state::StateStore;
use webex_mcp::tool::{Answer, FileShelf, Link, ShelfFile};
use webex_sandbox::{Options, Sandbox};

use crate::journey::directory;

pub struct World {
    pub sandbox: Sandbox,
    pub dispatcher: Arc<Dispatcher>,
    pub server: Arc<VirtualServer>,
    /// The server has tokens of its own for everybody.
    pub is_lasting: bool,
}

fn webex_in(router: Router) -> Webex {
    let transport = Transport::in_process(router);
    Webex::with_transport("http://127.0.0.1:1/v1", transport, Settings::default()).unwrap()
}

fn parts(webex: Webex) -> Parts {
    let secret = Secret::new(Box::new([7; 32]));
    Parts::in_memory(webex, &secret, Arc::new(Shelf)).unwrap()
}

/// Files stay where they are.
#[derive(Debug)]
pub struct Shelf;

impl FileShelf for Shelf {
    fn place<'a>(
        &'a self,
        _principal: &'a Principal,
        _token: &'a AccessToken,
        file: ShelfFile,
    ) -> BoxFuture<'a, Result<Link, CallError>> {
        Box::pin(async move {
            Ok(Link {
                uri: "https://files.test/1".into(),
                name: file.name.into(),
                mime_type: file.mime_type,
                size_bytes: file.size_bytes,
            })
        })
    }
}

/// A user who always answers the same.
#[derive(Debug)]
pub struct Says(pub Response);

impl Elicit for Says {
    fn ask<'a>(&'a self, _form: &'a Form) -> BoxFuture<'a, Result<Response, CallError>> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}

/// The answer to a form with these fields.
pub fn accepted(content: Value) -> Response {
    match content {
        Value::Object(content) => Response::Accepted(content),
        other => panic!("a form's answer is an object, not {other}"),
    }
}

impl World {
    pub fn new() -> Self {
        World::through(|honest| honest)
    }

    /// A world at the present time: titles of meetings are looked for around it.
    pub fn today() -> Self {
        World::around(Sandbox::new(Options::default()), |honest| honest)
    }

    /// A world whose answers pass through a layer, which may change them.
    pub fn through(layer: impl FnOnce(Router) -> Router) -> Self {
        World::around(Sandbox::new(Options::for_tests()), layer)
    }

    fn around(sandbox: Sandbox, layer: impl FnOnce(Router) -> Router) -> Self {
        let webex = webex_in(layer(sandbox.router()));
        World::of(sandbox, parts(webex))
    }

    /// A world where long work is not waited for.
    pub fn hurried() -> Self {
        let sandbox = Sandbox::new(Options::for_tests());
        let mut parts = parts(webex_in(sandbox.router()));
        parts.work_answered_within = Duration::from_millis(50);
        World::of(sandbox, parts)
    }

    /// A world at the present time whose server makes files and has lasting tokens, as one that is
    /// hosted.
    pub async fn hosted() -> Self {
        let (world, _) = World::today().with_files().await;
        World {
            is_lasting: true,
            ..world
        }
    }

    /// The same world, behind the server of every tool.
    pub fn with_every_tool(mut self) -> Self {
        let servers = servers::all().into_iter();
        let mut every = servers.filter(|server| &*server.slug == "webex");
        self.server = every.next().unwrap();
        self
    }

    /// The same world, where tools can make files, with the routes that give them out.
    pub async fn with_files(self) -> (Self, Router) {
        self.with_files_through(|honest| honest).await
    }

    /// The same, where Webex's answers pass through a layer.
    pub async fn with_files_through(self, layer: impl FnOnce(Router) -> Router) -> (Self, Router) {
        let disk = Disk::at(&directory()).await.unwrap();
        let artifacts = ArtifactStore::Disk(Arc::new(disk));
        let webex = webex_in(layer(self.sandbox.router()));
        let links = Links::new("", StateStore::memory(), webex.clone());
        let fetching = Fetching::Links(links.clone());
        let mut parts = parts(webex);
        parts.outbox = Some(Arc::new(MadeFiles::new(artifacts.clone(), fetching)));
        let mut world = World::of(self.sandbox, parts);
        world.server = self.server;
        (world, files(links, Some(artifacts)))
    }

    /// The same world, with a limit for each of its people.
    pub fn with_calls_per_minute(self, calls: u32) -> Self {
        let mut parts = parts(webex_in(self.sandbox.router()));
        parts.admission = Admission::new(NonZeroU32::new(calls));
        World::of(self.sandbox, parts)
    }

    pub fn of(sandbox: Sandbox, parts: Parts) -> Self {
        let dispatcher = Arc::new(Dispatcher::new(parts));
        let server = server();
        World {
            sandbox,
            dispatcher,
            server,
            is_lasting: false,
        }
    }

    pub fn call(&self, person: &str, tool: &str, arguments: Value, ask: Ask) -> Call {
        self.call_with(&format!("sandbox-{person}"), tool, arguments, ask)
    }

    fn call_with(&self, token: &str, tool: &str, arguments: Value, ask: Ask) -> Call {
        let token = AccessToken::new(token).unwrap();
        let Value::Object(arguments) = arguments else {
            panic!("arguments are an object");
        };
        let principal = Principal::new(token.expose());
        let mut caller = Caller::new(principal, Some(Credential::Token(token)));
        caller.is_lasting = self.is_lasting;
        let mut call = Call::new(self.server.clone(), tool, arguments, caller);
        call.ask = ask;
        call
    }

    /// What the server answers the holder of any token, who cannot be asked anything.
    pub async fn answer_to(
        &self,
        token: &str,
        tool: &str,
        arguments: Value,
    ) -> Result<Answer, CallError> {
        let call = self.call_with(token, tool, arguments, Ask::Nobody);
        match self.dispatcher.answer(call).await {
            Reply::Answer(answer) => Ok(answer),
            Reply::Failed(error) => Err(error),
            other => panic!("{tool}: {other:?}"),
        }
    }

    /// What a person is asked before a call.
    pub async fn question(&self, person: &str, tool: &str, arguments: Value) -> String {
        let ask = Ask::Rounds { previous: None };
        match self.reply(person, tool, arguments, ask).await {
            Reply::Ask { form, .. } => form.message,
            other => panic!("{tool}: {other:?}"),
        }
    }

    /// The id of a space that Alice is in.
    pub async fn space(&self, title: &str) -> String {
        let found = json!({"roomId": title});
        let found = self.facts("alice", "webex-get-space", found).await;
        self.wire_calls();
        found["spaces"][0]["id"].as_str().unwrap().to_owned()
    }

    /// The id of a series that somebody hosts or is invited to.
    pub async fn meeting(&self, who: &str, title: &str) -> String {
        let webex = webex_in(self.sandbox.router());
        let client = webex.client(AccessToken::new(format!("sandbox-{who}")).unwrap());
        let query = ListMeetings {
            from: "2020-01-01T00:00:00Z".parse().ok(),
            to: "2100-01-01T00:00:00Z".parse().ok(),
            max: Some(100),
            ..ListMeetings::default()
        };
        let all = client.meetings().list(&query).await.unwrap().items;
        self.wire_calls();
        let mut all = all.into_iter();
        let found = all.find(|meeting| meeting.title.as_deref() == Some(title));
        found.unwrap_or_else(|| panic!("no meeting {title}")).id
    }

    /// Changes when a person is asked, as an operator would while the server runs.
    pub fn set_confirmation(&mut self, ask: AskBefore, otherwise: Otherwise) {
        let definition = Definition {
            ask,
            ..Definition::new("webex-messaging", "Webex Messaging")
        };
        self.server = Catalogue::whole().serve(&definition, otherwise);
    }

    pub async fn reply(&self, person: &str, tool: &str, arguments: Value, ask: Ask) -> Reply {
        self.dispatcher
            .answer(self.call(person, tool, arguments, ask))
            .await
    }

    /// The answer to a call that has to succeed.
    pub async fn answer(&self, person: &str, tool: &str, arguments: Value) -> Answer {
        match self.reply(person, tool, arguments, Ask::Nobody).await {
            Reply::Answer(answer) => answer,
            other => panic!("{tool} as {person}: {other:?}"),
        }
    }

    /// The facts of a call that has to succeed.
    pub async fn facts(&self, person: &str, tool: &str, arguments: Value) -> Value {
        self.answer(person, tool, arguments).await.facts.to_value()
    }

    /// The error of a call that has to fail with this code.
    pub async fn error(
        &self,
        person: &str,
        tool: &str,
        arguments: Value,
        code: Code,
    ) -> Map<String, Value> {
        let reply = self.reply(person, tool, arguments, Ask::Nobody).await;
        error_of(reply, code)
    }

    /// Requests that reached Webex since the last time somebody asked.
    pub fn wire_calls(&self) -> Vec<String> {
        let calls = self.sandbox.faults().calls();
        self.sandbox.faults().forget_calls();
        calls
            .iter()
            .map(|call| format!("{} {}", call.method, call.path))
            .collect()
    }
}

/// The messaging server, as it is without a configuration.
fn server() -> Arc<VirtualServer> {
    servers::all().remove(0)
}

pub fn error_of(reply: Reply, code: Code) -> Map<String, Value> {
    match reply {
        Reply::Failed(error) => {
            assert_eq!(error.code, code, "{error:?}");
            match serde_json::to_value(error.body()).unwrap() {
                Value::Object(body) => body,
                other => panic!("{other}"),
            }
        }
        other => panic!("expected {code:?}, got {other:?}"),
    }
}
