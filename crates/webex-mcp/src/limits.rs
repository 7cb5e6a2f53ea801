//! Every limit of the server. Its name ends with the unit, and its comment gives the reason.

mod broker;
mod grants;
mod hooks;
mod idp;
mod kept;
mod login;
mod others;
mod outbound;
mod reports;
mod scope;

use std::time::Duration;

pub use self::broker::*;
pub use self::grants::*;
pub use self::hooks::*;
pub use self::idp::*;
pub use self::kept::*;
pub use self::login::*;
pub use self::others::*;
pub use self::outbound::*;
pub use self::reports::*;
pub use self::scope::*;

/// A longer bearer is not a Webex token.
pub const BEARER_MAX_BYTES: usize = 4 * 1024;
/// How long Webex's answer about a token is valid. A withdrawn token stops opening lists and
/// sessions within this time, and one active person costs six requests an hour.
pub const TOKEN_VERIFIED_SECONDS: u64 = 10 * 60;
/// How long it stays valid where Webex cannot be asked again: each call shows what Webex thinks of
/// the token.
pub const TOKEN_UNVERIFIED_SECONDS: u64 = 60;
/// How long a token that was valid counts as known and is checked again outside the budget for
/// unknown ones: a Webex token lives half a day.
pub const TOKEN_KNOWN_SECONDS: u64 = 12 * 60 * 60;
/// Known tokens at the same time: a few hundred bytes each, without the token.
pub const TOKENS_KNOWN: u64 = 50_000;
/// How long a token that Webex refused is refused without asking again: long enough that a client
/// in a loop costs nothing, short enough for a token that was used just before it became valid.
pub const TOKEN_REFUSED_SECONDS: u64 = 2 * 60;
/// Refused tokens that are remembered; forgetting one costs one request.
pub const TOKENS_REFUSED: u64 = 20_000;
/// How long a stream goes on while it cannot be found out whether its caller is still known: a restart
/// of what would say so.
pub const STANDING_UNCERTAIN: Duration = Duration::from_secs(5 * 60);
/// How long the search for the owner of a token may take: it is part of the client's wait for a
/// call.
pub const PERSON_LOOKUP_SECONDS: u64 = 10;
/// Rows of the caller's own memberships that must agree on who the caller is.
pub const PERSON_LOOKUP_ENTRIES: u32 = 100;
/// The wait where Webex gave no time.
pub const PERSON_LOOKUP_RETRY_SECONDS: u64 = 5;
/// Unknown bearers of one address in a minute: enough for an office that starts to work, too few
/// for a list of guesses.
pub const UNKNOWN_BEARERS_PER_ADDRESS_PER_MINUTE: u32 = 120;
/// The same over all addresses; each is a request to Webex.
pub const UNKNOWN_BEARERS_PER_MINUTE: u32 = 1_200;
/// Addresses whose unknown bearers are counted. An address that is idle for a minute has its full
/// budget again and may be forgotten.
pub const UNKNOWN_BEARER_ADDRESSES: u64 = 20_000;

/// A whole call, waits of Webex included: as long as a person at a prompt waits.
pub const CALL_DEADLINE_SECONDS: u64 = 15;
/// A file transfer may take longer than a call, as long as bytes keep coming.
pub const TRANSFER_DEADLINE_SECONDS: u64 = 10 * 60;
/// How much longer than its deadline the work of a call may take: the client stops waiting first,
/// and then knows whether a write may have been executed.
pub const DEADLINE_GRACE: Duration = Duration::from_secs(2);
/// How long an effect waits to learn whether its answer reached the client.
pub const DELIVERY_WAIT: Duration = Duration::from_secs(60);
/// How long a call waits to see whether the caller of an identical call has just left: if a client
/// hangs up and calls again, the server may see this in the other order.
pub const LEAVING_NOTICED: Duration = Duration::from_millis(25);
/// How long writes in flight may take after draining has ended, before they are recorded as
/// unknown.
pub const DRAIN_GRACE: Duration = Duration::from_secs(2);
/// How long a repeated call waits for the first one to end, and how often it looks.
pub const RECALL_WAIT: Duration = Duration::from_secs(10);
pub const RECALL_POLL: Duration = Duration::from_millis(100);
/// The wait for a call whose key is still in use by a running call.
pub const RECALL_RETRY_AFTER: Duration = Duration::from_secs(5);
/// How long a person may think about a confirmation on a session.
pub const ELICITATION_WAIT_SECONDS: u64 = 5 * 60;

