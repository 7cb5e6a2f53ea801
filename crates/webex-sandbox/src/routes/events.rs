//! `/events`: everything that happened in the organization, for its compliance officers. The events
//! that happened here are merged with those of a generated past.

use std::iter::from_fn;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::page::{Cursor, Page};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::{Event, Person, moment};
use crate::rules::shown::{Shown, shown};
use crate::rules::webhooks::application_id;
use crate::table::{Entry, Key};
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
struct List {
    resource: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    actor_id: Option<String>,
    service_type: Option<String>,
}

/// Newest first.
fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: List = call.query()?;
    let page = call.many()?;
    let window = call.window(call.now)?;
    check_service(&query)?;
    let newest_first = newest_first(world, &query, page.after, *window.end());
    // Events are ordered by time: the first one before the window ends the search.
    let candidates = newest_first.take_while(|(_, event)| event.created >= *window.start());
    Ok(page.cut(candidates, |event| {
        let is_wanted = window.contains(&event.created)
            && is(&query.resource, event.happening.resource())
            && is(&query.kind, &event.kind)
            && is(&query.actor_id, &event.actor_id);
        is_wanted.then(|| show(world, &event, &call.base))
    }))
}

fn check_service(query: &List) -> Result<()> {
    let is_recording = query.resource.as_deref() == Some("convergedRecordings");
    let wanted = is_recording.then_some("calling");
    let reason = "serviceType goes with the resource convergedRecordings, and must be calling.";
    Problem::bad_request(reason).unless(query.service_type.as_deref() == wanted)
}

fn is(wanted: &Option<String>, value: &str) -> bool {
    wanted.as_deref().is_none_or(|wanted| wanted == value)
}

fn details(world: &World, call: &Call) -> Result<Shown> {
    let event = world.events.named(call.id());
    let (_, event) = event.ok_or_else(|| Problem::not_found("Could not find the event."))?;
    Ok(show(world, event, &call.base))
}

type Item<'w> = (Cursor, Entry<'w, Event>);

/// The events until `to` and before the cursor, newest first. Of the generated events, which are all
/// about the posting of a message, it makes only those that may match: making all takes long.
fn newest_first<'w>(
    world: &'w World,
    query: &List,
    after: Option<Cursor>,
    to: Timestamp,
) -> impl Iterator<Item = Item<'w>> {
    let events = &world.events;
    let is_within =
        |(cursor, event): Item<'w>| event.created <= to && after.is_none_or(|after| cursor < after);
    let first_own = events.first_own();
    let own = events.own_in(0..end(world, first_own, u32::MAX, is_within));
    let generator = world.generator.as_deref();
    let actor = query.actor_id.as_deref();
    let author = actor.map(|id| generator?.ids.ordinal::<Person>(id));
    let may_fit = is(&query.resource, "messages") && is(&query.kind, "created");
    let generated = match may_fit && author != Some(None) {
        true => end(world, 0, first_own, is_within),
        false => 0,
    };
    let is_theirs = move |event| match author.flatten() {
        Some(person) => generator.is_some_and(|generator| generator.author(event) == person),
        None => true,
    };
    let generated = events.generated_in(0..generated, is_theirs);
    merge(own.rev().map(place), generated.rev().map(place))
}

fn place<'w>((key, event): (Key<Event>, Entry<'w, Event>)) -> Item<'w> {
    let (sort, ordinal) = (event.created.as_millisecond(), key.ordinal());
    (Cursor { sort, ordinal }, event)
}

/// The end of the events from `start` to `end` that are within a limit, found by binary search.
fn end<'w>(world: &'w World, start: u32, end: u32, is_within: impl Fn(Item<'w>) -> bool) -> u32 {
    let next = u32::try_from(world.events.next_ordinal()).unwrap_or(u32::MAX);
    let (mut low, mut high) = (start, end.min(next));
    while low < high {
        let middle = low + (high - low) / 2;
        let key = Key::from_ordinal(middle);
        // The oldest events may have been dropped; the gap that they leave is at the start.
        let event = world.events.made(key);
        match event.is_none_or(|event| is_within(place((key, event)))) {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    low
}

/// Merges two lists that are ordered newest first.
fn merge<'w>(
    one: impl Iterator<Item = Item<'w>>,
    other: impl Iterator<Item = Item<'w>>,
) -> impl Iterator<Item = Item<'w>> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    from_fn(move || match (one.peek(), other.peek()) {
        (Some((first, _)), Some((second, _))) if first < second => other.next(),
        (Some(_), _) => one.next(),
        (None, _) => other.next(),
    })
}
