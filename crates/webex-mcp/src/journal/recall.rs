//! Looks for an earlier call: by its key, or because the identical call did not get its answer.

use std::sync::Arc;

use jiff::Timestamp;

use super::call::answer_name;
use super::entry::{Entry, Kind, short};
use super::intent::Intent;
use super::{DurableKey, Journal, Unavailable};
use crate::identity::{Principal, Tenant};
use crate::limits;
use crate::stores::records::RecordStore as _;
use crate::stores::records::chain::timestamp;
use crate::stores::records::change::{Change, Digest, Kept, KeyRow, KeyState, Outcome};

/// What a call is found again by.
#[derive(Debug, Clone)]
pub struct Asked {
    pub tenant: Tenant,
    pub principal: Principal,
    pub client: Option<Arc<str>>,
    /// The virtual server.
    pub server: Arc<str>,
    pub tool: Arc<str>,
    /// Of [`DurableKey::digest`].
    pub arguments_digest: [u8; 32],
    /// The caller's idempotency key. Where there is one, only it counts.
    pub key: Option<String>,
}

/// What led to an earlier call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Key,
    /// It was the identical call, and nobody had got its answer.
    Undelivered,
}

/// What is known of an earlier call.
#[derive(Debug)]
pub enum Recall {
    /// Nothing: this call may run.
    New,
    /// It ended, and this was its answer.
    Kept {
        at: Timestamp,
        code: String,
        /// Absent where it was too long, or had to make room.
        answer: Option<Vec<u8>>,
        ids: Vec<String>,
        by: By,
        /// Present where it is [`By::Undelivered`].
        hand_over: Option<HandOver>,
    },
    /// The key was used for something else.
    KeyOfOtherArguments,
    /// A process that lives runs it at this moment.
    InFlight { since: Timestamp },
    /// Its process ended, or Webex did not answer: it may have been done.
    Unknown {
        at: Timestamp,
        /// The operations that were begun, each with its target.
        began: Vec<String>,
        ids: Vec<String>,
        /// Present where it was the identical call that was found.
        hand_over: Option<HandOver>,
    },
}

/// An outcome on its way to the identical call. Where it is dropped before [`HandOver::done`], the
/// outcome stays, and the next identical call is told.
#[derive(Debug)]
#[must_use = "an outcome is handed over again until its delivery is reported"]
pub struct HandOver {
    journal: Journal,
    identical: Digest,
    /// Takes the outcome away, and writes down that somebody has it.
    change: Change,
}

impl HandOver {
    /// Somebody has it now. It rides the next commit and is not waited for; where very many changes
    /// wait for the disk, the outcome stays and may be told once more.
    pub fn done(self) {
        // The next identical call is a new one, and waits for the commit to see that.
        self.journal.ride_as_note(Some(self.identical), self.change);
    }
}

impl Asked {
    pub(super) fn of(intent: &Intent) -> Self {
        Asked {
            tenant: intent.tenant.clone(),
            principal: intent.principal.clone(),
            client: intent.client.clone(),
            server: intent.server.clone(),
            tool: intent.tool.clone(),
            arguments_digest: intent.arguments_digest,
            key: intent.key.clone(),
        }
    }

    /// The key, bound to who may use it.
    pub(super) fn key_digest(&self, digests: &DurableKey) -> Option<Digest> {
        let key = self.key.as_deref()?;
        Some(digests.of(&[
            b"key",
            self.tenant.as_str().as_bytes(),
            self.principal.as_str().as_bytes(),
            key.as_bytes(),
        ]))
    }

    /// What calls with one key have in common.
    pub(super) fn arguments(&self, digests: &DurableKey) -> Digest {
        digests.of(&[
            b"arguments",
            self.server.as_bytes(),
            self.tool.as_bytes(),
            &self.arguments_digest,
        ])
    }

    /// What identical calls have in common.
    pub(super) fn identical(&self, digests: &DurableKey) -> Digest {
        digests.of(&[
            b"identical",
            self.tenant.as_str().as_bytes(),
            self.principal.as_str().as_bytes(),
            self.server.as_bytes(),
            self.client.as_deref().unwrap_or_default().as_bytes(),
            self.tool.as_bytes(),
            &self.arguments_digest,
        ])
    }
}