/// Calls of one principal that run at the same time.
pub const CONCURRENT_CALLS_PER_PRINCIPAL: usize = 512;
/// Calls of one principal that may wait for a place; further ones get `rate_limited`.
pub const WAITING_CALLS_PER_PRINCIPAL: usize = 64;
/// Questions of one principal that wait for a person at the same time; each has a reserved place.
pub const WAITING_PEOPLE_PER_PRINCIPAL: usize = 16;
/// Principals whose places and rate are remembered; the longest idle one is dropped first.
pub const PRINCIPALS_REMEMBERED: u64 = 100_000;

/// Webex's own message about a refusal: reasons are shorter, and a longer text quotes a request.
pub const WEBEX_MESSAGE_MAX_CHARS: usize = 300;

/// Servers that are served at the same time: each has its own lists in memory.
pub const SERVERS_MAX: usize = 256;
/// Servers that a file may describe; the built-in ones are extra.
pub const SERVER_TABLES_MAX: usize = 128;
/// A slug, which is part of a path.
pub const SLUG_MAX_BYTES: usize = 64;
/// A title that a person reads in a list of servers.
pub const SERVER_TITLE_MAX_CHARS: usize = 100;
pub const SERVER_DESCRIPTION_MAX_CHARS: usize = 1_000;
/// The instructions, which every model of every client reads before it does anything.
pub const SERVER_INSTRUCTIONS_MAX_CHARS: usize = 4_000;

/// Words in one part of a client's narrowing, and the length of one: more than all names of tools,
/// and more than the longest.
pub const NARROWING_MAX_WORDS: usize = 100;
pub const NARROWING_WORD_MAX_CHARS: usize = 64;
/// Narrowed versions of one server that are kept, a few KB each: many times what the clients of one
/// deployment are configured with. A forgotten one is made again in microseconds.
pub const NARROWED_SERVERS_KEPT: u64 = 64;

/// Entries of a list if the caller gives no number.
pub const LIST_DEFAULT_ENTRIES: u32 = 20;
/// The most entries of a list: more do not help a model.
pub const LIST_MAX_ENTRIES: u32 = 100;

/// Characters of an argument without a tighter limit: an id, a name, a title, an address, a link.
/// Webex's ids have about 80, its links about 200; everything that is compared or stored stays
/// small.
pub const ARGUMENT_MAX_CHARS: usize = 1_024;
/// Entries that a text is parted into for a list: twice what the longest list takes, so that one with
/// too many is told so.
pub const LIST_TEXT_MAX_ENTRIES: usize = 2_000;
/// Unknown arguments that an error names: a model mixes up a few, and an answer must not grow with
/// its request.
pub const UNKNOWN_ARGUMENTS_NAMED: usize = 10;
/// The length of a URL that servers and proxies accept everywhere.
pub const URL_MAX_CHARS: usize = 2_048;
/// A query; each of its words is looked for in every text of a search.
pub const QUERY_MAX_CHARS: usize = 512;
pub const QUERY_MAX_WORDS: usize = 16;
/// Webex's limit for the text of a message. It counts bytes, and a text has at most as many
/// characters.
pub const MESSAGE_MAX_BYTES: usize = webex::limits::MAX_MESSAGE_BYTES;
/// The HTML of a message: HTML more than four times as long as a message does not become one, tags
/// included.
pub const MESSAGE_HTML_MAX_BYTES: usize = 32 * 1024;
/// A card as JSON. Webex shows cards of a few KB; people do not read larger ones.
pub const CARD_MAX_BYTES: usize = 64 * 1024;
/// Elements of a card: many times what fits on a screen. An element is any object in the card.
pub const CARD_MAX_ELEMENTS: usize = 1_000;
/// How deep elements may be nested: real layouts have about six levels.
pub const CARD_MAX_LEVELS: usize = 20;
/// A mention with an id or address and a name is shorter; a longer text is not a mention.
pub const MENTION_MAX_BYTES: usize = 512;
/// Names in one message that are looked for among the members: a message does not mention more
/// people.
pub const MENTIONED_NAMES_MAX: usize = 100;
/// How far after an `@` a name may end.
pub const MENTIONED_NAME_MAX_BYTES: usize = 256;
/// How long an answer waits for optional reads once the work is done.
pub const COURTESY_WAIT: Duration = Duration::from_secs(2);
/// Fields of an object whose fields are not known here, such as the root of a card.
pub const OPEN_OBJECT_MAX_FIELDS: usize = 100;
/// Base64 of a file in an argument: as much as a request holds. The tool itself has a lower limit,
/// because it can say where a larger file goes.
pub const CONTENT_MAX_CHARS: usize = 4 * INLINE_UPLOAD_MAX_BYTES;

