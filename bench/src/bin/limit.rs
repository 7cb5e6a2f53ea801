//! The limit: the least a proxy in this language can do and still be typed.
//!
//! It parses the call, makes the same hop, parses Webex's answer and answers. No validation, no
//! identity, no log, no second protocol: what a server does beyond this is what it costs.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, LINK};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use clap::Parser;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// The server is measured with this allocator, so the limit has it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
#[command(about = "The limit that the server is compared with")]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The base of the Webex API, with `/v1`.
    #[arg(long)]
    upstream: String,
}

#[derive(Debug, Deserialize)]
struct Call {
    id: u64,
    params: Params,
}

#[derive(Debug, Deserialize)]
struct Params {
    arguments: Selection,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Selection {
    message_id: Option<String>,
    room_id: Option<String>,
    max: Option<u32>,
}

/// A message as Webex gives it; what is not answered is not kept.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    id: String,
    room_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
    #[serde(default)]
    text: String,
    person_id: String,
    person_email: String,
    created: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    files: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mentioned_people: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Page {
    items: Vec<Message>,
}

#[derive(Debug, Serialize)]
struct Reply {
    jsonrpc: &'static str,
    id: u64,
    result: ToolResult,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ToolResult {
    result_type: &'static str,
    content: [Text; 1],
    structured_content: Messages,
}

#[derive(Debug, Serialize)]
struct Text {
    r#type: &'static str,
    text: String,
}

#[derive(Debug, Serialize)]
struct Messages {
    messages: Vec<Message>,
    page: Position,
}

#[derive(Debug, Serialize)]
struct Position {
    returned: usize,
    cursor: Option<String>,
}

struct Limit {
    client: Client<HttpConnector, Empty<Bytes>>,
    upstream: String,
    authorization: HeaderValue,
}

impl Limit {
    async fn answer(&self, body: &[u8]) -> Result<Vec<u8>> {
        let reply = self.call(serde_json::from_slice(body)?).await?;
        Ok(serde_json::to_vec(&reply)?)
    }

    async fn call(&self, call: Call) -> Result<Reply> {
        let arguments = call.params.arguments;
        let (messages, cursor) = if let Some(message_id) = arguments.message_id {
            let (_, body) = self.get(&format!("messages/{message_id}")).await?;
            (vec![serde_json::from_slice(&body)?], None)
        } else {
            let room_id = arguments.room_id.context("messageId or roomId")?;
            let max = arguments.max.unwrap_or(20);
            let (headers, body) = self
                .get(&format!("messages?roomId={room_id}&max={max}"))
                .await?;
            let page: Page = serde_json::from_slice(&body)?;
            let next = headers.get(LINK).map(HeaderValue::to_str).transpose()?;
            (page.items, next.map(str::to_owned))
        };
        let text = lines(&messages)?;
        let returned = messages.len();
        Ok(Reply {
            jsonrpc: "2.0",
            id: call.id,
            result: ToolResult {
                result_type: "complete",
                content: [Text {
                    r#type: "text",
                    text,
                }],
                structured_content: Messages {
                    messages,
                    page: Position { returned, cursor },
                },
            },
        })
    }

    async fn get(&self, path: &str) -> Result<(HeaderMap, Bytes)> {
        let uri: Uri = format!("{}/{path}", self.upstream).parse()?;
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = uri;
        let authorization = self.authorization.clone();
        request.headers_mut().insert(AUTHORIZATION, authorization);
        let (head, body) = self.client.request(request).await?.into_parts();
        anyhow::ensure!(head.status == StatusCode::OK, "Webex said {}", head.status);
        Ok((head.headers, body.collect().await?.to_bytes()))
    }
}

/// The same facts for a reader: who, when, which, and the text as a quotation.
fn lines(messages: &[Message]) -> Result<String> {
    let mut lines = String::with_capacity(messages.len() * 512);
    for message in messages {
        let Message {
            id,
            person_email,
            created,
            ..
        } = message;
        writeln!(lines, "{created} {person_email} {id}")?;
        for line in message.text.lines() {
            writeln!(lines, "> {line}")?;
        }
    }
    Ok(lines)
}

async fn answer(State(limit): State<Arc<Limit>>, body: Bytes) -> Response {
    match limit.answer(&body).await {
        Ok(reply) => ([(CONTENT_TYPE, "application/json")], reply).into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let token = std::env::var("WEBEX_ACCESS_TOKEN").context("set WEBEX_ACCESS_TOKEN")?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let limit = Limit {
        client: Client::builder(TokioExecutor::new()).build(connector),
        upstream: arguments.upstream,
        authorization: format!("Bearer {token}").parse()?,
    };
    let router = Router::new()
        .route("/mcp/webex-messaging", post(answer))
        .with_state(Arc::new(limit));
    let listener = TcpListener::bind(arguments.listen).await?;
    println!("{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // Only answers wait longer without it; the measurement would show that.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await?;
    Ok(())
}
