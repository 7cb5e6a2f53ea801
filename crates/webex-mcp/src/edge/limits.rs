//! The bounds of the doors, unit last in the name, with the reason beside it.

use std::time::Duration;

/// A request body. The largest legitimate one carries an inline upload in base64.
pub const REQUEST_BODY_MAX_BYTES: usize = 4 * 1024 * 1024;
/// How long a body may take to arrive: enough for 4 MiB over a slow connection.
pub const REQUEST_BODY_SECONDS: u64 = 30;
/// Memory for bodies that are arriving, over all callers: slow senders can fill no more.
pub const BODIES_MAX_BYTES: usize = 256 * 1024 * 1024;
/// The same for one principal: eight of the largest bodies at once.
pub const BODIES_PER_PRINCIPAL_BYTES: usize = 32 * 1024 * 1024;
/// The wait before a body is sent again that there was no room for; most bodies arrive in less.
pub const BODY_RETRY_SECONDS: u64 = 1;
/// What is read of a body after its request was answered without it, so that its connection can be used
/// again; larger ones end it. Refused requests of clients have a few kilobytes.
pub const UNREAD_BODY_MAX_BYTES: usize = 64 * 1024;
/// How long that is waited for: a body follows its head at once.
pub const UNREAD_BODY_SECONDS: u64 = 1;
/// Messages in one batch: many times what a client asks for when it starts.
pub const BATCH_MAX_MESSAGES: usize = 64;
/// The id of a request as JSON: a UUID with room to spare.
pub const REQUEST_ID_MAX_BYTES: usize = 256;

/// A socket that sends nothing for this long after it was opened is closed: a client connects when
/// it has something to send.
pub const FIRST_BYTE_SECONDS: u64 = 10;
/// How long a TLS handshake may take from there; over a bad connection it is a second or two.
pub const HANDSHAKE_SECONDS: u64 = 10;
/// TLS handshakes at the same time, some 30 KB each.
pub const HANDSHAKES_AT_ONCE: usize = 2_048;
/// The same for one address: an office that starts to work, and not all.
pub const HANDSHAKES_AT_ONCE_PER_ADDRESS: usize = 512;
/// How often the files of the certificate are looked at: one that is about to end is renewed weeks
/// before.
pub const CERTIFICATE_LOOKED_AT_SECONDS: u64 = 60;
/// A certificate with those that signed it; real files have about 6 KB.
pub const CERTIFICATE_FILE_MAX_BYTES: u64 = 256 * 1024;
/// The head of a request: the longest token and a browser's cookies are 12 KB. It is also how much of
/// a connection is read ahead.
pub const REQUEST_HEAD_MAX_BYTES: usize = 64 * 1024;
/// How long the head of a request may take, and how long a kept-alive HTTP/1 connection may stay
/// unused: a client that sends headers slowly holds a socket.
pub const REQUEST_HEAD_SECONDS: u64 = 30;
/// How long an HTTP/2 connection may stay without a request.
pub const CONNECTION_IDLE_SECONDS: u64 = 60;
/// How often an HTTP/2 peer is pinged, whether or not it has streams.
pub const PING_SECONDS: u64 = 20;
/// How long the peer may take to answer a ping.
pub const PING_ANSWER_SECONDS: u64 = 20;
/// How long a connection may take to close after it was asked to.
pub const CLOSE_SECONDS: u64 = 2;

/// How long an upload may be silent between two pieces.
pub const UPLOAD_SILENCE_SECONDS: u64 = 30;
/// Files that arrive at once: this many of the largest size lie half-written on the disk.
pub const UPLOADS_AT_ONCE: usize = 32;
/// The same for one principal.
pub const UPLOADS_AT_ONCE_PER_PRINCIPAL: usize = 4;
/// Linked files that are fetched at once; each holds a connection to Webex.
pub const FETCHES_AT_ONCE: usize = 256;
/// The same for the links of one principal.
pub const FETCHES_AT_ONCE_PER_PRINCIPAL: usize = 16;
/// The wait before a transfer is tried again that had no place: the time of a small transfer.
pub const TRANSFER_RETRY_SECONDS: u64 = 5;

/// Sockets open at once: every idle stream, every session's next request, and room for refusals.
pub const CONNECTIONS_MAX: usize = 16_384;
/// Sockets of one address, or of one IPv6 subscriber's network: enough for an office behind one
/// address, and never all. Proxies that the operator declares may use all.
pub const CONNECTIONS_PER_ADDRESS: usize = 4_096;
/// Open files that the process asks the system for: a socket each way for every connection.
pub const OPEN_FILES_WANTED: u64 = 2 * CONNECTIONS_MAX as u64 + 1_024;
/// Concurrent requests on one HTTP/2 connection.
pub const STREAMS_PER_CONNECTION: u32 = 256;
/// The pause after the system refused a socket, so that a lack of descriptors does not cause a busy
/// loop.
pub const ACCEPT_REST_MILLISECONDS: u64 = 100;
/// How long a drain waits for answers: a call's deadline and a little more.
pub const DRAIN_SECONDS: u64 = 20;

