//! The sandbox as its callers see it: over HTTP messages, in process, as people of the demo company.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod admin_token;
mod cards;
mod client;
mod connections;
mod contents;
mod contract;
mod coverage;
mod credentials;
mod events;
mod faults;
mod generated;
mod lists;
mod live_page;
mod manual;
mod meeting_times;
mod meetings;
mod messages;
mod model;
mod mount;
mod oauth;
mod people;
mod preparations;
mod rate_limits;
mod recording_links;
mod registration;
mod rooms;
mod scopes;
mod teams;
mod webhooks;
mod world_file;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;
use webex_sandbox::{Options, Sandbox};

/// What Cisco's OpenAPI document says of the Webex REST API.
const FACTS: &str = include_str!("../../../webex/facts/webex.json");

/// A sandbox on a Monday morning, and Alice in it.
fn start() -> (Sandbox, Person) {
    let sandbox = Sandbox::new(Options::for_tests());
    let alice = person(&sandbox, "alice");
    (sandbox, alice)
}

fn person(sandbox: &Sandbox, name: &str) -> Person {
    Person {
        router: sandbox.router(),
        token: format!("sandbox-{name}"),
    }
}

/// Somebody with a token that has these scopes and no others.
fn with_scopes(sandbox: &Sandbox, email: &str, scopes: &[&str]) -> Person {
    Person {
        router: sandbox.router(),
        token: sandbox.grant(email, scopes).unwrap(),
    }
}

/// Somebody with a token.
#[derive(Debug, Clone)]
struct Person {
    router: Router,
    token: String,
}

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// The JSON, after checking the status.
    #[track_caller]
    fn json(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The next link without scheme and host.
    fn next(&self) -> Option<String> {
        let link = self.headers.get("link")?.to_str().unwrap();
        let url = link.strip_prefix('<')?.strip_suffix(">; rel=\"next\"")?;
        Some(url.strip_prefix("http://webex.test")?.to_owned())
    }
}

impl Person {
    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", host_of(path))
            .header("authorization", format!("Bearer {}", self.token));
        let request = match body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        self.raw(request.unwrap()).await
    }

    async fn raw(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body)).await
    }

    async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, Some(body)).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }

    /// Every item of a list, read page by page.
    async fn all(&self, path: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(page) = next {
            let answer = self.get(&page).await;
            all.extend(items(&answer.json(200)).iter().cloned());
            next = answer.next();
            assert!(all.len() < 2_000, "{path} pages for ever");
        }
        all
    }

    /// The ids of a list, read page by page.
    async fn ids(&self, path: &str) -> Vec<String> {
        let all = self.all(path).await;
        all.iter().map(|item| text(&item["id"])).collect()
    }

    async fn id(&self) -> String {
        text(&self.get("/v1/people/me").await.json(200)["id"])
    }

    /// The id of the room with this title.
    async fn room(&self, title: &str) -> String {
        let rooms = self.get("/v1/rooms?max=1000").await.json(200);
        let mut rooms = rooms["items"].as_array().unwrap().iter();
        let room = rooms.find(|room| room["title"] == title);
        text(&room.unwrap_or_else(|| panic!("no room {title}"))["id"])
    }

    async fn say(&self, room: &str, words: &str) -> String {
        let body = serde_json::json!({"roomId": room, "markdown": words});
        text(&self.post("/v1/messages", body).await.json(200)["id"])
    }
}

/// The administration answers to loopback names only.
fn host_of(path: &str) -> &'static str {
    match path.starts_with("/_sandbox") {
        true => "localhost",
        false => "webex.test",
    }
}

#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().unwrap()
}
