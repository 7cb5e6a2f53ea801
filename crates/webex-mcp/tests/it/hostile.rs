//! What comes in over real sockets from those who mean no good, or know no better: silence, halves,
//! other protocols, lies about sizes and names, and too much of everything.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use webex::AccessToken;
use webex_mcp::auth::{Authentication, Static};
use webex_mcp::edge::http::{Bounds, Layers, Mount, Proxies, Router, router, serve};
use webex_mcp::edge::mcp::{Endpoint, Handler, Shared, SharedBounds, refused};
use webex_mcp::edge::shares::ShareBounds;
use webex_mcp::identity::Credential;
use webex_sandbox::Fault;

use crate::journey;
use crate::world::World;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// An empty SETTINGS frame, and the acknowledgement of the server's.
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
const SETTINGS_TAKEN: &[u8] = &[0, 0, 0, 4, 1, 0, 0, 0, 0];
/// No test waits for this: it is what a failure takes.
const TOO_LONG: Duration = Duration::from_secs(10);

/// Small enough that a test is over at once, each far from the others.
fn small() -> Bounds {
    let long = Duration::from_secs(60);
    Bounds {
        connections: ShareBounds { in_all: 8, each: 2 },
        handshakes: ShareBounds { in_all: 8, each: 2 },
        first_byte: long,
        handshake: long,
        head: long,
        idle: long,
        unread: SHORT,
        ping: long,
        ping_answer: long,
        close: SHORT,
        drain: Duration::from_millis(50),
    }
}

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
const SHORT: Duration = Duration::from_millis(40);

/// A door with an endpoint of MCP for Alice, and a request that is never answered; closed when dropped.
struct Door {
    world: World,
    address: SocketAddr,
    drain: CancellationToken,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.drain.cancel();
    }
}

async fn door(bounds: Bounds, proxies: Proxies) -> Door {
    let drain = CancellationToken::new();
    let world = World::new();
    let handler = Handler::new(world.dispatcher.clone(), world.server.clone(), None);
    let shared = Shared::new(SharedBounds::default(), drain.clone());
    let endpoint = Arc::new(Endpoint::new("mcp", Arc::new(handler), shared));
    let alice = Credential::Token(AccessToken::new("sandbox-alice").unwrap());
    let everybody = Arc::new(Authentication::Static(Static::new(Some(alice), false)));
    let mcp = Mount::new(
        "/mcp",
        everybody.clone(),
        refused,
        move |caller, request| {
            let endpoint = endpoint.clone();
            async move { endpoint.answer(caller, request).await }
        },
    );
    let never = Mount::new("/never", everybody, refused, |_caller, _request| async {
        std::future::pending().await
    });
    let layers = Layers::new(&[], &[], Proxies::default()).unwrap();
    let router = router(vec![mcp, never], layers, Router::new(), drain.clone());
    let listener = TcpListener::from_std(journey::listener()).unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, router, bounds, proxies, drain.clone()));
    Door {
        world,
        address,
        drain,
    }
}

impl Door {
    async fn open(&self, said: &[u8]) -> TcpStream {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        socket.write_all(said).await.unwrap();
        socket
    }

    /// The first line of the answer to a request of HTTP/1.
    async fn status(&self, head: &str, body: &str) -> String {
        let request = format!("POST /mcp HTTP/1.1\r\n{head}\r\n\r\n{body}");
        let mut socket = self.open(request.as_bytes()).await;
        let mut said = [0; 12];
        let read = timeout(TOO_LONG, socket.read_exact(&mut said)).await;
        read.expect("it answers").unwrap();
        String::from_utf8(said.to_vec()).unwrap()
    }
}

/// A session of a client that can ask its user.
struct Session<'a> {
    door: &'a Door,
    id: String,
}

impl<'a> Session<'a> {
    async fn open(door: &'a Door) -> Self {
        let params = json!({"protocolVersion": "2025-11-25", "capabilities": {"elicitation": {}},
            "clientInfo": {"name": "slow", "version": "1"}});
        let hello = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
        let mut said = post(door, "", &hello).await;
        let head = until(&mut said, "\r\n\r\n").await;
        let named = head
            .lines()
            .find_map(|line| line.strip_prefix("mcp-session-id: "));
        let id = named.expect("a session").to_owned();
        Session { door, id }
    }

    async fn post(&self, body: &Value) -> TcpStream {
        let headers = format!("mcp-session-id: {}\r\n", self.id);
        post(self.door, &headers, body).await
    }
}

/// Sends a message of MCP on a connection of its own.
async fn post(door: &Door, headers: &str, body: &Value) -> TcpStream {
    let body = body.to_string();
    let length = body.len();
    let request = format!(
        "POST /mcp HTTP/1.1\r\n{JSON}\r\naccept: application/json, text/event-stream\r\n\
         {headers}content-length: {length}\r\n\r\n{body}"
    );
    door.open(request.as_bytes()).await
}

