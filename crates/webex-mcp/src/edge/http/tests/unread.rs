//! Requests that are answered without their bodies: what becomes of their connections.

use super::*;

/// How long a rest is waited for here; the patient ones never wait as long.
const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(30);

/// A connection to a door that waits so long for the rest of a request, which ends with it.
struct Talk {
    stream: TcpStream,
    _drain: tokio_util::sync::DropGuard,
}

impl Talk {
    async fn open(unread: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let drain = CancellationToken::new();
        let bounds = Bounds {
            unread,
            ..Bounds::default()
        };
        let router = plain_door(vec![who(sandbox(false))]);
        let serving = serve(listener, router, bounds, Proxies::default(), drain.clone());
        tokio::spawn(serving);
        let stream = TcpStream::connect(address).await.unwrap();
        Talk {
            stream,
            _drain: drain.drop_guard(),
        }
    }

    async fn say(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// The head of the next answer, in lower case; empty where the connection has ended.
    async fn told(&mut self) -> String {
        let mut told = Vec::new();
        while !told.ends_with(b"\r\n\r\n") {
            match self.stream.read_u8().await {
                Ok(byte) => told.push(byte),
                Err(_) => return String::new(),
            }
        }
        let head = String::from_utf8(told).unwrap().to_lowercase();
        let length = head.split_once("content-length: ").map(|(_, rest)| rest);
        let length = length.and_then(|rest| rest.split_once("\r\n")?.0.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        self.stream.read_exact(&mut body).await.unwrap();
        head
    }
}

/// As Python's HTTP clients do: the head first, and the body in a packet of its own. The answer
/// promises to keep the connection, so the next request on it has to be answered.
#[tokio::test]
async fn a_refused_request_whose_body_comes_later_leaves_its_connection_usable() {
    for (head, body, status) in [
        ("POST /who HTTP/1.1\r\ncontent-length: 4", "body", "401"),
        ("POST /nowhere HTTP/1.1\r\ncontent-length: 4", "body", "404"),
        ("POST /healthz HTTP/1.1\r\ncontent-length: 4", "body", "405"),
        (
            "POST /who HTTP/1.1\r\ntransfer-encoding: chunked",
            "4\r\nbody\r\n0\r\n\r\n",
            "401",
        ),
        (
            "POST /who HTTP/1.1\r\nauthorization: Bearer sandbox-bob\r\ncontent-length: 4",
            "body",
            "200",
        ),
    ] {
        let mut talk = Talk::open(LONG).await;
        talk.say(&format!("{head}\r\nhost: localhost\r\n\r\n"))
            .await;
        // The server has the head by now, and could answer it.
        tokio::time::sleep(SHORT).await;
        talk.say(body).await;
        let told = talk.told().await;
        let is_it = told.starts_with(&format!("http/1.1 {status}"));
        assert!(
            is_it && !told.contains("connection: close"),
            "{head}: {told}"
        );
        talk.say("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .await;
        let told = talk.told().await;
        assert!(told.starts_with("http/1.1 200"), "{head}: {told}");
    }
}

#[tokio::test]
async fn an_answer_says_that_its_connection_ends_if_the_body_does_not_come() {
    for (unread, more) in [
        // It is not waited for longer.
        (SHORT, "content-length: 4"),
        (SHORT, "transfer-encoding: chunked"),
        // It is larger than what is read for nothing.
        (LONG, "content-length: 65537"),
        // Its sender waits to be asked for it, and is not.
        (LONG, "content-length: 4\r\nexpect: 100-continue"),
    ] {
        let mut talk = Talk::open(unread).await;
        talk.say(&format!(
            "POST /who HTTP/1.1\r\nhost: localhost\r\n{more}\r\n\r\n"
        ))
        .await;
        let told = talk.told().await;
        let is_it = told.starts_with("http/1.1 401");
        assert!(
            is_it && told.contains("connection: close"),
            "{more}: {told}"
        );
        assert_eq!(talk.told().await, "", "{more}");
    }
}
