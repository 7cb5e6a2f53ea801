//! The contract for every backend of state.

use super::*;

const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

async fn value(state: &impl State, key: &str) -> Option<Bytes> {
    state.get(key).await.unwrap()
}

/// The contract. The backend is empty and nobody else uses it.
async fn keeps_the_contract(state: &impl State) {
    values(state).await;
    shares(state).await;
    leases(state).await;
}

async fn values(state: &impl State) {
    assert_eq!(value(state, "a").await, None);
    state.put("a", "1".into(), MINUTE).await.unwrap();
    state.put("b", "2".into(), MINUTE).await.unwrap();
    assert_eq!(value(state, "a").await.unwrap(), "1");
    // The last value counts, with its own end.
    state.put("a", "3".into(), SECOND).await.unwrap();
    assert_eq!(value(state, "a").await.unwrap(), "3");
    tokio::time::sleep(SECOND * 2).await;
    assert_eq!(value(state, "a").await, None);
    assert_eq!(state.take("a").await.unwrap(), None);
    // Taken once, and only once.
    assert_eq!(state.take("b").await.unwrap().unwrap(), "2");
    assert_eq!(state.take("b").await.unwrap(), None);
    assert_eq!(value(state, "b").await, None);
    state.put("", Bytes::new(), SECOND).await.unwrap();
    assert_eq!(value(state, "").await.unwrap(), "");
}

async fn shares(state: &impl State) {
    let claim = async |group, holder, ttl| state.claim(group, holder, 2, ttl).await.unwrap();
    assert_eq!(claim("g", "a", SECOND * 2).await, Claim::Held);
    assert_eq!(claim("g", "b", MINUTE).await, Claim::Held);
    let Claim::Full { free_in } = claim("g", "c", MINUTE).await else {
        panic!("a third of two places");
    };
    assert!(free_in <= SECOND * 2, "{free_in:?}");
    // Another group, and a value of the same name, are separate.
    assert_eq!(claim("h", "c", SECOND).await, Claim::Held);
    assert_eq!(value(state, "g").await, None);
    // A holder may extend its claim.
    assert_eq!(claim("g", "b", MINUTE).await, Claim::Held);
    tokio::time::sleep(SECOND * 3).await;
    assert_eq!(claim("g", "c", MINUTE).await, Claim::Held);
    assert!(matches!(claim("g", "a", MINUTE).await, Claim::Full { .. }));
    state.release("g", "nobody").await.unwrap();
    assert!(matches!(claim("g", "a", MINUTE).await, Claim::Full { .. }));
    state.release("g", "b").await.unwrap();
    assert_eq!(claim("g", "a", MINUTE).await, Claim::Held);
}

async fn leases(state: &impl State) {
    let lease = async |holder| state.claim("lease", holder, 1, SECOND).await.unwrap();
    assert_eq!(lease("one").await, Claim::Held);
    assert!(matches!(lease("two").await, Claim::Full { .. }));
    assert_eq!(lease("one").await, Claim::Held);
    tokio::time::sleep(SECOND * 2).await;
    assert_eq!(lease("two").await, Claim::Held);
    assert!(matches!(lease("one").await, Claim::Full { .. }));
}

#[tokio::test(start_paused = true)]
async fn memory_keeps_the_contract() {
    keeps_the_contract(&Memory::default()).await;
    keeps_the_contract(&StateStore::memory()).await;
}
