//! How a grant gives its token: it is read where it is kept, and renewed before its token ends, by one
//! process at a time. The new token is kept before it is used: Webex may accept the one before no
//! longer.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep, timeout};
use webex::AccessToken;
use webex::oauth::Integration;

use super::{Grant, NotRenewed, refusal};
use crate::error::CallError;
use crate::limits;

/// Where one grant is kept, for all processes that use it.
pub trait Storage: Clone + Send + Sync + 'static {
    /// What was read beside the grant, and is needed to write it again.
    type Beside: Send + Sync;
    /// While somebody has it, nobody else renews the grant.
    type Lock: Send;

    /// # Errors
    /// There is no grant, or it cannot be read.
    fn read(&self) -> impl Future<Output = Result<(Grant, Self::Beside), CallError>> + Send;

    /// `None` while another process has the lock.
    ///
    /// # Errors
    /// It cannot be written here.
    fn try_lock(&self) -> impl Future<Output = Result<Option<Self::Lock>, CallError>> + Send;

    fn unlock(&self, lock: Self::Lock) -> impl Future<Output = ()> + Send;

    /// Writes the grant over the one that was read; returns once it is durable.
    ///
    /// # Errors
    /// It is not kept.
    fn write(
        &self,
        beside: Self::Beside,
        grant: &Grant,
    ) -> impl Future<Output = Result<(), CallError>> + Send;

    /// The integration that the grant was given to.
    ///
    /// # Errors
    /// What is kept of it is none.
    fn integration(&self, beside: &Self::Beside) -> Result<Integration, CallError>;

    /// Milliseconds since 1970.
    fn now(&self) -> i64;

    /// What the person has to do once Webex accepts the grant no longer.
    fn advice(&self) -> &'static str;
}

/// The token of one grant in this process, as it was read last, and one renewal at a time.
#[derive(Debug, Default)]
pub struct Slot {
    /// With the time at which it is read again.
    token: Mutex<Option<(AccessToken, i64)>>,
    renewing: tokio::sync::Mutex<()>,
}

impl Slot {
    /// The token, where it need not be read now.
    pub fn known(&self, now: i64) -> Option<AccessToken> {
        let token = self.token.lock();
        let (token, until) = token.as_ref()?;
        (now < *until).then(|| token.clone())
    }

    /// Forgets the token, so that it is read again.
    pub fn clear(&self) {
        *self.token.lock() = None;
    }

    /// The token, renewed if it is due.
    ///
    /// # Errors
    /// `unauthorized` where the person has to sign in again, `unavailable` where Webex or the storage
    /// does not answer.
    pub async fn token<S: Storage>(self: Arc<Self>, storage: S) -> Result<AccessToken, CallError> {
        self.read_whole(storage, None).await
    }

    /// Another token in place of one that Webex refused; `None` where there is none.
    pub async fn renew<S: Storage>(
        self: Arc<Self>,
        storage: S,
        refused: &AccessToken,
    ) -> Option<AccessToken> {
        self.clear();
        let renewed = self.read_whole(storage, Some(refused.clone())).await.ok()?;
        (!is_same(&renewed, refused)).then_some(renewed)
    }

    /// Takes the token of a grant that was just read, if it need not be renewed.
    pub fn learn(&self, grant: &Grant, now: i64) {
        if !grant.is_due(now) {
            self.keep(grant, now);
        }
    }

    /// Puts a grant in the place of the one that is kept, with its tokens.
    ///
    /// # Errors
    /// `unauthorized` where none is kept any more, `unavailable` where it cannot be written now.
    pub async fn replace<S: Storage>(&self, storage: &S, grant: Grant) -> Result<(), CallError> {
        let _one = self.renewing.lock().await;
        let until = Instant::now() + limits::GRANT_RENEWAL_WAIT;
        let lock = loop {
            match storage.try_lock().await? {
                Some(lock) => break lock,
                None if Instant::now() >= until => return Err(refusal::busy()),
                None => sleep(limits::GRANT_RENEWAL_LOOK).await,
            }
        };
        let replaced = async {
            let (earlier, beside) = storage.read().await?;
            let grant = grant.after(earlier);
            storage.write(beside, &grant).await?;
            Ok(grant)
        };
        let replaced = replaced.await;
        storage.unlock(lock).await;
        replaced.map(|grant| drop(self.keep(&grant, storage.now())))
    }

