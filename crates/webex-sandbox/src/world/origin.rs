//! A world before anybody does anything in it: a function of these few values.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::population::{Generator, Population};
use crate::table::{Generated, Row, Table};

/// Generated rows of one table that stay in memory between two requests: a few megabytes.
pub(super) const MAX_HELD_ROWS: usize = 20_000;

/// Spaces hold the keys of all their messages: a megabyte if there are many.
pub(super) const MAX_HELD_SPACES: usize = 64;

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

    /// A table that begins with generated rows, if there are any.
    pub(super) fn table<R: Row + 'static>(
        &self,
        generator: &Option<Arc<Generator>>,
        max_held_rows: usize,
        count: fn(&Generator) -> u32,
        make: fn(&Generator, u32) -> R,
    ) -> Table<R> {
        let generated = generator.clone().map(|all| {
            let (ids, count) = (all.ids, count(&all));
            Generated::new(ids, count, max_held_rows, move |at| make(&all, at))
        });
        Table::on(self.namespace(), generated)
    }
}
