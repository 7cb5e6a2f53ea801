//! When clients and tokens were last used, as their owner sees it.

use std::sync::atomic::Ordering;

use uuid::Uuid;

use super::Broker;
use super::connected::Connected;
use crate::limits;

impl Broker {
    /// Writes down that a connection is used now, at most once a minute and beside the request. What
    /// finds no place is written at a later use.
    pub(super) fn note_use(&self, id: Uuid, connected: &Connected) {
        let is_due = self.now() - connected.used_at >= limits::USE_WRITTEN_SECONDS * 1_000;
        if !is_due || connected.is_noted.swap(true, Ordering::Relaxed) {
            return;
        }
        if let Ok(place) = self.0.noting.clone().try_acquire_owned() {
            let broker = self.clone();
            tokio::spawn(async move {
                broker.write_use(id).await;
                drop(place);
            });
        }
    }

    /// If others write the record at the same moment, they write a use too.
    async fn write_use(&self, id: Uuid) {
        if let Ok(Some(mut found)) = self.connection(id).await {
            found.connection.used_at = self.now();
            let version = found.record.version;
            let _ = self.put_connection(id, version, &found.connection).await;
        }
    }
}
