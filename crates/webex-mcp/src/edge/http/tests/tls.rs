//! TLS: what is spoken, how certificates are replaced, and how long a client may take to agree on it.
//! The certificates are for `localhost`, until 2120; nothing else trusts their authority, whose key was
//! thrown away.

use std::path::Path;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::super::Wire;
use super::super::tls::{BadCertificate, CertificateFiles, Tls};
use super::*;
use crate::edge::shares::ShareBounds;

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/it/certificates/", $name))
    };
}

const ONE: Pair = (pem!("one.pem"), pem!("one.key"));
const TWO: Pair = (pem!("two.pem"), pem!("two.key"));
const SHORT: Duration = Duration::from_millis(40);
/// No test waits for this: it is what a failure takes.
const TOO_LONG: Duration = Duration::from_secs(10);

/// A certificate and its key.
type Pair = (&'static str, &'static str);

/// A door that speaks TLS; closed when dropped.
struct Door {
    address: SocketAddr,
    tls: Tls,
    files: CertificateFiles,
    drain: CancellationToken,
    _directory: tempfile::TempDir,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.drain.cancel();
    }
}

fn files_in(directory: &Path, (certificate, key): Pair) -> CertificateFiles {
    let files = CertificateFiles {
        certificate: directory.join("tls.crt"),
        key: directory.join("tls.key"),
    };
    std::fs::write(&files.certificate, certificate).unwrap();
    std::fs::write(&files.key, key).unwrap();
    files
}

async fn open(bounds: Bounds) -> Door {
    let directory = tempfile::tempdir().unwrap();
    let files = files_in(directory.path(), ONE);
    let tls = Tls::read(files.clone()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let drain = CancellationToken::new();
    let wire = Wire {
        tls: Some(tls.clone()),
        is_https: true,
        ..Wire::default()
    };
    let router = plain_door(vec![who(one())]);
    tokio::spawn(serve(listener, router, bounds, wire, drain.clone()));
    Door {
        address,
        tls,
        files,
        drain,
        _directory: directory,
    }
}

impl Door {
    async fn connect(
        &self,
        version: &'static SupportedProtocolVersion,
        protocols: &[&str],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_slice(pem!("authority.pem").as_bytes());
        roots.add(authority.unwrap()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
        timeout(TOO_LONG, connecting).await.expect("it goes on")
    }

    /// The certificate that a new connection sees.
    async fn shown(&self) -> CertificateDer<'static> {
        let stream = self.connect(&TLS13, &[]).await.unwrap();
        let chain = stream.get_ref().1.peer_certificates().unwrap();
        chain[0].clone().into_owned()
    }

    /// A socket on which nothing more is said than this.
    async fn say(&self, said: &[u8]) -> TcpStream {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        socket.write_all(said).await.unwrap();
        socket
    }
}

async fn until_closed(mut socket: impl tokio::io::AsyncRead + Unpin) -> String {
    let mut said = Vec::new();
    let read = timeout(TOO_LONG, socket.read_to_end(&mut said)).await;
    // Bytes that were not read when it closed make it a reset.
    let _ = read.expect("the server closes it");
    String::from_utf8_lossy(&said).into_owned()
}

fn certificate(pair: Pair) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pair.0.as_bytes()).unwrap()
}

#[tokio::test]
async fn both_versions_of_tls_carry_both_versions_of_http() {
    let door = open(Bounds::default()).await;
    for version in [&TLS12, &TLS13] {
        let mut stream = door.connect(version, &["http/1.1"]).await.unwrap();
        let session = stream.get_ref().1;
        assert_eq!(session.protocol_version(), Some(version.version));
        assert_eq!(session.alpn_protocol(), Some(&b"http/1.1"[..]));
        let request = b"GET /who HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let answer = until_closed(stream).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        for header in [
            "strict-transport-security: max-age=31536000",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cache-control: no-store",
            "x-frame-options: DENY",
            "content-security-policy: default-src 'none'",
        ] {
            assert!(answer.contains(header), "{header} is missing in {answer}");
        }
        // Those who speak both get the newer one.
        let mut stream = door.connect(version, &["http/1.1", "h2"]).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        stream
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
            .await
            .unwrap();
        let mut frame = [0; 4];
        stream.read_exact(&mut frame).await.unwrap();
        assert_eq!(frame[3], 4, "the server's settings come first");
    }
    let refused = door.connect(&TLS13, &["spdy/3"]).await;
    assert!(refused.is_err(), "another protocol is none of ours");
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_and_a_broken_one_is_not() {
    let door = open(Bounds::default()).await;
    assert_eq!(door.shown().await, certificate(ONE));
    let directory = door.files.certificate.parent().unwrap();
    files_in(directory, TWO);
    assert_eq!(door.shown().await, certificate(ONE), "not before a look");
    door.tls.look().await;
    assert_eq!(door.shown().await, certificate(TWO));
    // The new certificate is there before its key is.
    for broken in [(ONE.0, TWO.1), ("", ""), (ONE.0, "nonsense")] {
        files_in(directory, broken);
        door.tls.look().await;
        assert_eq!(door.shown().await, certificate(TWO), "{broken:?}");
    }
    std::fs::remove_file(&door.files.key).unwrap();
    door.tls.look().await;
    assert_eq!(door.shown().await, certificate(TWO));
    files_in(directory, ONE);
    door.tls.look().await;
    assert_eq!(door.shown().await, certificate(ONE));
}

