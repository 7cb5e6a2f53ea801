//! Shares of what all callers use together: a bound for all, and a bound for each holder, so that
//! no holder can take everything.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;

/// How much there is of something.
#[derive(Debug, Clone, Copy)]
pub struct ShareBounds {
    pub in_all: usize,
    /// The most for one holder.
    pub each: usize,
}

/// How much of one thing each holder has. A holder of nothing is not remembered.
#[derive(Debug)]
pub struct Shares<K>(Arc<Inner<K>>);

#[derive(Debug)]
struct Inner<K> {
    bounds: ShareBounds,
    taken: Mutex<Taken<K>>,
}

#[derive(Debug)]
struct Taken<K> {
    in_all: usize,
    by_holder: HashMap<K, usize>,
}

/// A part that is held; dropping it releases it.
#[derive(Debug)]
pub struct Share<K: Eq + Hash> {
    of: Arc<Inner<K>>,
    holder: K,
    amount: usize,
}

impl<K: Eq + Hash + Clone> Shares<K> {
    pub fn new(bounds: ShareBounds) -> Self {
        Shares(Arc::new(Inner {
            bounds,
            taken: Mutex::new(Taken {
                in_all: 0,
                by_holder: HashMap::new(),
            }),
        }))
    }

    /// Takes this much for a holder; `None` where the holder, or all together, would have too much.
    pub fn take(&self, holder: &K, amount: usize) -> Option<Share<K>> {
        let bounds = self.0.bounds;
        let mut taken = self.0.taken.lock();
        let in_all = taken.in_all.checked_add(amount)?;
        let theirs = taken.by_holder.get(holder).copied().unwrap_or(0);
        let theirs = theirs.checked_add(amount)?;
        if in_all > bounds.in_all || theirs > bounds.each {
            return None;
        }
        taken.in_all = in_all;
        taken.by_holder.insert(holder.clone(), theirs);
        drop(taken);
        Some(Share {
            of: self.0.clone(),
            holder: holder.clone(),
            amount,
        })
    }
}

impl<K: Eq + Hash> Drop for Share<K> {
    fn drop(&mut self) {
        let mut taken = self.of.taken.lock();
        taken.in_all = taken.in_all.saturating_sub(self.amount);
        if let Some(theirs) = taken.by_holder.get_mut(&self.holder) {
            *theirs = theirs.saturating_sub(self.amount);
            if *theirs == 0 {
                taken.by_holder.remove(&self.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever is taken and released, no bound is exceeded, and in the end everything is free.
        #[test]
        fn bounds_hold_and_everything_comes_back(
            steps in proptest::collection::vec((0u8..3, 0usize..6, any::<bool>()), 0..60)
        ) {
            let shares = Shares::new(ShareBounds { in_all: 10, each: 5 });
            let mut held: Vec<Share<u8>> = Vec::new();
            for (holder, amount, gives_back) in steps {
                if gives_back && !held.is_empty() {
                    held.swap_remove(amount % held.len());
                    continue;
                }
                let theirs: usize = held.iter().filter(|s| s.holder == holder).map(|s| s.amount).sum();
                let in_all: usize = held.iter().map(|s| s.amount).sum();
                let fits = theirs + amount <= 5 && in_all + amount <= 10;
                let taken = shares.take(&holder, amount);
                prop_assert_eq!(taken.is_some(), fits);
                held.extend(taken);
            }
            drop(held);
            let taken = shares.0.taken.lock();
            prop_assert!(taken.in_all == 0 && taken.by_holder.is_empty());
        }
    }
}
