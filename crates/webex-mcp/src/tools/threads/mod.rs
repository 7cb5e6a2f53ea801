//! Threads: a message and the replies that hang on it.

mod create;
mod get;
mod render;
mod replies;

use crate::tool::Entry;

pub const TOOLS: &[Entry] = &[
    Entry::of::<create::CreateThreadReply>(),
    Entry::of::<get::GetThread>(),
];
