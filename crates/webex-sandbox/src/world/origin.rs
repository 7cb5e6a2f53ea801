//! A world before anybody does anything in it: a function of these few values.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::population::{Generator, Population};
use crate::rows::{Event, Membership, Message, Person, Room};
use crate::table::{Generated, Row};

/// Generated rows of one table that stay in memory between two requests: a few megabytes.
const MAX_HELD_ROWS: usize = 20_000;

/// Spaces hold the keys of all their messages: a megabyte if there are many.
const MAX_HELD_SPACES: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// All ids are a function of it.
    pub(crate) seed: u64,
    /// The time of its start; all history ends shortly before it.
    pub(crate) started: Timestamp,
    pub(crate) population: Option<Population>,
}

impl Origin {
    pub(crate) fn namespace(&self) -> Uuid {
        Uuid::new_v5(&Uuid::NAMESPACE_URL, &self.seed.to_be_bytes())
    }

    pub(crate) fn organization_id(&self) -> String {
        let organization = Uuid::new_v5(&self.namespace(), b"ORGANIZATION");
        webex::id::encode("us", "ORGANIZATION", organization)
    }

    pub(super) fn generator(&self) -> Option<Arc<Generator>> {
        let population = self.population?;
        let generator = Generator::new(self.namespace(), population, self.started);
        Some(Arc::new(generator))
    }

    pub(super) fn people(generator: &Arc<Generator>) -> Generated<Person> {
        let count = generator.population().people();
        generated(generator, count, MAX_HELD_ROWS, Generator::person)
    }

    pub(super) fn rooms(generator: &Arc<Generator>) -> Generated<Room> {
        let count = generator.population().spaces();
        generated(generator, count, MAX_HELD_SPACES, Generator::space)
    }

    pub(super) fn memberships(generator: &Arc<Generator>) -> Generated<Membership> {
        let count = generator.memberships();
        generated(generator, count, MAX_HELD_ROWS, Generator::membership)
    }

    pub(super) fn messages(generator: &Arc<Generator>) -> Generated<Message> {
        let count = generator.population().messages();
        generated(generator, count, MAX_HELD_ROWS, Generator::message)
    }

    pub(super) fn events(generator: &Arc<Generator>) -> Generated<Event> {
        let count = generator.population().messages();
        generated(generator, count, MAX_HELD_ROWS, Generator::event)
    }
}

fn generated<R: Row + 'static>(
    generator: &Arc<Generator>,
    count: u32,
    max_held_rows: usize,
    make: fn(&Generator, u32) -> R,
) -> Generated<R> {
    let (ids, generator) = (*generator.ids(), generator.clone());
    Generated::new(ids, count, max_held_rows, move |at| make(&generator, at))
}
