//! What the sandbox serves beside its tools, and for whom.

use super::*;

/// On this machine, the sandbox's page and REST API are served beside the tools; elsewhere only the
/// tools.
#[tokio::test]
async fn the_sandbox_is_beside_its_tools_on_loopback_only() {
    use tower::ServiceExt as _;
    for (listen, is_beside) in [
        ("127.0.0.1:0", true),
        ("[::1]:0", true),
        ("0.0.0.0:0", false),
    ] {
        let listen = Flag {
            flag: "--listen",
            section: "server",
            key: "listen",
            value: listen.into(),
        };
        let loaded = Loaded::read(None, &Environment::default(), vec![listen]).unwrap();
        let core = Core::new(loaded, &Upstream::sandbox()).unwrap();
        let http = core.http().await.unwrap();
        let status = async |path: &str| {
            let request = axum::http::Request::get(path)
                .header("host", "localhost")
                .header("authorization", "Bearer sandbox-bob")
                .body(axum::body::Body::empty())
                .unwrap();
            let answer = http.router.clone().oneshot(request).await.unwrap();
            answer.status().as_u16()
        };
        let found = if is_beside { 200 } else { 404 };
        for path in ["/v1/people/me", "/_sandbox/", "/_sandbox/overview"] {
            assert_eq!(status(path).await, found, "{path} at {}", http.address);
        }
        assert_eq!(status("/healthz").await, 200);
        assert_eq!(status("/nonsense").await, 404);
        // An open page does not hold up a drain.
        http.drain.cancel();
        let sandbox = core.sandbox.as_ref().unwrap();
        assert_eq!(sandbox.ending().is_cancelled(), is_beside);
    }
}

/// A page that rebinds its name to this machine still sends that name, and any page its origin.
#[tokio::test]
async fn what_is_beside_the_tools_is_for_the_same_hosts_and_origins() {
    use tower::ServiceExt as _;
    let (_core, http) = sandbox().await;
    for (host, origin, status) in [
        ("localhost", None, 200),
        ("127.0.0.1:8484", Some("http://127.0.0.1:8484"), 200),
        ("evil.example:8484", None, 403),
        ("evil.example:8484", Some("http://evil.example:8484"), 403),
        ("127.0.0.1:8484", Some("http://evil.example"), 403),
        ("127.0.0.1:8484", Some("null"), 403),
        ("not a host", None, 400),
    ] {
        for path in ["/v1/people/me", "/v1/rooms"] {
            let request = axum::http::Request::get(path)
                .header("host", host)
                .header("authorization", "Bearer sandbox-alice");
            let request = match origin {
                Some(origin) => request.header("origin", origin),
                None => request,
            };
            let request = request.body(axum::body::Body::empty()).unwrap();
            let answer = http.router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status().as_u16(), status, "{host} {origin:?} {path}");
        }
    }
}
