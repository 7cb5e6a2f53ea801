//! The limits of the tokens that the server keeps for people.

use std::time::Duration;

/// How long before its end a token is renewed: a call that begins now is over by then, and Webex may
/// be out of reach for a while.
pub const GRANT_RENEWED_EARLY_SECONDS: i64 = 10 * 60;
/// How long a token is used before its record is read again: a grant that was withdrawn elsewhere is
/// no longer used after that.
pub const GRANT_READ_AGAIN_SECONDS: i64 = 30;
/// The same for what is known of a grant without its token.
pub const GRANT_KNOWN: Duration = Duration::from_secs(30);
/// Grants that were used lately, with their tokens; a kilobyte each.
pub const GRANTS_USED: u64 = 20_000;
/// How long a grant counts as used lately.
pub const GRANT_USED_SECONDS: u64 = 60 * 60;
/// How long Webex may take to give new tokens.
pub const GRANT_RENEWED_WITHIN: Duration = Duration::from_secs(20);
/// How long one process alone may renew a grant; longer than Webex may take and the disk needs.
pub const GRANT_RENEWAL_LEASE: Duration = Duration::from_secs(60);
/// How long a call waits for another process to renew its grant.
pub const GRANT_RENEWAL_WAIT: Duration = Duration::from_secs(10);
/// How often it looks whether that is done.
pub const GRANT_RENEWAL_LOOK: Duration = Duration::from_millis(100);
/// The wait before a call is to be repeated whose grant could not be renewed.
pub const GRANT_RENEWAL_RETRY: Duration = Duration::from_secs(5);
/// Attempts to write a grant: the disk may be busy.
pub const GRANT_WRITE_ATTEMPTS: u32 = 3;
/// How old a grant is before it may count as one that nothing refers to: whatever is to refer to it is
/// written within minutes.
pub const GRANT_ORPHANED_SECONDS: i64 = 24 * 60 * 60;
/// Grants that are looked at in one step for that, and steps in each sweep: those of 100,000 people with
/// three clients each within a day, by a few reads a second.
pub const ORPHANS_LOOKED_FOR_ROWS: usize = 25;
pub const ORPHANS_LOOKED_FOR_PAGES: usize = 10;

const _: () = assert!(GRANT_RENEWED_WITHIN.as_secs() < GRANT_RENEWAL_LEASE.as_secs());