/// What the server says up to and with `end`.
async fn until(socket: &mut TcpStream, end: &str) -> String {
    let mut said = Vec::new();
    while !said.ends_with(end.as_bytes()) {
        let byte = timeout(TOO_LONG, socket.read_u8()).await;
        said.push(byte.expect("the server says more").unwrap());
    }
    String::from_utf8(said).unwrap()
}

/// The next message of a stream of events.
async fn next_event(socket: &mut TcpStream) -> Value {
    until(socket, "data: ").await;
    serde_json::from_str(&until(socket, "\n").await).unwrap()
}

#[tokio::test(crate = "crate::journey")]
async fn a_slow_person_is_waited_for_and_then_the_work_has_its_whole_time() {
    let door = door(small(), Proxies::default()).await;
    let made = json!({"title": "Short-lived"});
    let made = door.world.facts("alice", "webex-create-space", made).await;
    let session = Session::open(&door).await;
    let arguments = json!({"roomId": made["id"]});
    let params = json!({"name": "webex-delete-space", "arguments": arguments});
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    let mut stream = session.post(&call).await;
    let question = next_event(&mut stream).await;
    assert_eq!(question["method"], "elicitation/create", "{question}");

    // Almost five minutes pass: more than a call may take, and than an idle connection may live.
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(299)).await;
    tokio::time::resume();
    let slow = Fault::Slow { delay_ms: 50 };
    let faults = door.world.sandbox.faults();
    faults.next_on(1, "DELETE", "/v1/rooms/*", slow);
    let yes = json!({"action": "accept", "content": {"confirm": true}});
    let yes = json!({"jsonrpc": "2.0", "id": question["id"], "result": yes});
    let mut taken = session.post(&yes).await;
    let status = until(&mut taken, "\r\n").await;
    assert_eq!(status, "HTTP/1.1 202 Accepted\r\n");
    let done = next_event(&mut stream).await;
    assert_eq!(done["id"], 1, "{done}");
    assert_ne!(done["result"]["isError"], true, "{done}");
}

/// All that the server says until it closes the connection.
async fn until_closed(mut socket: TcpStream) -> Vec<u8> {
    let mut said = Vec::new();
    let read = timeout(TOO_LONG, socket.read_to_end(&mut said)).await;
    // Bytes that were not read when it closed make it a reset.
    let _ = read.expect("the server closes it");
    said
}

#[tokio::test(crate = "crate::journey")]
async fn who_says_nothing_is_not_waited_for() {
    let bounds = Bounds {
        first_byte: SHORT,
        ..small()
    };
    let door = door(bounds, Proxies::default()).await;
    assert!(until_closed(door.open(b"").await).await.is_empty());
}

#[tokio::test(crate = "crate::journey")]
async fn who_says_half_is_not_waited_for() {
    let bounds = Bounds {
        head: SHORT,
        ..small()
    };
    let door = door(bounds, Proxies::default()).await;
    for half in [
        &PREFACE[..1],
        &PREFACE[..12],
        PREFACE,
        b"P",
        b"POST /mcp HTTP/1.1\r\nhost: local",
        b"\r\n",
        b"\0\0\0",
    ] {
        let said = until_closed(door.open(half).await).await;
        assert!(!said.starts_with(b"HTTP/1.1 200"), "{half:?}");
    }
    let settled = [PREFACE, SETTINGS].concat();
    until_closed(door.open(&settled).await).await;
}

#[tokio::test(crate = "crate::journey")]
async fn an_idle_connection_is_closed_whatever_it_speaks() {
    let bounds = Bounds {
        idle: SHORT,
        ..small()
    };
    let door = door(bounds, Proxies::default()).await;
    let said = until_closed(door.open(HEALTH).await).await;
    assert!(said.starts_with(b"HTTP/1.1 200"), "it was answered first");
    let asked = [PREFACE, SETTINGS, SETTINGS_TAKEN, &get("/healthz")].concat();
    let said = until_closed(door.open(&asked).await).await;
    let frames = frames(&said);
    assert!(
        frames.contains(&HEADERS),
        "it was answered first: {frames:?}"
    );
    assert!(frames.contains(&GOAWAY), "and told: {frames:?}");
}

#[tokio::test(crate = "crate::journey")]
async fn a_peer_that_is_gone_is_found_out_although_it_waits_for_an_answer() {
    let bounds = Bounds {
        ping: SHORT,
        ping_answer: SHORT,
        ..small()
    };
    let door = door(bounds, Proxies::default()).await;
    // It never answers the server's pings.
    let asked = [PREFACE, SETTINGS, SETTINGS_TAKEN, &get("/never")].concat();
    let said = until_closed(door.open(&asked).await).await;
    assert!(frames(&said).contains(&PING), "{:?}", frames(&said));
}

