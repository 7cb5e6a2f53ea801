//! The administration beyond this machine: who has the token gets in, and nobody else.

use axum::body::Body;
use http::Request;
use serde_json::json;
use webex_sandbox::{AdminToken, Sandbox};

use crate::{Answer, Person, start};

const TOKEN: &str = "a-token-of-this-test";
const HOST: &str = "sandbox.example:8485";

fn door(sandbox: &Sandbox) -> Person {
    let token = AdminToken::new(TOKEN).unwrap();
    Person {
        router: sandbox.router().merge(sandbox.admin_router_behind(&token)),
        token: "none".to_owned(),
    }
}

async fn send(
    door: &Person,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", HOST);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    door.raw(request.body(Body::from(body.to_owned())).unwrap())
        .await
}

/// The cookie that an answer sets.
fn cookie(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie");
    cookie.split(';').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn only_the_token_opens_the_administration() {
    let (sandbox, _) = start();
    let door = door(&sandbox);
    let right = format!("Bearer {TOKEN}");
    for (authorization, status) in [
        (None, 401),
        (Some("Bearer another-token-of-this"), 401),
        (Some("Bearer "), 401),
        (Some("Bearer sandbox-ada"), 401),
        (Some("Basic YTpi"), 401),
        (Some(right.as_str()), 200),
    ] {
        let headers: Vec<_> = authorization
            .map(|value| ("authorization", value))
            .into_iter()
            .collect();
        for path in [
            "/_sandbox/people",
            "/_sandbox/",
            "/_sandbox/page.js",
            "/_sandbox/world",
        ] {
            let answer = send(&door, "GET", path, &headers, "").await;
            assert_eq!(answer.status, status, "{authorization:?} {path}");
            assert!(!answer.text().contains(TOKEN));
        }
    }
    // Neither another site with the person's cookie nor a form without the page's token gets in.
    let signed_in = send(&door, "GET", &format!("/_sandbox/?token={TOKEN}"), &[], "").await;
    let cookie = cookie(&signed_in);
    let order = json!({"advanceSecs": 60}).to_string();
    for (origin, status) in [
        ("http://evil.example", 403),
        ("null", 403),
        ("http://sandbox.example", 403),
        ("http://sandbox.example:8485", 200),
        ("https://sandbox.example:8485", 200),
    ] {
        let headers = [
            ("cookie", cookie.as_str()),
            ("origin", origin),
            ("content-type", "application/json"),
        ];
        let answer = send(&door, "POST", "/_sandbox/clock", &headers, &order).await;
        assert_eq!(answer.status, status, "{origin}");
    }
}

#[tokio::test]
async fn the_address_loses_the_token_and_the_browser_keeps_a_cookie() {
    let (sandbox, _) = start();
    let door = door(&sandbox);
    for (path, place) in [
        (format!("/_sandbox/?token={TOKEN}"), "/_sandbox/".to_owned()),
        (
            format!("/_sandbox/?as=x%20y&token={TOKEN}&tab=calls"),
            "/_sandbox/?as=x+y&tab=calls".to_owned(),
        ),
    ] {
        let answer = send(&door, "GET", &path, &[], "").await;
        assert_eq!(answer.status, 303);
        assert_eq!(answer.header("location"), place);
        let kept = answer.header("set-cookie");
        assert!(
            kept.contains("HttpOnly") && kept.contains("SameSite=Lax"),
            "{kept}"
        );
        assert!(!kept.contains(TOKEN), "{kept}");
        let kept = cookie(&answer);
        let page = send(&door, "GET", "/_sandbox/", &[("cookie", &kept)], "").await;
        assert_eq!(page.status, 200);
        let half = &kept[..kept.len() - 1];
        let page = send(&door, "GET", "/_sandbox/", &[("cookie", half)], "").await;
        assert_eq!(page.status, 401);
    }
    for wrong in ["", "nonsense", "%00"] {
        let path = format!("/_sandbox/?token={wrong}");
        let answer = send(&door, "GET", &path, &[], "").await;
        assert_eq!(
            (
                answer.status.as_u16(),
                cookie(&answer).starts_with("sandbox-admin")
            ),
            (401, false)
        );
    }
}

#[tokio::test]
async fn a_person_signs_in_on_a_page() {
    let (sandbox, _) = start();
    let door = door(&sandbox);
    let page = send(&door, "GET", "/_sandbox/", &[("accept", "text/html")], "").await;
    assert_eq!(page.status, 401);
    assert!(page.text().contains("action=\"/_sandbox/sign-in\""));
    let form = cookie(&page);
    let (_, form_token) = form.split_once('=').unwrap();
    let own = format!("http://{HOST}");
    let post = async |body: String, origin: &str| {
        let headers = [
            ("cookie", form.as_str()),
            ("origin", origin),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        send(&door, "POST", "/_sandbox/sign-in", &headers, &body).await
    };
    let whole = format!("token={TOKEN}&sandbox-form={form_token}");
    let without = format!("token={TOKEN}");
    let wrong = format!("token=wrong&sandbox-form={form_token}");
    assert_eq!(post(without, &own).await.status, 403);
    assert_eq!(post(whole.clone(), "http://evil.example").await.status, 403);
    let refused = post(wrong, &own).await;
    assert_eq!(refused.status, 401);
    assert!(refused.text().contains("This is not the token."));
    let entered = post(whole, &own).await;
    assert_eq!(
        (entered.status.as_u16(), entered.header("location")),
        (303, "/_sandbox/")
    );
    assert!(cookie(&entered).starts_with("sandbox-admin="));
}

/// Webex's own API is for everybody who has a token of Webex's, as before.
#[tokio::test]
async fn the_api_asks_for_no_token_of_the_administration() {
    let (sandbox, _) = start();
    let alice = Person {
        token: "sandbox-alice".to_owned(),
        ..door(&sandbox)
    };
    alice.get("/v1/people/me").await.json(200);
    assert!(AdminToken::new("").is_none() && AdminToken::new("two words").is_none());
    let token = AdminToken::random();
    assert!(token.expose().len() >= 32 && !format!("{token:?}").contains(token.expose()));
}

/// A proxy that replaces `Host` leaves `Origin` as the browser sent it.
#[tokio::test]
async fn the_public_address_is_an_origin_of_the_page() {
    for (public, origin, status) in [
        (Some("https://sandbox.test"), "https://sandbox.test", 303),
        (Some("https://sandbox.test/"), "https://SANDBOX.test", 303),
        (Some("https://sandbox.test"), "http://sandbox.test", 403),
        (
            Some("https://sandbox.test"),
            "https://sandbox.test.evil.example",
            403,
        ),
        (
            Some("https://sandbox.test"),
            "http://sandbox.example:8485",
            303,
        ),
        (None, "https://sandbox.test", 403),
    ] {
        let sandbox = Sandbox::new(webex_sandbox::Options {
            base_url: public.map(str::to_owned),
            ..webex_sandbox::Options::for_tests()
        });
        let door = door(&sandbox);
        let page = send(&door, "GET", "/_sandbox/sign-in", &[], "").await;
        let form_cookie = cookie(&page);
        let (_, form_token) = form_cookie.split_once('=').unwrap();
        let headers = [
            ("cookie", form_cookie.as_str()),
            ("origin", origin),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let form = format!("token={TOKEN}&sandbox-form={form_token}");
        let answer = send(&door, "POST", "/_sandbox/sign-in", &headers, &form).await;
        assert_eq!(answer.status, status, "{public:?} {origin}");
        if status == 303 {
            let is_secure = answer.header("set-cookie").contains("; Secure");
            assert_eq!(is_secure, public.is_some(), "{public:?}");
        }
    }
}
