//! Events ordered by time: those that happened here, merged with those of a generated past.

use std::iter::from_fn;

use jiff::Timestamp;

use crate::page::Cursor;
use crate::population::Generator;
use crate::routes::events::{List, is};
use crate::rows::{Event, Person};
use crate::table::{Entry, Key};
use crate::world::World;

type Item<'w> = (Cursor, Entry<'w, Event>);

/// The events until `to` and before the cursor, newest first. Of the generated events it makes only
/// those that may match the query, because making all of them takes long.
pub(crate) fn newest_first<'w>(
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
