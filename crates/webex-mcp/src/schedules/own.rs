//! The schedules of one owner: kept, seen and cancelled.

use futures::future::BoxFuture;
use jiff::Timestamp;
use uuid::Uuid;

use super::refusal::{credential_ends, process_ends, too_many, unknown, unreadable, unwritable};
use super::stored::{KIND, Stored};
use super::{Owner, Schedules, name};
use crate::error::CallError;
use crate::limits;
use crate::stores::records::Record;
use crate::stores::records::chain::timestamp;
use crate::stores::records::change::{RecordName, Refused};
use crate::tool::{self, Keeping, Scheduled, Wish};

/// The schedules of one owner.
#[derive(Debug)]
pub struct Own {
    schedules: Schedules,
    owner: Owner,
    prefix: String,
}

/// One of them, with its record.
struct Kept {
    record: Record,
    stored: Stored,
}

impl Own {
    pub(super) fn new(schedules: Schedules, owner: Owner) -> Self {
        Own {
            prefix: schedules.prefix(&owner.principal),
            schedules,
            owner,
        }
    }

    fn name(&self, id: String) -> RecordName {
        name(self.owner.tenant.as_str(), id)
    }

    /// Every record of this principal, whichever server and tool it is of.
    async fn records(&self) -> Result<Vec<Kept>, CallError> {
        let (records, tenant) = (self.schedules.records(), self.owner.tenant.as_str());
        let own = records.with_prefix(tenant, KIND, &self.prefix, limits::SCHEDULES_READ);
        let own = own.await.map_err(unreadable)?.into_iter();
        let kept = own.filter_map(|record| {
            let stored = Stored::read(&record)?;
            Some(Kept { record, stored })
        });
        Ok(kept.collect())
    }

    async fn one(&self, id: &str) -> Result<(RecordName, Kept), CallError> {
        let id = Uuid::try_parse(id.trim()).map_err(|_| unknown())?;
        let name = self.name(format!("{}{id}", self.prefix));
        let record = self.schedules.records().get(&name).await;
        let record = record.map_err(unreadable)?.ok_or_else(unknown)?;
        let stored = Stored::read(&record).ok_or_else(unknown)?;
        match stored.is_of(&self.owner) {
            true => Ok((name, Kept { record, stored })),
            false => Err(unknown()),
        }
    }

    fn seen(&self, Kept { record, stored }: Kept) -> Scheduled {
        let id = record.id.strip_prefix(&self.prefix).unwrap_or_default();
        stored.seen(id, self.schedules.now())
    }

    async fn write(&self, wish: Wish) -> Result<Keeping, CallError> {
        tool::Schedules::check(self)?;
        let is_fleeting = !self.schedules.records().is_durable();
        let id = self.id_of(&wish)?.to_string();
        let name = self.name(format!("{}{id}", self.prefix));
        let stored = Stored::new(&self.owner, wish);
        // Another process may keep the same at the same time.
        for _ in 0..limits::WORK_WRITE_ATTEMPTS {
            let found = self.schedules.records().get(&name).await;
            let found = found.map_err(unreadable)?;
            let version = found.as_ref().map_or(0, |record| record.version);
            if let Some(mut known) = found.as_ref().and_then(Stored::read)
                && known.ended_at.is_none()
            {
                // The sign-in of now lasts longer than that of before.
                if known.credential != stored.credential {
                    known.credential.clone_from(&stored.credential);
                    match self.schedules.put(&name, version, &known).await {
                        Ok(_) => {}
                        Err(Refused::Changed(_)) => continue,
                        Err(_) => break,
                    }
                }
                return Ok(Keeping {
                    scheduled: known.seen(&id, self.schedules.now()),
                    is_known: true,
                    is_fleeting,
                });
            }
            if version == 0 {
                self.make_room().await?;
            }
            match self.schedules.put(&name, version, &stored).await {
                Ok(_) => {
                    self.schedules.0.changed.notify_one();
                    return Ok(Keeping {
                        scheduled: stored.seen(&id, self.schedules.now()),
                        is_known: false,
                        is_fleeting,
                    });
                }
                Err(Refused::Changed(_)) => {}
                Err(_) => break,
            }
        }
        Err(unwritable())
    }

