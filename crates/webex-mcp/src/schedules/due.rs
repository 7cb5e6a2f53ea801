//! Schedules whose time has come: taken by one process, and written down once their call is over.

use std::time::Duration;

use serde_json::{Map, Value};

use super::refusal::SERVER_WAS_DOWN;
use super::stored::{KIND, Lease, Stored};
use super::{Schedules, name};
use crate::error::{CallError, Code};
use crate::identity::{Absentee, CredentialTag, Principal, Tenant};
use crate::limits;
use crate::stores::records::change::{RecordName, Refused, Unavailable};
use crate::stores::records::{Record, RecordStore as _};
use crate::tool::Fate;

/// What one look found.
#[derive(Debug)]
pub struct Found {
    pub due: Vec<Due>,
    /// How long until the next look is needed, where no call was made after this one.
    pub wait: Duration,
}

/// A schedule whose call is to be made now. Nothing is written before [`Schedules::take`].
#[derive(Debug)]
pub struct Due {
    name: RecordName,
    version: u64,
    stored: Stored,
    time: i64,
}

impl Due {
    /// Whose schedule it is.
    pub fn owner(&self) -> Absentee {
        Absentee {
            tenant: Tenant::new(self.name.tenant.as_str()),
            principal: Principal::new(self.stored.principal.as_str()),
            credential: CredentialTag::new(self.stored.credential.as_str()),
        }
    }

    pub fn server(&self) -> &str {
        &self.stored.server
    }

    pub fn tool(&self) -> &str {
        &self.stored.tool
    }

    pub fn policy_version(&self) -> &str {
        &self.stored.policy_version
    }

    pub fn arguments(&self) -> Map<String, Value> {
        self.stored.arguments.clone()
    }

    /// The schedule's id, as its owner knows it.
    pub fn id(&self) -> &str {
        let id = self.name.id.rsplit_once('/');
        id.map_or(self.name.id.as_str(), |(_, id)| id)
    }

    /// The key of this call: whichever process makes it, the journal lets it happen once.
    pub fn key(&self) -> String {
        format!("schedule {} {}", self.id(), self.time)
    }
}

impl Schedules {
    /// The schedules that this process may see to now.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn due(&self) -> Result<Found, Unavailable> {
        let now = self.now();
        // What a dead process took is due when its lease ends, and can be taken before.
        let until = now + limits::SCHEDULE_LEASE_SECONDS * 1_000;
        let rows = self.records().due(KIND, until).await?;
        let mut found = Found {
            due: Vec::new(),
            wait: Duration::from_secs(limits::SCHEDULES_LOOK_SECONDS),
        };
        for row in rows {
            let Some(due) = self.unless_old(row, now).await else {
                continue;
            };
            let is_free = match due.stored.lease {
                Some(lease) if lease.until > now => {
                    !self.records().store().is_alive(lease.process).await?
                }
                _ => due.stored.due() <= now,
            };
            if is_free {
                found.due.push(due);
            } else {
                let wait = u64::try_from(due.stored.due() - now).unwrap_or_default();
                found.wait = found.wait.min(Duration::from_millis(wait));
            }
        }
        Ok(found)
    }

    /// A row that waits for its time. One that ended long ago is deleted.
    async fn unless_old(&self, (tenant, record): (String, Record), now: i64) -> Option<Due> {
        let stored = Stored::read(&record)?;
        let version = record.version;
        let name = name(&tenant, record.id);
        if stored.ended_at.is_none() {
            let time = *stored.times.first()?;
            return Some(Due {
                name,
                version,
                stored,
                time,
            });
        }
        if stored.due() <= now {
            let _ = self.records().delete(&name, version).await;
        }
        None
    }

    /// Writes down what it is too late for; then there is no call to make, and this gives `None`.
    pub async fn unless_late(&self, due: Due) -> Option<Due> {
        let now = self.now();
        if !Stored::is_late(due.time, now) {
            return Some(due);
        }
        let mut stored = due.stored;
        if stored.lease.is_some() {
            // Its call was begun, and the journal may have forgotten what became of it.
            stored.past(due.time, Fate::Unknown, now);
        }
        stored.miss(now, SERVER_WAS_DOWN);
        // Where another process was faster, it has written the same.
        let _ = self.put(&due.name, due.version, &stored).await;
        None
    }

    /// Ends a schedule whose calls nobody can make any more.
    pub async fn give_up(&self, due: Due, why: &CallError) {
        let mut stored = due.stored;
        stored.give_up(due.time, &why.message, self.now());
        // Where another process was faster, it has written the same.
        let _ = self.put(&due.name, due.version, &stored).await;
    }

    /// Takes the lease; `None` where another process was faster.
    pub async fn take(&self, due: Due) -> Option<Due> {
        let mut stored = due.stored;
        stored.lease = Some(Lease {
            process: self.process(),
            until: self.now() + limits::SCHEDULE_LEASE_SECONDS * 1_000,
        });
        match self.put(&due.name, due.version, &stored).await {
            Ok(version) => Some(Due {
                version,
                stored,
                ..due
            }),
            Err(Refused::Unavailable) => {
                tracing::warn!("a scheduled call waits: the records cannot be written");
                None
            }
            Err(_) => None,
        }
    }

    /// Writes down what became of the call, with the id of what it made.
    pub async fn finish(&self, due: Due, outcome: Result<Option<String>, CallError>) {
        let now = self.now();
        let change = |stored: &mut Stored| match &outcome {
            Ok(id) => stored.past(due.time, Fate::Done(id.clone()), now),
            Err(error) => match error.code {
                Code::OutcomeUnknown => stored.past(due.time, Fate::Unknown, now),
                // Nothing was begun, and the server stops: the next process need not wait.
                Code::Cancelled => stored.try_again(now, now, &error.message),
                // Webex has certainly not done it. Where it may have, the code is another one: it is
                // not made twice.
                Code::RateLimited
                | Code::Locked
                | Code::Unavailable
                | Code::Timeout
                | Code::Conflict => {
                    let wait = error.retry_after.unwrap_or_default();
                    let wait = wait.max(Duration::from_secs(limits::SCHEDULE_AGAIN_SECONDS));
                    let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
                    stored.try_again(now.saturating_add(wait), now, &error.message);
                }
                _ => stored.past(due.time, Fate::Refused(error.message.to_string()), now),
            },
        };
        let (mut version, mut stored) = (due.version, due.stored);
        let lease = stored.lease;
        for _ in 0..limits::WORK_WRITE_ATTEMPTS {
            change(&mut stored);
            let Err(Refused::Changed(_)) = self.put(&due.name, version, &stored).await else {
                return;
            };
            // Its owner has cancelled it meanwhile; or the lease has ended, and another process asks
            // the journal what became of the call.
            let Ok(Some(record)) = self.records().get(&due.name).await else {
                return;
            };
            let Some(current) = Stored::read(&record) else {
                return;
            };
            if current.lease != lease {
                return;
            }
            (version, stored) = (record.version, current);
        }
    }
}
