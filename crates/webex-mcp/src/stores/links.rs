//! Signed links: a handle stands for a file and the right to read it, for 15 minutes.
//!
//! The entry is stored under the digest of the handle and encrypted with a key that only the handle
//! yields. So no URL contains the caller's token, and no store can read it.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use uuid::Uuid;
use webex::{AccessToken, Webex};
use zeroize::Zeroize as _;

use super::handle::{Handle, counted};
use super::state::{Claim, State as _, StateStore};
use crate::error::{CallError, Code};
use crate::identity::{Principal, Tenant};
use crate::limits;
use crate::tool::{FileShelf, Link, ShelfFile};

const LIFETIME: Duration = Duration::from_secs(limits::LINK_LIFETIME_SECONDS);
/// The group of all links, and the prefix of each principal's group.
const LINKS: &str = "links";

/// The path of links; one segment, the handle, follows.
pub const PATH: &str = "/files/";

/// The links that are valid now. Clones share them.
#[derive(Debug, Clone)]
pub struct Links(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Scheme and host before [`PATH`], without a slash at the end.
    base: String,
    state: StateStore,
    webex: Webex,
}

/// What a link stands for, and for whom it was made.
#[derive(Debug, Clone)]
pub struct Linked {
    pub principal: Principal,
    pub what: What,
}

#[derive(Debug, Clone)]
pub enum What {
    /// A file of Webex's, and a client that acts as the caller.
    OfWebex(webex::Client, ShelfFile),
    /// A file that was made here.
    Artifact(Tenant, Uuid),
}

