//! Hosts, origins and paths that are served.

use super::*;

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
        let router = door(vec![who(one())], layers());
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

#[tokio::test]
async fn plain_http_for_proxies_is_for_them_and_this_machine() {
    let near = Proxies::new(&["10.0.0.0/8".parse().unwrap()]);
    let layers = Layers::new(&[], &[], near).unwrap().for_proxies_only();
    let router = door(vec![who(one())], layers);
    for (peer, path, status) in [
        (HERE, "/who", 200),
        (MAPPED, "/who", 200),
        (PROXY, "/who", 200),
        (AWAY, "/who", 403),
        // A probe tells nothing and brings nothing.
        (AWAY, "/healthz", 200),
        (AWAY, "/readyz", 200),
    ] {
        let request = Request::get(path).header("host", "localhost");
        // Whoever comes directly may claim to be anybody.
        let request = request.header("x-forwarded-for", "127.0.0.1");
        let mut request = request.body(Body::empty()).unwrap();
        let peer: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(PeerAddress(peer));
        let answer = router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{peer} {path}");
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
    let router = plain_door(vec![who(sandbox(false)), by_slug]);
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

/// A proxy could read one of two headers and this server the other.
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
        let router = plain_door(vec![who(one())]);
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

#[tokio::test]
async fn a_body_that_says_that_it_is_coded_is_refused() {
    for (headers, expected) in [
        (&[("content-encoding", "identity")][..], 200),
        (&[("transfer-encoding", "chunked")], 200),
        (&[("content-encoding", "gzip")], 415),
        (&[("content-encoding", "identity, br")], 415),
        (
            &[
                ("content-encoding", "identity"),
                ("content-encoding", "zstd"),
            ],
            415,
        ),
        (&[("transfer-encoding", "gzip, chunked")], 501),
    ] {
        let mut request = Request::post("/who").header("host", "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.header("authorization", "Bearer sandbox-bob");
        let door = plain_door(vec![who(sandbox(false))]);
        let answer = door.oneshot(request.body(Body::empty()).unwrap()).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), expected, "{headers:?}");
        let accepted = answer.headers().get("accept-encoding");
        assert_eq!(accepted.is_some(), expected == 415, "{headers:?}");
    }
}

#[tokio::test]
async fn the_path_above_the_servers_names_them() {
    for (servers, expected) in [
        (0, "there is none now"),
        (2, "there are: /mcp/s0, /mcp/s1."),
        (40, ", /mcp/s31 and 8 more."),
    ] {
        let paths = move || {
            (0..servers)
                .map(|number| format!("/mcp/s{number}"))
                .collect::<Vec<_>>()
        };
        let layers = Arc::new(Layers::new(&[], &[], Proxies::default()).unwrap());
        let above = above_servers(layers, Refusal::into_response, paths);
        for path in ["/mcp", "/mcp/"] {
            let ask = async |host: &str| {
                let request = Request::post(path).header("host", host);
                let request = request.body(Body::empty()).unwrap();
                let answer = above.clone().oneshot(request).await.unwrap();
                let status = answer.status().as_u16();
                let body = answer.into_body().collect().await.unwrap().to_bytes();
                (status, String::from_utf8(body.to_vec()).unwrap())
            };
            let (status, told) = ask("localhost").await;
            assert_eq!(status, 404, "{path}");
            assert!(told.contains(expected), "{path}: {told}");
            let (status, told) = ask("evil.example").await;
            assert!(status == 403 && !told.contains("/mcp/s"), "{told}");
        }
    }
}
