//! What is used up by requests and comes back with time.

use std::time::Duration;

use tokio::time::Instant;

/// It holds a number of uses, each of which comes back after a while. It is one time: when the last
/// use will have come back.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bucket(Option<Instant>);

impl Bucket {
    /// Uses one of `most`; each comes back after `again`, one after the other.
    ///
    /// # Errors
    /// It is empty: how long until the next use is there. Nothing is taken then.
    pub fn take(&mut self, most: u32, again: Duration) -> Result<(), Duration> {
        let now = Instant::now();
        let owed = self.owed(now) + again;
        match owed.checked_sub(again * most) {
            None | Some(Duration::ZERO) => {
                self.0 = Some(now + owed);
                Ok(())
            }
            Some(early) => Err(early),
        }
    }

    /// Counts one more, up to `most`; returns how many there are, each of which is forgotten after
    /// `again`, one after the other.
    pub fn count(&mut self, most: u32, again: Duration) -> u32 {
        let now = Instant::now();
        let owed = (self.owed(now) + again).min(again * most);
        self.0 = Some(now + owed);
        let counted = owed.as_nanos().div_ceil(again.as_nanos().max(1));
        u32::try_from(counted).unwrap_or(most)
    }

    /// A use that does not count after all.
    pub fn put_back(&mut self, again: Duration) {
        let now = Instant::now();
        self.0 = Some(now + self.owed(now).saturating_sub(again));
    }

    /// How long until all uses have come back.
    fn owed(&self, now: Instant) -> Duration {
        self.0
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AGAIN: Duration = Duration::from_secs(2);

    #[tokio::test(start_paused = true)]
    async fn uses_come_back_one_after_the_other() {
        let mut bucket = Bucket::default();
        for _ in 0..3 {
            bucket.take(3, AGAIN).unwrap();
        }
        assert_eq!(bucket.take(3, AGAIN), Err(AGAIN));
        assert_eq!(bucket.take(3, AGAIN), Err(AGAIN), "asking costs nothing");
        tokio::time::advance(AGAIN).await;
        bucket.take(3, AGAIN).unwrap();
        assert_eq!(bucket.take(3, AGAIN), Err(AGAIN));
        bucket.put_back(AGAIN);
        bucket.take(3, AGAIN).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_counted_is_forgotten_and_never_more_than_the_most() {
        let mut bucket = Bucket::default();
        let counted: Vec<_> = (0..5).map(|_| bucket.count(4, AGAIN)).collect();
        assert_eq!(counted, [1, 2, 3, 4, 4]);
        tokio::time::advance(2 * AGAIN).await;
        assert_eq!(bucket.count(4, AGAIN), 3);
        tokio::time::advance(9 * AGAIN).await;
        assert_eq!(bucket.count(4, AGAIN), 1);
    }

    proptest! {
        /// Whatever is taken and put back, no more than the most is ever out.
        #[test]
        fn no_more_than_the_most(steps in proptest::collection::vec(any::<bool>(), 0..40)) {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time().start_paused(true).build().unwrap();
            runtime.block_on(async {
                let (mut bucket, mut out) = (Bucket::default(), 0u32);
                for takes in steps {
                    match takes {
                        true => out += u32::from(bucket.take(5, AGAIN).is_ok()),
                        false => {
                            bucket.put_back(AGAIN);
                            out = out.saturating_sub(1);
                        }
                    }
                    assert!(out <= 5);
                    let mut seen = bucket;
                    assert_eq!(seen.count(6, AGAIN), out + 1);
                }
            });
        }
    }
}
