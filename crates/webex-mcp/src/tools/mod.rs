//! The catalogue: every tool there is, one file each, listed by noun.
//!
//! A new tool costs its file and two lines in its noun's `mod.rs`.

pub mod cards;
pub mod events;
pub mod files;
pub mod find;
pub mod general;
pub mod invitees;
pub mod meetings;
pub mod memberships;
pub mod messages;
pub mod participants;
pub mod people;
pub mod recordings;
pub mod spaces;
pub mod team_memberships;
pub mod teams;
pub mod threads;
pub mod transcripts;
pub mod webhooks;
pub mod workflows;

use crate::tool::Entry;

/// The nouns with their tools, in the order in which they are listed.
pub const NOUNS: [(&str, &[Entry]); 18] = [
    ("messages", messages::TOOLS),
    ("spaces", spaces::TOOLS),
    ("memberships", memberships::TOOLS),
    ("webhooks", webhooks::TOOLS),
    ("files", files::TOOLS),
    ("threads", threads::TOOLS),
    ("cards", cards::TOOLS),
    ("meetings", meetings::TOOLS),
    ("invitees", invitees::TOOLS),
    ("participants", participants::TOOLS),
    ("recordings", recordings::TOOLS),
    ("transcripts", transcripts::TOOLS),
    ("people", people::TOOLS),
    ("teams", teams::TOOLS),
    ("team_memberships", team_memberships::TOOLS),
    ("events", events::TOOLS),
    ("find", find::TOOLS),
    ("workflows", workflows::TOOLS),
];

/// Every tool, in published order.
pub fn catalogue() -> impl Iterator<Item = &'static Entry> + Clone {
    NOUNS.iter().flat_map(|(_, tools)| tools.iter())
}

/// Every resource, in published order. Each is the answer of a tool.
pub fn resources() -> impl Iterator<Item = &'static Entry> + Clone {
    RESOURCES.iter().flat_map(|resources| resources.iter())
}

/// The resources of each noun that has some.
const RESOURCES: [&[Entry]; 8] = [
    spaces::RESOURCES,
    messages::RESOURCES,
    memberships::RESOURCES,
    people::RESOURCES,
    meetings::RESOURCES,
    recordings::RESOURCES,
    transcripts::RESOURCES,
    workflows::RESOURCES,
];

/// The 24 tools of `webex-messaging`: the names that Cisco's own server publishes.
pub const MESSAGING: [&str; 24] = [
    "webex-create-message",
    "webex-edit-message",
    "webex-delete-message",
    "webex-get-message",
    "webex-search-messages",
    "webex-create-space",
    "webex-get-space",
    "webex-update-space",
    "webex-delete-space",
    "webex-search-spaces",
    "webex-add-membership",
    "webex-get-membership",
    "webex-update-membership",
    "webex-remove-membership",
    "webex-create-webhook",
    "webex-get-webhook",
    "webex-update-webhook",
    "webex-delete-webhook",
    "webex-share-file",
    "webex-upload-file",
    "webex-get-file-details",
    "webex-download-file",
    "webex-create-thread-reply",
    "webex-get-thread",
];

#[cfg(test)]
mod check;
