//! What is logged about a refused request.

use super::*;

/// The log, as text.
#[derive(Clone, Default)]
pub(super) struct Told(Arc<parking_lot::Mutex<Vec<u8>>>);

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
    /// Collects the log of this thread until the guard is dropped.
    pub(super) fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let told = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_writer(move || told.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    pub(super) fn lines(&self) -> Vec<serde_json::Value> {
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
    let router = plain_door(vec![who(sandbox(false))]);
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
    let router = plain_door(vec![who(sandbox(false))]);
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