    /// In a task of its own: a token that Webex has just replaced is kept even if the call that
    /// wanted it is cancelled.
    async fn read_whole<S: Storage>(
        self: Arc<Self>,
        storage: S,
        refused: Option<AccessToken>,
    ) -> Result<AccessToken, CallError> {
        let reading = tokio::spawn(async move { self.read(&storage, refused.as_ref()).await });
        reading.await.map_err(CallError::internal)?
    }

    async fn read<S: Storage>(
        &self,
        storage: &S,
        refused: Option<&AccessToken>,
    ) -> Result<AccessToken, CallError> {
        let _one = self.renewing.lock().await;
        let is_refused =
            |token: &AccessToken| refused.is_some_and(|refused| is_same(token, refused));
        let known = self.known(storage.now());
        if let Some(known) = known.filter(|token| !is_refused(token)) {
            // Another call got it while this one was waiting.
            return Ok(known);
        }
        let until = Instant::now() + limits::GRANT_RENEWAL_WAIT;
        loop {
            let (grant, _) = storage.read().await?;
            let (is_refused, now) = (is_refused(grant.access_token()), storage.now());
            if grant.is_lost() {
                return Err(refusal::lost(storage.advice()));
            }
            if !is_refused && !grant.is_due(now) {
                return Ok(self.keep(&grant, now));
            }
            if let Some(lock) = storage.try_lock().await? {
                let renewed = renewed(storage, &grant, is_refused).await;
                storage.unlock(lock).await;
                return renewed.map(|grant| self.keep(&grant, storage.now()));
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

    fn keep(&self, grant: &Grant, now: i64) -> AccessToken {
        let token = grant.access_token().clone();
        let early = limits::GRANT_RENEWED_EARLY_SECONDS * 1_000;
        let again = now + limits::GRANT_READ_AGAIN_SECONDS * 1_000;
        let until = grant.access_until();
        let until = until.map_or(again, |until| again.min(until - early));
        *self.token.lock() = Some((token.clone(), until));
        token
    }
}

/// Renews a grant while this process has its lock.
async fn renewed<S: Storage>(
    storage: &S,
    before: &Grant,
    is_refused: bool,
) -> Result<Grant, CallError> {
    // What was read before the lock may have been renewed since.
    let (grant, beside) = storage.read().await?;
    let now = storage.now();
    let is_new = !is_same(grant.access_token(), before.access_token());
    if is_new && !grant.is_due(now) && !grant.is_lost() {
        return Ok(grant);
    }
    let integration = storage.integration(&beside)?;
    let renewal = timeout(
        limits::GRANT_RENEWED_WITHIN,
        grant.renewed(&integration, now),
    )
    .await;
    let is_usable = !is_refused && grant.is_valid(now);
    let next = match renewal {
        Ok(Ok(next)) => next,
        Ok(Err(NotRenewed::Lost)) => grant.lost(),
        // It was renewed early, so there is time to try again.
        _ if is_usable => return Ok(grant),
        Ok(Err(NotRenewed::Later(error))) => {
            tracing::warn!(%error, "a sign-in to Webex could not be renewed");
            return Err(refusal::later(&error));
        }
        Err(_elapsed) => return Err(refusal::busy()),
    };
    storage.write(beside, &next).await?;
    match next.is_lost() {
        true => Err(refusal::lost(storage.advice())),
        false => Ok(next),
    }
}

fn is_same(one: &AccessToken, other: &AccessToken) -> bool {
    one.expose() == other.expose()
}