/// Transcripts of a list that come with their words, each of which is one more request.
pub const TRANSCRIPT_TEXTS_MAX: u32 = 10;
/// How many of them are fetched at the same time: a few, because the rate limits are the user's.
pub const TRANSCRIPT_TEXTS_AT_ONCE: usize = 4;
/// How far into a transcript is read: a day of speech has about 1 MB.
pub const TRANSCRIPT_MAX_BYTES: usize = 8 * 1024 * 1024;
/// Snippets of a transcript that one call looks through: about two hours of conversation.
pub const SNIPPETS_MAX_READ: usize = 1_000;
/// Snippets that are asked for in one request: Webex documents no limit, and gives 100 in all lists
/// of meetings.
pub const SNIPPET_PAGE_ENTRIES: u32 = 100;

/// Facts, inputs and choices of a card that is made here: more than people read in a message.
pub const CARD_FACTS_MAX: usize = 50;
pub const CARD_INPUTS_MAX: usize = 30;
pub const CARD_CHOICES_MAX: usize = 100;
/// Webex shows five buttons.
pub const CARD_BUTTONS_MAX: usize = 5;
/// The id of an input: a word for programs.
pub const CARD_INPUT_ID_MAX_CHARS: usize = 64;
/// What stands in place of a card in notifications, and where none is shown: the start is enough,
/// and a message's limit is far.
pub const CARD_FALLBACK_MAX_BYTES: usize = 1_000;
/// How much of a label, a choice or a value of a card an error lists.
pub const CARD_LABEL_SHOWN_MAX_BYTES: usize = 100;
/// Values of an answered form that a question or an answer tells.
pub const CARD_VALUES_MAX: usize = 100;

/// Entries of a page when a meeting is looked for by its title: the most that Webex gives.
pub const MEETING_LOOKUP_PAGE_ENTRIES: u32 = 100;

/// How far back a title is looked for: a recap or an attendance is of the last weeks.
pub const MEETING_LOOKUP_DAYS_BEFORE: i64 = 30;

/// How far ahead a title is looked for: what people plan by name lies within a quarter.
pub const MEETING_LOOKUP_DAYS_AHEAD: i64 = 90;

/// How far around a day on which a title does not take place others are looked for: a month.
pub const MEETING_LOOKUP_DAYS_NEAR: i64 = 31;

/// How many of those days are told: the ones before and after, and a choice beside them.
pub const MEETING_DAYS_TOLD: usize = 4;

/// How far back the last meeting of a series is looked for, step by step: most series meet monthly,
/// and none goes on for more than 5 years.
pub const ENDED_LOOKUP_DAYS: [i64; 3] = [31, 366, 5 * 366];

