//! The sign-in of the person whose machine this is: made by `webex-mcp login`, kept in the keyring
//! or in an encrypted file, and renewed once, however many processes use it.

mod keeper;
mod kept;
mod keyring;
mod refusal;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::time::{Duration, Instant, sleep, timeout};
use webex::{AccessToken, Webex};

use self::keeper::Unkept;
pub use self::keeper::{Keeper, Place};
pub use self::kept::Kept;
pub use self::keyring::{Keyring, Refused, SystemKeyring};
pub use self::refusal::gone;
use crate::error::CallError;
use crate::grants::{Grant, NotRenewed};
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
    /// The token as it was read last, and when it is read again.
    token: Mutex<Option<(AccessToken, i64)>>,
    renewing: tokio::sync::Mutex<()>,
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
            token: Mutex::default(),
            renewing: tokio::sync::Mutex::default(),
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
        match self.good_token() {
            Some(token) => Ok(token),
            None => self.read_whole(None).await,
        }
    }

    /// Another token in place of one that Webex refused; `None` where there is none.
    pub async fn renew(&self, refused: &AccessToken) -> Option<AccessToken> {
        *self.0.token.lock() = None;
        let renewed = self.read_whole(Some(refused.clone())).await.ok()?;
        (renewed.expose() != refused.expose()).then_some(renewed)
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
        *self.0.token.lock() = None;
        self.write(kept, wanted).await
    }

    /// Deletes the sign-in; says whether there was one.
    ///
    /// # Errors
    /// It cannot be deleted.
    pub async fn forget(&self) -> Result<bool, CallError> {
        let _locked = self.locked().await?;
        *self.0.token.lock() = None;
        self.work(Keeper::forget).await.map_err(refusal::unkept)
    }

    /// In a task of its own: a token that Webex has just replaced is kept even if the call that
    /// wanted it is cancelled.
    async fn read_whole(&self, refused: Option<AccessToken>) -> Result<AccessToken, CallError> {
        let this = self.clone();
        let reading = tokio::spawn(async move { this.read(refused.as_ref()).await });
        reading.await.map_err(CallError::internal)?
    }

    async fn read(&self, refused: Option<&AccessToken>) -> Result<AccessToken, CallError> {
        let _one = self.0.renewing.lock().await;
        if let Some(token) = self.good_token() {
            // Another call got it while this one was waiting.
            return Ok(token);
        }
        let until = Instant::now() + limits::GRANT_RENEWAL_WAIT;
        loop {
            let (kept, place) = self.usable().await?;
            let (grant, now) = (&kept.grant, self.0.clock.now());
            let is_refused = is_of(grant, refused);
            if !is_refused && !grant.is_due(now) {
                return Ok(self.good(grant));
            }
            if let Some(locked) = self.try_lock().await? {
                let renewed = self.renewed((&kept, place), refused).await;
                drop(locked);
                return renewed.map(|grant| self.good(&grant));
            }
            // Another process renews it.
            if !is_refused && grant.is_valid(now) {
                return Ok(grant.access_token().clone());
            }
            if Instant::now() >= until {
                return Err(refusal::busy());
            }
            sleep(limits::GRANT_RENEWAL_LOOK).await;
        }
    }

    /// Renews the sign-in while this process has its lock. The new tokens are kept before they are
    /// used.
    async fn renewed(
        &self,
        (before, place): (&Kept, Place),
        refused: Option<&AccessToken>,
    ) -> Result<Grant, CallError> {
        // What was read before the lock may have been renewed since.
        let (kept, _) = self.usable().await?;
        let (grant, now) = (&kept.grant, self.0.clock.now());
        let is_new = !is_of(grant, Some(before.grant.access_token()));
        if is_new && !grant.is_due(now) {
            return Ok(kept.grant);
        }
        let secret = kept.client_secret.clone();
        let integration = self.0.webex.integration(kept.client_id.as_str(), secret);
        let integration = integration.map_err(|_| refusal::unkept(Unkept::Foreign))?;
        let renewal = grant.renewed(&integration, now);
        let is_usable = refused.is_none() && grant.is_valid(now);
        let next = match timeout(limits::GRANT_RENEWED_WITHIN, renewal).await {
            Ok(Ok(next)) => next,
            Ok(Err(NotRenewed::Lost)) => grant.clone().lost(),
            // It was renewed early, so there is time to try again.
            _ if is_usable => return Ok(kept.grant),
            Ok(Err(NotRenewed::Later(error))) => {
                tracing::warn!(%error, "the sign-in to Webex could not be renewed");
                return Err(refusal::later(&error));
            }
            Err(_elapsed) => return Err(refusal::busy()),
        };
        self.write(&kept.with(next.clone()), place).await?;
        match next.is_lost() {
            true => Err(refusal::lost()),
            false => Ok(next),
        }
    }

    /// The sign-in, if it can give tokens for this Webex.
    async fn usable(&self) -> Result<(Kept, Place), CallError> {
        let (kept, place) = self.get().await?.ok_or_else(gone)?;
        if kept.base_url.trim_end_matches('/') != self.0.base_url {
            return Err(refusal::elsewhere());
        }
        match kept.grant.is_lost() {
            true => Err(refusal::lost()),
            false => Ok((kept, place)),
        }
    }

    fn good_token(&self) -> Option<AccessToken> {
        let token = self.0.token.lock();
        let (token, until) = token.as_ref()?;
        (self.0.clock.now() < *until).then(|| token.clone())
    }

    fn good(&self, grant: &Grant) -> AccessToken {
        let token = grant.access_token().clone();
        let early = limits::GRANT_RENEWED_EARLY_SECONDS * 1_000;
        let again = self.0.clock.now() + limits::GRANT_READ_AGAIN_SECONDS * 1_000;
        let until = grant.access_until();
        let until = until.map_or(again, |until| again.min(until - early));
        *self.0.token.lock() = Some((token.clone(), until));
        token
    }

    async fn write(&self, kept: &Kept, wanted: Place) -> Result<Place, CallError> {
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

    async fn try_lock(&self) -> Result<Option<File>, CallError> {
        let locked = self.work(Keeper::try_lock).await;
        locked.map_err(refusal::unkept)
    }

    async fn locked(&self) -> Result<File, CallError> {
        let until = Instant::now() + limits::LOGIN_LOCK_WAIT;
        loop {
            match self.try_lock().await? {
                Some(locked) => return Ok(locked),
                None if Instant::now() >= until => return Err(refusal::busy()),
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

/// Whether this is the grant's token.
fn is_of(grant: &Grant, token: Option<&AccessToken>) -> bool {
    token.is_some_and(|token| token.expose() == grant.access_token().expose())
}

#[cfg(test)]
mod tests;
