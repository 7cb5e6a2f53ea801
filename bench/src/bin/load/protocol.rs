//! The requests, byte for byte as a client of each MCP revision sends them.

use std::net::SocketAddr;

use serde_json::{Value, json};
use webex_bench::world;

use crate::ToolCall;

/// The path of the messaging server.
const ENDPOINT: &str = "/mcp/webex-messaging";
/// The revision without sessions.
const STATELESS: &str = "2026-07-28";
/// The last revision with sessions.
const SESSIONS: &str = "2025-11-25";
/// The first id: all ids have as many digits, so that they can be written over each other.
const FIRST_ID: u64 = 1_000_000_000;
/// Ids that one connection can use before it would meet those of the next.
const IDS_PER_CONNECTION: u64 = 10_000_000;

/// How the answer to a request is recognised.
pub enum Expected {
    /// A result of the call with this id, as it stands in the answer.
    ResultWithId(String),
    /// Any object.
    Object,
}

/// A request that is sent again and again.
pub struct Request {
    bytes: Vec<u8>,
    id: Option<Id>,
}

/// The JSON-RPC id, which is new each time.
struct Id {
    position: usize,
    next: u64,
}

impl Request {
    /// A tool call without a session, for the `connection`-th connection.
    pub fn tool_call(
        address: SocketAddr,
        tool_call: ToolCall,
        token: Option<&str>,
        connection: u64,
    ) -> Self {
        let arguments = match tool_call {
            ToolCall::Message => json!({ "messageId": world::id("MESSAGE", 0) }),
            ToolCall::List => {
                json!({ "roomId": world::id("ROOM", 0), "max": world::PAGE_MESSAGES })
            }
            ToolCall::Named => json!({ "roomId": world::ROOM_TITLE, "max": 1 }),
        };
        let name = "webex-get-message";
        let bearer = token.map_or(String::new(), |token| {
            format!("Authorization: Bearer {token}\r\n")
        });
        Self::stateless(
            address,
            FIRST_ID + connection * IDS_PER_CONNECTION,
            "tools/call",
            &format!("Mcp-Name: {name}\r\n{bearer}"),
            json!({ "name": name, "arguments": arguments }),
        )
    }

    /// A read of a REST API, the same each time.
    pub fn read(address: SocketAddr, path: &str, token: &str) -> Self {
        let text = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: application/json\r\n\
             Authorization: Bearer {token}\r\n\r\n"
        );
        Self {
            bytes: text.into_bytes(),
            id: None,
        }
    }

    /// A subscription to changes of the tool list, for the `stream`-th stream.
    pub fn listen(address: SocketAddr, stream: u64) -> Self {
        let params = json!({ "notifications": { "toolsListChanged": true } });
        Self::stateless(
            address,
            FIRST_ID + stream,
            "subscriptions/listen",
            "",
            params,
        )
    }

    fn stateless(
        address: SocketAddr,
        next_id: u64,
        method: &str,
        headers: &str,
        mut params: Value,
    ) -> Self {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": STATELESS,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": { "name": "webex-bench", "version": "0.1.0" },
        });
        let body = json!({ "jsonrpc": "2.0", "id": next_id, "method": method, "params": params });
        let headers =
            format!("MCP-Protocol-Version: {STATELESS}\r\nMcp-Method: {method}\r\n{headers}");
        let text = post(address, &headers, &body);
        // The id was just written into it, and no other number is that large.
        let position = text.find(&next_id.to_string()).unwrap_or_default();
        Self {
            bytes: text.into_bytes(),
            id: Some(Id {
                position,
                next: next_id,
            }),
        }
    }

    /// The bytes to send next, and what is expected of their answer.
    pub fn next(&mut self) -> (&[u8], Expected) {
        let Some(id) = &mut self.id else {
            return (&self.bytes, Expected::Object);
        };
        let text = id.next.to_string();
        id.next += 1;
        self.bytes[id.position..id.position + text.len()].copy_from_slice(text.as_bytes());
        (
            &self.bytes,
            Expected::ResultWithId(format!("\"id\":{text}")),
        )
    }
}

/// Opens a session for the caller with this token.
pub fn initialize(address: SocketAddr, token: &str) -> String {
    let params = json!({
        "protocolVersion": SESSIONS,
        "capabilities": { "elicitation": {} },
        "clientInfo": { "name": "webex-bench", "version": "0.1.0" },
    });
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params });
    post(
        address,
        &format!("Authorization: Bearer {token}\r\n"),
        &body,
    )
}

/// Tells the server that the session is in use, as every client does.
pub fn initialized(address: SocketAddr, token: &str, session: &str) -> String {
    let headers = format!(
        "Authorization: Bearer {token}\r\nMCP-Protocol-Version: {SESSIONS}\r\n\
         Mcp-Session-Id: {session}\r\n"
    );
    let body = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    post(address, &headers, &body)
}

fn post(address: SocketAddr, headers: &str, body: &Value) -> String {
    let body = body.to_string();
    format!(
        "POST {ENDPOINT} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