/// Pages that this may read: a daily series has about 1,500 meetings in the longest step.
pub const ENDED_LOOKUP_MAX_PAGES: u32 = 20;

/// How far from its planned day a single occurrence is looked for: it stays between its neighbors.
pub const OCCURRENCE_MOVED_DAYS: i64 = 62;

/// Pages that are read of a meeting's invitees, to see who is among them: all that Webex allows.
pub const INVITEES_READ_MAX_PAGES: u32 = 10;

/// Pages that are read of a meeting's participants in one call, to find those in one state: each
/// has 100, and ten are read within a deadline.
pub const PARTICIPANTS_READ_MAX_PAGES: u32 = 10;

/// Addresses by which participants are looked for at once: as many as a page has people.
pub const PARTICIPANT_EMAILS_MAX: usize = 100;
/// Ids of people that Webex looks up in one request.
pub const PEOPLE_LOOKUP_IDS: usize = 85;

/// Pages of 100 in which an invitee is looked for: a meeting has at most 1,000.
pub const INVITEE_LIST_MAX_PAGES: u32 = 10;

/// Digits of a meeting's number.
pub const MEETING_NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 9..=12;

/// Pages that the search for a name may read.
pub const NAME_LOOKUP_MAX_PAGES: u32 = 3;
/// Entries of such a page: Webex's own limit for rooms.
pub const NAME_LOOKUP_PAGE_ENTRIES: u32 = 1_000;
/// How long a found name is cached: a rename is visible within a minute.
pub const NAME_MEMORY_SECONDS: u64 = 60;
/// Cached names over all principals.
pub const NAMES_REMEMBERED: u64 = 50_000;
/// A longer name is not cached.
pub const NAME_REMEMBERED_MAX_BYTES: usize = 1_024;
/// How much of people's text a question shows: enough to recognize it.
pub const QUOTED_MAX_CHARACTERS: usize = 120;
/// Values of one list that a question tells: a person reads no more.
pub const QUOTED_MAX_VALUES: usize = 10;
/// Telephone numbers that an account may get at once: as many as a question tells.
pub const PHONE_NUMBERS_MAX: usize = QUOTED_MAX_VALUES;
/// Things offered where a name fits several.
pub const AMBIGUOUS_MAX_CANDIDATES: usize = 5;

/// The most messages that a search reads, newest first, before it reports how far it got.
pub const SEARCH_MAX_MESSAGES: usize = 1_000;
/// The most spaces that a search by title reads.
pub const SEARCH_MAX_SPACES: usize = 3_000;
/// The most people that a search by the domain of an address reads, and the most members of a team
/// that are read to find one: more come too late for the deadline.
pub const SEARCH_MAX_PEOPLE: usize = 3_000;
/// People whose presence one call may ask for by name: each costs a look-up and a read.
pub const PRESENCE_MAX_PEOPLE: usize = 50;
/// Presences that are read at the same time: twenty people take about a second, and the user's other
/// calls still get through.
pub const PRESENCE_AT_ONCE: usize = 8;
/// The most replies that are read of a thread.
pub const THREAD_MAX_REPLIES: usize = 1_000;

/// Messages that a search or a thread reads in one request: Webex does not guarantee more.
pub const SCAN_PAGE_MESSAGES: u32 = 100;
/// A search or a thread stops reading here, so that what it found arrives before the deadline.
pub const SCAN_MAX_SECONDS: u64 = 10;

