//! A server with tokens of its own, whose time passes when a test says so, and what it does by
//! itself meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures::future::BoxFuture;
use webex_sandbox::Options;

use super::World;
use super::world::secret;
use crate::auth::Absent;
use crate::call::Owners;
use crate::identity::{Absentee, Caller};
use crate::journal::Journal;
use crate::servers::VirtualServer;
use crate::stores::records::Clock;
use crate::stores::records::change::RecordName;
use crate::tool::Rules;

impl World {
    /// A world whose server has tokens of its own, at half past nine in Berlin on Monday, 5 January
    /// 2026, until [`World::pass`].
    pub fn with_schedules() -> Self {
        let start: jiff::Timestamp = "2026-01-05T08:30:00Z".parse().unwrap();
        let now = Arc::new(AtomicI64::new(start.as_millisecond()));
        let time = now.clone();
        let clock = Clock::new(move || time.load(Ordering::Relaxed));
        let mut world = World::built(Options::for_tests(), Rules::default(), None, |parts| {
            (parts.journal, parts.digests) = Journal::at(clock, &secret());
        });
        world.now = Some(now);
        world.is_lasting = true;
        world
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) {
        let now = self.now.as_ref().unwrap();
        now.fetch_add(seconds * 1_000, Ordering::Relaxed);
    }

    /// Makes the scheduled calls that are due, as a server does that keeps running.
    pub async fn make_due_calls(&self) -> usize {
        self.dispatcher.make_due_calls(self).await
    }

    /// Sets webhooks active again, as a server does that keeps running.
    pub async fn reactivate_webhooks(&self) {
        self.dispatcher.reactivate_webhooks(self).await;
    }

    /// Puts the records of schedules back as they are now: what is written about a call meanwhile is
    /// lost, as when its process is killed just before.
    pub async fn losing_notes<T>(&self, meanwhile: impl Future<Output = T>) -> T {
        let records = self.journal.records();
        let before = records.due("schedule", i64::MAX).await.unwrap();
        let found = meanwhile.await;
        for (tenant, record) in before {
            let name = RecordName {
                tenant,
                kind: "schedule".to_owned(),
                id: record.id,
            };
            let now = records.clock().now();
            let version = records.get(&name).await.unwrap().unwrap().version;
            let put = records.put_until(&name, version, &record.content, Some(now));
            put.await.unwrap();
        }
        found
    }
}

/// Everybody, where the server has tokens of its own.
impl Owners for World {
    fn find<'a>(
        &'a self,
        slug: &'a str,
        absentee: &'a Absentee,
    ) -> BoxFuture<'a, Result<(Arc<VirtualServer>, Caller), Absent>> {
        let is_it = *self.server.slug == *slug && self.is_lasting;
        let caller = || self.caller(absentee.principal.as_str());
        let found = is_it.then(|| (self.server.clone(), caller()));
        Box::pin(std::future::ready(found.ok_or(Absent::Elsewhere)))
    }
}
