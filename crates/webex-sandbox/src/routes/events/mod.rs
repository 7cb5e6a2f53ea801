//! `/events`: everything that happened in the organization, for its compliance officers.

pub(crate) mod history;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::page::Page;
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::{Event, moment};
use crate::rules::shown::{Shown, shown};
use crate::rules::webhooks::application_id;
use crate::world::World;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/events", list)
        .get("/events/{id}", details)
}

fn show(world: &World, event: &Event, base: &str) -> Shown {
    shown(json!({
        "id": event.id,
        "resource": event.happening.resource(),
        "type": event.kind,
        "appId": application_id(),
        "actorId": event.actor_id,
        "orgId": world.organization_id,
        "created": moment::text(event.created),
        "data": event.happening.data(base),
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    resource: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    actor_id: Option<String>,
    from: Option<String>,
    to: Option<String>,
    service_type: Option<String>,
}

/// Newest first.
fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: List = call.query()?;
    let page = call.many()?;
    let window = Window::read(&query, call.now)?;
    check_service(&query)?;
    let newest_first = history::newest_first(world, &query, page.after, window.to);
    // Events are ordered by time: the first one before the window ends the search.
    let candidates = newest_first.take_while(|(_, event)| event.created >= window.from);
    Ok(page.cut(candidates, |event| {
        let is_wanted = window.has(event.created)
            && is(&query.resource, event.happening.resource())
            && is(&query.kind, &event.kind)
            && is(&query.actor_id, &event.actor_id);
        is_wanted.then(|| show(world, &event, &call.base))
    }))
}

/// The window of time; both ends are inclusive.
#[derive(Debug, Clone, Copy)]
struct Window {
    from: Timestamp,
    to: Timestamp,
}

impl Window {
    fn read(query: &List, now: Timestamp) -> Result<Self> {
        let moment = |text: &Option<String>, default: Timestamp, refusal: &'static str| match text {
            Some(text) => moment::read(text).ok_or(Problem::bad_request(refusal)),
            None => Ok(default),
        };
        let from = moment(&query.from, Timestamp::MIN, "from must be a date and time.")?;
        let to = moment(&query.to, now, "to must be a date and time.")?;
        Problem::bad_request("to cannot be in the future.").when(to > now)?;
        Problem::bad_request("from must be before to.").when(from > to)?;
        Ok(Window { from, to })
    }

    fn has(&self, moment: Timestamp) -> bool {
        (self.from..=self.to).contains(&moment)
    }
}

fn check_service(query: &List) -> Result<()> {
    let is_recording = query.resource.as_deref() == Some("convergedRecordings");
    let wanted = is_recording.then_some("calling");
    Problem::bad_request(
        "serviceType goes with the resource convergedRecordings, and must be calling.",
    )
    .unless(query.service_type.as_deref() == wanted)
}

fn is(wanted: &Option<String>, value: &str) -> bool {
    wanted.as_deref().is_none_or(|wanted| wanted == value)
}

fn details(world: &World, call: &Call) -> Result<Shown> {
    let event = world.events.named(call.id());
    let (_, event) = event.ok_or_else(|| Problem::not_found("Could not find the event."))?;
    Ok(show(world, event, &call.base))
}
