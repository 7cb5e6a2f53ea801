//! The sign-in of the person whose machine this is: made by `webex-mcp login`, kept in the keyring
//! or in an encrypted file, and renewed once, however many processes use it.

mod keeper;
mod kept;
mod keyring;
mod refusal;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::time::{Duration, Instant, sleep, timeout};
use webex::oauth::Integration;
use webex::{AccessToken, Webex};

use self::keeper::Unkept;
pub use self::keeper::{Keeper, Place};
pub use self::kept::Kept;
pub use self::keyring::{Keyring, Refused, SystemKeyring};
pub use self::refusal::gone;
use crate::error::CallError;
use crate::grants::{Grant, Slot, Storage, busy};
use crate::limits;
use crate::seal::{CryptographyFailed, RecordKeys, Secret};
use crate::stores::records::Clock;

/// The sign-in of one data directory. Clones share it.
#[derive(Debug, Clone)]
pub struct Login(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    keeper: Arc<Keeper>,
    webex: Webex,
    /// The address of that Webex.
    base_url: String,
    clock: Clock,
    slot: Arc<Slot>,
    /// One at a time is with the keyring or the disk: they may not answer for a while.
    access: Arc<Semaphore>,
}

impl Login {
    /// The sign-in of a data directory, for calls to this Webex. Nothing is read yet.
    ///
    /// # Errors
    /// The keys cannot be derived.
    pub fn new(
        directory: PathBuf,
        (secret, previous): (&Secret, Option<&Secret>),
        (webex, base_url): (Webex, &str),
    ) -> Result<Self, CryptographyFailed> {
        let keys = RecordKeys::for_login(secret, previous)?;
        let keeper = Keeper::new(directory, keys, SystemKeyring);
        Ok(Login::with(keeper, (webex, base_url), Clock::system()))
    }

    fn with(keeper: Keeper, (webex, base_url): (Webex, &str), clock: Clock) -> Self {
        Login(Arc::new(Inner {
            keeper: Arc::new(keeper),
            webex,
            base_url: base_url.trim_end_matches('/').to_owned(),
            clock,
            slot: Arc::default(),
            access: Arc::new(Semaphore::new(1)),
        }))
    }

    /// Whether somebody signed in for this data directory.
    pub fn is_in(directory: &Path) -> bool {
        Keeper::place(directory).is_some()
    }

    /// The token of the sign-in, renewed if it is due.
    ///
    /// # Errors
    /// `unauthorized` where the person has to sign in again, `unavailable` where Webex or the place
    /// of the sign-in does not answer.
    pub async fn token(&self) -> Result<AccessToken, CallError> {
        let slot = self.0.slot.clone();
        match slot.known(self.now()) {
            Some(token) => Ok(token),
            None => slot.token(self.clone()).await,
        }
    }

    /// Another token in place of one that Webex refused; `None` where there is none.
    pub async fn renew(&self, refused: &AccessToken) -> Option<AccessToken> {
        self.0.slot.clone().renew(self.clone(), refused).await
    }

    /// The sign-in as it is kept, and where; `None` where nobody is signed in.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn get(&self) -> Result<Option<(Kept, Place)>, CallError> {
        let loaded = self.work(Keeper::load).await.map_err(refusal::unkept)?;
        let Some((content, place)) = loaded else {
            return Ok(None);
        };
        let kept = Kept::from_bytes(&content);
        let kept = kept.ok_or_else(|| refusal::unkept(Unkept::Foreign))?;
        Ok(Some((kept, place)))
    }

    /// Keeps a new sign-in in place of an earlier one; returns where it is.
    ///
    /// # Errors
    /// It cannot be kept.
    pub async fn keep(&self, kept: &Kept, wanted: Place) -> Result<Place, CallError> {
        let _locked = self.locked().await?;
        self.0.slot.clear();
        self.put(kept, wanted).await
    }

    /// Deletes the sign-in; says whether there was one.
    ///
    /// # Errors
    /// It cannot be deleted.
    pub async fn forget(&self) -> Result<bool, CallError> {
        let _locked = self.locked().await?;
        self.0.slot.clear();
        self.work(Keeper::forget).await.map_err(refusal::unkept)
    }

    async fn put(&self, kept: &Kept, wanted: Place) -> Result<Place, CallError> {
        let content = kept.to_bytes().map_err(CallError::internal)?;
        let mut written = Err(Unkept::Slow);
        for _ in 0..limits::GRANT_WRITE_ATTEMPTS {
            let content = content.clone();
            written = self.work(move |keeper| keeper.keep(&content, wanted)).await;
            match written {
                // The disk may be busy.
                Err(Unkept::Disk(_)) => sleep(limits::GRANT_RENEWAL_LOOK).await,
                _ => break,
            }
        }
        let written = written.map_err(refusal::unkept)?;
        if written != wanted {
            tracing::warn!("the keyring refused the sign-in; it is in the data directory now");
        }
        Ok(written)
    }

    async fn locked(&self) -> Result<File, CallError> {
        let until = Instant::now() + limits::LOGIN_LOCK_WAIT;
        loop {
            match self.try_lock().await? {
                Some(locked) => return Ok(locked),
                None if Instant::now() >= until => return Err(busy()),
                None => sleep(limits::GRANT_RENEWAL_LOOK).await,
            }
        }
    }

    /// Works with the keyring or the disk in a thread that may block. What does not answer in time
    /// ends by itself later, and until then no other thread begins.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Keeper) -> Result<T, Unkept> + Send + 'static,
    ) -> Result<T, Unkept> {
        let (keeper, access) = (self.0.keeper.clone(), self.0.access.clone());
        let worked = async move {
            let place = access.acquire_owned().await.map_err(|_| Unkept::Slow)?;
            let working = tokio::task::spawn_blocking(move || {
                let _place = place;
                work(&keeper)
            });
            working.await.map_err(|_| Unkept::Slow)?
        };
        let within: Duration = limits::LOGIN_KEPT_WITHIN;
        timeout(within, worked).await.unwrap_or(Err(Unkept::Slow))
    }
}

impl Storage for Login {
    type Beside = (Kept, Place);
    type Lock = File;

    async fn read(&self) -> Result<(Grant, (Kept, Place)), CallError> {
        let (kept, place) = self.get().await?.ok_or_else(gone)?;
        if kept.base_url.trim_end_matches('/') != self.0.base_url {
            return Err(refusal::elsewhere());
        }
        Ok((kept.grant.clone(), (kept, place)))
    }

    async fn try_lock(&self) -> Result<Option<File>, CallError> {
        let locked = self.work(Keeper::try_lock).await;
        locked.map_err(refusal::unkept)
    }

    async fn unlock(&self, file: File) {
        drop(file);
    }

    async fn write(&self, (kept, place): (Kept, Place), grant: &Grant) -> Result<(), CallError> {
        self.put(&kept.with(grant.clone()), place).await.map(drop)
    }

    fn integration(&self, (kept, _): &(Kept, Place)) -> Result<Integration, CallError> {
        let secret = kept.client_secret.clone();
        let integration = self.0.webex.integration(kept.client_id.as_str(), secret);
        integration.map_err(|_| refusal::unkept(Unkept::Foreign))
    }

    fn now(&self) -> i64 {
        self.0.clock.now()
    }

    fn advice(&self) -> &'static str {
        refusal::AGAIN
    }
}

#[cfg(test)]
mod tests;