/// The same in its stored form, before sealing.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    principal: String,
    what: KeptWhat,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum KeptWhat {
    OfWebex(KeptFile),
    Artifact(String, Uuid),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeptFile {
    token: Wiped,
    url: String,
    name: String,
    mime_type: Option<String>,
    size_bytes: Option<u64>,
    allow_unscannable: bool,
}

/// A token on its way into or out of the sealed form.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Wiped(String);

impl Drop for Wiped {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Links {
    /// Links that begin with `base`, the URL under which clients reach this server.
    pub fn new(base: &str, state: StateStore, webex: Webex) -> Self {
        Links(Arc::new(Inner {
            base: base.trim_end_matches('/').to_owned(),
            state,
            webex,
        }))
    }

    /// Makes a link to the file, with the caller's rights, valid for 15 minutes.
    ///
    /// # Errors
    /// `rate_limited` where this principal, or all together, have the most links they may have;
    /// `invalid_arguments` for a URL longer than any that Webex gives.
    pub async fn keep(
        &self,
        principal: &Principal,
        token: &AccessToken,
        file: ShelfFile,
    ) -> Result<Link, CallError> {
        let file = bounded(file)?;
        let what = KeptWhat::OfWebex(KeptFile {
            token: Wiped(token.expose().to_owned()),
            url: file.url,
            name: file.name.clone(),
            mime_type: file.mime_type.clone(),
            size_bytes: file.size_bytes,
            allow_unscannable: file.allow_unscannable,
        });
        Ok(Link {
            uri: self.keep_what(principal, what).await?,
            name: file.name.into(),
            mime_type: file.mime_type,
            size_bytes: file.size_bytes,
        })
    }

    /// Makes a link to a file that was made here for this principal, valid for 15 minutes.
    ///
    /// # Errors
    /// `rate_limited` as of [`Links::keep`].
    pub async fn keep_artifact(
        &self,
        tenant: &Tenant,
        principal: &Principal,
        id: Uuid,
    ) -> Result<String, CallError> {
        let what = KeptWhat::Artifact(tenant.as_str().to_owned(), id);
        self.keep_what(principal, what).await
    }

    async fn keep_what(&self, principal: &Principal, what: KeptWhat) -> Result<String, CallError> {
        let kept = Kept {
            principal: principal.as_str().to_owned(),
            what,
        };
        let handle = Handle::fresh()?;
        let digest = handle.digest();
        let sealed = handle.seal(LINKS, &kept)?;
        self.claim(principal, &digest).await?;
        let state = &self.0.state;
        state.put(&stored(&digest), sealed.into(), LIFETIME).await?;
        Ok(format!("{}{PATH}{}", self.0.base, handle.text()))
    }

    /// What the handle stands for; `None` where there is no such link or it has expired.
    ///
    /// # Errors
    /// The errors of the state store.
    pub async fn find(&self, handle: &str) -> Result<Option<Linked>, CallError> {
        let Some(handle) = Handle::parse(handle) else {
            return Ok(None);
        };
        let sealed = self.0.state.get(&stored(&handle.digest())).await?;
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let Some(kept) = handle.open::<Kept>(LINKS, &sealed)? else {
            return Ok(None);
        };
        let principal = Principal::new(kept.principal);
        let what = match kept.what {
            KeptWhat::Artifact(tenant, id) => What::Artifact(Tenant::new(tenant), id),
            KeptWhat::OfWebex(kept) => {
                let token = AccessToken::new(kept.token.0.as_str())?;
                let deadline = Instant::now() + limits::TRANSFER_DEADLINE;
                let file = ShelfFile {
                    url: kept.url,
                    name: kept.name,
                    mime_type: kept.mime_type,
                    size_bytes: kept.size_bytes,
                    allow_unscannable: kept.allow_unscannable,
                };
                What::OfWebex(self.0.webex.client(token).with_deadline(deadline), file)
            }
        };
        Ok(Some(Linked { principal, what }))
    }

    /// Takes a place among this principal's links, and one among all links.
    async fn claim(&self, principal: &Principal, digest: &str) -> Result<(), CallError> {
        let state = &self.0.state;
        let own = counted(LINKS, principal.as_str());
        let share = limits::LINKS_PER_PRINCIPAL;
        if let Claim::Full { free_in } = state.claim(&own, digest, share, LIFETIME).await? {
            return Err(full("You have too many download links open.", free_in));
        }
        let all = state
            .claim(LINKS, digest, limits::LINKS_MAX, LIFETIME)
            .await;
        match all {
            Ok(Claim::Held) => Ok(()),
            Ok(Claim::Full { free_in }) => {
                state.release(&own, digest).await?;
                Err(full("Too many download links are open.", free_in))
            }
            Err(error) => Err(error),
        }
    }
}

impl FileShelf for Links {
    fn place<'a>(
        &'a self,
        principal: &'a Principal,
        token: &'a AccessToken,
        file: ShelfFile,
    ) -> BoxFuture<'a, Result<Link, CallError>> {
        Box::pin(self.keep(principal, token, file))
    }
}

fn stored(digest: &str) -> String {
    format!("link/{digest}")
}

/// The file with its fields cut to their limits: names come from other people.
fn bounded(mut file: ShelfFile) -> Result<ShelfFile, CallError> {
    if file.url.len() > limits::FILE_URL_MAX_BYTES {
        let most = limits::FILE_URL_MAX_BYTES;
        let right = format!("it may have at most {most} bytes");
        return Err(CallError::invalid("fileUrl", right));
    }
    let end = file.name.floor_char_boundary(limits::FILE_NAME_MAX_BYTES);
    file.name.truncate(end);
    file.mime_type = file
        .mime_type
        .filter(|kind| kind.len() <= limits::MEDIA_TYPE_MAX_BYTES);
    Ok(file)
}

