//! Every bound of the server, unit last in its name, with the reason beside it.

use std::time::Duration;

/// The whole of a call, Webex's waits included: what a person at a prompt still waits for.
pub const CALL_DEADLINE_SECONDS: u64 = 15;
/// A file in flight may take longer than a call, as long as bytes keep coming.
pub const TRANSFER_DEADLINE_SECONDS: u64 = 10 * 60;
/// How long a person may think about a confirmation on a session.
pub const ELICITATION_WAIT_SECONDS: u64 = 5 * 60;

/// Calls of one principal that run at the same time.
pub const CONCURRENT_CALLS_PER_PRINCIPAL: usize = 512;
/// Calls of one principal that may wait for a place; the next is told to come back.
pub const WAITING_CALLS_PER_PRINCIPAL: usize = 64;
/// Principals whose places and rate are remembered; the longest idle is forgotten first.
pub const PRINCIPALS_REMEMBERED: u64 = 100_000;

/// Entries of a list when the caller names no number.
pub const LIST_DEFAULT_ENTRIES: u32 = 20;
/// Entries of a list at most: a model reads no more with profit.
pub const LIST_MAX_ENTRIES: u32 = 100;

/// Pages that looking a name up may read.
pub const NAME_LOOKUP_MAX_PAGES: u32 = 3;
/// Entries of such a page: Webex's own bound for rooms.
pub const NAME_LOOKUP_PAGE_ENTRIES: u32 = 1_000;
/// How long a found name is remembered: a rename is seen within a minute.
pub const NAME_MEMORY_SECONDS: u64 = 60;
/// Found names remembered over all principals.
pub const NAMES_REMEMBERED: u64 = 50_000;
/// Things offered where a name fits several.
pub const AMBIGUOUS_MAX_CANDIDATES: usize = 5;

/// Messages that a search reads at most, newest first, before it says how far it looked.
pub const SEARCH_MAX_MESSAGES: usize = 1_000;
/// Spaces that a search by title reads at most.
pub const SEARCH_MAX_SPACES: usize = 3_000;
/// Replies that a thread is read to.
pub const THREAD_MAX_REPLIES: usize = 1_000;

/// Messages that a search or a thread reads at once: more than this Webex does not promise.
pub const SCAN_PAGE_MESSAGES: u32 = 100;
/// A search or a thread stops reading here, so that what it found arrives before the deadline.
pub const SCAN_MAX_SECONDS: u64 = 10;

/// Lifetimes of what we seal.
pub const CURSOR_LIFETIME_SECONDS: u64 = 24 * 60 * 60;
pub const CONFIRMATION_LIFETIME_SECONDS: u64 = 5 * 60;
pub const LINK_LIFETIME_SECONDS: u64 = 15 * 60;
/// A sealed thing longer than this was not made here.
pub const SEALED_MAX_BYTES: usize = 8 * 1024;
/// Used confirmations remembered until they expire; beyond it new ones are refused, never reused.
pub const USED_CONFIRMATIONS_REMEMBERED: usize = 100_000;
/// Signed links that live at the same time.
pub const LINKS_MAX: usize = 1_000;

/// Files that travel inside an answer; larger ones become a link.
pub const INLINE_DOWNLOAD_MAX_BYTES: u64 = 256 * 1024;
/// A file that travels inside an argument, before base64.
pub const INLINE_UPLOAD_MAX_BYTES: usize = 1024 * 1024;
/// Webex's bound for one file.
pub const UPLOAD_MAX_BYTES: u64 = 100 * 1024 * 1024;

/// Progress notes that wait for the door; a newer one replaces what does not fit.
pub const PROGRESS_QUEUE_NOTES: usize = 16;

/// The text block of an answer, of which clients take 40,000 characters; what is cut is said.
pub const ANSWER_TEXT_MAX_BYTES: usize = 40_000;
/// A list ends with the entry that reaches this, and a cursor: the rest of the text block is for
/// that entry and for the page line.
pub const LIST_FULL_BYTES: usize = 34_000;
/// A text in a list, beyond which it is shortened: twenty of them fit into an answer.
pub const LISTED_TEXT_MAX_BYTES: usize = 1_200;
/// A text by itself, such as a message by its id or a file: the whole of an answer, nearly.
pub const LONE_TEXT_MAX_BYTES: usize = 36_000;

pub const CALL_DEADLINE: Duration = Duration::from_secs(CALL_DEADLINE_SECONDS);
pub const TRANSFER_DEADLINE: Duration = Duration::from_secs(TRANSFER_DEADLINE_SECONDS);

// A confirmation must outlive the person's thinking time, or "yes" would come too late.
const _: () = assert!(CONFIRMATION_LIFETIME_SECONDS >= ELICITATION_WAIT_SECONDS);
// What fills a list, and a text by itself, leave room for what stands beside them.
const _: () = assert!(LIST_FULL_BYTES + 2 * LISTED_TEXT_MAX_BYTES < ANSWER_TEXT_MAX_BYTES);
const _: () = assert!(LONE_TEXT_MAX_BYTES + 2_048 < ANSWER_TEXT_MAX_BYTES);
const _: () = assert!(LIST_DEFAULT_ENTRIES <= LIST_MAX_ENTRIES);
// A scan needs time for its last page.
const _: () = assert!(SCAN_MAX_SECONDS < CALL_DEADLINE_SECONDS);
