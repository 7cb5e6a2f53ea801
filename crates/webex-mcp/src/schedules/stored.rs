//! The record of a schedule.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Owner;
use crate::limits;
use crate::stores::records::Record;
use crate::stores::records::chain::timestamp;
use crate::tool::{Fate, Past, Scheduled, State, Wish};

/// The kind of private records.
pub const KIND: &str = "schedule";

/// Times are milliseconds since 1970.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stored {
    pub principal: String,
    /// The tag of the credential that it was made with.
    #[serde(default)]
    pub credential: String,
    pub server: Arc<str>,
    pub tool: String,
    /// The rules under which it was agreed to.
    pub policy_version: String,
    pub arguments: Map<String, Value>,
    zone: String,
    rule: Option<String>,
    title: Option<String>,
    /// Those that are left; the first is the next.
    pub times: Vec<i64>,
    /// When the call of the first time is tried again, after it could not be made.
    again_at: Option<i64>,
    pub lease: Option<Lease>,
    sent: u32,
    not_sent: u32,
    /// The last ones that are over, the newest at the end.
    recent: Vec<Past>,
    is_cancelled: bool,
    pub ended_at: Option<i64>,
}

/// A process makes the call of the first time. After `until`, others look what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub process: Uuid,
    pub until: i64,
}

impl Stored {
    pub fn new(owner: &Owner, wish: Wish) -> Self {
        Stored {
            principal: owner.principal.as_str().to_owned(),
            credential: owner.credential.as_str().to_owned(),
            server: owner.server.clone(),
            tool: owner.tool.to_string(),
            policy_version: owner.policy_version.to_string(),
            arguments: wish.arguments,
            zone: wish.zone,
            rule: wish.rule,
            title: wish.title,
            times: wish
                .times
                .iter()
                .map(|time| time.as_millisecond())
                .collect(),
            again_at: None,
            lease: None,
            sent: 0,
            not_sent: 0,
            recent: Vec::new(),
            is_cancelled: false,
            ended_at: None,
        }
    }

    pub fn read(record: &Record) -> Option<Self> {
        serde_json::from_slice(&record.content).ok()
    }

    /// When somebody has to see to it: to make a call, or to delete it some time after its end.
    pub fn due(&self) -> i64 {
        if let Some(ended_at) = self.ended_at {
            return ended_at + limits::SCHEDULE_KEPT_SECONDS * 1_000;
        }
        let next = self.lease.map(|lease| lease.until).or(self.again_at);
        next.or_else(|| self.times.first().copied())
            .unwrap_or_default()
    }

    pub fn is_of(&self, owner: &Owner) -> bool {
        self.principal == owner.principal.as_str()
            && self.tool == *owner.tool
            && (!owner.is_scoped || self.server == owner.server)
    }

    /// Whether a time lies too far in the past to make its call.
    pub fn is_late(time: i64, now: i64) -> bool {
        now - time > limits::SCHEDULE_LATE_SECONDS * 1_000
    }

    /// Takes the times out whose calls are not made any more.
    pub fn miss(&mut self, now: i64, why: &str) {
        while let Some(&time) = self.times.first()
            && Stored::is_late(time, now)
        {
            self.past(time, Fate::Missed(why.to_owned()), now);
        }
    }

    /// The call of `time` is over, and goes on with the next.
    pub fn past(&mut self, time: i64, fate: Fate, now: i64) {
        self.lease = None;
        self.again_at = None;
        match fate {
            Fate::Done(_) => self.sent = self.sent.saturating_add(1),
            _ => self.not_sent = self.not_sent.saturating_add(1),
        }
        let due = timestamp(time);
        if self.recent.len() >= limits::SCHEDULE_RECENT_KEPT {
            self.recent.remove(0);
        }
        self.recent.push(Past { due, fate });
        self.times.retain(|left| *left != time);
        if self.times.is_empty() {
            self.ended_at.get_or_insert(now);
        }
    }

    /// The call of the first time could not be made; it is tried again, or missed by then.
    pub fn try_again(&mut self, at: i64, now: i64, why: &str) {
        let Some(&time) = self.times.first() else {
            return;
        };
        match Stored::is_late(time, at) {
            true => self.past(time, Fate::Missed(why.to_owned()), now),
            false => {
                self.lease = None;
                self.again_at = Some(at);
            }
        }
    }

    /// Nobody can make its calls any more: the first is noted as refused, and the others are not made.
    pub fn give_up(&mut self, time: i64, why: &str, now: i64) {
        self.past(time, Fate::Refused(why.to_owned()), now);
        self.times.clear();
        self.ended_at.get_or_insert(now);
    }

    pub fn cancel(&mut self, now: i64) {
        if self.ended_at.is_none() {
            self.is_cancelled = true;
            self.ended_at = Some(now);
        }
    }

    /// As its owner sees it.
    pub fn seen(mut self, id: &str, now: i64) -> Scheduled {
        let is_running = self.lease.is_some_and(|lease| lease.until > now);
        // Nobody sees to one that was cancelled while its last call was being made.
        if let (Some(ended_at), false, Some(_), Some(&time)) =
            (self.ended_at, is_running, self.lease, self.times.first())
        {
            self.past(time, Fate::Unknown, ended_at);
        }
        let state = match (is_running, self.is_cancelled, self.ended_at) {
            (true, _, _) => State::Running,
            (_, true, _) => State::Cancelled,
            (_, _, Some(_)) => State::Ended,
            (_, _, None) => State::Waiting,
        };
        let times = self.times.into_iter().map(timestamp);
        let left: Vec<Timestamp> = match self.is_cancelled {
            true => Vec::new(),
            false => times.collect(),
        };
        Scheduled {
            id: id.to_owned(),
            wish: Wish {
                arguments: self.arguments,
                times: left,
                zone: self.zone,
                rule: self.rule,
                title: self.title,
            },
            state,
            sent: self.sent,
            not_sent: self.not_sent,
            recent: self.recent,
        }
    }
}
