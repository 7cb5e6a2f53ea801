//! Fetching under the real rules, over TLS, in an internet of the tests: names have the addresses
//! that a test gives them, and every address is reached at the test's server.

mod bounds;
mod certificate;
mod places;
mod proxies;
mod refusals;
mod server;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use futures::future::BoxFuture;
use parking_lot::Mutex;
use rustls::ClientConfig;

use self::server::Server;
use super::*;

const BOUNDS: Bounds = Bounds {
    bytes: 1_000,
    within: Duration::from_secs(10),
    redirects: 2,
};

#[derive(Debug, Default)]
struct Fake {
    /// For each name its answers, one lookup after the other; the last one stays.
    names: HashMap<&'static str, Vec<Vec<IpAddr>>>,
    asked: Mutex<Vec<String>>,
    port: u16,
}

impl Internet for Fake {
    fn lookup(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let mut asked = self.asked.lock();
        let before = asked.iter().filter(|other| *other == name).count();
        asked.push(name.to_owned());
        let answers = self.names.get(name);
        let answer = answers.and_then(|answers| answers.get(before).or(answers.last()));
        let answer = answer.cloned().ok_or(io::ErrorKind::NotFound.into());
        Box::pin(async { answer })
    }

    fn socket(&self, _: IpAddr) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    fn tls(&self) -> Result<ClientConfig, rustls::Error> {
        Ok(certificate::client())
    }
}

/// An internet with one server, and who fetches from it.
struct World {
    outbound: Outbound,
    internet: Arc<Fake>,
    server: Server,
}

/// Names, and the addresses of each of their answers, with commas between them.
type Names = &'static [(&'static str, &'static [&'static str])];

const USUAL: Names = &[
    ("idp.example.com", &["93.184.216.34,2606:4700::1111"]),
    ("keys.example.com", &["93.184.216.35"]),
    ("other.example.org", &["93.184.216.36"]),
    ("inside.example.com", &["10.0.0.7"]),
];

fn addresses(text: &str) -> Vec<IpAddr> {
    let words = text.split(',').filter(|word| !word.is_empty());
    words.map(|word| word.parse().unwrap()).collect()
}

impl World {
    fn new(names: Names) -> Self {
        Self::with(Server::start(), Rules::default(), names)
    }

    fn with(server: Server, rules: Rules, names: Names) -> Self {
        let names = names.iter().map(|(name, answers)| {
            let answers = answers.iter().map(|answer| addresses(answer));
            (*name, answers.collect())
        });
        let internet = Arc::new(Fake {
            names: names.collect(),
            port: server.port,
            ..Fake::default()
        });
        Self {
            outbound: Outbound::in_internet(rules, internet.clone()).unwrap(),
            internet,
            server,
        }
    }

    async fn get(&self, url: &str) -> Result<Document, NotFetched> {
        self.get_in(url, BOUNDS).await
    }

    async fn get_in(&self, url: &str, bounds: Bounds) -> Result<Document, NotFetched> {
        let url = Url::parse(url).unwrap();
        self.outbound.get(&url, bounds).await
    }

    fn asked(&self) -> Vec<String> {
        self.internet.asked.lock().clone()
    }

    fn heard(&self) -> Vec<String> {
        self.server.heard.lock().clone()
    }
}

#[tokio::test]
async fn a_document_comes_with_what_is_said_about_it() {
    let world = World::new(USUAL);
    let url = "https://idp.example.com/document?for=me#part";
    let (outbound, url) = (world.outbound.clone(), Url::parse(url).unwrap());
    let fetching = tokio::spawn(async move { outbound.get(&url, BOUNDS).await });
    let document = fetching.await.unwrap().unwrap();
    assert_eq!(document.body, r#"{"a":1}"#);
    assert_eq!(document.media_type.as_deref(), Some("application/json"));
    assert_eq!(document.status, StatusCode::OK);
    assert_eq!(document.fresh_for, Some(Duration::from_secs(240)));
    assert_eq!(
        world.heard(),
        [format!(
            "GET /document?for=me HTTP/1.1\r\nuser-agent: webex-mcp/{}\r\naccept: application/json, */*;q=0.5\r\n\
             accept-encoding: identity\r\nhost: idp.example.com\r\n\r\n",
            env!("CARGO_PKG_VERSION")
        )]
    );
    assert_eq!(format!("{document:?}"), "Document(200 OK, 7 bytes)");
}

#[tokio::test]
async fn a_form_is_sent_once_and_to_nobody_else() {
    let world = World::new(USUAL);
    let form = [("grant_type", "authorization_code"), ("code", "a b&c")];
    let secret = SecretString::from("Basic aHVzaA==");
    let post = |url: &'static str| {
        let (outbound, secret) = (world.outbound.clone(), secret.clone());
        async move {
            let url = Url::parse(url).unwrap();
            outbound.post_form(&url, &form, Some(&secret), BOUNDS).await
        }
    };
    let document = post("https://idp.example.com/document").await.unwrap();
    assert_eq!(document.body, r#"{"a":1}"#);
    let heard = world.heard().join("");
    for part in [
        "POST /document HTTP/1.1\r\n",
        "\r\nauthorization: Basic aHVzaA==\r\n",
        "\r\ncontent-type: application/x-www-form-urlencoded\r\n",
        "\r\n\r\ngrant_type=authorization_code&code=a+b%26c",
    ] {
        assert!(heard.contains(part), "{heard}");
    }
    for status in [301, 302, 303, 307, 308] {
        let url = format!("https://idp.example.com/{status}?https://keys.example.com/document");
        let refused = post(url.leak()).await.unwrap_err();
        assert_eq!(refused, NotFetched::Redirected, "{status}");
    }
    assert_eq!(world.heard().len(), 6);
    let refused = post("https://idp.example.com/status/400")
        .await
        .unwrap_err();
    assert_eq!(refused, NotFetched::Status(StatusCode::BAD_REQUEST));
}

#[tokio::test]
async fn a_credential_that_fits_no_header_is_not_sent() {
    let world = World::new(USUAL);
    let url = Url::parse("https://idp.example.com/document").unwrap();
    let secret = SecretString::from("Basic hush\r\nx: y");
    let sent = world.outbound.post_form(&url, &[], Some(&secret), BOUNDS);
    assert_eq!(sent.await.unwrap_err(), NotFetched::Credential);
    assert_eq!(world.asked(), [""; 0]);
}

#[tokio::test]
async fn plain_http_to_this_machine_is_for_the_sandbox_alone() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/document", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        server::request(&mut stream);
        io::Write::write_all(
            &mut stream,
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
        )
        .unwrap();
    });
    let url = Url::parse(&url).unwrap();
    let strict = Outbound::new(Rules::default()).unwrap();
    let refused = strict.get(&url, BOUNDS).await.unwrap_err();
    assert_eq!(refused, NotFetched::Refused(Refusal::NotHttps));
    let rules = Rules {
        may_be_private: true,
        private_hosts: Vec::new(),
        proxy: None,
    };
    let document = Outbound::new(rules).unwrap().get(&url, BOUNDS).await;
    assert_eq!(document.unwrap().body, "hi");
    server.join().unwrap();
}

#[tokio::test]
async fn the_system_finds_addresses() {
    let found = System::default().lookup("localhost").await.unwrap();
    assert!(
        !found.is_empty() && found.iter().all(IpAddr::is_loopback),
        "{found:?}"
    );
    // It is longer than a part of a name may be, so that no server is asked.
    let unknown = format!("{}.invalid", "x".repeat(64));
    assert!(System::default().lookup(&unknown).await.is_err());
}
