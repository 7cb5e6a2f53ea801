//! The operating system's keyring: the Secret Service on Linux, the Keychain on macOS, the
//! Credential Manager on Windows. Its calls block.

use std::fmt;

use keyring::{Entry, Error};
use zeroize::Zeroizing;

/// The name under which people find our entries in their keyring.
const SERVICE: &str = "webex-mcp";

/// There is no keyring, it is locked, or it does not take this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

/// A place for secrets that the operating system guards, by account.
pub trait Keyring: fmt::Debug + Send + Sync {
    /// The secret; `None` where the keyring has none of that account.
    ///
    /// # Errors
    /// [`Refused`].
    fn get(&self, account: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Refused>;

    /// Keeps the secret in place of an earlier one.
    ///
    /// # Errors
    /// [`Refused`].
    fn set(&self, account: &str, secret: &[u8]) -> Result<(), Refused>;

    /// Deletes the secret, if there is one.
    ///
    /// # Errors
    /// [`Refused`].
    fn delete(&self, account: &str) -> Result<(), Refused>;
}

/// The keyring of the person who runs this process.
#[derive(Debug, Default)]
pub struct SystemKeyring;

impl Keyring for SystemKeyring {
    fn get(&self, account: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Refused> {
        match entry(account)?.get_secret() {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(refused(&error)),
        }
    }

    fn set(&self, account: &str, secret: &[u8]) -> Result<(), Refused> {
        let set = entry(account)?.set_secret(secret);
        set.map_err(|error| refused(&error))
    }

    fn delete(&self, account: &str) -> Result<(), Refused> {
        match entry(account)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(refused(&error)),
        }
    }
}

fn entry(account: &str) -> Result<Entry, Refused> {
    Entry::new(SERVICE, account).map_err(|error| refused(&error))
}

/// Says only of which kind the error is: its text may hold what was to be kept.
fn refused(error: &Error) -> Refused {
    let kind = match error {
        Error::NoStorageAccess(_) => "no access",
        Error::NoDefaultStore => "there is none",
        Error::TooLong(..) => "the secret is too long for it",
        _ => "it failed",
    };
    tracing::debug!(kind, "the keyring refused");
    Refused
}
