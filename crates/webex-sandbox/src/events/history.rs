//! Events in the order of time: those that happened here, between those of a generated past.

use std::iter::from_fn;

use jiff::Timestamp;

use crate::page::Cursor;
use crate::table::{Entry, Key};
use crate::world::{Event, Person, World};

type Item<'w> = (Cursor, Entry<'w, Event>);

/// What happened until `to` and before the cursor, newest first. Of generated events it has only
/// those of the actor, where one is wanted.
pub(super) fn newest_first<'w>(
    world: &'w World,
    actor_id: Option<&str>,
    after: Option<Cursor>,
    to: Timestamp,
) -> impl Iterator<Item = Item<'w>> {
    let events = &world.events;
    let first_own = events.first_own();
    let generator = world.generator.as_deref();
    let actor = actor_id.map(|id| generator?.ids().ordinal::<Person>(id));
    let may_fit = move |event| {
        generator.is_some_and(|generator| {
            actor.is_none_or(|actor| actor == Some(generator.author(event)))
        })
    };
    let limit = Limit { after, to };
    let own = events.own_before(limit.end(world, first_own, u32::MAX));
    let generated = match actor {
        // Nobody who is generated: none of those events can be theirs.
        Some(None) => 0,
        _ => limit.end(world, 0, first_own),
    };
    let generated = events.generated_before(generated, may_fit);
    merge(own.map(place), generated.map(place))
}

fn place<'w>((key, event): (Key<Event>, Entry<'w, Event>)) -> Item<'w> {
    let cursor = Cursor {
        sort: event.created.as_millisecond(),
        ordinal: key.ordinal(),
    };
    (cursor, event)
}

/// Where a list begins.
#[derive(Debug, Clone, Copy)]
struct Limit {
    after: Option<Cursor>,
    to: Timestamp,
}

impl Limit {
    /// The end of those events from `start` to `end` that lie within the limit, found by halving.
    fn end(self, world: &World, start: u32, end: u32) -> u32 {
        let next = u32::try_from(world.events.next_ordinal()).unwrap_or(u32::MAX);
        let (mut low, mut high) = (start, end.min(next));
        while low < high {
            let middle = low + (high - low) / 2;
            // The oldest events may be forgotten; the gap that they leave is at the start.
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

/// Two lists that are newest first, as one.
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
