//! Who gets in, and how the sockets end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::IntoResponse as _;
use http_body_util::BodyExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use webex::AccessToken;

use super::{BadAllowance, Bounds, Layers, Mount, PeerAddress, Proxies, router, serve};
use crate::auth::{
    Authentication, BudgetBounds, Passthrough, PrincipalKey, Reason, SandboxPeople, Static, Unknown,
};
use crate::edge::refusal::Refusal;
use crate::identity::{Caller, Credential};
use crate::seal::Secret;

/// Names and values.
type Headers<'a> = &'a [(&'a str, &'a str)];

fn one() -> Authentication {
    let token = AccessToken::new("one").unwrap();
    Authentication::Static(Static::new(Some(Credential::Token(token)), false))
}

fn sandbox(is_local: bool) -> Authentication {
    let alice = || SandboxPeople::person(AccessToken::new("sandbox-alice").unwrap());
    Authentication::Sandbox(SandboxPeople::new(is_local.then(alice)))
}

/// Says which token the caller acts with.
fn who(authentication: Authentication) -> Mount {
    let answer = |caller: Caller, _request| async move {
        let token = caller
            .credential
            .map(|Credential::Token(token)| token.expose().to_owned());
        token.unwrap_or_default().into_response()
    };
    Mount::new(
        "/who",
        Arc::new(authentication),
        Refusal::into_response,
        answer,
    )
}

async fn ask(
    authentication: Authentication,
    peer: &str,
    headers: Headers<'_>,
) -> (StatusCode, String, Option<String>) {
    let near = Proxies::new(&["10.0.0.0/8".parse().unwrap()]);
    let layers = Layers::new(&[], &[], near).unwrap();
    let router = router(
        vec![who(authentication)],
        layers,
        axum::Router::new(),
        CancellationToken::new(),
    );
    let mut request = Request::get("/who").header("host", "127.0.0.1");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    let peer: SocketAddr = peer.parse().unwrap();
    request.extensions_mut().insert(PeerAddress(peer));
    let response = router.oneshot(request).await.unwrap();
    let challenge = response
        .headers()
        .get("www-authenticate")
        .map(|value| value.to_str().unwrap().to_owned());
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap(), challenge)
}

const HERE: &str = "127.0.0.1:50000";
const MAPPED: &str = "[::ffff:127.0.0.1]:50000";
const PROXY: &str = "10.0.0.1:50000";
const AWAY: &str = "192.0.2.7:50000";

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
    let upstream = axum::Router::new().route("/v1/people/me", axum::routing::get(me));
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
        (Reason::TooMany { retry_after }, 429, false),
        (Reason::Busy { retry_after }, 503, false),
        (Reason::Unreachable { retry_after }, 503, false),
    ] {
        let unknown = Unknown {
            reason,
            message: "",
        };
        let response = Refusal::from(unknown).into_response();
        assert_eq!(response.status(), status, "{reason:?}");
        let headers = response.headers();
        assert_eq!(headers.contains_key("www-authenticate"), has_challenge);
        let wait = headers
            .get("retry-after")
            .map(|wait| wait.to_str().unwrap());
        assert_eq!(wait, (!has_challenge).then_some("2"));
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

#[tokio::test]
async fn hosts_and_origins_are_those_allowed_and_this_machine() {
    let layers = || {
        Layers::new(
            &[
                "mcp.example.com".to_owned(),
                "Other.example:8443".to_owned(),
            ],
            &["https://app.example.com".to_owned()],
            Proxies::default(),
        )
        .unwrap()
    };
    let rows = [
        ("localhost:8484", None, 200),
        ("[::1]:8484", None, 200),
        ("MCP.example.com", None, 200),
        ("other.example:8443", None, 200),
        ("other.example", None, 403),
        ("evil.example", None, 403),
        ("mcp.example.com.evil.example", None, 403),
        ("not a host", None, 400),
        ("localhost@evil.example", None, 400),
        ("[::1].evil.example", None, 400),
        ("localhost", Some("http://localhost:3000"), 200),
        ("localhost", Some("https://app.example.com"), 200),
        ("localhost", Some("http://app.example.com"), 403),
        ("localhost", Some("https://evil.example"), 403),
        ("localhost", Some("null"), 403),
        ("localhost", Some("http://[::1]:3000"), 200),
        ("localhost", Some("http://[::1].evil.example"), 403),
        ("localhost", Some("http://localhost.evil.example"), 403),
        ("localhost", Some("http://localhost:80@evil.example"), 403),
        ("localhost", Some("http://localhost/"), 403),
    ];
    for (host, origin, status) in rows {
        let router = router(
            vec![who(one())],
            layers(),
            axum::Router::new(),
            CancellationToken::new(),
        );
        let mut request = Request::get("/who").header("host", host);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let response = router
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), status, "{host} {origin:?}");
    }
    let bad = Layers::new(&[], &["example.com".to_owned()], Proxies::default());
    assert_eq!(bad.unwrap_err(), BadAllowance("example.com".to_owned()));
}

