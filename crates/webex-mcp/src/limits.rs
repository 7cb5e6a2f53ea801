//! Every bound of the server, unit last in its name, with the reason beside it.

use std::time::Duration;

/// A bearer longer than this is none of Webex's.
pub const BEARER_MAX_BYTES: usize = 4 * 1024;
/// How long Webex's word about a token is good: a token that was withdrawn ceases to open lists and
/// sessions within this time, and one person at work costs six questions an hour.
pub const TOKEN_VERIFIED_SECONDS: u64 = 10 * 60;
/// How long it stands where Webex cannot be asked again: calls say themselves what Webex thinks.
pub const TOKEN_UNVERIFIED_SECONDS: u64 = 60;
/// How long a token that was valid counts as known, and is asked about again without being counted
/// among the unknown: a token of Webex lives half a day.
pub const TOKEN_KNOWN_SECONDS: u64 = 12 * 60 * 60;
/// Tokens known at once: some hundred bytes each, without the token.
pub const TOKENS_KNOWN: u64 = 50_000;
/// How long a token that Webex refused is refused without asking again: long enough that a client
/// in a loop costs nothing, short enough for a token that was used a moment before it was valid.
pub const TOKEN_REFUSED_SECONDS: u64 = 2 * 60;
/// Refused tokens remembered; forgetting one costs one question.
pub const TOKENS_REFUSED: u64 = 20_000;
/// How long finding the person behind a token may take: part of what a client waits for a call.
pub const PERSON_LOOKUP_SECONDS: u64 = 10;
/// Rows of the caller's own memberships that have to agree on who it is.
pub const PERSON_LOOKUP_ENTRIES: u32 = 100;
/// What to wait where Webex gave no time of its own.
pub const PERSON_LOOKUP_RETRY_SECONDS: u64 = 5;
/// Bearers that nobody has seen before, of one address in a minute: an office that comes to work
/// passes, a list of guesses does not.
pub const UNKNOWN_BEARERS_PER_ADDRESS_PER_MINUTE: u32 = 120;
/// The same over all addresses, each of which is a question to Webex.
pub const UNKNOWN_BEARERS_PER_MINUTE: u32 = 1_200;
/// Addresses whose unknown bearers are counted; one that is idle for a minute has its budget back
/// whole and may be forgotten.
pub const UNKNOWN_BEARER_ADDRESSES: u64 = 20_000;

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

/// The text block of an answer; what is cut is said.
pub const ANSWER_TEXT_MAX_BYTES: usize = 512 * 1024;

pub const CALL_DEADLINE: Duration = Duration::from_secs(CALL_DEADLINE_SECONDS);
pub const TRANSFER_DEADLINE: Duration = Duration::from_secs(TRANSFER_DEADLINE_SECONDS);

const _: () = assert!(TOKEN_VERIFIED_SECONDS < TOKEN_KNOWN_SECONDS);
const _: () = assert!(PERSON_LOOKUP_SECONDS < CALL_DEADLINE_SECONDS);
const _: () = assert!(UNKNOWN_BEARERS_PER_ADDRESS_PER_MINUTE < UNKNOWN_BEARERS_PER_MINUTE);
// A confirmation must outlive the person's thinking time, or "yes" would come too late.
const _: () = assert!(CONFIRMATION_LIFETIME_SECONDS >= ELICITATION_WAIT_SECONDS);
// The text block must hold an inline file as base64.
const _: () = assert!(ANSWER_TEXT_MAX_BYTES as u64 > INLINE_DOWNLOAD_MAX_BYTES * 4 / 3 + 4_096);
const _: () = assert!(LIST_DEFAULT_ENTRIES <= LIST_MAX_ENTRIES);
// A scan needs time for its last page.
const _: () = assert!(SCAN_MAX_SECONDS < CALL_DEADLINE_SECONDS);
