//! The live page: what is in the sandbox, shown to a person while it happens.
//!
//! Three files that a browser loads, two JSON answers that they show, and a stream that says when to
//! ask again. What people wrote stays data all the way: the script sets text and never markup.

mod changes;
mod conversation;
mod overview;

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde::Deserialize;

use crate::Sandbox;
use crate::problem::Problem;
use crate::rows::{Message, MessageKey, PersonKey, Role, Room, RoomKind};
use crate::world::World;

/// Where the page is; everything that it loads lies below.
const PAGE_PATH: &str = "/_sandbox/";

pub(crate) fn routes() -> Router<Sandbox> {
    let to_page = || async { Redirect::temporary(PAGE_PATH) };
    Router::new()
        .route("/", get(to_page))
        .route("/_sandbox", get(to_page))
        .route(PAGE_PATH, get(page))
        .route("/_sandbox/page.css", get(style))
        .route("/_sandbox/page.js", get(script))
        .route("/_sandbox/overview", get(overview::answer))
        .route("/_sandbox/spaces/{id}/messages", get(conversation::answer))
        .route("/_sandbox/changes", get(changes::stream))
}

async fn page() -> Response {
    asset("text/html; charset=utf-8", include_str!("page.html"))
}

async fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("page.css"))
}

async fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("page.js"))
}

fn asset(content_type: &'static str, text: &'static str) -> Response {
    let mut response = text.into_response();
    let value = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, value);
    response
}

/// As whom the page is looked at, in the query of what it asks for.
#[derive(Debug, Deserialize)]
struct LookAs {
    /// A person's id; without one, everything is shown.
    #[serde(rename = "as")]
    person_id: Option<String>,
}

impl LookAs {
    fn viewer(&self, world: &World) -> Result<Viewer, Problem> {
        let Some(id) = self.person_id.as_deref().filter(|id| !id.is_empty()) else {
            return Ok(Viewer::Everybody);
        };
        let person = world.people.find(id).map(Viewer::Person);
        person.ok_or_else(|| Problem::not_found("Could not find the person."))
    }
}

/// Whose eyes the page looks through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Viewer {
    Everybody,
    Person(PersonKey),
}

impl Viewer {
    fn is_in(self, room: &Room) -> bool {
        match self {
            Viewer::Everybody => true,
            Viewer::Person(person) => room.members.contains_key(&person),
        }
    }

    fn sees(self, world: &World, message: &Message) -> bool {
        match self {
            Viewer::Everybody => true,
            Viewer::Person(person) => world.sees(person, message),
        }
    }

    /// What the API lists of a room, oldest first: of a space a bot has only what mentions it.
    fn messages<'w>(self, world: &World, room: &'w Room) -> &'w [MessageKey] {
        match self {
            Viewer::Person(person) if room.kind == RoomKind::Group && self.is_bot(world) => {
                let mentions = room.mentions.get(&person);
                mentions.map(Vec::as_slice).unwrap_or_default()
            }
            _ => &room.messages,
        }
    }

    fn is_bot(self, world: &World) -> bool {
        match self {
            Viewer::Everybody => false,
            Viewer::Person(person) => {
                let person = world.people.get(person);
                person.is_some_and(|person| person.role == Role::Bot)
            }
        }
    }
}
