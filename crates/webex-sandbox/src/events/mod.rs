//! `/events`: everything that happened in the organisation, for its compliance officers.

mod history;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use webex::events::Event as Wire;

use crate::Sandbox;
use crate::meetings::EndedMeeting;
use crate::page::{Page, PageRequest, Paging};
use crate::problem::Problem;
use crate::request::{API_PATH, Caller, Query};
use crate::webhooks::application_id;
use crate::world::{Event, PersonKey, World};

/// Events that are kept; beyond them the oldest are forgotten.
pub(crate) const MAX_EVENTS: usize = 200_000;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/events", get(list))
        .route("/events/{id}", get(details))
}

/// What happened, as the thing was then.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Happening {
    /// A message, and the ids of its files.
    Message(Arc<webex::messages::Message>, Vec<String>),
    Membership(Box<webex::memberships::Membership>),
    Room(Box<webex::rooms::Room>),
    AttachmentAction(Box<webex::attachment_actions::AttachmentAction>),
    /// A meeting that ended.
    Meeting(Box<EndedMeeting>),
    Transcript(Box<webex::transcripts::Transcript>),
}

impl Happening {
    fn resource(&self) -> &'static str {
        match self {
            Happening::Message(..) => "messages",
            Happening::Membership(_) => "memberships",
            Happening::Room(_) => "rooms",
            Happening::AttachmentAction(_) => "attachmentActions",
            Happening::Meeting(_) => "meetings",
            Happening::Transcript(_) => "meetingTranscripts",
        }
    }

    /// The thing itself; URLs of files are under the host of whoever asks.
    fn data(&self, base: &str) -> Option<Map<String, Value>> {
        match self {
            Happening::Message(wire, files) => {
                let mut data = object(wire.as_ref())?;
                if !files.is_empty() {
                    let url = |id: &String| format!("{base}{API_PATH}/contents/{id}");
                    data.insert("files".to_owned(), files.iter().map(url).collect());
                }
                Some(data)
            }
            Happening::Membership(wire) => object(wire),
            Happening::Room(wire) => object(wire),
            Happening::AttachmentAction(wire) => object(wire),
            Happening::Meeting(wire) => object(wire),
            Happening::Transcript(wire) => object(wire),
        }
    }
}

fn object(wire: &impl Serialize) -> Option<Map<String, Value>> {
    match serde_json::to_value(wire) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// Writes down what somebody just did.
pub(crate) fn record(
    world: &mut World,
    kind: &'static str,
    actor: PersonKey,
    happening: Happening,
) -> Result<(), Problem> {
    let actor_id = world.person(actor)?.id.clone();
    let oldest = world.events.own().next().map(|(key, _)| key);
    if let Some(oldest) = oldest.filter(|_| world.events.len() >= MAX_EVENTS) {
        world.events.remove(oldest);
    }
    let created = world.now;
    world.events.insert_with(|id| Event {
        id,
        kind: kind.into(),
        actor_id,
        created,
        happening,
    })?;
    Ok(())
}

/// Puts events in the order of time, after a past was written that did not happen in this order.
pub(crate) fn sort(world: &mut World) -> Result<(), Problem> {
    let keys: Vec<_> = world.events.iter().map(|(key, _)| key).collect();
    let mut events: Vec<Event> = keys
        .into_iter()
        .filter_map(|key| world.events.remove(key))
        .collect();
    events.sort_by_key(|event| event.created);
    for event in events {
        world.events.insert_with(|id| Event { id, ..event })?;
    }
    Ok(())
}

fn show(world: &World, event: &Event, base: &str) -> Wire {
    Wire {
        id: event.id.clone(),
        resource: Some(event.happening.resource().into()),
        event_type: Some(event.kind.as_ref().into()),
        app_id: Some(application_id()),
        actor_id: Some(event.actor_id.clone()),
        org_id: Some(world.organization_id.clone()),
        created: Some(event.created),
        data: event.happening.data(base),
        ..Wire::default()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    resource: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    actor_id: Option<String>,
    from: Option<String>,
    to: Option<String>,
    service_type: Option<String>,
}

async fn list(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<List>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let page = paging.many()?;
    let window = Window::read(&query, sandbox.clock().now())?;
    check_service(&query)?;
    let page = sandbox.read(|world| find(world, &caller, &query, page, window));
    Ok(page.answer(&caller))
}

/// From when to when, both inclusive.
#[derive(Debug, Clone, Copy)]
struct Window {
    from: Timestamp,
    to: Timestamp,
}

impl Window {
    fn read(query: &List, now: Timestamp) -> Result<Self, Problem> {
        let moment = |text: &Option<String>, default: Timestamp, refusal: &'static str| match text {
            Some(text) => webex::timestamp::parse(text).ok_or(Problem::bad_request(refusal)),
            None => Ok(default),
        };
        let from = moment(&query.from, Timestamp::MIN, "from must be a date and time.")?;
        let to = moment(&query.to, now, "to must be a date and time.")?;
        if to > now {
            return Err(Problem::bad_request("to cannot be in the future."));
        }
        if from > to {
            return Err(Problem::bad_request("from must be before to."));
        }
        Ok(Window { from, to })
    }

    fn has(&self, moment: Timestamp) -> bool {
        (self.from..=self.to).contains(&moment)
    }
}

fn check_service(query: &List) -> Result<(), Problem> {
    let is_recording = query.resource.as_deref() == Some("convergedRecordings");
    match (is_recording, query.service_type.as_deref()) {
        (false, None) | (true, Some("calling")) => Ok(()),
        _ => Err(Problem::bad_request(
            "serviceType goes with the resource convergedRecordings, and must be calling.",
        )),
    }
}

/// Newest first.
fn find(
    world: &World,
    caller: &Caller,
    query: &List,
    page: PageRequest,
    window: Window,
) -> Page<Wire> {
    let is = |wanted: &Option<String>, value: &str| {
        wanted.as_deref().is_none_or(|wanted| wanted == value)
    };
    let newest_first = history::newest_first(world, query, page.after, window.to);
    // Events are in the order of time: what lies before the window ends the search.
    let candidates = newest_first.take_while(|(_, event)| event.created >= window.from);
    page.cut(candidates, |event| {
        let is_wanted = window.has(event.created)
            && is(&query.resource, event.happening.resource())
            && is(&query.kind, &event.kind)
            && is(&query.actor_id, &event.actor_id);
        is_wanted.then(|| show(world, &event, &caller.base))
    })
}

async fn details(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Wire>, Problem> {
    sandbox.read(|world| {
        let event = world.events.find(&id).and_then(|key| world.events.get(key));
        let event = event.ok_or_else(|| Problem::not_found("Could not find the event."))?;
        Ok(Json(show(world, event, &caller.base)))
    })
}