    /// The same wish has the same id: it is kept once, whichever processes hear it.
    fn id_of(&self, wish: &Wish) -> Result<Uuid, CallError> {
        let of = (
            &self.owner.principal.as_str(),
            &*self.owner.tool,
            &*self.owner.server,
        );
        let what = (of, &wish.arguments, &wish.times);
        let what = serde_json::to_vec(&what).map_err(CallError::internal)?;
        let digest = self.schedules.0.digests.digest(&what);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Ok(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// Where there are as many as there may be, the oldest of those that have ended go.
    async fn make_room(&self) -> Result<(), CallError> {
        let records = self.schedules.records();
        let tenant = self.owner.tenant.as_str();
        // The next after `/`, with which the prefix ends.
        let end = format!("{}0", self.prefix.trim_end_matches('/'));
        let count = records.count(tenant, KIND, (&self.prefix, &end)).await;
        if count.map_err(unreadable)? < limits::SCHEDULES_PER_PRINCIPAL {
            return Ok(());
        }
        let mut ended = self.records().await?;
        ended.retain(|kept| kept.stored.ended_at.is_some());
        ended.sort_by_key(|kept| kept.stored.ended_at);
        if ended.is_empty() {
            return Err(too_many());
        }
        for Kept { record, .. } in ended.iter().take(limits::SCHEDULES_FORGOTTEN_AT_ONCE) {
            let _ = records
                .delete(&self.name(record.id.clone()), record.version)
                .await;
        }
        Ok(())
    }

    async fn stop(&self, id: &str) -> Result<Scheduled, CallError> {
        // The process that makes a call of it may write its record at the same time.
        for _ in 0..limits::WORK_WRITE_ATTEMPTS {
            let (name, mut kept) = self.one(id).await?;
            if kept.stored.ended_at.is_some() {
                return Ok(self.seen(kept));
            }
            kept.stored.cancel(self.schedules.now());
            match self
                .schedules
                .put(&name, kept.record.version, &kept.stored)
                .await
            {
                Ok(_) => return Ok(self.seen(kept)),
                Err(Refused::Changed(_)) => {}
                Err(_) => break,
            }
        }
        Err(unwritable())
    }
}

impl tool::Schedules for Own {
    fn now(&self) -> Timestamp {
        timestamp(self.schedules.now())
    }

    fn check(&self) -> Result<(), CallError> {
        match (self.schedules.0.makes_calls, self.owner.is_lasting) {
            (false, _) => Err(process_ends()),
            (true, false) => Err(credential_ends()),
            (true, true) => Ok(()),
        }
    }

    fn keep(&self, wish: Wish) -> BoxFuture<'_, Result<Keeping, CallError>> {
        Box::pin(self.write(wish))
    }

    fn all(&self) -> BoxFuture<'_, Result<Vec<Scheduled>, CallError>> {
        Box::pin(async move {
            let mut all = self.records().await?;
            all.retain(|kept| kept.stored.is_of(&self.owner));
            all.sort_by_key(|Kept { stored, .. }| match stored.ended_at {
                None => (false, stored.times.first().copied().unwrap_or_default()),
                Some(at) => (true, -at),
            });
            Ok(all.into_iter().map(|kept| self.seen(kept)).collect())
        })
    }

    fn look<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Scheduled, CallError>> {
        Box::pin(async move {
            let (_, kept) = self.one(id).await?;
            Ok(self.seen(kept))
        })
    }

    fn cancel<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Scheduled, CallError>> {
        Box::pin(self.stop(id))
    }
}
