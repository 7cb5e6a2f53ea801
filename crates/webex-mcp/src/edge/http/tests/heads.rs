//! What a request may cost before it is known who sends it: its head is bounded in bytes and in lines,
//! whatever it asks for.

use super::*;
use crate::edge::limits;

/// A door without anybody behind it; closed when dropped.
struct Door(SocketAddr, CancellationToken);

impl Drop for Door {
    fn drop(&mut self) {
        self.1.cancel();
    }
}

impl Door {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let drain = CancellationToken::new();
        let (router, bounds) = (plain_door(vec![who(sandbox(false))]), Bounds::default());
        tokio::spawn(serve(
            listener,
            router,
            bounds,
            Proxies::default(),
            drain.clone(),
        ));
        Door(address, drain)
    }

    /// What is answered to these bytes; it may be cut off, where not all of them were read.
    async fn told(&self, said: &[u8]) -> Vec<u8> {
        let (mut reading, mut writing) = TcpStream::connect(self.0).await.unwrap().into_split();
        let mut told = Vec::new();
        let read = reading.read_to_end(&mut told);
        let _ = tokio::join!(read, writing.write_all(said));
        told
    }

    async fn status(&self, head: &str) -> String {
        let request = format!("{head}\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let told = self.told(request.as_bytes()).await;
        String::from_utf8_lossy(&told[..told.len().min(12)]).into_owned()
    }
}

#[tokio::test]
async fn a_head_is_bounded_in_bytes_and_lines() {
    let door = Door::open().await;
    let long = "x".repeat(limits::REQUEST_HEAD_MAX_BYTES);
    let half = "x".repeat(limits::REQUEST_HEAD_MAX_BYTES / 2);
    let lines = |count: usize| "\r\nx: y".repeat(count);
    for (head, status) in [
        ("GET /healthz HTTP/1.1".to_owned(), "HTTP/1.1 200"),
        (
            format!("GET /healthz HTTP/1.1\r\nx: {half}"),
            "HTTP/1.1 200",
        ),
        (
            format!("GET /healthz HTTP/1.1\r\nx: {long}"),
            "HTTP/1.1 431",
        ),
        (
            format!("GET /healthz HTTP/1.1\r\n{long}: x"),
            "HTTP/1.1 431",
        ),
        (format!("GET /healthz?{half} HTTP/1.1"), "HTTP/1.1 200"),
        (format!("GET /healthz?{long} HTTP/1.1"), "HTTP/1.1 431"),
        (
            format!("GET /healthz HTTP/1.1{}", lines(98)),
            "HTTP/1.1 200",
        ),
        (
            format!("GET /healthz HTTP/1.1{}", lines(99)),
            "HTTP/1.1 431",
        ),
        // A token of any length that fits is judged by its own limit.
        (
            format!("GET /who HTTP/1.1\r\nauthorization: Bearer {half}"),
            "HTTP/1.1 401",
        ),
    ] {
        let shown = &head[..head.len().min(60)];
        assert_eq!(door.status(&head).await, status, "{shown}");
    }
}

/// HEADERS and CONTINUATION frames with one header again and again, which compression makes small on
/// the wire and large here.
#[tokio::test]
async fn a_head_of_http_2_is_bounded_in_what_it_becomes() {
    let door = Door::open().await;
    let value = [b'x'; 100];
    let literal = |index: u8, text: &[u8]| {
        let length = u8::try_from(text.len()).unwrap();
        [&[0x40 | index, length][..], text].concat()
    };
    let asked = |repeats: usize| {
        let named = [&[0x40, 1, b'a', 100][..], &value].concat();
        let mut block = [
            &[0x82, 0x86][..],
            &literal(1, b"localhost"),
            &literal(4, b"/healthz"),
            &named,
        ]
        .concat();
        // The newest entry of the table, by its index alone.
        block.extend(std::iter::repeat_n(0xbe, repeats));
        let length = u32::try_from(block.len()).unwrap().to_be_bytes();
        let head = [length[1], length[2], length[3], 1, 5, 0, 0, 0, 1];
        let hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
        let last = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
        [&hello[..], &head, &block, &last].concat()
    };
    // The status by its index in the static table, or in letters.
    let is_ok = |told: &[u8]| has_frame(told, |block| block.first() == Some(&0x88));
    assert!(is_ok(&door.told(&asked(10)).await));
    let bomb = limits::REQUEST_HEAD_MAX_BYTES / 100;
    let told = door.told(&asked(bomb)).await;
    assert!(!is_ok(&told), "{told:?}");
}

/// Whether a HEADERS frame has such a block.
fn has_frame(mut told: &[u8], is_one: impl Fn(&[u8]) -> bool) -> bool {
    while let [a, b, c, kind, _, _, _, _, _, rest @ ..] = told {
        let length = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
        let block = rest.get(..length).unwrap_or_default();
        if *kind == 1 && is_one(block) {
            return true;
        }
        told = rest.get(length..).unwrap_or_default();
    }
    false
}
