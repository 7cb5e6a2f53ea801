//! When the operator last changed the table of a client, `[broker.clients.<id>]`. What the client was
//! given before has ended, and stays ended when an old table is put back.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Broker, hashed};
use crate::limits;
use crate::stores::records::Record;
use crate::stores::records::change::{RecordName, Refused as NotWritten, Unavailable};

/// The kind of the private records.
const KIND: &str = "client-table";
/// The terms of a client whose table was removed.
const REMOVED: &str = "";

/// The record of a client's table.
#[derive(Serialize, Deserialize)]
struct Stored {
    id: String,
    /// See [`Known::terms`](super::known::Known::terms).
    terms: String,
    /// When these began, in milliseconds since 1970; 0 where they were there from the beginning.
    since: i64,
}

/// Since when each client of the configuration has its terms.
pub(super) type Since = HashMap<String, i64>;

impl Stored {
    fn read(record: &Record) -> Option<Self> {
        serde_json::from_slice(&record.content).ok()
    }
}

impl Broker {
    /// Writes down which tables the configuration has now. A server does so before it serves; commands
    /// beside it do not, as they may run with another configuration.
    ///
    /// # Errors
    /// The records cannot be read or written.
    pub async fn note_tables(&self) -> Result<(), Unavailable> {
        let clients = &self.0.settings.clients;
        for (id, known) in clients {
            self.note_table(id, known.terms()).await?;
        }
        let mut after = String::new();
        loop {
            let page = self.0.records.list("", KIND, &after).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after.clone_from(&last.id);
            for stored in page.iter().filter_map(Stored::read) {
                if !clients.contains_key(&stored.id) {
                    self.note_table(&stored.id, REMOVED.to_owned()).await?;
                }
            }
        }
    }

    async fn note_table(&self, id: &str, terms: String) -> Result<(), Unavailable> {
        let name = name(id);
        for _ in 0..limits::BROKER_WRITE_ATTEMPTS {
            let record = self.0.records.get(&name).await?;
            let (version, before) = match &record {
                Some(record) => (record.version, Stored::read(record)),
                None => (0, None),
            };
            if before.is_some_and(|before| before.terms == terms) {
                return Ok(());
            }
            let stored = Stored {
                id: id.to_owned(),
                terms: terms.clone(),
                since: record.map_or(0, |_| self.now()),
            };
            let content = serde_json::to_vec(&stored).map_err(|_| Unavailable)?;
            match self.0.records.put(&name, version, &content).await {
                Ok(_) => return Ok(()),
                Err(NotWritten::Unavailable) => break,
                // Another process notes the same.
                Err(_) => {}
            }
        }
        Err(Unavailable)
    }

    /// When the terms of this client began; what it was given before has ended.
    pub(super) async fn terms_since(&self, client_id: &str) -> Result<i64, Unavailable> {
        let since = self.0.tables.get_or_try_init(|| self.read_tables()).await?;
        Ok(since.get(client_id).copied().unwrap_or(0))
    }

    async fn read_tables(&self) -> Result<Since, Unavailable> {
        let mut all = Since::new();
        for (id, known) in &self.0.settings.clients {
            let record = self.0.records.get(&name(id)).await?;
            let since = match record.as_ref().and_then(Stored::read) {
                Some(stored) if stored.terms != known.terms() => self.now(),
                Some(stored) => stored.since,
                None => 0,
            };
            all.insert(id.clone(), since);
        }
        Ok(all)
    }
}

fn name(id: &str) -> RecordName {
    RecordName {
        tenant: String::new(),
        kind: KIND.to_owned(),
        id: hashed(id),
    }
}
