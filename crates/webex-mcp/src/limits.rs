//! Every limit of the server. Its name ends with the unit, and its comment gives the reason.

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
/// What a call's work may take beyond its deadline: the client ends its own waiting first, and knows
/// then whether a write may have been executed.
pub const DEADLINE_GRACE: Duration = Duration::from_secs(2);
/// How long an effect waits to learn whether its answer reached the client.
pub const DELIVERY_WAIT: Duration = Duration::from_secs(60);
/// How long a call waits to see whether the caller of an identical one has just left: who hangs up
/// and calls again may be seen in the other order.
pub const LEAVING_NOTICED: Duration = Duration::from_millis(25);
/// What writes in flight get after draining has ended, before they are noted as unknown.
pub const DRAIN_GRACE: Duration = Duration::from_secs(2);
/// How long a repeated call waits for the first one to end, and how often it looks.
pub const RECALL_WAIT: Duration = Duration::from_secs(10);
pub const RECALL_POLL: Duration = Duration::from_millis(100);
/// When a call whose key is still at work is asked to come back.
pub const RECALL_RETRY_AFTER: Duration = Duration::from_secs(5);
/// How long a person may think about a confirmation on a session.
pub const ELICITATION_WAIT_SECONDS: u64 = 5 * 60;

/// Calls of one principal that run at the same time.
pub const CONCURRENT_CALLS_PER_PRINCIPAL: usize = 512;
/// Calls of one principal that may wait for a place; the next is told to come back.
pub const WAITING_CALLS_PER_PRINCIPAL: usize = 64;
/// Questions of one principal that wait for a person at the same time; each has a place reserved.
pub const WAITING_PEOPLE_PER_PRINCIPAL: usize = 16;
/// Principals whose places and rate are remembered; the longest idle is forgotten first.
pub const PRINCIPALS_REMEMBERED: u64 = 100_000;

/// Webex's own sentence about a refusal: its reasons are shorter, and what is longer quotes a request.
pub const WEBEX_MESSAGE_MAX_CHARS: usize = 300;

/// Servers that are served at the same time: each has lists of its own in memory.
pub const SERVERS_MAX: usize = 256;
/// Servers that a file may describe; the built-in ones come on top.
pub const SERVER_TABLES_MAX: usize = 128;
/// A slug, which stands in a path.
pub const SLUG_MAX_BYTES: usize = 64;
/// What a person reads in a list of servers.
pub const SERVER_TITLE_MAX_CHARS: usize = 100;
pub const SERVER_DESCRIPTION_MAX_CHARS: usize = 1_000;
/// What every model of every client reads before it has done anything.
pub const SERVER_INSTRUCTIONS_MAX_CHARS: usize = 4_000;

/// Entries of a list when the caller names no number.
pub const LIST_DEFAULT_ENTRIES: u32 = 20;
/// Entries of a list at most: a model reads no more with profit.
pub const LIST_MAX_ENTRIES: u32 = 100;

/// Characters of an argument that nothing tighter bounds: an id, a name, a title, an address, a
/// link. Webex's ids have about 80, its links about 200; all that is compared or kept stays small.
pub const ARGUMENT_MAX_CHARS: usize = 1_024;
/// Unknown arguments that an error names: a model mixes up a few, and no answer grows with what came.
pub const UNKNOWN_ARGUMENTS_NAMED: usize = 10;
/// What servers and proxies take of a URL everywhere.
pub const URL_MAX_CHARS: usize = 2_048;
/// A query, and its words: each is looked for in every text of a search.
pub const QUERY_MAX_CHARS: usize = 512;
pub const QUERY_MAX_WORDS: usize = 16;
/// Webex's bound for the text of a message; characters are at most as many, and tools count bytes.
pub const MESSAGE_MAX_BYTES: usize = webex::limits::MAX_MESSAGE_BYTES;
/// The HTML of a message: more than four times what fits into one does not become one, tags and all.
pub const MESSAGE_HTML_MAX_BYTES: usize = 32 * 1024;
/// A card as JSON. Webex shows cards of some KB; a larger one is no card that people read.
pub const CARD_MAX_BYTES: usize = 64 * 1024;
/// Elements of a card: what is on a screen, many times. An element is any object in it.
pub const CARD_MAX_ELEMENTS: usize = 1_000;
/// How deep elements may stand in others: layouts of people have about six levels.
pub const CARD_MAX_LEVELS: usize = 20;
/// A mention with id or address and a name is shorter; a longer one is no mention.
pub const MENTION_MAX_BYTES: usize = 512;
/// Names in one message that are looked for among the members: more of them are no mentions.
pub const MENTIONED_NAMES_MAX: usize = 100;
/// How far behind an `@` a name may end.
pub const MENTIONED_NAME_MAX_BYTES: usize = 256;
/// How long an answer waits for what only makes it nicer, once the work is done.
pub const COURTESY_WAIT: Duration = Duration::from_secs(2);
/// Fields of an object whose fields are not known here, such as a card's at its root.
pub const OPEN_OBJECT_MAX_FIELDS: usize = 100;
/// Base64 of a file in an argument: as much as a request holds. The tool refuses less than this,
/// since it can say where a larger file goes.
pub const CONTENT_MAX_CHARS: usize = 4 * INLINE_UPLOAD_MAX_BYTES;

