//! Looks for an earlier call with the same key, or for an identical call whose answer was not
//! delivered.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::entry::{Entry, Kind, short};
use super::intent::Intent;
use super::{DurableKey, Journal, Unavailable};
use crate::identity::{Principal, Tenant};
use crate::limits;
use crate::stores::records::RecordStore as _;
use crate::stores::records::chain::timestamp;
use crate::stores::records::change::{Change, Digest, Kept, KeyRow, KeyState, Outcome};
use crate::stores::records::envelopes::answer_name;

/// The properties by which an earlier call is found.
#[derive(Debug, Clone)]
pub struct Asked {
    pub tenant: Tenant,
    pub principal: Principal,
    pub client: Option<Arc<str>>,
    /// The virtual server.
    pub server: Arc<str>,
    pub tool: Arc<str>,
    /// The result of [`DurableKey::digest`].
    pub arguments_digest: [u8; 32],
    /// The caller's idempotency key. If there is one, only it counts.
    pub key: Option<String>,
}

/// How an earlier call was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Key,
    /// It was identical, and its answer was not delivered.
    Undelivered,
}

/// What is known about an earlier call.
#[derive(Debug)]
pub enum Recall {
    /// There is none: this call may run.
    New,
    /// It ended, and this was its answer.
    Kept {
        at: Timestamp,
        code: String,
        /// `None` where the answer was too long or had to make room for others.
        answer: Option<Vec<u8>>,
        ids: Vec<String>,
        by: By,
        /// Set for [`By::Undelivered`].
        hand_over: Option<HandOver>,
    },
    /// The key was used for other arguments.
    KeyOfOtherArguments,
    /// A living process is running it now.
    InFlight { since: Timestamp },
    /// Its process ended, or Webex did not answer: it may have been done.
    Unknown {
        call: Uuid,
        at: Timestamp,
        /// The operations that were begun, each with its target.
        began: Vec<String>,
        ids: Vec<String>,
        /// Set where an identical call was found.
        hand_over: Option<HandOver>,
    },
}

/// An outcome on its way to an identical call. If it is dropped before [`HandOver::done`], the
/// outcome stays, and the next identical call gets it.
#[derive(Debug)]
#[must_use = "an outcome is handed over again until its delivery is reported"]
pub struct HandOver {
    journal: Journal,
    identical: Digest,
    /// Removes the outcome and records that it was handed over.
    change: Change,
}

impl HandOver {
    /// The outcome has arrived. This goes along with the next commit and nobody waits for it. If
    /// too many changes are waiting for the disk, the outcome stays and may be handed over once
    /// more.
    pub fn done(self) {
        // The next identical call is a new one, and waits for the commit to find that out.
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

    /// The key, bound to the principal that may use it.
    pub(super) fn key_digest(&self, digests: &DurableKey) -> Option<Digest> {
        let key = self.key.as_deref()?;
        Some(digests.of(&[
            b"key",
            self.tenant.as_str().as_bytes(),
            self.principal.as_str().as_bytes(),
            key.as_bytes(),
        ]))
    }

    /// A digest of what calls with the same key must have in common.
    pub(super) fn arguments(&self, digests: &DurableKey) -> Digest {
        digests.of(&[
            b"arguments",
            self.server.as_bytes(),
            self.tool.as_bytes(),
            &self.arguments_digest,
        ])
    }

    /// A digest of what identical calls have in common.
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
    /// Looks for an earlier call with the same key. Without a key, looks for the oldest undelivered
    /// outcome of an identical call; it stays until [`HandOver::done`].
    ///
    /// # Errors
    /// The records cannot be read, or a pending change that the answer depends on cannot be written
    /// yet.
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
        Ok(self.recalled(Kept { call, at, outcome }, None).await)
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
        Ok(self.recalled(kept, Some(hand_over)).await)
    }

    /// Waits until pending changes about this call are written. While they cannot be, the disk's
    /// state of the call is outdated.
    async fn wait_for(&self, digest: &Digest) -> Result<(), Unavailable> {
        match self.0.unwritten.holds(digest) {
            true => self.0.records.store().flush().await,
            false => Ok(()),
        }
    }

    async fn recalled(&self, kept: Kept, hand_over: Option<HandOver>) -> Recall {
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
                call: kept.call,
                at,
                began,
                ids,
                hand_over,
            };
        }
        let name = answer_name(kept.call);
        let answer = match answer {
            Some(sealed) => self.0.records.unseal(&name, &sealed).await.ok(),
            None => None,
        };
        Recall::Kept {
            at,
            code,
            answer,
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
