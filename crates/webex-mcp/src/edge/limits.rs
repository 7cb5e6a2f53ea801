//! The bounds of the doors, unit last in the name, with the reason beside it.

use std::time::Duration;

/// A request body; the largest honest one is an inline upload in base64.
pub const REQUEST_BODY_MAX_BYTES: usize = 4 * 1024 * 1024;
/// How long a body may take to arrive: 4 MiB over a slow line, and no longer.
pub const REQUEST_BODY_SECONDS: u64 = 30;
/// Bodies on their way in, over all callers: this much memory may be filled by those who send slowly.
pub const BODIES_MAX_BYTES: usize = 256 * 1024 * 1024;
/// The same of one principal: eight of the largest at once.
pub const BODIES_PER_PRINCIPAL_BYTES: usize = 32 * 1024 * 1024;
/// What to wait before sending a body again that there was no room for; most arrive in less.
pub const BODY_RETRY_SECONDS: u64 = 1;
/// Messages of one batch: all that a client asks when it starts, many times over.
pub const BATCH_MAX_MESSAGES: usize = 64;
/// The id of a request as it is written: a uuid with room to spare.
pub const REQUEST_ID_MAX_BYTES: usize = 256;

/// A socket that says nothing for so long after it was opened is closed: a client connects when it
/// has something to say.
pub const FIRST_BYTE_SECONDS: u64 = 10;
/// How long the head of a request may take, and a kept HTTP/1 connection may stay unused: a client
/// that dribbles headers holds a socket.
pub const REQUEST_HEAD_SECONDS: u64 = 30;
/// How long an HTTP/2 connection may stay without a request.
pub const CONNECTION_IDLE_SECONDS: u64 = 60;
/// How often a peer is asked over HTTP/2 whether it is there, streams or not.
pub const PING_SECONDS: u64 = 20;
/// How long it may take to answer that.
pub const PING_ANSWER_SECONDS: u64 = 20;
/// How long a connection that was told to end may take to say goodbye.
pub const CLOSE_SECONDS: u64 = 2;

/// How long an upload may be silent between two pieces.
pub const UPLOAD_SILENCE_SECONDS: u64 = 30;
/// Files that arrive at once: as many of the largest lie half-written on the disk.
pub const UPLOADS_AT_ONCE: usize = 32;
/// Those of one principal.
pub const UPLOADS_AT_ONCE_PER_PRINCIPAL: usize = 4;
/// Linked files that are fetched at once; each holds a connection to Webex.
pub const FETCHES_AT_ONCE: usize = 256;
/// Those by links of one principal.
pub const FETCHES_AT_ONCE_PER_PRINCIPAL: usize = 16;
/// What to wait before asking again for a transfer that had no place: the time of a small one.
pub const TRANSFER_RETRY_SECONDS: u64 = 5;

/// Sockets open at once: every idle stream, every session's next request, and room to say no.
pub const CONNECTIONS_MAX: usize = 16_384;
/// Sockets of one address, or of one IPv6 line: an office behind one address, and never all.
/// Proxies that the operator declares may take all.
pub const CONNECTIONS_PER_ADDRESS: usize = 4_096;
/// Files that the system is asked to let this process open: a socket each way for every connection.
pub const OPEN_FILES_WANTED: u64 = 2 * CONNECTIONS_MAX as u64 + 1_024;
/// Requests at once on one HTTP/2 connection.
pub const STREAMS_PER_CONNECTION: u32 = 256;
/// Rest after the system refused a socket, so that a lack of descriptors is not a busy loop.
pub const ACCEPT_REST_MILLISECONDS: u64 = 100;
/// How long a drain waits for answers: a call's deadline and a little.
pub const DRAIN_SECONDS: u64 = 20;

