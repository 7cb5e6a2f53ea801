//! Which threads with news are the caller's: those that it began or wrote in.

use std::collections::{BTreeSet, HashSet};

use futures::{StreamExt as _, stream};
use webex::messages::Message;

use crate::limits::{BRIEF_SPACES_AT_ONCE, CATCH_UP_THREADS_READ, COURTESY_WAIT};
use crate::tool::Context;
use crate::tools::workflows::news::{News, Wanted};

/// The caller's threads among those with news.
#[derive(Debug)]
pub struct Own {
    /// The ids of their first messages.
    pub roots: HashSet<String>,
    /// Of every thread it is known whose it is.
    pub is_whole: bool,
}

/// Of threads that began before what was read, the first messages of the latest ones are read, as far
/// as it does not take long.
pub async fn own(context: &Context, all: &[News], wanted: &Wanted) -> Own {
    let (mut own, mut known, mut open) = (HashSet::new(), HashSet::new(), Vec::new());
    for news in all {
        let replies = news.messages.iter().flatten();
        for message in replies.chain(&news.beside) {
            known.insert(message.id.as_str());
            if wanted.is_own(message) {
                own.insert(root(message).to_owned());
            }
        }
    }
    let mut seen = BTreeSet::new();
    let replies = all.iter().flat_map(|news| news.messages.iter().flatten());
    for reply in replies {
        let Some(parent) = &reply.parent_id else {
            continue;
        };
        let is_open = !known.contains(parent.as_str()) && !own.contains(parent);
        if is_open && seen.insert(parent) {
            open.push((reply.created, parent.clone()));
        }
    }
    let count = open.len();
    open.sort_by_key(|(created, _)| std::cmp::Reverse(*created));
    let read = open.into_iter().take(CATCH_UP_THREADS_READ);
    let read = read.map(|(_, id)| async move {
        let messages = context.webex.messages();
        context.best_effort(messages.get(&id)).await
    });
    let read = stream::iter(read).buffered(BRIEF_SPACES_AT_ONCE);
    let read = read.take_until(tokio::time::sleep(COURTESY_WAIT));
    let first: Vec<_> = read.collect().await;
    let first: Vec<_> = first.into_iter().flatten().collect();
    let is_whole = first.len() == count;
    let of_caller = first
        .into_iter()
        .filter(|one| wanted.is_own(one))
        .map(|one| one.id);
    own.extend(of_caller);
    Own {
        roots: own,
        is_whole,
    }
}

/// The first message of the thread that a message is in, or begins.
pub fn root(message: &Message) -> &str {
    message.parent_id.as_deref().unwrap_or(&message.id)
}