#[tokio::test(crate = "crate::journey")]
async fn a_request_at_work_is_not_idle() {
    let bounds = Bounds {
        idle: SHORT,
        head: SHORT,
        ..small()
    };
    let door = door(bounds, Proxies::default()).await;
    let waiting = door
        .open(b"GET /never HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await;
    // One that came later and is idle goes; this one is still there.
    until_closed(door.open(b"P").await).await;
    until_closed(door.open(HEALTH).await).await;
    let still = waiting.try_read(&mut [0; 1]).unwrap_err();
    assert_eq!(still.kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test(crate = "crate::journey")]
async fn a_tls_hello_is_closed_at_once() {
    let door = door(small(), Proxies::default()).await;
    let hello = [&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3][..], &[7; 64]].concat();
    assert!(until_closed(door.open(&hello).await).await.is_empty());
    let hello = [0x16];
    assert!(until_closed(door.open(&hello).await).await.is_empty());
}

const JSON: &str = "host: localhost\r\ncontent-type: application/json";

#[tokio::test(crate = "crate::journey")]
async fn a_body_that_will_be_too_large_is_refused_before_it_comes() {
    let door = door(small(), Proxies::default()).await;
    let head = format!("{JSON}\r\ncontent-length: 1000000000000");
    assert_eq!(door.status(&head, "{").await, "HTTP/1.1 413");
    let polite = format!("{head}\r\nexpect: 100-continue");
    assert_eq!(door.status(&polite, "").await, "HTTP/1.1 413");
}

#[tokio::test(crate = "crate::journey")]
async fn lies_about_names_and_forms_are_refused() {
    let door = door(small(), Proxies::default()).await;
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let length = format!("content-length: {}\r\nconnection: close", body.len());
    for (head, status) in [
        (JSON.to_owned(), "HTTP/1.1 400"),
        (format!("host: evil.example\r\n{JSON}"), "HTTP/1.1 400"),
        (format!("{JSON}\r\nhost: localhost"), "HTTP/1.1 400"),
        (
            JSON.replace("localhost", "[::1].evil.example"),
            "HTTP/1.1 400",
        ),
        (
            format!("{JSON}\r\norigin: http://[::1].evil.example"),
            "HTTP/1.1 403",
        ),
        (format!("{JSON}; charset=utf-16"), "HTTP/1.1 415"),
    ] {
        let head = format!("{head}\r\n{length}");
        assert_eq!(door.status(&head, body).await, status, "{head}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn an_address_has_its_share_of_connections_and_a_trusted_proxy_all() {
    let answered = async |socket: &mut TcpStream| {
        let mut said = [0; 12];
        let read = timeout(TOO_LONG, socket.read_exact(&mut said)).await;
        read.expect("it answers or closes").is_ok() && said == *b"HTTP/1.1 200"
    };
    let door_of = door(small(), Proxies::default()).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut socket = door_of.open(HEALTH).await;
        assert!(answered(&mut socket).await);
        held.push(socket);
    }
    let another = async || {
        // It may be closed before it has said anything.
        let mut socket = TcpStream::connect(door_of.address).await.unwrap();
        let _ = socket.write_all(HEALTH).await;
        answered(&mut socket).await
    };
    assert!(!another().await, "its address has its share");
    held.pop();
    let freed = async { while !another().await {} };
    timeout(TOO_LONG, freed)
        .await
        .expect("who leaves makes room");

    let near = Proxies::new(&["127.0.0.0/8".parse().unwrap()]);
    let door_of = door(small(), near).await;
    for _ in 0..4 {
        let mut socket = door_of.open(HEALTH).await;
        assert!(answered(&mut socket).await, "a proxy may have more");
        held.push(socket);
    }
}

const HEADERS: u8 = 1;
const PING: u8 = 6;
const GOAWAY: u8 = 7;

/// A HEADERS frame that opens and ends stream 1: method and scheme by index, the rest in letters.
fn get(path: &str) -> Vec<u8> {
    let literal = |index: u8, text: &str| {
        let length = u8::try_from(text.len()).unwrap();
        [&[0x40 | index, length][..], text.as_bytes()].concat()
    };
    let (authority, path) = (literal(1, "localhost"), literal(4, path));
    let block = [&[0x82, 0x86][..], &authority, &path].concat();
    let length = u8::try_from(block.len()).unwrap();
    [&[0, 0, length, HEADERS, 0x5, 0, 0, 0, 1][..], &block].concat()
}

/// The types of the frames.
fn frames(mut said: &[u8]) -> Vec<u8> {
    let mut kinds = Vec::new();
    while let [a, b, c, kind, ..] = *said {
        kinds.push(kind);
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        said = said.get(9 + length..).unwrap_or_default();
    }
    kinds
}
