//! What somebody missed, ranked: mentions, direct messages, replies in own threads, and the spaces
//! where most was said.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use webex::messages::Message;

use super::threads::{Own, root};
use crate::error::CallError;
use crate::limits::{BRIEF_MESSAGE_MAX_BYTES, CATCH_UP_SHOWN_OF_EACH};
use crate::tool::{ShortId, Theirs};
use crate::tools::messages::shown_text;
use crate::tools::workflows::news::{Active, News, Wanted, to_the_second};

#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CatchUp {
    pub(super) since: String,
    pub(super) mentions: Vec<Missed>,
    pub(super) direct_messages: Vec<Missed>,
    /// The latest reply in each thread of yours.
    pub(super) threads: Vec<Missed>,
    /// Those with the most messages of others.
    pub(super) spaces: Vec<Busy>,
    #[serde(flatten)]
    pub(super) left_out: LeftOut,
}

/// How many of each are not in the answer.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) more_mentions: usize,
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) more_direct_messages: usize,
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) more_threads: usize,
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) more_spaces: usize,
    /// With activity, but not looked into.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) spaces_not_read: usize,
    /// There may be still more of them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) more_not_seen: bool,
    /// Not every reply was read, or not every thread's beginning.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) threads_not_seen: bool,
}

impl LeftOut {
    /// Every space with activity was read.
    pub(super) fn no_space(&self) -> bool {
        self.spaces_not_read == 0 && !self.more_not_seen
    }
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// A message that somebody missed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Missed {
    pub(super) id: ShortId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parent_id: Option<ShortId>,
    pub(super) room_id: ShortId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) space: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<Theirs>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) has_files: bool,
    /// You wrote there since.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) answered: bool,
    /// Of a thread: how many are new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) replies: Option<usize>,
}

/// A space where much was said.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Busy {
    pub(super) room_id: ShortId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) space: Option<Theirs>,
    pub(super) messages: usize,
    /// There are more than were counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) has_more: bool,
    /// Who wrote them.
    pub(super) people: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) latest: Option<String>,
}

/// A message with its space, before the best are chosen.
struct Found<'n> {
    message: &'n Message,
    news: &'n News,
    is_answered: bool,
    replies: Option<usize>,
}

impl CatchUp {
    /// # Errors
    /// What kept the first space from being read, where none could be.
    pub fn new(
        mut all: Vec<News>,
        wanted: &Wanted,
        own: &Own,
        active: &Active,
    ) -> Result<Self, CallError> {
        let count = all.len();
        let (read, unread): (Vec<_>, Vec<_>) = all.drain(..).partition(|one| one.messages.is_ok());
        if count > 0
            && read.is_empty()
            && let Some(Err(error)) = unread.into_iter().next().map(|one| one.messages)
        {
            return Err(error);
        }
        let mut left_out = LeftOut {
            spaces_not_read: active.more + count - read.len(),
            more_not_seen: active.has_unseen,
            threads_not_seen: !own.is_whole
                || wanted.only_mentions
                || read.iter().any(|one| one.has_more),
            ..LeftOut::default()
        };
        let (mut mentions, mut direct, mut threads) = (Vec::new(), Vec::new(), Vec::new());
        for news in &read {
            let answers = Answers::of(news, wanted);
            let mut by_thread: HashMap<&str, (usize, &Message)> = HashMap::new();
            for message in news.messages.iter().flatten() {
                let found = |is_answered| Found {
                    message,
                    news,
                    is_answered,
                    replies: None,
                };
                if news.is_direct() {
                    direct.push(found(answers.in_space >= message.created));
                } else if wanted.mentions(message) {
                    mentions.push(found(answers.to(message)));
                } else if message.parent_id.is_some() && own.roots.contains(root(message)) {
                    by_thread.entry(root(message)).or_insert((0, message)).0 += 1;
                }
            }
            threads.extend(by_thread.into_values().map(|(replies, message)| Found {
                message,
                news,
                is_answered: answers.to(message),
                replies: Some(replies),
            }));
        }
        let mut spaces: Vec<_> = read.iter().filter_map(Busy::of).collect();
        spaces.sort_by_key(|one| Reverse((one.has_more, one.messages)));
        let by_name = |one: &Found<'_>| !wanted.mentions_me(one.message);
        Ok(CatchUp {
            since: to_the_second(wanted.since),
            mentions: ranked(mentions, by_name, &mut left_out.more_mentions),
            direct_messages: ranked(direct, |_| false, &mut left_out.more_direct_messages),
            threads: ranked(threads, |_| false, &mut left_out.more_threads),
            spaces: first(spaces, &mut left_out.more_spaces),
            left_out,
        })
    }
}

/// What is not answered comes first, then what is not `later`, then the newest.
fn ranked(
    mut all: Vec<Found<'_>>,
    later: impl Fn(&Found<'_>) -> bool,
    more: &mut usize,
) -> Vec<Missed> {
    all.sort_by_key(|one| (one.is_answered, later(one), Reverse(one.message.created)));
    let all = first(all, more);
    all.into_iter().map(Missed::from).collect()
}

fn first<T>(mut all: Vec<T>, more: &mut usize) -> Vec<T> {
    *more = all.len().saturating_sub(CATCH_UP_SHOWN_OF_EACH);
    all.truncate(CATCH_UP_SHOWN_OF_EACH);
    all
}

/// When the caller wrote last: in a space, and in each of its threads.
struct Answers<'n> {
    in_space: Option<Timestamp>,
    in_threads: HashMap<&'n str, Option<Timestamp>>,
}

impl<'n> Answers<'n> {
    fn of(news: &'n News, wanted: &Wanted) -> Self {
        let own = || news.beside.iter().filter(|one| wanted.is_own(one));
        let mut in_threads = HashMap::new();
        for message in own() {
            let last = in_threads.entry(root(message)).or_insert(None);
            *last = message.created.max(*last);
        }
        Answers {
            in_space: own().filter_map(|one| one.created).max(),
            in_threads,
        }
    }

    fn to(&self, message: &Message) -> bool {
        let last = self.in_threads.get(root(message)).copied().flatten();
        last >= message.created
    }
}

impl From<Found<'_>> for Missed {
    fn from(found: Found<'_>) -> Self {
        let Found { message, news, .. } = found;
        let words = shown_text(message);
        Missed {
            id: message.id.as_str().into(),
            parent_id: message.parent_id.as_deref().map(ShortId::from),
            room_id: news.room.id.as_str().into(),
            space: news.room.title().map(Theirs::from),
            from: message.person_email.clone(),
            created: message.created.map(to_the_second),
            text: words.map(|words| words.shortened(BRIEF_MESSAGE_MAX_BYTES, "webex-get-message")),
            has_files: message
                .files
                .as_ref()
                .is_some_and(|files| !files.is_empty()),
            answered: found.is_answered,
            replies: found.replies,
        }
    }
}

impl Busy {
    /// `None` for a direct space, and where nobody else wrote.
    fn of(news: &News) -> Option<Self> {
        let messages = news.messages.as_deref().unwrap_or_default();
        if news.is_direct() || messages.is_empty() {
            return None;
        }
        let people: HashSet<_> = messages.iter().map(|one| &one.person_id).collect();
        Some(Busy {
            room_id: news.room.id.as_str().into(),
            space: news.room.title().map(Theirs::from),
            messages: messages.len(),
            has_more: news.has_more,
            people: people.len(),
            latest: messages
                .first()
                .and_then(|one| one.created)
                .map(to_the_second),
        })
    }
}