/// Sessions in all.
pub const SESSIONS_MAX: usize = 2_048;
/// Sessions of one principal: nobody can take all of them.
pub const SESSIONS_PER_PRINCIPAL: usize = 1_024;
/// A session that says nothing for so long is gone.
pub const SESSION_IDLE_SECONDS: u64 = 5 * 60;
/// How often expired sessions are looked for, at most; a look walks the whole table.
pub const SESSION_SWEEP_SECONDS: u64 = 10;
/// Requests at work in one session.
pub const SESSION_REQUESTS_MAX: usize = 1_024;
/// What a session remembers of the client's name and version.
pub const CLIENT_NAME_MAX_CHARACTERS: usize = 64;
/// A correlation id or a trace that a client gives its request; a longer one is not taken.
pub const CORRELATION_MAX_BYTES: usize = 128;
/// An idempotency key: what its draft standard and common clients make of it, with room.
pub const IDEMPOTENCY_KEY_MAX_BYTES: usize = 255;
/// What to wait before asking again for a session or a stream that was refused for want of room.
pub const FULL_RETRY_SECONDS: u64 = 30;

/// Streams of `subscriptions/listen` in the process.
pub const LISTEN_STREAMS_MAX: usize = 10_000;
/// The same of one principal. Where there is only one, it may have all.
pub const LISTEN_STREAMS_PER_PRINCIPAL: usize = 2_500;
/// Silence before an open answer turns into a stream, and between a stream's comments: proxies
/// commonly give up after 30 to 60 seconds.
pub const KEEP_ALIVE_SECONDS: u64 = 10;
/// The same on idle listen streams, where ten thousand comments cost something.
pub const LISTEN_KEEP_ALIVE_SECONDS: u64 = 25;
/// How long a list of tools may be taken from a cache: it changes with a release of this server.
pub const LIST_FRESH_MILLISECONDS: u64 = 5 * 60 * 1_000;
/// Messages of one answer between its handler and its stream.
pub const CONVERSATION_QUEUE_MESSAGES: usize = 16;
/// Progress notifications of one call a second.
pub const PROGRESS_PER_SECOND: u64 = 10;
/// How long an answer waits for its last progress to be taken by a client that reads slowly.
pub const PROGRESS_FLUSH: Duration = Duration::from_secs(1);
/// Proxies in a row that a forwarded request may name; what is further away is not looked at.
pub const FORWARDED_HOPS_MAX: usize = 32;
/// Lines of the log about requests refused for one cause, in a minute: enough to see which setting
/// is missing.
pub const REFUSED_LINES_PER_MINUTE: u32 = 10;
/// What is repeated of a name that a caller made up.
pub const ECHO_MAX_CHARACTERS: usize = 64;

pub const KEEP_ALIVE: Duration = Duration::from_secs(KEEP_ALIVE_SECONDS);
pub const LISTEN_KEEP_ALIVE: Duration = Duration::from_secs(LISTEN_KEEP_ALIVE_SECONDS);
pub const SESSION_IDLE: Duration = Duration::from_secs(SESSION_IDLE_SECONDS);

const _: () = assert!(BATCH_MAX_MESSAGES < SESSION_REQUESTS_MAX);
const _: () = assert!(SESSIONS_PER_PRINCIPAL < SESSIONS_MAX);
const _: () = assert!(UPLOADS_AT_ONCE_PER_PRINCIPAL < UPLOADS_AT_ONCE);
const _: () = assert!(FETCHES_AT_ONCE_PER_PRINCIPAL < FETCHES_AT_ONCE);
const _: () = assert!(LISTEN_STREAMS_PER_PRINCIPAL < LISTEN_STREAMS_MAX);
const _: () = assert!(CONNECTIONS_PER_ADDRESS < CONNECTIONS_MAX);
const _: () = assert!(REQUEST_BODY_MAX_BYTES <= BODIES_PER_PRINCIPAL_BYTES);
const _: () = assert!(BODIES_PER_PRINCIPAL_BYTES < BODIES_MAX_BYTES);
const _: () = assert!(LISTEN_STREAMS_MAX + SESSIONS_MAX < CONNECTIONS_MAX);
