//! How long what goes on, such as a stream, stands with a token that is passed through.

use super::*;
use crate::auth::Admission;

#[tokio::test(start_paused = true)]
async fn what_goes_on_ends_once_webex_refuses_its_token_and_not_while_webex_is_down() {
    let verified = Duration::from_secs(limits::TOKEN_VERIFIED_SECONDS);
    for (token, is_down, holds) in [
        ("alice", false, true),
        ("alice", true, true),
        ("expiring", false, false),
        ("expiring", true, true),
    ] {
        let world = World::new();
        let by = Arc::new(world.authentication);
        let headers = HeaderMap::from_iter([(
            http::header::AUTHORIZATION,
            format!("Bearer {token}").parse().unwrap(),
        )]);
        let head = Head {
            headers: &headers,
            address: None,
            is_forwarded: false,
            server: "",
            token_header: None,
        };
        let caller = by.caller(&head).await.unwrap();
        let mut standing = Admission::new(by.clone(), &head).standing(&headers, &caller);
        let asked = world.asked.counts();
        assert!(standing.holds().await);
        assert_eq!(
            world.asked.counts(),
            asked,
            "a look asks Webex as a request does"
        );
        world.asked.set_down(is_down);
        tokio::time::advance(verified).await;
        assert_eq!(standing.holds().await, holds, "{token} {is_down}");
    }
}
