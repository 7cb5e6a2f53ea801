//! The limits of the authorization server: clients, sign-ins, the tokens that it gives, and what people
//! do about their own account.

use std::time::Duration;

/// An address to which answers go; the longest of the large clients have some 120 bytes.
pub const REDIRECT_MAX_BYTES: usize = 2_048;
/// Redirect addresses of one client; Cursor registers three.
pub const REDIRECTS_MAX: usize = 20;
/// The name of a client, as a person reads it.
pub const CLIENT_NAME_MAX_CHARACTERS: usize = 80;
/// Clients in a configuration file.
pub const CLIENT_TABLES_MAX: usize = 100;
/// A secret of such a client: 16 bytes, written in base64.
pub const CLIENT_SECRET_MIN_BYTES: usize = 22;
/// A registration; the largest that clients send has about two kilobytes.
pub const REGISTRATION_MAX_BYTES: usize = 16 * 1024;
/// A form for a token, a consent or a revocation.
pub const TOKEN_FORM_MAX_BYTES: usize = 32 * 1024;
/// Registrations of one address in a minute: an office whose people install the same client; and of
/// all addresses.
pub const REGISTRATIONS_PER_ADDRESS_PER_MINUTE: u32 = 20;
pub const REGISTRATIONS_PER_MINUTE: u32 = 200;
/// Pages of one address in a minute, and of all: each signing in takes three.
pub const PAGES_PER_ADDRESS_PER_MINUTE: u32 = 300;
pub const PAGES_PER_MINUTE: u32 = 6_000;
/// Revocations, and requests for tokens that get none, of one address in a minute: an office in which
/// some programs repeat what was refused. Who gets a token is not counted, however many are behind one
/// address.
pub const TOKENS_REFUSED_PER_ADDRESS_PER_MINUTE: u32 = 600;
/// Requests for tokens of all addresses, whatever comes of them: an organization of 100,000 whose
/// programs renew their tokens within some minutes.
pub const TOKENS_PER_MINUTE: u32 = 60_000;
/// How long a form may take to arrive.
pub const SIGN_IN_FORM_SECONDS: u64 = 10;
/// How long clients may keep the documents that say where people sign in.
pub const METADATA_FRESH_SECONDS: u64 = 60 * 60;

/// The document of a client; the largest that are known have two kilobytes.
pub const CLIENT_DOCUMENT_MAX_BYTES: usize = 16 * 1024;
/// How long it may take to read: a person waits for the page.
pub const CLIENT_DOCUMENT_WITHIN: Duration = Duration::from_secs(5);
/// How long a document is kept, whatever its server says: not read again for each step of a sign-in,
/// and not for longer than a day after it was changed.
pub const CLIENT_DOCUMENT_KEPT_AT_LEAST_SECONDS: u64 = 5 * 60;
pub const CLIENT_DOCUMENT_KEPT_AT_MOST_SECONDS: u64 = 24 * 60 * 60;
/// Documents that are kept at once.
pub const CLIENT_DOCUMENTS_KEPT: u64 = 1_000;

/// How long a client is kept that registered and that nobody has signed in with: programs register
/// when somebody is about to. And how long after somebody last signed in.
pub const CLIENT_NEVER_USED_SECONDS: i64 = 24 * 60 * 60;
pub const CLIENT_UNUSED_SECONDS: i64 = 30 * 24 * 60 * 60;
/// Clients that registered by themselves; the next one is refused until some expire.
pub const CLIENTS_MAX: usize = 20_000;
/// Those of one address that nobody has signed in with: an office in which a program is rolled out. The
/// oldest gives way to the next one.
pub const CLIENTS_UNUSED_PER_ADDRESS: usize = 1_000;
/// How often a use of a client is written down.
pub const CLIENT_USE_WRITTEN_SECONDS: i64 = 24 * 60 * 60;