/// Pages that looking a name up may read.
pub const NAME_LOOKUP_MAX_PAGES: u32 = 3;
/// Entries of such a page: Webex's own bound for rooms.
pub const NAME_LOOKUP_PAGE_ENTRIES: u32 = 1_000;
/// How long a found name is remembered: a rename is seen within a minute.
pub const NAME_MEMORY_SECONDS: u64 = 60;
/// Found names remembered over all principals.
pub const NAMES_REMEMBERED: u64 = 50_000;
/// A name longer than this is looked up each time.
pub const NAME_REMEMBERED_MAX_BYTES: usize = 1_024;
/// What a question shows of people's text: enough to recognise it.
pub const QUOTED_MAX_CHARACTERS: usize = 120;
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
/// A sealed thing longer than this was not made here: the longest is a cursor with the longest link
/// to a page, in base64, with its key, nonce, expiry, tag and JSON.
pub const SEALED_MAX_BYTES: usize = 12 * 1024;
const _: () = assert!((webex::limits::MAX_NEXT_PAGE_BYTES + 256) * 4 / 3 < SEALED_MAX_BYTES);
/// Signed links that live at the same time.
pub const LINKS_MAX: usize = 1_000;
/// Those of one principal: nobody can take all of them.
pub const LINKS_PER_PRINCIPAL: usize = 100;
/// A file's URL; Webex's own have about 150 bytes.
pub const FILE_URL_MAX_BYTES: usize = 2_048;
/// A file's name: what file systems and Webex take.
pub const FILE_NAME_MAX_BYTES: usize = 255;
/// A media type with its parameters; real ones have at most about 80 bytes.
pub const MEDIA_TYPE_MAX_BYTES: usize = 255;

/// Entries of state in one process: links, uploads, shares.
pub const STATE_MAX_ENTRIES: usize = 100_000;
/// What they weigh together.
pub const STATE_MAX_BYTES: usize = 64 * 1024 * 1024;
/// One value of state: a link with a long URL and a long token, several times.
pub const STATE_VALUE_MAX_BYTES: usize = 16 * 1024;
/// What an entry costs beyond its name and value: its places in two maps and a queue.
pub const STATE_ENTRY_BYTES: usize = 256;

/// Files that travel inside an answer; larger ones become a link.
pub const INLINE_DOWNLOAD_MAX_BYTES: u64 = 256 * 1024;
/// A file that travels inside an argument, before base64.
pub const INLINE_UPLOAD_MAX_BYTES: usize = 1024 * 1024;
/// Webex's bound for one file.
pub const UPLOAD_MAX_BYTES: u64 = 100 * 1024 * 1024;
/// As much of a file as tells what it is.
pub const FILE_HEAD_MAX_BYTES: usize = 8 * 1024;

/// How long an address takes an upload.
pub const UPLOAD_OFFER_SECONDS: u64 = 15 * 60;
/// How long arrived bytes wait for the call that sends them: time for a person to be asked.
pub const UPLOAD_KEPT_SECONDS: u64 = 60 * 60;
/// Uploads that are awaited or lie here.
pub const UPLOADS_MAX: usize = 1_000;
/// Those of one principal: as many of the largest files leave its tenant room for others.
pub const UPLOADS_PER_PRINCIPAL: usize = 8;