fn full(message: &'static str, wait: Duration) -> CallError {
    CallError::new(
        Code::RateLimited,
        message,
        "Wait retryAfterSeconds until one has expired, then repeat the call.",
    )
    .with_retry_after(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "http://127.0.0.1:9/v1";

    fn links() -> (Links, StateStore) {
        let state = StateStore::memory();
        let webex = Webex::new(BASE).unwrap();
        let links = Links::new("https://example.com/", state.clone(), webex);
        (links, state)
    }

    fn token() -> AccessToken {
        AccessToken::new("very-secret").unwrap()
    }

    fn file(name: &str) -> ShelfFile {
        ShelfFile {
            url: format!("{BASE}/contents/{name}"),
            name: name.to_owned(),
            mime_type: None,
            size_bytes: Some(7),
            allow_unscannable: true,
        }
    }

    fn handle(link: &Link) -> &str {
        link.uri.strip_prefix("https://example.com/files/").unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_link_leads_to_its_file_until_it_expires() {
        let (links, state) = links();
        let alice = Principal::new("alice");
        let link = links.keep(&alice, &token(), file("a")).await.unwrap();
        let found = links.find(handle(&link)).await.unwrap().unwrap();
        let What::OfWebex(_, found_file) = found.what else {
            panic!("another file");
        };
        assert_eq!((found_file, found.principal), (file("a"), alice));
        for foreign in ["", "a", "../a", &"B".repeat(43), &"B".repeat(4_000)] {
            assert!(links.find(foreign).await.unwrap().is_none(), "{foreign}");
        }
        // The stored entry reveals neither the handle, nor the token, nor the file.
        let kept = format!("{links:?} {state:?}");
        for secret in [handle(&link), "very-secret", "contents/a", "alice"] {
            assert!(!kept.contains(secret), "{secret}");
        }
        tokio::time::sleep(LIFETIME - Duration::from_secs(1)).await;
        assert!(links.find(handle(&link)).await.unwrap().is_some());
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(links.find(handle(&link)).await.unwrap().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_principal_has_a_share_and_all_have_a_bound() {
        let (links, _) = links();
        let keep = async |who: &str| {
            let principal = Principal::new(who);
            links.keep(&principal, &token(), file("a")).await
        };
        for _ in 0..limits::LINKS_PER_PRINCIPAL {
            keep("greedy").await.unwrap();
        }
        let refused = keep("greedy").await.unwrap_err();
        assert_eq!(refused.code, Code::RateLimited);
        assert!(refused.retry_after.is_some_and(|wait| wait <= LIFETIME));
        keep("somebody").await.unwrap();
        for other in 1..limits::LINKS_MAX / limits::LINKS_PER_PRINCIPAL {
            for _ in 0..limits::LINKS_PER_PRINCIPAL {
                let _ = keep(&other.to_string()).await;
            }
        }
        let refused = keep("late").await.unwrap_err();
        assert_eq!(refused.message, "Too many download links are open.");
        tokio::time::sleep(LIFETIME).await;
        keep("late").await.unwrap();
        keep("greedy").await.unwrap();
    }

    #[tokio::test]
    async fn a_file_that_was_made_here_has_a_link_of_its_own() {
        let (links, state) = links();
        let (tenant, alice) = (Tenant::new("acme"), Principal::new("alice"));
        let id = Uuid::from_u128(7);
        let uri = links.keep_artifact(&tenant, &alice, id).await.unwrap();
        let handle = uri.strip_prefix("https://example.com/files/").unwrap();
        let found = links.find(handle).await.unwrap().unwrap();
        assert_eq!(found.principal, alice);
        assert!(matches!(found.what, What::Artifact(of, found) if of == tenant && found == id));
        assert!(!format!("{state:?}").contains(&id.to_string()));
    }

    #[tokio::test]
    async fn what_is_kept_is_bounded() {
        let (links, _) = links();
        let principal = Principal::new("alice");
        let mut long = file("a");
        long.name = "é".repeat(1_000_000);
        long.mime_type = Some("x/".repeat(1_000_000));
        let link = links.keep(&principal, &token(), long).await.unwrap();
        assert_eq!(link.name.as_str().len(), 254);
        assert_eq!(link.mime_type, None);
        assert!(links.find(handle(&link)).await.unwrap().is_some());
        let far = file(&"x".repeat(limits::FILE_URL_MAX_BYTES));
        let refused = links.keep(&principal, &token(), far).await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidArguments);
    }
}
