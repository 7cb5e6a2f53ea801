//! The limits of what is gathered from many places: what was missed, recaps, and reports.

/// How far back somebody catches up: beyond, reading the spaces themselves says more.
pub const CATCH_UP_DAYS_MAX: i64 = 31;
/// How far back without a time: since this hour yesterday.
pub const CATCH_UP_DEFAULT_HOURS: i64 = 24;
/// Spaces that are looked into: each costs a request, two where much was said, and a user has about
/// 300 a minute.
pub const CATCH_UP_SPACES_MAX: usize = 20;
/// Messages that are read of each: one page.
pub const CATCH_UP_MESSAGES_OF_EACH: u32 = 100;
/// First messages of threads that are read to see whether the thread is the caller's.
pub const CATCH_UP_THREADS_READ: usize = 10;
/// Entries of each of the lists of an answer: what somebody reads before the first coffee.
pub const CATCH_UP_SHOWN_OF_EACH: usize = 10;
/// How long spaces are read; the rest is told as not read, within the deadline of the call.
pub const NEWS_READ_SECONDS: u64 = super::SCAN_MAX_SECONDS;
