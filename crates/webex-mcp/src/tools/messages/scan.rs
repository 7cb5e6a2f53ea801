//! Going through a space's messages, newest first, for as long as the budget lasts.

use std::ops::ControlFlow;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use webex::messages::{self, ListMessages, Message};

use super::bots_see_mentions;
use crate::error::CallError;
use crate::limits::{SCAN_MAX_SECONDS, SCAN_PAGE_MESSAGES};
use crate::tool::Context;

/// How far it went.
#[derive(Debug, Default)]
pub struct Scanned {
    /// Messages looked at.
    pub read: usize,
    /// The last of them, and the oldest.
    pub last_id: Option<String>,
    pub last_created: Option<Timestamp>,
    /// There are messages beyond it.
    pub more: bool,
}

/// Hands each message of the list to `take`, until it breaks, `max_messages` have been read, the
/// time is up, or the list ends. A message at which `take` breaks counts as looked at.
pub async fn scan(
    context: &Context,
    mut query: ListMessages,
    max_messages: usize,
    mut take: impl FnMut(Message) -> ControlFlow<()> + Send,
) -> Result<Scanned, CallError> {
    let until = Instant::now() + Duration::from_secs(SCAN_MAX_SECONDS);
    query.max = Some(SCAN_PAGE_MESSAGES);
    let first = context.webex.messages().list(&query).await;
    let mut page = first.map_err(|error| bots_see_mentions(error.into()))?;
    let mut scanned = Scanned::default();
    loop {
        let read = (scanned.read + page.items.len()).min(max_messages);
        let total = Some(max_messages as u64);
        context.progress.report(read as u64, total, "messages read");
        let mut items = page.items.into_iter();
        while let Some(message) = items.next() {
            scanned.read += 1;
            scanned.last_id = Some(message.id.clone());
            scanned.last_created = message.created.or(scanned.last_created);
            if take(message).is_break() || scanned.read >= max_messages {
                scanned.more = items.len() > 0 || page.next.is_some();
                return Ok(scanned);
            }
        }
        let Some(next) = page.next else {
            return Ok(scanned);
        };
        // Without a message there is no place to go on from: then the call's deadline decides.
        if Instant::now() >= until && scanned.last_id.is_some() {
            scanned.more = true;
            return Ok(scanned);
        }
        page = context.webex.next_page(&messages::LIST, &next).await?;
    }
}
