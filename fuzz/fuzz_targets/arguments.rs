//! Tool arguments of any shape: a sentence about the wrong field, and nothing written to Webex.
#![no_main]

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::StatusCode;
use libfuzzer_sys::fuzz_target;
use secrecy::SecretBox;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;
use webex::AccessToken;
use webex_mcp::call::admit::Gate;
use webex_mcp::call::ask::Ask;
use webex_mcp::call::{Call, Correlation, Dispatcher, Reply};
use webex_mcp::error::{CallError, Code};
use webex_mcp::identity::{Caller, Credential, Principal};
use webex_mcp::seal::Sealer;
use webex_mcp::tool::{FileShelf, Kind, Link, Progress, Rules, ShelfFile};
use webex_mcp::servers::{self, VirtualServer};
use webex_mcp_fuzz::{Answer, Writes, run, webex};

/// A sentence with every argument's name in it.
const ERROR_MAX_BYTES: usize = 2048;

/// A shelf that nothing reaches: this Webex has no files.
#[derive(Debug)]
struct NoShelf;

impl FileShelf for NoShelf {
    fn place<'a>(
        &'a self,
        _: &'a webex::Client,
        _: ShelfFile,
    ) -> BoxFuture<'a, Result<Link, CallError>> {
        Box::pin(async { Err(CallError::internal("there is no file to place")) })
    }
}

struct World {
    dispatcher: Dispatcher,
    server: Arc<VirtualServer>,
    writes: Writes,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let answer = Answer {
        status: StatusCode::NOT_FOUND,
        header: None,
        body: Bytes::new(),
    };
    let (webex, writes) = webex(answer);
    let sealer = Sealer::new(&SecretBox::new(Box::new([7; 32])), None).expect("cryptography");
    let shelf = Arc::new(NoShelf);
    let dispatcher = Dispatcher::new(
        webex,
        Arc::new(sealer),
        Gate::new(None),
        Rules::default(),
        shelf,
    );
    let server = servers::all()
        .expect("the schemas are sound")
        .remove(0);
    World {
        dispatcher,
        server,
        writes,
    }
});

fuzz_target!(|data: &[u8]| {
    let Some((&index, json)) = data.split_first() else {
        return;
    };
    let Ok(arguments) = serde_json::from_slice::<Map<String, Value>>(json) else {
        return;
    };
    let World {
        dispatcher,
        server,
        writes,
    } = &*WORLD;
    let tool = &server.tools[usize::from(index) % server.tools.len()];
    let call = Call {
        id: "fuzz".into(),
        correlation: Correlation::default(),
        kind: Kind::Tool,
        key: None,
        server: server.clone(),
        tool: tool.entry.name.into(),
        arguments,
        caller: Caller::new(
            Principal::new("fuzz"),
            AccessToken::new("fuzz").ok().map(Credential::Token),
        ),
        ask: Ask::Nobody,
        progress: Progress::default(),
        cancel: CancellationToken::new(),
    };
    let before = writes.count();
    // Webex knows nothing here, so no call can succeed.
    let Reply::Failed(error) = run(dispatcher.answer(call)) else {
        return;
    };
    let told = serde_json::to_string(&error.body()).expect("an error is JSON");
    assert!(
        told.len() <= ERROR_MAX_BYTES,
        "{} bytes: {told}",
        told.len()
    );
    assert_ne!(error.code, Code::Internal, "{told}");
    if error.code == Code::InvalidArguments {
        assert_eq!(writes.count(), before, "something was written: {told}");
    }
});
