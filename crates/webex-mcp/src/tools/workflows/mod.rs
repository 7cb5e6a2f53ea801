//! Workflows: what people say in one sentence and what takes many requests to Webex. They are long
//! work: each of their items is done once, whatever happens in between.

mod broadcast;
mod destinations;
mod mailing;
mod members;
mod membership_lists;
mod plan;
mod render;
mod render_sync;
mod sync;

use crate::tool::Entry;

pub const TOOLS: &[Entry] = &[
    Entry::of::<broadcast::BroadcastMessage>(),
    Entry::of::<sync::SyncMemberships>(),
];