/// Bytes of one tenant's artifacts: ten of the largest files, and a little.
pub const ARTIFACTS_PER_TENANT_BYTES: u64 = 1024 * 1024 * 1024;
/// Artifacts of one tenant: a look through their names takes about a millisecond.
pub const ARTIFACTS_PER_TENANT: usize = 1_000;
/// How often expired artifacts are looked for.
pub const ARTIFACT_SWEEP_SECONDS: u64 = 60;
/// Files that one sweep removes at most; the next goes on.
pub const ARTIFACT_SWEEP_MAX_FILES: usize = 1_000;

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

const _: () = assert!(TOKEN_VERIFIED_SECONDS < TOKEN_KNOWN_SECONDS);
const _: () = assert!(PERSON_LOOKUP_SECONDS < CALL_DEADLINE_SECONDS);
const _: () = assert!(UNKNOWN_BEARERS_PER_ADDRESS_PER_MINUTE < UNKNOWN_BEARERS_PER_MINUTE);
// A confirmation must outlive the person's thinking time, or "yes" would come too late.
const _: () = assert!(CONFIRMATION_LIFETIME_SECONDS >= ELICITATION_WAIT_SECONDS);
const _: () = assert!(SERVER_TABLES_MAX < SERVERS_MAX);
// What fills a list, and a text by itself, leave room for what stands beside them.
const _: () = assert!(LIST_FULL_BYTES + 2 * LISTED_TEXT_MAX_BYTES < ANSWER_TEXT_MAX_BYTES);
const _: () = assert!(LONE_TEXT_MAX_BYTES + 2_048 < ANSWER_TEXT_MAX_BYTES);
const _: () = assert!(LIST_DEFAULT_ENTRIES <= LIST_MAX_ENTRIES);
// Nobody's share is everything.
const _: () = assert!(LINKS_PER_PRINCIPAL < LINKS_MAX);
const _: () = assert!(UPLOADS_PER_PRINCIPAL < UPLOADS_MAX);
const _: () = assert!(UPLOADS_PER_PRINCIPAL as u64 * UPLOAD_MAX_BYTES < ARTIFACTS_PER_TENANT_BYTES);
const _: () = assert!(FILE_URL_MAX_BYTES + FILE_NAME_MAX_BYTES < STATE_VALUE_MAX_BYTES);
// Base64 of the largest file that may come in an argument fits.
const _: () = assert!(CONTENT_MAX_CHARS > INLINE_UPLOAD_MAX_BYTES.div_ceil(3) * 4);
// A scan needs time for its last page.
const _: () = assert!(SCAN_MAX_SECONDS < CALL_DEADLINE_SECONDS);

/// Entries after which the journal's head is signed again: what a forger would have to remake.
pub const JOURNAL_SIGNED_EVERY_ENTRIES: u64 = 1_000;
/// And the longest that a growing journal goes unsigned.
pub const JOURNAL_SIGNED_EVERY_SECONDS: i64 = 5 * 60;
/// How long entries are kept.
pub const JOURNAL_KEPT_SECONDS: i64 = 90 * 24 * 60 * 60;
/// How much of them is kept on a disk, and in memory where there is no disk.
pub const JOURNAL_KEPT_BYTES: u64 = 1024 * 1024 * 1024;
pub const JOURNAL_IN_MEMORY_BYTES: u64 = 16 * 1024 * 1024;
/// Answers kept for keys, and as many for outcomes that nobody got; beyond it only ids stay.
pub const JOURNAL_ANSWERS_KEPT_BYTES: u64 = 256 * 1024 * 1024;
pub const JOURNAL_ANSWERS_IN_MEMORY_BYTES: u64 = 8 * 1024 * 1024;
/// Rows that one step of forgetting removes of a table: others wait for the writer meanwhile.
pub const JOURNAL_FORGOTTEN_AT_ONCE_ROWS: u64 = 10_000;
/// How long a key stands for its call.
pub const JOURNAL_KEY_SECONDS: i64 = 24 * 60 * 60;
/// How long the identical call is told of an outcome that nobody got.
pub const JOURNAL_UNDELIVERED_SECONDS: i64 = 10 * 60;
/// A used confirmation is remembered for longer than any confirmation lives.
pub const JOURNAL_NONCE_SECONDS: i64 = 60 * 60;
/// An answer longer than this is not kept; its ids are.
pub const JOURNAL_ANSWER_MAX_BYTES: usize = 64 * 1024;
/// Calls with an effect that run at the same time; the next one's first write waits.
pub const JOURNAL_OPEN_CALLS: usize = 8_192;
/// Writes that are in flight at the same time; the next one waits.
pub const JOURNAL_WRITES_IN_FLIGHT: usize = 4_096;
/// Entries beside calls that wait for the writer; beyond it they are counted, and the count written.
pub const JOURNAL_WAITING_NOTES: usize = 1_024;
/// Calls of a dead process that are settled at once; the rest follows.
pub const JOURNAL_RECOVERED_AT_ONCE_CALLS: usize = 1_024;
/// Ids that an outcome holds, and the length of one, of a target or of a caller's word in an entry.
pub const JOURNAL_IDS_MAX: usize = 100;
pub const JOURNAL_TEXT_MAX_BYTES: usize = 512;

