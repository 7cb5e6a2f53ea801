//! The replies of a thread in the order in which they were written; Webex lists them the other way.

use std::ops::ControlFlow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use webex::WebexError;
use webex::messages::{ListMessages, Message};

use crate::error::CallError;
use crate::limits::THREAD_MAX_REPLIES;
use crate::tool::{Context, Rows};
use crate::tools::messages::scan::scan;
use crate::tools::messages::{self, Asked};

/// The reply with which a page ended.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    id: String,
    created: Option<Timestamp>,
}

impl Shown {
    pub fn of(reply: &Message) -> Self {
        Shown {
            id: reply.id.clone(),
            created: reply.created,
        }
    }

    /// Also where the reply itself was deleted since.
    fn covers(&self, reply: &Message) -> bool {
        self.id == reply.id || reply.created.is_some() && reply.created < self.created
    }
}

/// Replies, oldest first.
#[derive(Debug)]
pub struct Replies {
    pub messages: Vec<Message>,
    /// There are older ones that were not read.
    pub older_omitted: bool,
}

/// All replies after `shown`, as far as the budget goes.
pub async fn replies(
    context: &Context,
    query: ListMessages,
    shown: Option<&Shown>,
) -> Result<Replies, CallError> {
    let (mut messages, mut met) = (Vec::new(), false);
    let scanned = scan(context, query, THREAD_MAX_REPLIES, |reply| {
        met = shown.is_some_and(|shown| shown.covers(&reply));
        if met {
            return ControlFlow::Break(());
        }
        messages.push(reply);
        ControlFlow::Continue(())
    });
    let scanned = scanned.await?;
    messages.reverse();
    Ok(Replies {
        messages,
        older_omitted: scanned.more && !met,
    })
}

/// The message that a thread hangs on; `None` where it is gone and its replies are still there.
///
/// # Errors
/// `invalid_arguments` for a reply, naming the thread that it belongs to.
pub fn first_message(
    read: Result<Message, WebexError>,
    replies: &Result<Replies, CallError>,
) -> Result<Option<Message>, CallError> {
    let has_replies = replies.as_ref().is_ok_and(|read| !read.messages.is_empty());
    match read {
        Ok(message) => {
            messages::check_first(&message, None)?;
            Ok(Some(message))
        }
        Err(error) if error.status() == Some(404) && has_replies => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What one answer has of a thread, and the reply with which it ends if there are more. The first
/// message comes on top of `max` replies.
pub fn page(
    first: Option<Message>,
    replies: Vec<Message>,
    max: u32,
    asked: Asked<'_>,
) -> (Vec<messages::Message>, Option<Shown>) {
    let mut taken = Rows::new(max + u32::from(first.is_some()));
    if let Some(first) = first {
        taken.push(messages::Message::listed(first, asked));
    }
    let mut last = None;
    for reply in replies {
        if last.is_some() && taken.is_full() {
            return (taken.rows, last);
        }
        last = Some(Shown::of(&reply));
        taken.push(messages::Message::listed(reply, asked));
    }
    (taken.rows, None)
}
