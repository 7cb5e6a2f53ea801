//! Looking for an earlier call: by its key, or by being the identical call to one whose answer
//! nobody got.

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
use crate::stores::records::change::{Change, Digest, Kept, KeyRow, KeyState, Outcome, Refused};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recall {
    /// Nothing: this call may run.
    New,
    /// It ended, and this was its answer.
    Kept {
        call: String,
        at: Timestamp,
        code: String,
        /// Absent where it was too long, or had to make room.
        answer: Option<Vec<u8>>,
        ids: Vec<String>,
        by: By,
    },
    /// The key was used for something else.
    KeyOfOtherArguments,
    /// A process that lives runs it at this moment.
    InFlight { since: Timestamp },
    /// Its process ended, or Webex did not answer: it may have been done.
    Unknown {
        call: String,
        at: Timestamp,
        /// The operations that were begun, each with its target.
        began: Vec<String>,
        /// The answer that was kept for it, if its process lived to make one.
        answer: Option<Vec<u8>>,
        ids: Vec<String>,
        by: By,
    },
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
    /// of the identical call that nobody got; that one is handed over once.
    ///
    /// # Errors
    /// The records cannot be read, or what was found cannot be taken.
    pub async fn recall(&self, asked: &Asked) -> Result<Recall, Unavailable> {
        match asked.key_digest(&self.0.digests) {
            Some(key) => self.recall_key(asked, key).await,
            None => self.recall_identical(asked).await,
        }
    }

    async fn recall_key(&self, asked: &Asked, key: Digest) -> Result<Recall, Unavailable> {
        self.wait_for(&key).await;
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
        let since = timestamp(row.at);
        Ok(match row.state {
            KeyState::Open { .. } => Recall::InFlight { since },
            KeyState::Settled(outcome) => self.recalled(
                asked,
                Kept {
                    identical: key,
                    call: row.call,
                    at: row.at,
                    outcome,
                },
                By::Key,
            ),
        })
    }

    async fn recall_identical(&self, asked: &Asked) -> Result<Recall, Unavailable> {
        let identical = asked.identical(&self.0.digests);
        self.wait_for(&identical).await;
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
        let take = Change::Take {
            identical,
            call: kept.call,
            entry: entry.to_bytes(),
        };
        match self.0.records.commit(take).await {
            Ok(()) => Ok(self.recalled(asked, kept, By::Undelivered)),
            Err(Refused::Unavailable) => Err(Unavailable),
            // Somebody was faster: that one was told.
            Err(_) => Ok(Recall::New),
        }
    }

    /// An outcome of this call that is on its way to the disk is written first.
    async fn wait_for(&self, digest: &Digest) {
        if self.0.unwritten.holds(digest) {
            self.flush().await;
        }
    }

    fn recalled(&self, asked: &Asked, kept: Kept, by: By) -> Recall {
        let Outcome {
            is_unknown,
            code,
            ids,
            answer,
            began,
        } = kept.outcome;
        let name = answer_name(asked.tenant.as_str(), kept.call);
        let answer = answer.and_then(|sealed| self.0.records.unseal(&name, &sealed).ok());
        let (call, at) = (kept.call.to_string(), timestamp(kept.at));
        if is_unknown {
            return Recall::Unknown {
                call,
                at,
                began,
                answer,
                ids,
                by,
            };
        }
        Recall::Kept {
            call,
            at,
            code,
            answer,
            ids,
            by,
        }
    }
}

const _: () = assert!(limits::JOURNAL_UNDELIVERED_SECONDS < limits::JOURNAL_KEY_SECONDS);
