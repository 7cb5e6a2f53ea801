//! The live page: what is in the sandbox, shown to a person while it happens, and a hand in it.
//!
//! Files that a browser loads, JSON answers that they show, and a stream that says when to ask again.
//! What a person does there goes through Webex's own API with that person's token, or through the
//! administration. What people wrote stays data all the way: the scripts set text and never markup.

mod changes;
mod conversation;
mod overview;
mod webhooks;

use std::borrow::Cow;

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde::Deserialize;

use crate::Sandbox;
use crate::pages::Document;
use crate::problem::Problem;
use crate::rows::{Message, MessageKey, PersonKey, Role, Room, RoomKind};
use crate::world::World;

/// Where the page is; everything that it loads lies below.
pub(crate) const PAGE_PATH: &str = "/_sandbox/";

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

macro_rules! scripts {
    ($($name:literal),* $(,)?) => {
        &[$((concat!("/_sandbox/", $name, ".js"), include_str!(concat!("assets/", $name, ".js")))),*]
    };
}

const SCRIPTS: &[(&str, &str)] = scripts![
    "theme",
    "page",
    "dom",
    "ask",
    "address",
    "spaces",
    "messages",
    "markup",
    "card",
    "card_inputs",
    "composer",
    "calls",
    "webhooks",
    "faults",
];

pub(crate) fn routes() -> Router<Sandbox> {
    let to_page = || async { Redirect::temporary(PAGE_PATH) };
    let mut router = Router::new()
        .route("/", get(to_page))
        .route("/_sandbox", get(to_page))
        .route(PAGE_PATH, get(page))
        .route(
            "/_sandbox/live.css",
            get(async || asset(STYLE, include_str!("assets/live.css"))),
        )
        .route("/_sandbox/overview", get(overview::answer))
        .route("/_sandbox/spaces/{id}/messages", get(conversation::answer))
        .route("/_sandbox/changes", get(changes::stream))
        .merge(webhooks::routes());
    for (path, script) in SCRIPTS {
        router = router.route(path, get(async || asset(SCRIPT, script)));
    }
    router
}

async fn page() -> Response {
    let page = Document {
        title: "Live",
        head: include_str!("head.html"),
        body: include_str!("body.html").trim_end(),
    };
    page.answer(StatusCode::OK)
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

    /// Whether these are the eyes of a person, or everybody's.
    fn is(self, person: PersonKey) -> bool {
        matches!(self, Viewer::Everybody) || self == Viewer::Person(person)
    }

    fn sees(self, world: &World, message: &Message) -> bool {
        match self {
            Viewer::Everybody => true,
            Viewer::Person(person) => world.sees(person, message),
        }
    }

    /// What is seen of a room, oldest first: of a space a bot has what mentions it and what it wrote.
    fn messages<'w>(self, world: &World, room: &'w Room) -> Cow<'w, [MessageKey]> {
        match self {
            Viewer::Person(person) if room.kind == RoomKind::Group && self.is_bot(world) => {
                let mentions = room.mentions.get(&person).into_iter().flatten();
                // No bot wrote what is generated, which comes first.
                let newest = room.messages.iter().rev();
                let written = newest
                    .map_while(|key| Some((key, world.messages.kept(*key)?)))
                    .filter(|(_, message)| message.author == person)
                    .map(|(key, _)| key);
                let mut seen: Vec<MessageKey> = mentions.chain(written).copied().collect();
                seen.sort_unstable();
                seen.dedup();
                Cow::Owned(seen)
            }
            _ => Cow::Borrowed(&room.messages),
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
