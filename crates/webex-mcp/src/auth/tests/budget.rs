//! Whom a flood of guesses delays.

use super::*;

#[tokio::test(start_paused = true)]
async fn guesses_never_delay_a_token_that_is_known() {
    let three = NonZeroU32::new(3).unwrap();
    let five = NonZeroU32::new(5).unwrap();
    let budget = BudgetBounds {
        per_address: three,
        in_all: five,
    };
    let world = World::bounded(budget, 1);
    world.caller("alice").await.unwrap();
    for guess in ["guess-1", "guess-2", "guess-3"] {
        let refused = world.caller(guess).await.unwrap_err();
        assert_eq!(refused.reason, Reason::Refused);
    }
    let spent = world.caller("guess-4").await.unwrap_err();
    assert!(matches!(spent.reason, Reason::TooMany { .. }), "{spent:?}");
    assert!(spent.retry_after().unwrap() > Duration::ZERO);
    assert_eq!(world.asked.counts(), (4, 0), "Webex is not asked any more");
    // Others have their own budgets, within the budget of all.
    world.caller_at("bob", "192.0.2.2").await.unwrap();
    world.caller_at("guess-4", "2001:db8::1").await.unwrap_err();
    let spent = world.caller_at("guess-5", "192.0.2.3").await.unwrap_err();
    assert!(matches!(spent.reason, Reason::Busy { .. }), "{spent:?}");
    // Now, and when Webex has to be asked again.
    world.caller("alice").await.unwrap();
    tokio::time::advance(Duration::from_secs(limits::TOKEN_VERIFIED_SECONDS)).await;
    let before = world.asked.counts().0;
    world.caller("alice").await.unwrap();
    assert_eq!(world.asked.counts().0, before + 1);
}

/// Whether a token that is new here is valid is only known by asking Webex, which is what a flood costs.
#[tokio::test(start_paused = true)]
async fn a_token_that_is_new_waits_for_the_share_of_its_address() {
    let world = World::bounded(BudgetBounds::per_minute(3, 100), 1);
    for guess in ["guess-1", "guess-2", "guess-3"] {
        world.caller(guess).await.unwrap_err();
    }
    let asked = world.asked.counts();
    let spent = world.caller("alice").await.unwrap_err();
    assert_eq!(world.asked.counts(), asked);
    let again = Duration::from_secs(20);
    let wait = spent.retry_after().unwrap();
    assert!(!wait.is_zero() && wait <= again, "{wait:?}");
    // Elsewhere it is let in at once, and here when it was told to come again: then it is known.
    world.caller_at("bob", "192.0.2.2").await.unwrap();
    tokio::time::advance(again).await;
    world.caller("alice").await.unwrap();
    world.caller("guess-4").await.unwrap_err();
    world.caller("alice").await.unwrap();
}
