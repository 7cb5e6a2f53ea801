//! Callers who keep failing to say who they are.

use tokio::time::Instant;

use super::*;
use crate::edge::limits;

const GUESS: &str = "Bearer guess";
const BOB: &str = "Bearer sandbox-bob";

/// A door that keeps count.
struct Counting(Router);

impl Counting {
    fn new(mount: Mount) -> Self {
        Counting(plain_door(vec![mount]))
    }

    /// The status of an answer, and how long it took.
    async fn ask(&self, from: &str, bearer: Option<&str>) -> (u16, Duration) {
        let mut request = Request::get("/who").header("host", "localhost");
        if let Some(bearer) = bearer {
            request = request.header("authorization", bearer);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let from: SocketAddr = from.parse().unwrap();
        request.extensions_mut().insert(PeerAddress(from));
        let begun = Instant::now();
        let answer = self.0.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        assert_eq!(answer.headers().contains_key("retry-after"), status == 429);
        (status, begun.elapsed())
    }

    async fn fail(&self, times: u32, bearer: &str) {
        for _ in 0..times {
            assert_eq!(self.ask(AWAY, Some(bearer)).await, (401, Duration::ZERO));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_keeps_failing_waits_longer_and_nobody_else_does() {
    for bearer in [GUESS, "Basic b:c"] {
        let door = Counting::new(who(sandbox(false)));
        door.fail(limits::FAILURES_FREE_PER_ADDRESS, bearer).await;
        for doubled in [1, 2, 4] {
            let slow = limits::FAILURE_DELAY_FIRST * doubled;
            assert_eq!(door.ask(AWAY, Some(bearer)).await, (401, slow));
            // A valid credential from the same address is not delayed, and no client is that has yet to
            // learn how to sign in.
            assert_eq!(door.ask(AWAY, Some(BOB)).await, (200, Duration::ZERO));
            assert_eq!(door.ask(AWAY, None).await, (401, Duration::ZERO));
            let other = "198.51.100.1:1";
            assert_eq!(door.ask(other, Some(bearer)).await, (401, Duration::ZERO));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_guesses_is_refused_and_a_valid_token_in_it_is_not() {
    let door = Counting::new(who(sandbox(false)));
    door.fail(limits::FAILURES_FREE_PER_ADDRESS, GUESS).await;
    let flood = (0..3 * limits::FAILURES_HELD_EACH).map(|_| door.ask(AWAY, Some(GUESS)));
    let flood = futures::future::join_all(flood);
    let (flood, valid) = tokio::join!(flood, door.ask(AWAY, Some(BOB)));
    assert_eq!(valid, (200, Duration::ZERO));
    let refused: Vec<_> = flood.iter().filter(|(status, _)| *status == 429).collect();
    assert_eq!(refused.len(), 2 * limits::FAILURES_HELD_EACH);
    assert!(refused.iter().all(|(_, waited)| waited.is_zero()));
    let held = flood.iter().filter(|(status, _)| *status == 401);
    assert!(held.clone().all(|(_, waited)| !waited.is_zero()));
    assert_eq!(held.count(), limits::FAILURES_HELD_EACH);
}

/// A token that was valid here is no guess: many clients find out in this way that it has ended.
#[tokio::test(start_paused = true)]
async fn whoever_had_a_token_is_not_slowed_when_it_ends() {
    let valid = std::sync::atomic::AtomicUsize::new(0);
    let me = move |headers: axum::http::HeaderMap| {
        let bearer = headers["authorization"].to_str().unwrap().to_owned();
        let first = valid.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        async move {
            match bearer == "Bearer ends" && first {
                true => Ok(axum::Json(serde_json::json!({"id": "p"}))),
                false => Err(StatusCode::UNAUTHORIZED),
            }
        }
    };
    let me = Arc::new(me);
    let upstream = Router::new().route("/v1/people/me", axum::routing::get(move |h| me(h)));
    let transport = webex::Transport::in_process(upstream);
    let settings = webex::Settings::default();
    let webex = webex::Webex::with_transport("https://example.com/v1", transport, settings);
    let key = PrincipalKey::new(&Secret::new(Box::new([1; 32])));
    let passthrough = Passthrough::new(webex.unwrap(), key, BudgetBounds::default());
    let passthrough = Authentication::Passthrough(Arc::new(passthrough));
    let request = Request::get("/who").header("authorization", "Bearer ends");
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let head = super::super::authentication::head(&parts.headers, None, &Proxies::default(), None);
    passthrough.caller(&head).await.unwrap();
    let verified = Duration::from_secs(crate::limits::TOKEN_VERIFIED_SECONDS);
    tokio::time::advance(verified).await;
    let ended = passthrough.caller(&head).await.unwrap_err();
    assert_eq!(ended.reason, Reason::Refused);
    assert!(!ended.is_failed_attempt());
    // The next time it is only one that Webex refuses.
    let again = passthrough.caller(&head).await.unwrap_err();
    assert!(again.is_failed_attempt());
}
