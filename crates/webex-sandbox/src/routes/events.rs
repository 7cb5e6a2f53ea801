//! `/events`: everything that happened in the organization, for its compliance officers. The events
//! that happened here are merged with those of a generated past.

use std::iter::from_fn;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::page::{Cursor, Page};
use crate::population::Generator;
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
    let newest_first = newest_first(world, &query, page.after, window.to);
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

type Item<'w> = (Cursor, Entry<'w, Event>);

/// The events until `to` and before the cursor, newest first. Of the generated events it makes only
/// those that may match the query, because making all of them takes long.
fn newest_first<'w>(
    world: &'w World,
    query: &List,
    after: Option<Cursor>,
    to: Timestamp,
) -> impl Iterator<Item = Item<'w>> {
    let events = &world.events;
    let first_own = events.first_own();
    let limit = Limit { after, to };
    let own = events.own_before(limit.end(world, first_own, u32::MAX));
    let wanted = Wanted::read(world.generator.as_deref(), query);
    let generated = match wanted {
        Wanted::Nothing => 0,
        _ => limit.end(world, 0, first_own),
    };
    let generated = events.generated_before(generated, move |event| wanted.has(event));
    merge(own.map(place), generated.map(place))
}

/// Which generated events may match: each of them is about the posting of a message.
#[derive(Debug, Clone, Copy)]
enum Wanted<'w> {
    Nothing,
    Everything,
    Of(&'w Generator, u32),
}

impl<'w> Wanted<'w> {
    fn read(generator: Option<&'w Generator>, query: &List) -> Self {
        let Some(generator) = generator else {
            return Wanted::Nothing;
        };
        if !is(&query.resource, "messages") || !is(&query.kind, "created") {
            return Wanted::Nothing;
        }
        match &query.actor_id {
            None => Wanted::Everything,
            Some(id) => match generator.ids().ordinal::<Person>(id) {
                Some(person) => Wanted::Of(generator, person),
                None => Wanted::Nothing,
            },
        }
    }

    fn has(self, event: u32) -> bool {
        match self {
            Wanted::Nothing => false,
            Wanted::Everything => true,
            Wanted::Of(generator, person) => generator.author(event) == person,
        }
    }
}

fn place<'w>((key, event): (Key<Event>, Entry<'w, Event>)) -> Item<'w> {
    let cursor = Cursor {
        sort: event.created.as_millisecond(),
        ordinal: key.ordinal(),
    };
    (cursor, event)
}

/// The position at which a list begins.
#[derive(Debug, Clone, Copy)]
struct Limit {
    after: Option<Cursor>,
    to: Timestamp,
}

impl Limit {
    /// The end of the events from `start` to `end` that are within the limit, found by binary
    /// search.
    fn end(self, world: &World, start: u32, end: u32) -> u32 {
        let next = u32::try_from(world.events.next_ordinal()).unwrap_or(u32::MAX);
        let (mut low, mut high) = (start, end.min(next));
        while low < high {
            let middle = low + (high - low) / 2;
            // The oldest events may have been dropped; the gap that they leave is at the start.
            let lies_within = match world.events.made(Key::from_ordinal(middle)) {
                Some(event) => self.has(middle, &event),
                None => true,
            };
            match lies_within {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }

    fn has(self, ordinal: u32, event: &Event) -> bool {
        let sort = event.created.as_millisecond();
        event.created <= self.to
            && self
                .after
                .is_none_or(|after| Cursor { sort, ordinal } < after)
    }
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
