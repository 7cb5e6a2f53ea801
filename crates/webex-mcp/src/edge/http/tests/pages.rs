//! What a browser's pages may send and read.

use super::*;

/// A page's request to a door that lists two origins and wants a bearer token.
async fn of_a_page(method: &str, headers: Headers<'_>) -> axum::response::Response {
    let origins = ["http://localhost:6274", "https://app.example.com"].map(str::to_owned);
    let layers = Layers::new(&[], &origins, Proxies::default()).unwrap();
    let layers = layers.with_token_header(TokenHeader::new("X-API-Token").ok());
    let mounts = vec![who(sandbox(false))];
    let router = door(mounts, layers);
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
            "x-mcp-toolsets",
            "x-mcp-tools",
            "x-mcp-exclude-tools",
            "x-mcp-readonly",
            "x-api-token",
        ] {
            assert!(sent.split(", ").any(|name| name == header), "{header}");
        }
        for method in ["POST", "GET", "PUT", "DELETE"] {
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
        // Another port of a listed host is another origin.
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
        // A page of this machine may belong to anyone who works on it, so its origin has to be
        // listed too.
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
async fn pages_of_listed_origins_may_use_addresses_that_need_no_caller() {
    let origins = ["http://localhost:6274".to_owned()];
    let layers = Layers::new(&[], &origins, Proxies::default()).unwrap();
    let file = axum::routing::put(|| async { "taken" }).get(|| async { "given" });
    let router = readable(
        Arc::new(layers),
        Router::new().route("/files/{handle}", file),
    );
    let send = async |method: &str, origin: &str, asks: bool| {
        let request = Request::builder().method(method).uri("/files/a");
        let mut request = request.header("host", "localhost").header("origin", origin);
        if asks {
            request = request.header("access-control-request-method", "PUT");
        }
        let request = request.body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        let allowed = answer.headers().get("access-control-allow-origin");
        (answer.status().as_u16(), allowed.cloned())
    };
    for (method, asks, status) in [
        ("OPTIONS", true, 204),
        ("PUT", false, 200),
        ("GET", false, 200),
        ("DELETE", false, 405),
    ] {
        let (told, allowed) = send(method, &origins[0], asks).await;
        assert_eq!(told, status, "{method}");
        assert_eq!(allowed.unwrap(), origins[0], "{method}");
        let (told, allowed) = send(method, "https://evil.example", asks).await;
        assert_eq!((told, allowed), (403, None), "{method}");
    }
    // A browser that opens the address sends no Origin.
    for (host, status) in [("localhost", 200), ("evil.example", 403)] {
        let request = Request::get("/files/a").header("host", host);
        let request = request.body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status, "{host}");
    }
}