/// Answers a request of a page to a door that lists two origins and wants a bearer.
async fn of_a_page(method: &str, headers: Headers<'_>) -> axum::response::Response {
    let origins = ["http://localhost:6274", "https://app.example.com"].map(str::to_owned);
    let layers = Layers::new(&[], &origins, Proxies::default()).unwrap();
    let mounts = vec![who(sandbox(false))];
    let router = router(
        mounts,
        layers,
        axum::Router::new(),
        CancellationToken::new(),
    );
    let mut request = Request::builder()
        .method(method)
        .uri("/who")
        .header("host", "127.0.0.1");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    router
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_browser_is_told_what_pages_of_listed_origins_may_send() {
    for origin in ["http://localhost:6274", "https://app.example.com"] {
        let preflight = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "mcp-method"),
        ];
        let told = of_a_page("OPTIONS", &preflight).await;
        assert_eq!(told.status(), 204, "nobody is asked for a bearer");
        let headers = told.headers();
        assert_eq!(headers["access-control-allow-origin"], origin);
        assert_eq!(headers["vary"], "origin");
        let of = |name: &str| headers[name].to_str().unwrap().to_owned();
        let sent = of("access-control-allow-headers");
        for header in [
            "authorization",
            "content-type",
            "mcp-protocol-version",
            "mcp-method",
            "mcp-name",
            "mcp-session-id",
        ] {
            assert!(sent.split(", ").any(|name| name == header), "{header}");
        }
        for method in ["POST", "GET", "DELETE"] {
            assert!(of("access-control-allow-methods").contains(method));
        }
    }
}

#[tokio::test]
async fn a_page_of_a_listed_origin_reads_answers_and_refusals() {
    let bearer = ("authorization", "Bearer sandbox-bob");
    let page = ("origin", "https://app.example.com");
    for (headers, status) in [(&[page, bearer][..], 200), (&[page], 401)] {
        let told = of_a_page("POST", headers).await;
        assert_eq!(told.status(), status);
        let headers = told.headers();
        assert_eq!(headers["access-control-allow-origin"], page.1);
        let read = headers["access-control-expose-headers"].to_str().unwrap();
        assert!(read.contains("mcp-session-id") && read.contains("www-authenticate"));
        assert!(!headers.contains_key("access-control-allow-credentials"));
    }
}

