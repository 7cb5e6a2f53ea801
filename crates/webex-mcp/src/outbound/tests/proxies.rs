//! Through a proxy, which looks names up itself: only listed hosts, and no name is looked up here.

use std::net::TcpListener;

use webex::transport::Obstacle;

use super::*;

fn proxy(url: &str, hosts: &[&str]) -> Proxy {
    Proxy {
        url: Url::parse(url).unwrap(),
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
    }
}

fn through(server: Server) -> World {
    let url = format!("http://127.0.0.1:{}", server.port);
    let rules = Rules {
        proxy: Some(proxy(&url, &["IDP.example.com"])),
        may_be_private: false,
        private_hosts: Vec::new(),
    };
    World::with(server, rules, USUAL)
}

#[tokio::test]
async fn a_listed_host_is_fetched_through_a_tunnel() {
    let world = through(Server::behind_proxy("200 OK"));
    let document = world.get("https://idp.example.com/document?hush").await;
    assert_eq!(document.unwrap().body, r#"{"a":1}"#);
    assert_eq!(world.asked(), [""; 0]);
    let heard = world.heard();
    assert!(
        heard[0].starts_with("CONNECT idp.example.com:443 HTTP/1.1\r\n"),
        "{heard:?}"
    );
    assert!(!heard[0].contains("hush"), "{heard:?}");
    assert!(
        heard[1].starts_with("GET /document?hush HTTP/1.1\r\n"),
        "{heard:?}"
    );
}

#[tokio::test]
async fn another_host_is_not_fetched_at_all() {
    let world = through(Server::behind_proxy("200 OK"));
    for (url, refusal) in [
        ("https://keys.example.com/document", Refusal::NotListed),
        ("https://sub.idp.example.com/document", Refusal::NotListed),
        ("https://idp.example.com./document", Refusal::NotListed),
        ("https://93.184.216.34/document", Refusal::NotListed),
        ("https://127.0.0.1/document", Refusal::Private),
        ("https://localhost/document", Refusal::Private),
        ("http://idp.example.com/document", Refusal::NotHttps),
    ] {
        let error = world.get(url).await.unwrap_err();
        assert_eq!(error, NotFetched::Refused(refusal), "{url}");
    }
    assert_eq!((world.heard(), world.asked()), (vec![], vec![]));
    let to = "https://idp.example.com/302?https://keys.example.com/document";
    let error = world.get(to).await.unwrap_err();
    assert_eq!(error, NotFetched::RedirectedTo(Refusal::NotListed));
    assert_eq!(world.heard().len(), 2);
}

#[tokio::test]
async fn what_the_proxy_says_is_told_apart() {
    for says in [
        "403 Forbidden",
        "502 Bad Gateway",
        "302 Found\r\nlocation: https://a.example",
    ] {
        let world = through(Server::behind_proxy(says));
        let error = world.get("https://idp.example.com/document").await;
        let refused = NotFetched::Failed(Obstacle::ProxyRefuses);
        assert_eq!(error.unwrap_err(), refused, "{says}");
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let heard = Arc::default();
    let world = through(Server { port, heard });
    let error = world.get("https://idp.example.com/document").await;
    let dead = NotFetched::Failed(Obstacle::ProxyUnreachable);
    assert_eq!(error.unwrap_err(), dead);
}

#[test]
fn a_wrong_proxy_is_told_with_its_setting() {
    let right = "http://proxy.example.com:3128";
    for (url, hosts, expected) in [
        (right, &["idp.example.com"][..], None),
        (
            "https://10.0.0.1",
            &["8.8.8.8", "b\u{fc}cher.example"],
            None,
        ),
        (
            "socks5://proxy.example.com",
            &["idp.example.com"],
            Some("proxy"),
        ),
        (
            "http://proxy.example.com/path",
            &["idp.example.com"],
            Some("proxy"),
        ),
        (
            "http://proxy.example.com?x",
            &["idp.example.com"],
            Some("proxy"),
        ),
        (
            "http://me:hush@proxy.example.com",
            &["idp.example.com"],
            Some("proxy"),
        ),
        (right, &[], Some("proxy_hosts")),
        (
            right,
            &["idp.example.com", "*.example.com"],
            Some("proxy_hosts"),
        ),
        (right, &["idp.example.com:443"], Some("proxy_hosts")),
        (right, &["https://idp.example.com"], Some("proxy_hosts")),
        (right, &["localhost"], Some("proxy_hosts")),
        (right, &["0x7f.1"], Some("proxy_hosts")),
        (right, &[""], Some("proxy_hosts")),
    ] {
        let proxy = proxy(url, hosts);
        let told = proxy.check().err();
        assert_eq!(
            told.as_ref().map(|told| told.key),
            expected,
            "{url} {hosts:?}"
        );
        let rules = Rules {
            proxy: Some(proxy),
            may_be_private: false,
            private_hosts: Vec::new(),
        };
        assert_eq!(Outbound::new(rules).err(), told);
        let text = told.map(|told| told.to_string()).unwrap_or_default();
        assert!(!text.contains("hush"), "{text}");
    }
}

/// A proxy outside cannot reach it.
#[tokio::test]
async fn a_host_that_was_named_as_private_is_reached_without_the_proxy() {
    let server = Server::start();
    let url = format!("http://127.0.0.1:{}", server.port);
    let rules = Rules {
        proxy: Some(proxy(&url, &["keys.example.com"])),
        may_be_private: false,
        private_hosts: vec![url::Host::parse("idp.example.com").unwrap()],
    };
    let world = World::with(server, rules, USUAL);
    let document = world.get("https://idp.example.com/document").await;
    assert_eq!(document.unwrap().body, r#"{"a":1}"#);
    assert_eq!(world.asked(), ["idp.example.com"]);
}
