//! How many fetches run and wait at once.

use futures::future::join_all;

use super::*;
use crate::limits::{OUTBOUND_AT_ONCE, OUTBOUND_WAITING};

/// Names are never found in it, and never not found.
#[derive(Debug, Default)]
struct Mute {
    asked: Mutex<usize>,
}

impl Internet for Mute {
    fn lookup(&self, _: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        *self.asked.lock() += 1;
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn few_run_some_wait_and_more_are_refused() {
    let internet = Arc::new(Mute::default());
    let outbound = Outbound::in_internet(Rules::default(), internet.clone()).unwrap();
    let url = Url::parse("https://idp.example.com/document").unwrap();
    let (most, more) = (OUTBOUND_AT_ONCE + OUTBOUND_WAITING, 3);
    // In the second round all places are free again.
    for _ in 1..=2 {
        let before = *internet.asked.lock();
        let mut all = Box::pin(join_all(
            (0..most + more).map(|_| outbound.get(&url, BOUNDS)),
        ));
        let early = tokio::time::timeout(BOUNDS.within / 2, &mut all).await;
        assert!(early.is_err());
        assert_eq!(*internet.asked.lock() - before, OUTBOUND_AT_ONCE);
        let ended = all.await;
        let count = |error| {
            let ended = ended.iter().map(|ended| ended.as_ref().unwrap_err());
            ended.filter(|other| **other == error).count()
        };
        assert_eq!(count(NotFetched::Busy), more);
        assert_eq!(count(NotFetched::TooSlow(BOUNDS.within)), most);
    }
}

#[tokio::test(start_paused = true)]
async fn who_leaves_frees_its_place() {
    let internet = Arc::new(Mute::default());
    let outbound = Outbound::in_internet(Rules::default(), internet.clone()).unwrap();
    let url = Url::parse("https://idp.example.com/document").unwrap();
    for _ in 0..3 * (OUTBOUND_AT_ONCE + OUTBOUND_WAITING) {
        let left = tokio::time::timeout(Duration::from_millis(1), outbound.get(&url, BOUNDS));
        assert!(left.await.is_err());
    }
}