/// A parameter of a request; `state` is the longest that clients send.
pub const SIGN_IN_WORD_MAX_BYTES: usize = 2_048;
/// Scopes that a client may ask for.
pub const SIGN_IN_SCOPES_MAX: usize = 100;
/// Sign-ins that wait for Webex at the same time, a few kilobytes each.
pub const SIGN_INS_MAX: usize = 10_000;
/// Consent pages of the last ten minutes that were answered, a few bytes each: forty addresses that use
/// up their share of pages leave room for all others.
pub const CONSENT_PAGES_ANSWERED_MAX: usize = 60_000;
/// The same from one address: an office that begins to work. The oldest gives way to the next one.
/// There is no bound for one client: everybody may sign in with the same one.
pub const SIGN_INS_PER_ADDRESS: usize = 1_000;
/// How long a person may take on our page and on Webex's.
pub const SIGN_IN_SECONDS: u64 = 10 * 60;
/// How long Webex may take to give tokens and to say whose they are.
pub const SIGN_IN_ANSWERED_WITHIN: Duration = Duration::from_secs(20);
/// How long a call that comes back from our page waits for its person, who may still be at Webex;
/// many clients give up after a minute.
pub const MORE_SCOPES_WAIT: Duration = Duration::from_secs(45);
/// How often it looks whether they are done.
pub const MORE_SCOPES_LOOK: Duration = Duration::from_millis(250);
/// How long a code is valid: its client exchanges it at once.
pub const CODE_SECONDS: u64 = 60;
/// How long a used code is remembered, so that a second use takes back what the first one gave.
pub const CODE_REMEMBERED_SECONDS: u64 = 60 * 60;

/// How long an access token is valid.
pub const ACCESS_TOKEN_SECONDS: u64 = 60 * 60;
/// How long a connection lasts without being used; as long as Webex's refresh tokens.
pub const CONNECTION_SECONDS: u64 = 90 * 24 * 60 * 60;
/// How long a used refresh token gives the same successor again: its answer may have been lost.
pub const REFRESH_REPEATED_SECONDS: i64 = 60;
/// Connections that are known without reading their records, half a kilobyte each.
pub const CONNECTIONS_KNOWN: u64 = 20_000;
/// How long that is; a connection that was withdrawn elsewhere ends after it.
pub const CONNECTION_READ_AGAIN_SECONDS: u64 = 30;
/// Pages of connections that are looked through for the person whom a client acts for; as many as
/// connections are known.
pub const MACHINE_PERSON_PAGES: usize = 20;
/// How long nobody looks through them again for somebody who was not found there.
pub const ABSENT_LOOKED_FOR_SECONDS: u64 = 60;
/// People who were not found; more than an operator names.
pub const ABSENT_KEPT: u64 = 1_000;
/// Attempts to write a record that others write too.
pub const BROKER_WRITE_ATTEMPTS: u32 = 5;

/// How long a browser stays signed in on our page: long enough to read it and to make some tokens.
pub const SESSION_SECONDS: u64 = 60 * 60;
/// Browser sessions at the same time, a few hundred bytes each.
pub const SESSIONS_MAX: usize = 10_000;
/// The same of one person, on a few machines. The oldest gives way to the next one.
pub const SESSIONS_PER_PERSON: usize = 20;

/// Connection tokens of one person: one for each client that cannot sign in by itself, on a few
/// machines.
pub const CONNECTION_TOKENS_MAX: usize = 20;
/// The name of a token, as its owner reads it.
pub const CONNECTION_TOKEN_NAME_MAX_CHARACTERS: usize = 60;
/// How many days a token may be valid; the longest that its owner is asked to remember it.
pub const CONNECTION_TOKEN_DAYS: [u32; 4] = [7, 30, 90, 365];
/// Clients and tokens that the page of a person shows, the latest used first.
pub const ACCESSES_SHOWN: usize = 200;

/// How often the use of a client or a token is written down, and how many of these may be written at
/// the same time; what finds no place is written at a later use.
pub const USE_WRITTEN_SECONDS: i64 = 60;
pub const USES_WRITTEN_AT_ONCE: usize = 64;

/// Pages of grants that are read to find one of an administrator.
pub const ADMINISTRATOR_LOOKED_FOR_PAGES: usize = 20;

/// How often what has expired is deleted, and how many pages of it in one go.
pub const BROKER_SWEPT_PAGES: usize = 100;
pub const BROKER_SWEPT_SECONDS: u64 = 60;

const _: () = assert!(SIGN_INS_PER_ADDRESS < SIGN_INS_MAX);
const _: () = assert!(SESSIONS_PER_PERSON < SESSIONS_MAX);
const _: () = assert!(CLIENTS_UNUSED_PER_ADDRESS < CLIENTS_MAX);
