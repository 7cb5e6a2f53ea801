//! The limits of resources and completion.

use std::time::Duration;

/// The URI of a resource: a name of 128 characters in percent-encoding fits, and a longer URI names
/// nothing.
pub const RESOURCE_URI_MAX_BYTES: usize = 2 * 1_024;
/// Spaces of a list of resources: those that somebody used last are the ones they look for.
pub const RESOURCES_LISTED: u32 = 50;
/// Members of a space, and messages of it, that a resource has: as many as are worth reading at once.
pub const RESOURCE_MEMBERS: u32 = 100;
pub const RESOURCE_MESSAGES: u32 = 50;
/// How long a transcript may be shown from a cache: its words do not change, but the right to read
/// them may end.
pub const TRANSCRIPT_FRESH_MILLISECONDS: u64 = 60 * 1_000;

/// How long a completion may take: somebody is typing.
pub const COMPLETION_DEADLINE: Duration = Duration::from_secs(5);
/// Values of a completion: the protocol allows no more.
pub const COMPLETION_MAX_VALUES: usize = 100;
/// Lists of names that are kept for the next letters, over all principals. A list of 1,000 spaces
/// has about 200 KB.
pub const COMPLETION_LISTS_MAX_BYTES: u64 = 32 * 1024 * 1024;