/// The lifetimes of sealed values.
pub const CURSOR_LIFETIME_SECONDS: u64 = 24 * 60 * 60;
pub const CONFIRMATION_LIFETIME_SECONDS: u64 = 5 * 60;
pub const LINK_LIFETIME_SECONDS: u64 = 15 * 60;
/// A longer sealed value was not made here: the longest is a cursor with the longest link to a
/// page, in base64, with its key, nonce, expiry, tag and JSON.
pub const SEALED_MAX_BYTES: usize = 12 * 1024;
const _: () = assert!((webex::limits::MAX_NEXT_PAGE_BYTES + 256) * 4 / 3 < SEALED_MAX_BYTES);
/// Signed links that are valid at the same time.
pub const LINKS_MAX: usize = 1_000;
/// The same for one principal: no principal can take all of them.
pub const LINKS_PER_PRINCIPAL: usize = 100;
/// A file's URL; Webex's own have about 150 bytes.
pub const FILE_URL_MAX_BYTES: usize = 2_048;
/// A file's name: the length that file systems and Webex accept.
pub const FILE_NAME_MAX_BYTES: usize = 255;
/// A media type with its parameters; real ones have at most about 80 bytes.
pub const MEDIA_TYPE_MAX_BYTES: usize = 255;

/// Entries of state in one process: links, uploads, shares.
pub const STATE_MAX_ENTRIES: usize = 100_000;
/// The size of all entries together.
pub const STATE_MAX_BYTES: usize = 64 * 1024 * 1024;
/// One value of state: several times a link with a long URL and a long token.
pub const STATE_VALUE_MAX_BYTES: usize = 16 * 1024;
/// The cost of an entry besides its name and value: its places in two maps and a queue.
pub const STATE_ENTRY_BYTES: usize = 256;

/// Files that travel inside an answer; larger ones become a link.
pub const INLINE_DOWNLOAD_MAX_BYTES: u64 = 256 * 1024;
/// The same as base64 in the facts of an answer, which are bounded as its text is.
pub const INLINE_BASE64_MAX_BYTES: usize = LONE_TEXT_MAX_BYTES / 4 * 3;
/// A file that travels inside an argument, before base64.
pub const INLINE_UPLOAD_MAX_BYTES: usize = 1024 * 1024;
/// Webex's limit for one file.
pub const UPLOAD_MAX_BYTES: u64 = 100 * 1024 * 1024;
/// How much of a file is needed to recognize its type.
pub const FILE_HEAD_MAX_BYTES: usize = 8 * 1024;

/// How long a URL accepts an upload.
pub const UPLOAD_OFFER_SECONDS: u64 = 15 * 60;
/// How long arrived bytes wait for the call that sends them: enough to ask a person.
pub const UPLOAD_KEPT_SECONDS: u64 = 60 * 60;
/// Uploads that are awaited or stored.
pub const UPLOADS_MAX: usize = 1_000;
/// The same for one principal: this many of the largest files leave room for others of its tenant.
pub const UPLOADS_PER_PRINCIPAL: usize = 8;

/// Bytes of one tenant's artifacts: twice what one principal may have, and a little more.
pub const ARTIFACTS_PER_TENANT_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Artifacts of one tenant: reading all their names takes about a millisecond.
pub const ARTIFACTS_PER_TENANT: usize = 1_000;
/// The same for one owner: three of the largest exports, or eight of the largest uploads.
pub const ARTIFACTS_PER_OWNER_BYTES: u64 = 832 * 1024 * 1024;
pub const ARTIFACTS_PER_OWNER: usize = 400;
/// How often expired artifacts are removed.
pub const ARTIFACT_SWEEP_SECONDS: u64 = 60;
/// The most files that one sweep removes; the next sweep continues.
pub const ARTIFACT_SWEEP_MAX_FILES: usize = 1_000;

/// Progress notes that wait for the door; further ones are dropped, and a later note has the newer
/// count.
pub const PROGRESS_QUEUE_NOTES: usize = 16;

/// The text block of an answer. Clients accept 40,000 characters; the answer says when text was
/// cut.
pub const ANSWER_TEXT_MAX_BYTES: usize = 40_000;
/// A list ends with the entry that reaches this size, and a cursor: the rest of the text block is
/// for that entry and the page line.
pub const LIST_FULL_BYTES: usize = 34_000;
/// The length to which a text in a list is shortened: twenty of them fit into an answer.
pub const LISTED_TEXT_MAX_BYTES: usize = 1_200;
/// A single text, such as a message by its id or a file: almost the whole answer.
pub const LONE_TEXT_MAX_BYTES: usize = 36_000;

