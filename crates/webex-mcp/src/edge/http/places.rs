//! Places for transfers: a bound on all transfers at once, and a bound for each principal.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::identity::Principal;

/// Clones share the places.
#[derive(Debug, Clone)]
pub struct Places {
    in_all: usize,
    of_one: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    in_all: usize,
    /// Holds only principals that have a place.
    of_one: HashMap<Principal, usize>,
}

/// A place that was taken; dropping it releases it.
#[derive(Debug)]
pub struct Place {
    principal: Principal,
    taken: Arc<Mutex<Taken>>,
}

impl Places {
    pub fn new(in_all: usize, of_one: usize) -> Self {
        Places {
            in_all,
            of_one,
            taken: Arc::default(),
        }
    }

    /// Takes a place if this principal may have one; returns at once either way.
    pub fn take(&self, principal: &Principal) -> Option<Place> {
        let mut taken = self.taken.lock();
        let own = taken.of_one.get(principal).copied().unwrap_or(0);
        if taken.in_all >= self.in_all || own >= self.of_one {
            return None;
        }
        taken.in_all += 1;
        taken.of_one.insert(principal.clone(), own + 1);
        Some(Place {
            principal: principal.clone(),
            taken: self.taken.clone(),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock();
        taken.in_all -= 1;
        if let Some(own) = taken.of_one.get_mut(&self.principal) {
            *own -= 1;
            if *own == 0 {
                taken.of_one.remove(&self.principal);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_all_places_and_all_come_back() {
        let places = Places::new(3, 2);
        let (alice, bob, carol) = ("alice", "bob", "carol");
        let take = |who: &str| places.take(&Principal::new(who));
        let hers = [take(alice).unwrap(), take(alice).unwrap()];
        assert!(take(alice).is_none());
        let his = take(bob).unwrap();
        assert!(take(carol).is_none());
        drop(hers);
        assert!(take(carol).is_some());
        drop(his);
        let taken = places.taken.lock();
        assert!(taken.in_all == 0 && taken.of_one.is_empty());
    }
}
