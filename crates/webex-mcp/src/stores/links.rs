//! Signed links: 256 random bits that stand for a file and the right to read it, for 15 minutes.
//!
//! The caller's token stays in memory and is never in a URL. What expires is wiped, wanted or not.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Weak};
use std::time::Duration;

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::error::{CallError, Code};
use crate::limits;
use crate::seal::digest;
use crate::tool::{FileShelf, Link, ShelfFile};

const HANDLE_BYTES: usize = 32;
const LIFETIME: Duration = Duration::from_secs(limits::LINK_LIFETIME_SECONDS);

/// Where links lead; one segment, the handle, follows.
pub const PATH: &str = "/files/";

/// The links that are good at this moment. Clones share them.
#[derive(Debug, Clone)]
pub struct Links(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Scheme and host before [`PATH`], without a slash at the end.
    base: String,
    held: Mutex<Held>,
}

/// Keys are digests: whoever reads this memory, or times a look-up, learns no handle.
#[derive(Debug, Default)]
struct Held {
    files: HashMap<[u8; 32], Linked>,
    /// All live equally long, so the oldest is the next to go.
    order: VecDeque<(Instant, [u8; 32])>,
    is_swept: bool,
}

/// What a link stands for.
#[derive(Debug, Clone)]
pub struct Linked {
    /// Webex as the caller for whom the link was made.
    pub client: webex::Client,
    pub file: ShelfFile,
}

impl Links {
    /// Links that begin with `base`, the address under which clients reach this server.
    pub fn new(base: &str) -> Self {
        Links(Arc::new(Inner {
            base: base.trim_end_matches('/').to_owned(),
            held: Mutex::default(),
        }))
    }

    /// What the handle stands for; `None` where it was never made or has expired.
    pub fn find(&self, handle: &str) -> Option<Linked> {
        let handle: [u8; HANDLE_BYTES] = BASE64.decode(handle).ok()?.try_into().ok()?;
        let mut held = self.0.held.lock();
        held.expire(Instant::now());
        held.files.get(&digest(&handle)).cloned()
    }

    fn keep(&self, linked: Linked) -> Result<String, CallError> {
        let mut handle = [0; HANDLE_BYTES];
        rand::fill(&mut handle).map_err(|_| CallError::internal("no random bytes"))?;
        let now = Instant::now();
        let is_first = {
            let mut held = self.0.held.lock();
            held.expire(now);
            if held.order.len() >= limits::LINKS_MAX {
                return Err(full(held.next_expiry(now)));
            }
            let key = digest(&handle);
            held.files.insert(key, linked);
            held.order.push_back((now + LIFETIME, key));
            !std::mem::replace(&mut held.is_swept, true)
        };
        if is_first {
            tokio::spawn(sweep(Arc::downgrade(&self.0)));
        }
        Ok(format!("{}{PATH}{}", self.0.base, BASE64.encode(handle)))
    }
}

impl Held {
    fn expire(&mut self, now: Instant) {
        while let Some((expiry, key)) = self.order.front()
            && *expiry <= now
        {
            self.files.remove(key);
            self.order.pop_front();
        }
    }

    fn next_expiry(&self, now: Instant) -> Duration {
        let next = self.order.front();
        next.map_or(Duration::ZERO, |(expiry, _)| expiry.duration_since(now))
    }
}

/// One task while there are links; it ends with the last of them.
async fn sweep(links: Weak<Inner>) {
    loop {
        let wait = {
            let Some(links) = links.upgrade() else { return };
            let mut held = links.held.lock();
            let now = Instant::now();
            held.expire(now);
            if held.order.is_empty() {
                held.is_swept = false;
                return;
            }
            held.next_expiry(now)
        };
        tokio::time::sleep(wait).await;
    }
}

impl FileShelf for Links {
    fn place<'a>(
        &'a self,
        client: &'a webex::Client,
        file: ShelfFile,
    ) -> BoxFuture<'a, Result<Link, CallError>> {
        Box::pin(async move {
            let linked = Linked {
                client: client.clone(),
                file: file.clone(),
            };
            Ok(Link {
                uri: self.keep(linked)?,
                name: file.name.into(),
                mime_type: file.mime_type,
                size_bytes: file.size_bytes,
            })
        })
    }
}

fn full(wait: Duration) -> CallError {
    CallError::new(
        Code::RateLimited,
        "Too many download links are open.",
        "Wait retryAfterSeconds until one has expired, then repeat the call.",
    )
    .with_retry_after(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> webex::Client {
        let webex = webex::Webex::new("http://127.0.0.1:9/v1").unwrap();
        webex.client(webex::AccessToken::new("very-secret").unwrap())
    }

    fn file(name: &str) -> ShelfFile {
        ShelfFile {
            url: format!("http://127.0.0.1:9/v1/contents/{name}"),
            name: name.to_owned(),
            mime_type: None,
            size_bytes: Some(7),
            allow_unscannable: false,
        }
    }

    fn handle(link: &Link) -> &str {
        link.uri.strip_prefix("https://example.com/files/").unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_link_leads_to_its_file_until_it_expires() {
        let links = Links::new("https://example.com/");
        let link = links.place(&client(), file("a")).await.unwrap();
        assert!(!link.uri.contains("very-secret"));
        assert!(!format!("{links:?}").contains("very-secret"));
        assert_eq!(links.find(handle(&link)).unwrap().file, file("a"));
        for foreign in ["", "a", "../a", &BASE64.encode([7; HANDLE_BYTES])] {
            assert!(links.find(foreign).is_none());
        }
        tokio::time::sleep(LIFETIME - Duration::from_secs(1)).await;
        assert!(links.find(handle(&link)).is_some());
        tokio::time::sleep(Duration::from_secs(2)).await;
        // Nobody looked: the sweep alone has wiped it.
        let held = links.0.held.lock();
        assert!(held.files.is_empty() && held.order.is_empty() && !held.is_swept);
    }

    #[tokio::test(start_paused = true)]
    async fn there_are_only_so_many() {
        let links = Links::new("https://example.com");
        let client = client();
        for _ in 0..limits::LINKS_MAX {
            links.place(&client, file("a")).await.unwrap();
        }
        let refused = links.place(&client, file("b")).await.unwrap_err();
        assert_eq!(refused.code, Code::RateLimited);
        assert!(refused.retry_after.is_some_and(|wait| wait <= LIFETIME));
        tokio::time::sleep(LIFETIME).await;
        links.place(&client, file("b")).await.unwrap();
    }
}