pub const CALL_DEADLINE: Duration = Duration::from_secs(CALL_DEADLINE_SECONDS);
pub const TRANSFER_DEADLINE: Duration = Duration::from_secs(TRANSFER_DEADLINE_SECONDS);

const _: () = assert!(TOKEN_VERIFIED_SECONDS < TOKEN_KNOWN_SECONDS);
const _: () = assert!(PERSON_LOOKUP_SECONDS < CALL_DEADLINE_SECONDS);
const _: () = assert!(UNKNOWN_BEARERS_PER_ADDRESS_PER_MINUTE < UNKNOWN_BEARERS_PER_MINUTE);
// A confirmation must outlive the time that a person may think, or a "yes" would come too late.
const _: () = assert!(CONFIRMATION_LIFETIME_SECONDS >= ELICITATION_WAIT_SECONDS);
const _: () = assert!(SERVER_TABLES_MAX < SERVERS_MAX);
// A full list and a single text leave room for the other lines of the answer.
const _: () = assert!(LIST_FULL_BYTES + 2 * LISTED_TEXT_MAX_BYTES < ANSWER_TEXT_MAX_BYTES);
const _: () = assert!(LONE_TEXT_MAX_BYTES + 2_048 < ANSWER_TEXT_MAX_BYTES);
const _: () = assert!(LIST_DEFAULT_ENTRIES <= LIST_MAX_ENTRIES);
// Nobody who is invited is overlooked.
const _: () = assert!(
    INVITEES_READ_MAX_PAGES as usize * LIST_MAX_ENTRIES as usize
        >= webex::limits::MAX_INVITEES_COUNT
);
// One principal's share is less than everything.
const _: () = assert!(LINKS_PER_PRINCIPAL < LINKS_MAX);
const _: () = assert!(UPLOADS_PER_PRINCIPAL < UPLOADS_MAX);
const _: () = assert!(UPLOADS_PER_PRINCIPAL as u64 * UPLOAD_MAX_BYTES < ARTIFACTS_PER_OWNER_BYTES);
const _: () = assert!(3 * ARTIFACT_MAX_BYTES < ARTIFACTS_PER_OWNER_BYTES);
const _: () = assert!(EXPORT_MAX_FILES < ARTIFACTS_PER_OWNER);
// A principal owns uploads and what tools made for it.
const _: () = assert!(2 * ARTIFACTS_PER_OWNER_BYTES < ARTIFACTS_PER_TENANT_BYTES);
const _: () = assert!(2 * ARTIFACTS_PER_OWNER < ARTIFACTS_PER_TENANT);
const _: () = assert!(FILE_URL_MAX_BYTES + FILE_NAME_MAX_BYTES < STATE_VALUE_MAX_BYTES);
// Base64 of the largest file in an argument fits.
const _: () = assert!(CONTENT_MAX_CHARS > INLINE_UPLOAD_MAX_BYTES.div_ceil(3) * 4);
// A scan needs time for its last page.
const _: () = assert!(SCAN_MAX_SECONDS < CALL_DEADLINE_SECONDS);

/// Log lines that wait for a slow reader of stderr; further ones are dropped and counted.
pub const LOG_WAITING_MAX_BYTES: usize = 1024 * 1024;
/// Lines that come within this time share one write: waking the log's thread costs more than
/// writing a line.
pub const LOG_GATHER_MILLISECONDS: u64 = 10;
/// The size of one write of the log, roughly; the rest goes into the next one.
pub const LOG_WRITE_BYTES: usize = 64 * 1024;
/// How long the end of the process waits for these lines: a terminal takes all of them in less
/// time.
pub const LOG_FLUSH_MILLISECONDS: u64 = 500;

// A used confirmation is refused for as long as it could be presented again.
const _: () = assert!(JOURNAL_NONCE_SECONDS as u64 > CONFIRMATION_LIFETIME_SECONDS);
