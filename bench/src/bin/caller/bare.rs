//! The limit: the least that a typed call can be. No deadline, no repeat, no bound, no word on errors.

use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use hyper::{Request, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use webex_bench::world;

use crate::Call;
use crate::calls::Callable;

/// A room as somebody writes it down who only wants to read it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "what is read is what is measured")]
struct Room {
    id: String,
    title: Option<String>,
    r#type: Option<String>,
    is_locked: Option<bool>,
    team_id: Option<String>,
    last_activity: Option<String>,
    creator_id: Option<String>,
    created: Option<String>,
    owner_id: Option<String>,
    classification_id: Option<String>,
    is_announcement_only: Option<bool>,
    is_read_only: Option<bool>,
    is_public: Option<bool>,
    made_public: Option<String>,
    description: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Room>,
}

pub struct Bare {
    client: Client<HttpConnector, Empty<Bytes>>,
    upstream: String,
    authorization: HeaderValue,
}

impl Bare {
    pub fn new(upstream: String) -> Result<Self> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            upstream,
            authorization: HeaderValue::from_static("Bearer bench"),
        })
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let uri: Uri = format!("{}/{path}", self.upstream).parse()?;
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let answer = self.client.request(request).await?;
        anyhow::ensure!(
            answer.status() == StatusCode::OK,
            "Webex said {}",
            answer.status()
        );
        let body = answer.into_body().collect().await?.to_bytes();
        Ok(serde_json::from_slice(&body)?)
    }
}

impl Callable for Bare {
    async fn call(&self, call: Call) -> Result<usize> {
        match call {
            Call::List => Ok(self.get::<Page>("rooms?max=40").await?.items.len()),
            Call::Get => {
                let room: Room = self.get(&format!("rooms/{}", world::id("ROOM", 0))).await?;
                Ok(room.id.len().min(1))
            }
        }
    }
}
