//! A small world to call into: the real spine and the real client on a sandbox in this process.

use std::sync::Arc;

use axum::Router;
use futures::future::BoxFuture;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;
use webex::{AccessToken, Settings, Transport, Webex};
use webex_mcp::call::admit::Gate;
use webex_mcp::call::ask::{Ask, Elicit, Form, Response};
use webex_mcp::call::{Call, Dispatcher, Reply};
use webex_mcp::error::{CallError, Code};
use webex_mcp::identity::{Caller, Credential};
use webex_mcp::seal::{Sealer, Secret};
use webex_mcp::servers::{self, VirtualServer};
use webex_mcp::tool::{Answer, FileShelf, Link, Progress, Rules, ShelfFile};
use webex_sandbox::{Options, Sandbox};

pub struct World {
    pub sandbox: Sandbox,
    pub dispatcher: Arc<Dispatcher>,
    pub sealer: Arc<Sealer>,
    pub server: Arc<VirtualServer>,
}

/// Files stay where they are.
#[derive(Debug)]
struct Shelf;

impl FileShelf for Shelf {
    fn place<'a>(
        &'a self,
        _client: &'a webex::Client,
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

    /// A world whose answers pass through a layer, which may change them.
    pub fn through(layer: impl FnOnce(Router) -> Router) -> Self {
        let sandbox = Sandbox::new(Options::for_tests());
        let transport = Transport::in_process(layer(sandbox.router()));
        let webex =
            Webex::with_transport("http://127.0.0.1:1/v1", transport, Settings::default()).unwrap();
        let sealer = Arc::new(Sealer::new(&Secret::new(Box::new([7; 32])), None).unwrap());
        let dispatcher = Arc::new(Dispatcher::new(
            webex,
            sealer.clone(),
            Gate::new(None),
            Rules::default(),
            Arc::new(Shelf),
        ));
        let server = servers::all().unwrap().remove(0);
        World {
            sandbox,
            dispatcher,
            sealer,
            server,
        }
    }

    pub fn call(&self, person: &str, tool: &str, arguments: Value, ask: Ask) -> Call {
        let token = AccessToken::new(format!("sandbox-{person}")).unwrap();
        let Value::Object(arguments) = arguments else {
            panic!("arguments are an object");
        };
        Call {
            id: "1".into(),
            server: self.server.clone(),
            tool: tool.into(),
            arguments,
            caller: Caller::new(
                self.sealer.principal_of(&token),
                Some(Credential::Token(token)),
            ),
            ask,
            progress: Progress::default(),
            cancel: CancellationToken::new(),
        }
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
        self.answer(person, tool, arguments).await.facts
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
