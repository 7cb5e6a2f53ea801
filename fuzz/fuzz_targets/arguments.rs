//! Tool arguments of any shape: a sentence about the wrong field, and nothing written to Webex.
#![no_main]

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::StatusCode;
use libfuzzer_sys::fuzz_target;
use secrecy::SecretBox;
use serde_json::{Map, Value};
use webex::AccessToken;
use webex_mcp::call::{Call, Dispatcher, Parts, Reply};
use webex_mcp::error::{CallError, Code};
use webex_mcp::identity::{Caller, Credential, Principal};
use webex_mcp::servers::{self, VirtualServer};
use webex_mcp::tool::{FileShelf, Link, ShelfFile};
use webex_mcp_fuzz::{Answer, Writes, run, webex};

/// A sentence with every argument's name in it.
const ERROR_MAX_BYTES: usize = 2048;

/// A shelf that nothing reaches: this Webex has no files.
#[derive(Debug)]
struct NoShelf;

impl FileShelf for NoShelf {
    fn place<'a>(
        &'a self,
        _: &'a Principal,
        _: &'a AccessToken,
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
    let secret = SecretBox::new(Box::new([7; 32]));
    let parts = Parts::in_memory(webex, &secret, Arc::new(NoShelf)).expect("parts in memory");
    let dispatcher = Dispatcher::new(parts);
    let server = servers::all().remove(0);
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
    let credential = AccessToken::new("fuzz").ok().map(Credential::Token);
    let caller = Caller::new(Principal::new("fuzz"), credential);
    let call = Call::new(server.clone(), tool.entry.name, arguments, caller);
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