impl Journal {
    /// Looks for an earlier call with the same key or, where the caller brings none, for an outcome
    /// of the identical call that nobody got: the oldest, which stays until [`HandOver::done`].
    ///
    /// # Errors
    /// The records cannot be read, or what is to be found cannot be written yet.
    pub async fn recall(&self, asked: &Asked) -> Result<Recall, Unavailable> {
        match asked.key_digest(&self.0.digests) {
            Some(key) => self.recall_key(asked, key).await,
            None => self.recall_identical(asked).await,
        }
    }

    async fn recall_key(&self, asked: &Asked, key: Digest) -> Result<Recall, Unavailable> {
        self.wait_for(&key).await?;
        let store = self.0.records.store();
        let mut row = store.key(key, self.0.records.clock().now()).await?;
        if let Some(KeyRow {
            state: KeyState::Open { process },
            ..
        }) = row
            && !store.is_alive(process).await?
        {
            self.recover_from(process).await?;
            row = store.key(key, self.0.records.clock().now()).await?;
        }
        let Some(row) = row else {
            return Ok(Recall::New);
        };
        if row.arguments != asked.arguments(&self.0.digests) {
            return Ok(Recall::KeyOfOtherArguments);
        }
        let outcome = match row.state {
            KeyState::Open { .. } => {
                let since = timestamp(row.at);
                return Ok(Recall::InFlight { since });
            }
            KeyState::Settled(outcome) => outcome,
        };
        let (call, at) = (row.call, row.at);
        Ok(self.recalled(asked, Kept { call, at, outcome }, None))
    }

    async fn recall_identical(&self, asked: &Asked) -> Result<Recall, Unavailable> {
        let identical = asked.identical(&self.0.digests);
        self.wait_for(&identical).await?;
        let store = self.0.records.store();
        for process in store.dead_runners(Some(identical)).await? {
            self.recover_from(process).await?;
        }
        let found = store.kept(identical, self.0.records.clock().now()).await?;
        let Some(kept) = found else {
            return Ok(Recall::New);
        };
        let entry = Entry {
            kind: Kind::HandedOver,
            at: self.now(),
            call: Some(kept.call),
            tenant: short(asked.tenant.as_str()),
            principal: short(asked.principal.as_str()),
            client: asked.client.as_deref().and_then(short),
            server: short(&asked.server),
            tool: short(&asked.tool),
            outcome: short(&kept.outcome.code),
            ..Entry::default()
        };
        let hand_over = HandOver {
            journal: self.clone(),
            identical,
            change: Change::HandedOver {
                identical,
                call: kept.call,
                entry: entry.to_bytes(),
            },
        };
        Ok(self.recalled(asked, kept, Some(hand_over)))
    }

    /// What is on its way to the disk about this call is written first; while it cannot be, what the
    /// disk says of the call is not true.
    async fn wait_for(&self, digest: &Digest) -> Result<(), Unavailable> {
        match self.0.unwritten.holds(digest) {
            true => self.0.records.store().flush().await,
            false => Ok(()),
        }
    }

    fn recalled(&self, asked: &Asked, kept: Kept, hand_over: Option<HandOver>) -> Recall {
        let Outcome {
            is_unknown,
            code,
            ids,
            answer,
            began,
        } = kept.outcome;
        let at = timestamp(kept.at);
        if is_unknown {
            return Recall::Unknown {
                at,
                began,
                ids,
                hand_over,
            };
        }
        let name = answer_name(asked.tenant.as_str(), kept.call);
        Recall::Kept {
            at,
            code,
            answer: answer.and_then(|sealed| self.0.records.unseal(&name, &sealed).ok()),
            ids,
            by: match hand_over {
                Some(_) => By::Undelivered,
                None => By::Key,
            },
            hand_over,
        }
    }
}

const _: () = assert!(limits::JOURNAL_UNDELIVERED_SECONDS < limits::JOURNAL_KEY_SECONDS);
