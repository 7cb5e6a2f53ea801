//! Workflows: what people say in one sentence and what takes many requests to Webex. They are long
//! work: each of their items is done once, whatever happens in between.

mod broadcast;
mod destinations;
mod mailing;
mod members;
mod membership_lists;
pub mod news;
mod plan;
mod render;
mod render_sync;
mod sync;

use crate::tool::Entry;

pub const TOOLS: &[Entry] = &[
    Entry::of::<broadcast::BroadcastMessage>(),
    Entry::of::<sync::SyncMemberships>(),
];

/// An address as it is compared: without spaces around it, in small letters. `None` for what is no
/// address.
fn address(given: &str) -> Option<String> {
    let address = given.trim().to_lowercase();
    let (name, domain) = address.split_once('@')?;
    let is_one = !name.is_empty() && !domain.is_empty() && !domain.contains('@');
    (is_one && !address.contains(char::is_whitespace)).then_some(address)
}