#[tokio::test]
async fn other_pages_are_told_nothing() {
    let asked = ("access-control-request-method", "POST");
    let rows: [(&str, Headers<'_>, u16); 8] = [
        ("OPTIONS", &[asked, ("origin", "https://evil.example")], 403),
        // Another port of a host that is listed is another origin.
        (
            "OPTIONS",
            &[asked, ("origin", "https://app.example.com:8443")],
            403,
        ),
        (
            "OPTIONS",
            &[asked, ("origin", "http://app.example.com")],
            403,
        ),
        ("OPTIONS", &[asked, ("origin", "null")], 403),
        // A page of this machine may be anybody's who works on it, so it has to be listed.
        (
            "OPTIONS",
            &[asked, ("origin", "http://localhost:3000")],
            401,
        ),
        ("POST", &[("origin", "http://localhost:3000")], 401),
        ("OPTIONS", &[asked], 401),
        ("POST", &[], 401),
    ];
    for (method, headers, status) in rows {
        let told = of_a_page(method, headers).await;
        assert_eq!(told.status(), status, "{method} {headers:?}");
        let names = told.headers().keys();
        let cors = |name: &&axum::http::HeaderName| name.as_str().starts_with("access-control");
        assert_eq!(names.filter(cors).count(), 0, "{method} {headers:?}");
    }
}

#[tokio::test]
async fn a_path_that_ends_with_a_slash_is_the_same_endpoint() {
    let by_slug = {
        let people = Arc::new(sandbox(false));
        let find = move |slug: &str| Some((people.clone(), slug.to_owned()));
        let answer = |slug: String, _caller, _request| async move { slug.into_response() };
        Mount::by_slug("/mcp", Refusal::into_response, find, answer)
    };
    let layers = Layers::new(&[], &[], Proxies::default()).unwrap();
    let mounts = vec![who(sandbox(false)), by_slug];
    let router = router(
        mounts,
        layers,
        axum::Router::new(),
        CancellationToken::new(),
    );
    for (path, status, said) in [
        ("/who", 200, "sandbox-bob"),
        ("/who/", 200, "sandbox-bob"),
        ("/mcp/desk", 200, "desk"),
        ("/mcp/desk/", 200, "desk"),
        ("/mcp/desk/?a=b", 200, "desk"),
        ("/mcp/desk//", 404, ""),
        ("/mcp/", 404, ""),
    ] {
        let request = Request::post(path)
            .header("host", "127.0.0.1")
            .header("authorization", "Bearer sandbox-bob")
            .body(Body::empty())
            .unwrap();
        let told = router.clone().oneshot(request).await.unwrap();
        assert_eq!(told.status(), status, "{path}");
        if status == 200 {
            let body = told.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(body, said, "{path}");
        }
    }
}

/// A second header could be read by somebody on the way, and another one here.
#[tokio::test]
async fn a_host_or_an_origin_is_named_once() {
    for (uri, headers, status) in [
        ("/who", &["localhost"][..], 200),
        ("/who", &["localhost", "localhost"], 400),
        ("/who", &["localhost", "evil.example"], 400),
        ("http://localhost/who", &[], 200),
        ("http://localhost/who", &["localhost"], 200),
        ("http://localhost/who", &["evil.example"], 400),
        ("http://evil.example/who", &["localhost"], 400),
    ] {
        let layers = Layers::new(&[], &[], Proxies::default()).unwrap();
        let router = router(
            vec![who(one())],
            layers,
            axum::Router::new(),
            CancellationToken::new(),
        );
        let mut request = Request::get(uri);
        for host in headers {
            request = request.header("host", *host);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let told = router.clone().oneshot(request).await.unwrap().status();
        assert_eq!(told.as_u16(), status, "{uri} {headers:?}");
        request = Request::get("/who")
            .header("host", "localhost")
            .body(Body::empty())
            .unwrap();
        for _ in 0..2 {
            let origin = "http://localhost".parse().unwrap();
            request.headers_mut().append("origin", origin);
        }
        assert_eq!(router.oneshot(request).await.unwrap().status(), 403);
    }
}

async fn get(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut socket = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn a_drain_takes_nobody_new_and_lets_answers_finish() {
    let drain = CancellationToken::new();
    let begun = Arc::new(tokio::sync::Notify::new());
    let slow = {
        let begun = begun.clone();
        let answer = move |_caller, _request| {
            let begun = begun.clone();
            async move {
                begun.notify_one();
                tokio::time::sleep(Duration::from_millis(200)).await;
                "finished".into_response()
            }
        };
        Mount::new("/slow", Arc::new(one()), Refusal::into_response, answer)
    };
    let layers = Layers::new(&[], &[], Proxies::default()).unwrap();
    let router = router(vec![slow], layers, axum::Router::new(), drain.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(serve(
        listener,
        router.clone(),
        Bounds::default(),
        Proxies::default(),
        drain.clone(),
    ));
    assert!(get(address, "/healthz").await.unwrap().ends_with("ok"));
    assert!(
        get(address, "/readyz")
            .await
            .unwrap()
            .starts_with("HTTP/1.1 200")
    );

    let answering = tokio::spawn(async move { get(address, "/slow").await });
    begun.notified().await;
    drain.cancel();
    assert!(answering.await.unwrap().unwrap().ends_with("finished"));
    serving.await.unwrap();
    assert!(
        get(address, "/healthz").await.is_err(),
        "nobody listens any more"
    );
    let ready = Request::get("/readyz").body(Body::empty()).unwrap();
    assert_eq!(router.oneshot(ready).await.unwrap().status(), 503);
}

/// What is logged, as text.
#[derive(Clone, Default)]
struct Told(Arc<parking_lot::Mutex<Vec<u8>>>);

impl std::io::Write for Told {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Told {
    /// Until the guard is dropped, on this thread.
    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let told = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_writer(move || told.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    fn lines(&self) -> Vec<serde_json::Value> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock())).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

#[tokio::test]
async fn a_request_that_is_refused_at_the_door_has_a_line_without_its_bearer() {
    let told = Told::default();
    let _listening = told.listen();
    let secret = "Bearer tok-of-somebody";
    let rows: [(Headers<'_>, &str, &str, &str); 6] = [
        (&[("host", "evil.example")], "Host", "host", "evil.example"),
        (&[("host", "a b é")], "Host", "host", "a?b??"),
        (
            &[("host", "localhost"), ("origin", "https://evil.example")],
            "Origin",
            "origin",
            "https://evil.example",
        ),
        (&[("host", "localhost")], "caller", "reason", "no bearer"),
        (
            &[("host", "localhost"), ("authorization", secret)],
            "caller",
            "reason",
            "refused bearer",
        ),
        (
            &[
                ("host", "localhost"),
                ("authorization", "Basic tok-of-somebody"),
            ],
            "caller",
            "reason",
            "malformed bearer",
        ),
    ];
    let layers = Layers::new(&[], &[], Proxies::default()).unwrap();
    let router = router(
        vec![who(sandbox(false))],
        layers,
        axum::Router::new(),
        CancellationToken::new(),
    );
    for (headers, message, field, value) in rows {
        let mut request = Request::post("/who").body(Body::empty()).unwrap();
        for (name, value) in headers {
            let name: axum::http::HeaderName = name.parse().unwrap();
            let value = axum::http::HeaderValue::from_bytes(value.as_bytes()).unwrap();
            request.headers_mut().insert(name, value);
        }
        let address: SocketAddr = AWAY.parse().unwrap();
        request.extensions_mut().insert(PeerAddress(address));
        let response = router.clone().oneshot(request).await.unwrap();
        assert!(response.status().is_client_error());
        let lines = told.lines();
        assert_eq!(lines.len(), 1, "{headers:?}: {lines:?}");
        let line = &lines[0];
        assert_eq!(line["level"], "INFO");
        assert!(
            line["message"].as_str().unwrap().contains(message),
            "{line}"
        );
        assert_eq!(line[field], value, "{line}");
        assert_eq!(line["address"], "192.0.2.7");
        assert!(!line.to_string().contains("tok-of"), "{line}");
    }
}

#[tokio::test]
async fn a_flood_of_refused_requests_does_not_fill_the_log() {
    let told = Told::default();
    let _listening = told.listen();
    let layers = Layers::new(&[], &[], Proxies::default()).unwrap();
    let router = router(
        vec![who(sandbox(false))],
        layers,
        axum::Router::new(),
        CancellationToken::new(),
    );
    let send = async |host: &'static str| {
        let request = Request::post("/who").header("host", host);
        let request = request.body(Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap()
    };
    for _ in 0..1_000 {
        send("evil.example").await;
    }
    let lines = told.lines().len();
    assert!((10..20).contains(&lines), "{lines}");
    send("localhost").await;
    assert_eq!(told.lines().len(), 1, "another cause is still told");
}
