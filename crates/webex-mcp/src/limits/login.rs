//! The limits of `webex-mcp login`.

use std::time::Duration;

/// How long a person may take in the browser: to sign in there, find a second factor, and read.
pub const LOGIN_CONSENT_WAIT: Duration = Duration::from_secs(5 * 60);
/// How long the keyring or the disk may take: some keyrings ask the person to unlock them.
pub const LOGIN_KEPT_WITHIN: Duration = Duration::from_secs(30);
/// How long a command waits for another process that renews the sign-in.
pub const LOGIN_LOCK_WAIT: Duration = Duration::from_secs(60);
/// The file of a sign-in. Webex's tokens have at most a few kilobytes.
pub const LOGIN_FILE_MAX_BYTES: u64 = 64 * 1024;
/// OAuth's word for an error, as a browser brings it.
pub const LOGIN_ERROR_MAX_BYTES: usize = 64;
/// How long the browser may take to read the last page.
pub const LOGIN_PAGE_WAIT: Duration = Duration::from_secs(2);
/// Connections to the callback: a browser opens a few, and only this machine reaches it.
pub const LOGIN_CONNECTIONS_MAX: usize = 32;
/// An id or a secret that a person types in.
pub const LOGIN_TYPED_MAX_BYTES: u64 = 1024;
