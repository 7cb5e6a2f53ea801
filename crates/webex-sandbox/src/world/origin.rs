//! A world before anybody does anything in it: a function of these few values.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::population::{Generator, Population};
use crate::rows::{Event, Membership, Message, Person, Room};
use crate::table::Generated;

/// Generated rows of one table that stay in memory between two requests: a few megabytes.
const MAX_HELD_ROWS: usize = 20_000;

/// Spaces hold the keys of all their messages: a megabyte if there are many.
const MAX_HELD_SPACES: usize = 64;

/// The origin of a world.
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
        let (ids, count) = (*generator.ids(), generator.population().people());
        let generator = generator.clone();
        Generated::new(ids, count, MAX_HELD_ROWS, move |at| generator.person(at))
    }

    pub(super) fn rooms(generator: &Arc<Generator>) -> Generated<Room> {
        let (ids, count) = (*generator.ids(), generator.population().spaces());
        let generator = generator.clone();
        Generated::new(ids, count, MAX_HELD_SPACES, move |at| generator.space(at))
    }

    pub(super) fn memberships(generator: &Arc<Generator>) -> Generated<Membership> {
        let (ids, count) = (*generator.ids(), generator.memberships());
        let generator = generator.clone();
        Generated::new(ids, count, MAX_HELD_ROWS, move |at| {
            generator.membership(at)
        })
    }

    pub(super) fn messages(generator: &Arc<Generator>) -> Generated<Message> {
        let (ids, count) = (*generator.ids(), generator.population().messages());
        let generator = generator.clone();
        Generated::new(ids, count, MAX_HELD_ROWS, move |at| generator.message(at))
    }

    pub(super) fn events(generator: &Arc<Generator>) -> Generated<Event> {
        let (ids, count) = (*generator.ids(), generator.population().messages());
        let generator = generator.clone();
        Generated::new(ids, count, MAX_HELD_ROWS, move |at| generator.event(at))
    }
}