#[tokio::test(start_paused = true)]
async fn the_files_are_looked_at_now_and_then_until_the_drain() {
    let directory = tempfile::tempdir().unwrap();
    let tls = Tls::read(files_in(directory.path(), ONE)).unwrap();
    let drain = CancellationToken::new();
    let told = super::log::Told::default();
    let _listening = told.listen();
    let looking = tls.keep_fresh(&drain);
    let changing = async {
        files_in(directory.path(), (ONE.0, TWO.1));
        let every = Duration::from_secs(crate::edge::limits::CERTIFICATE_LOOKED_AT_SECONDS);
        tokio::time::sleep(3 * every + SHORT).await;
        drain.cancel();
    };
    tokio::join!(looking, changing);
    let lines = told.lines();
    assert_eq!(lines.len(), 1, "the same is not judged twice: {lines:?}");
    assert_eq!(lines[0]["level"], "WARN");
}

#[test]
fn what_is_wrong_with_the_files_is_told_by_the_name_of_the_setting() {
    use BadCertificate as Bad;
    let directory = tempfile::tempdir().unwrap();
    let ended = &ONE.0[..ONE.0.len() - 40];
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let no_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    for (pair, expected) in [
        ((ONE.0, TWO.1), Bad::Mismatch),
        (("", ONE.1), Bad::NoCertificate),
        ((ONE.1, ONE.1), Bad::NoCertificate),
        ((ended, ONE.1), Bad::NoCertificate),
        ((garbage, ONE.1), Bad::Unusable),
        ((ONE.0, ""), Bad::NoKey),
        ((ONE.0, ONE.0), Bad::NoKey),
        ((ONE.0, encrypted), Bad::NoKey),
        ((ONE.0, no_key), Bad::NoKey),
    ] {
        let why = Tls::read(files_in(directory.path(), pair)).unwrap_err();
        assert_eq!(why, expected, "{pair:?}");
        let said = format!("`{}`: {why}", why.setting());
        assert!(said.starts_with("`server.tls_"), "{said}");
        assert!(
            !said.contains("tls.crt") && !said.contains("AAAA"),
            "{said}"
        );
    }
    let files = files_in(directory.path(), ONE);
    assert!(Tls::read(files.clone()).is_ok());
    let large = vec![b'x'; 1024 * 1024];
    std::fs::write(&files.certificate, large).unwrap();
    let why = Tls::read(files.clone()).unwrap_err();
    assert!(matches!(why, Bad::CertificateUnreadable(_)), "{why}");
    files_in(directory.path(), ONE);
    std::fs::remove_file(&files.key).unwrap();
    let why = Tls::read(files).unwrap_err();
    assert!(matches!(why, Bad::KeyUnreadable(_)), "{why}");
}

/// The beginning of a hello.
const HALF: &[u8] = &[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];

#[tokio::test]
async fn who_does_not_finish_a_handshake_is_not_waited_for() {
    let long = Duration::from_secs(60);
    let bounds = Bounds {
        first_byte: long,
        handshake: SHORT,
        ..Bounds::default()
    };
    let door = open(bounds).await;
    for half in [HALF, &HALF[..1]] {
        assert_eq!(until_closed(door.say(half).await).await, "");
    }
    let garbage = [HALF, &[0xff; 2_000]].concat();
    let said = until_closed(door.say(&garbage).await).await;
    assert!(!said.contains("HTTP"), "{said}");
}

#[tokio::test]
async fn slow_handshakes_take_the_share_of_their_address_and_hold_nobody_else() {
    let long = Duration::from_secs(60);
    let bounds = Bounds {
        handshakes: ShareBounds { in_all: 8, each: 2 },
        first_byte: long,
        handshake: long,
        close: SHORT,
        drain: SHORT,
        ..Bounds::default()
    };
    let door = open(bounds).await;
    // The silent do not count: they have not begun.
    let mut silent = Vec::new();
    for _ in 0..4 {
        silent.push(door.say(b"").await);
    }
    let first = door.say(HALF).await;
    assert_eq!(door.shown().await, certificate(ONE), "one place is left");
    let second = door.say(HALF).await;
    // Whichever comes later finds no place.
    let refused = async {
        while door.connect(&TLS13, &[]).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(TOO_LONG, refused)
        .await
        .expect("its share is taken");
    drop((first, second));
    let again = async { while door.connect(&TLS13, &[]).await.is_err() {} };
    timeout(TOO_LONG, again)
        .await
        .expect("who leaves makes room");
}

#[tokio::test]
async fn plain_http_is_told_what_is_spoken() {
    let door = open(Bounds::default()).await;
    for said in [
        "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let told = until_closed(door.say(said.as_bytes()).await).await;
        assert!(told.starts_with("HTTP/1.1 400 "), "{told}");
        assert!(told.contains("use https://"), "{told}");
    }
}
