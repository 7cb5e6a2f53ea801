//! One call as a limit makes it: the hop to Webex, its answer as a struct, and the same facts as text.
//! No validation, no identity, no log: what a server does beyond this is what it costs.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue, LINK};
use hyper::{Request, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};

/// A call as MCP sends it, as far as a limit reads it.
#[derive(Debug, Deserialize)]
struct Call {
    id: u64,
    params: Params,
}

#[derive(Debug, Deserialize)]
struct Params {
    arguments: Selection,
}

/// Which messages are wanted.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selection {
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

/// What was found, for a program and for a reader.
#[derive(Debug)]
pub struct Found {
    pub text: String,
    pub messages: Messages,
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
pub struct Messages {
    messages: Vec<Message>,
    page: Position,
}

#[derive(Debug, Serialize)]
struct Position {
    returned: usize,
    cursor: Option<String>,
}

/// The way to Webex, over one pool of connections.
#[derive(Debug)]
pub struct Hop {
    client: Client<HttpConnector, Empty<Bytes>>,
    upstream: String,
    authorization: HeaderValue,
}

impl Hop {
    /// `upstream` is the base of the Webex API, with `/v1`; the token is that of the environment.
    ///
    /// # Errors
    /// There is no token, or it cannot stand in a header.
    pub fn new(upstream: String) -> Result<Self> {
        let token = std::env::var("WEBEX_ACCESS_TOKEN").context("set WEBEX_ACCESS_TOKEN")?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Ok(Hop {
            client: Client::builder(TokioExecutor::new()).build(connector),
            upstream,
            authorization: format!("Bearer {token}").parse()?,
        })
    }

    /// Answers the body of a request of MCP with the body of its response.
    ///
    /// # Errors
    /// The body is no call, or Webex did not answer it.
    pub async fn answer(&self, body: &[u8]) -> Result<Vec<u8>> {
        let call: Call = serde_json::from_slice(body)?;
        let Found { text, messages } = self.find(call.params.arguments).await?;
        let reply = Reply {
            jsonrpc: "2.0",
            id: call.id,
            result: ToolResult {
                result_type: "complete",
                content: [Text {
                    r#type: "text",
                    text,
                }],
                structured_content: messages,
            },
        };
        Ok(serde_json::to_vec(&reply)?)
    }

    /// # Errors
    /// Nothing is selected, or Webex did not answer.
    pub async fn find(&self, selection: Selection) -> Result<Found> {
        let (messages, cursor) = if let Some(message_id) = selection.message_id {
            let (_, body) = self.get(&format!("messages/{message_id}")).await?;
            (vec![serde_json::from_slice(&body)?], None)
        } else {
            let room_id = selection.room_id.context("messageId or roomId")?;
            let max = selection.max.unwrap_or(20);
            let (headers, body) = self
                .get(&format!("messages?roomId={room_id}&max={max}"))
                .await?;
            let page: Page = serde_json::from_slice(&body)?;
            let next = headers.get(LINK).map(HeaderValue::to_str).transpose()?;
            (page.items, next.map(str::to_owned))
        };
        let returned = messages.len();
        Ok(Found {
            text: lines(&messages)?,
            messages: Messages {
                messages,
                page: Position { returned, cursor },
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