/// Sessions in the process.
pub const SESSIONS_MAX: usize = 2_048;
/// Sessions of one principal: no principal can take all of them.
pub const SESSIONS_PER_PRINCIPAL: usize = 1_024;
/// A session that sends nothing for this long expires.
pub const SESSION_IDLE_SECONDS: u64 = 5 * 60;
/// How often expired sessions are looked for, at most; a look walks the whole table.
pub const SESSION_SWEEP_SECONDS: u64 = 10;
/// Concurrent requests in one session.
pub const SESSION_REQUESTS_MAX: usize = 1_024;
/// Longest stored name or version of a client.
pub const CLIENT_NAME_MAX_CHARACTERS: usize = 64;
/// Longest correlation id or trace that a client may give a request; a longer one is ignored.
pub const CORRELATION_MAX_BYTES: usize = 128;
/// Longest idempotency key: what the draft standard and common clients use, with room to spare.
pub const IDEMPOTENCY_KEY_MAX_BYTES: usize = 255;
/// The wait before asking again for a session or a stream that there was no room for.
pub const FULL_RETRY_SECONDS: u64 = 30;

/// Open `subscriptions/listen` streams in the process.
pub const LISTEN_STREAMS_MAX: usize = 10_000;
/// The same for one principal. If the process serves only one principal, it may have all.
pub const LISTEN_STREAMS_PER_PRINCIPAL: usize = 2_500;
/// The silence after which an open answer turns into a stream, and the time between a stream's
/// comments: proxies commonly give up after 30 to 60 seconds.
pub const KEEP_ALIVE_SECONDS: u64 = 10;
/// The same for idle listen streams, where ten thousand comments have a cost.
pub const LISTEN_KEEP_ALIVE_SECONDS: u64 = 25;
/// How long a client may cache a list of tools: it changes with a release of this server.
pub const LIST_FRESH_MILLISECONDS: u64 = 5 * 60 * 1_000;
/// How long a client may cache the list of resources, which has the spaces that were used last.
pub const RESOURCES_FRESH_MILLISECONDS: u64 = 60 * 1_000;
/// Messages of one answer that are queued between its handler and its stream.
pub const CONVERSATION_QUEUE_MESSAGES: usize = 16;
/// Progress notifications of one call in a second.
pub const PROGRESS_PER_SECOND: u64 = 10;
/// How long an answer waits until a slow client has taken its last progress notification.
pub const PROGRESS_FLUSH: Duration = Duration::from_secs(1);
/// One message on standard input, in bytes: the SDKs' own bound, on both sides.
pub const LINE_MAX_BYTES: usize = 16 * 1024 * 1024;
/// Requests over stdio that wait for their answers; beyond that, no more is read until one is
/// answered. A program may write some thousand requests before it reads the first answer.
pub const STDIO_REQUESTS_MAX: u32 = 4_096;
/// Lines that are queued for standard output.
pub const STDIO_QUEUE_LINES: usize = 16;
/// How long the end of a conversation over stdio waits for lines that are queued.
pub const LAST_LINES: Duration = Duration::from_secs(1);
/// Proxies in a row that a forwarded request may name; entries beyond that are ignored.
pub const FORWARDED_HOPS_MAX: usize = 32;
/// Failed attempts of one address to prove who it is that are answered at once: an office whose
/// clients all have an old token. Each is forgotten after [`FAILURE_FORGOTTEN`], one after the other.
pub const FAILURES_FREE_PER_ADDRESS: u32 = 60;
/// The same in the name of one client, from wherever: a wrong secret is corrected or repeated.
pub const FAILURES_FREE_PER_CLIENT: u32 = 10;
pub const FAILURE_FORGOTTEN: Duration = Duration::from_secs(5);
/// What the next one waits for its answer; it doubles with each further one, this many times. A client
/// still waits for the longest, 16 seconds.
pub const FAILURE_DELAY_FIRST: Duration = Duration::from_millis(250);
pub const FAILURE_DELAY_DOUBLED: u32 = 6;
/// Answers that are held back at the same time, a connection each; further ones are refused at once.
pub const FAILURES_HELD: usize = 1_024;
/// The same for one address or one client.
pub const FAILURES_HELD_EACH: usize = 32;
/// Addresses and clients whose failures are counted, some hundred bytes each.
pub const FAILING_REMEMBERED: u64 = 20_000;
/// Log lines in a minute about requests refused for one cause: enough to see which setting is
/// missing.
pub const REFUSED_LINES_PER_MINUTE: u32 = 10;
/// Servers that are named to who asks at the path above them: as many as a person looks through.
pub const SERVERS_NAMED: usize = 32;
/// How much of a name that a caller made up is repeated to it.
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
const _: () = assert!(HANDSHAKES_AT_ONCE_PER_ADDRESS < HANDSHAKES_AT_ONCE);
const _: () = assert!(HANDSHAKES_AT_ONCE < CONNECTIONS_MAX);
const _: () = assert!(FAILURES_HELD_EACH < FAILURES_HELD);
const _: () = assert!(FAILURES_HELD < CONNECTIONS_MAX);
const _: () = assert!(REQUEST_BODY_MAX_BYTES <= BODIES_PER_PRINCIPAL_BYTES);
const _: () = assert!(BODIES_PER_PRINCIPAL_BYTES < BODIES_MAX_BYTES);
const _: () = assert!(LISTEN_STREAMS_MAX + SESSIONS_MAX < CONNECTIONS_MAX);
