//! Which callers are let in, by each kind of authentication.

use super::*;

#[tokio::test]
async fn static_callers_are_all_the_same() {
    for headers in [&[][..], &[("authorization", "Bearer other")]] {
        let told = ask(one(), AWAY, headers).await;
        assert_eq!((told.0.as_u16(), told.1.as_str()), (200, "one"));
    }
}

#[tokio::test]
async fn passthrough_wants_one_well_formed_bearer_that_webex_accepts() {
    let me = |headers: axum::http::HeaderMap| async move {
        match headers["authorization"].to_str().unwrap() {
            "Bearer tok-1" => Ok(axum::Json(serde_json::json!({"id": "p"}))),
            _ => Err(StatusCode::UNAUTHORIZED),
        }
    };
    let upstream = Router::new().route("/v1/people/me", axum::routing::get(me));
    let transport = webex::Transport::in_process(upstream);
    let settings = webex::Settings::default();
    let webex = webex::Webex::with_transport("https://example.com/v1", transport, settings);
    let key = PrincipalKey::new(&Secret::new(Box::new([1; 32])));
    let passthrough = Passthrough::new(webex.unwrap(), key, BudgetBounds::default());
    let passthrough = Arc::new(passthrough);
    let ask = async |headers: Headers<'_>| {
        ask(
            Authentication::Passthrough(passthrough.clone()),
            AWAY,
            headers,
        )
        .await
    };
    for header in ["Bearer tok-1", "bearer tok-1"] {
        let headers = [("authorization", header)];
        let told = ask(&headers).await;
        assert_eq!((told.0.as_u16(), told.1.as_str()), (200, "tok-1"));
    }
    let (status, _, challenge) = ask(&[]).await;
    assert_eq!(status, 401);
    assert_eq!(challenge.unwrap(), r#"Bearer realm="webex-mcp""#);
    let long = format!("Bearer {}", "x".repeat(5_000));
    for header in [
        "Bearer",
        "Bearer ",
        "Basic abc",
        "Bearer two words",
        "Bearer  x",
        "Bearer strange-words",
        &long,
    ] {
        let headers = [("authorization", header)];
        let (status, body, challenge) = ask(&headers).await;
        assert_eq!(status, 401, "{header}");
        assert!(challenge.unwrap().contains("invalid_token"));
        assert!(!body.contains("words"), "a token is never repeated: {body}");
    }
    let twice = [
        ("authorization", "Bearer tok-1"),
        ("authorization", "Bearer b"),
    ];
    assert_eq!(ask(&twice).await.0, 401);
}

#[test]
fn waiting_is_told_in_seconds_and_another_credential_by_a_challenge() {
    let retry_after = Duration::from_millis(1_200);
    for (reason, status, has_challenge) in [
        (Reason::NotSent, 401, true),
        (Reason::Malformed, 401, true),
        (Reason::Refused, 401, true),
        (Reason::NotAllowed, 403, false),
        (Reason::TooMany { retry_after }, 429, false),
        (Reason::Busy { retry_after }, 503, false),
        (Reason::Unreachable { retry_after }, 503, false),
    ] {
        let unknown = Unknown::new(reason, "");
        let refused =
            super::super::authentication::refused(&Arc::new(one()).into(), &unknown, "/mcp/webex");
        let response = refused.into_response();
        assert_eq!(response.status(), status, "{reason:?}");
        let headers = response.headers();
        assert_eq!(headers.contains_key("www-authenticate"), has_challenge);
        let wait = headers
            .get("retry-after")
            .map(|wait| wait.to_str().unwrap());
        assert_eq!(wait, matches!(status, 429 | 503).then_some("2"));
    }
}

#[tokio::test]
async fn the_sandbox_knows_its_people_and_alice_at_home() {
    let rows: [(bool, &str, Headers<'_>, Result<&str, ()>); 11] = [
        (true, HERE, &[], Ok("sandbox-alice")),
        (true, MAPPED, &[], Ok("sandbox-alice")),
        (true, AWAY, &[], Err(())),
        (false, HERE, &[], Err(())),
        (true, HERE, &[("x-forwarded-for", "1.2.3.4")], Err(())),
        (true, HERE, &[("x-forwarded-prefix", "/a")], Err(())),
        (true, HERE, &[("forwarded", "for=1.2.3.4")], Err(())),
        (true, HERE, &[("via", "1.1 proxy")], Err(())),
        (true, PROXY, &[("x-forwarded-for", "127.0.0.1")], Err(())),
        (
            false,
            AWAY,
            &[("authorization", "Bearer sandbox-bob")],
            Ok("sandbox-bob"),
        ),
        (
            true,
            HERE,
            &[("authorization", "Bearer real-token")],
            Err(()),
        ),
    ];
    for (local, peer, headers, expected) in rows {
        let (status, body, challenge) = ask(sandbox(local), peer, headers).await;
        match expected {
            Ok(name) => assert_eq!((status.as_u16(), body.as_str()), (200, name), "{headers:?}"),
            Err(()) => {
                assert_eq!(status, 401, "{peer} {headers:?}");
                assert!(challenge.is_some());
            }
        }
    }
}