/// Changes in one transaction of the records: what waits longer would be noticed.
pub const RECORDS_BATCH_CHANGES: usize = 1_024;
/// Changes outside the journal that wait for the writer.
pub const RECORDS_WAITING_CHANGES: usize = 1_024;
/// Reads that wait for the reading thread; the next one waits for a place.
pub const RECORDS_WAITING_READS: usize = 1_024;
/// What nobody waits for rides the next commit, which comes at the latest after this.
pub const RECORDS_RIDE_MILLIS: u64 = 20;
/// Between attempts while the disk is full or read-only, and between steps of a long forgetting.
pub const RECORDS_AGAIN_MILLIS: u64 = 250;
/// From the start to the first round of forgetting: a start has better things to do.
pub const RECORDS_FIRST_TIDYING_SECONDS: u64 = 10;
/// Between rounds of forgetting.
pub const RECORDS_TIDYING_SECONDS: u64 = 60;
/// Changes after which the log is moved into the database, between two batches.
pub const RECORDS_CHECKPOINT_CHANGES: usize = 1_000;
/// What the log's file may keep of the disk when it is empty.
pub const RECORDS_LOG_KEPT_BYTES: i64 = 16 * 1024 * 1024;
/// How long another process of this machine may hold the database.
pub const RECORDS_BUSY_MILLIS: u64 = 5_000;
/// Openings that are tried while other processes start too, and the pause between.
pub const RECORDS_OPEN_ATTEMPTS: u32 = 100;
pub const RECORDS_OPEN_PAUSE_MILLIS: u64 = 20;
/// Rows that one read takes.
pub const RECORDS_PAGE_ROWS: usize = 1_000;
/// Names that a listing looks up.
pub const RECORDS_PEOPLE_SHOWN: usize = 100_000;
/// Files of dead processes that one sweep removes.
pub const RECORDS_DEAD_AT_ONCE: usize = 1_000;

/// What `install` waits for the server that it has just entered: longer, and a client gives up too.
pub const INSTALL_TRIAL_SECONDS: u64 = 20;
/// What it reads of its answers: ten times as much as all tools take.
pub const INSTALL_TRIAL_ANSWER_BYTES: u64 = 2 * 1024 * 1024;
/// How often a server that starts asks Webex whose token it has, until it is answered, and how long it
/// waits in between: a network may come up after the server, and a wrong address never does.
pub const TOKEN_CHECK_TRIES: u32 = 20;
pub const TOKEN_CHECK_WAIT_SECONDS: u64 = 30;

/// Lines of the log that wait for a slow reader of stderr; further ones are dropped and counted.
pub const LOG_WAITING_MAX_BYTES: usize = 1024 * 1024;
/// Lines that come within this time share one write: to wake the log's thread for each costs more
/// than to write it.
pub const LOG_GATHER_MILLISECONDS: u64 = 10;
/// One write of the log, about: what waits beyond it comes with the next.
pub const LOG_WRITE_BYTES: usize = 64 * 1024;
/// How long the end of the process waits for them: a terminal takes all of it in less.
pub const LOG_FLUSH_MILLISECONDS: u64 = 500;

// A confirmation that was used is refused for as long as it could be shown again.
const _: () = assert!(JOURNAL_NONCE_SECONDS as u64 > CONFIRMATION_LIFETIME_SECONDS);
// One step of forgetting reaches a signed head.
const _: () = assert!(JOURNAL_FORGOTTEN_AT_ONCE_ROWS > 2 * JOURNAL_SIGNED_EVERY_ENTRIES);
