//! TLS: the certificate that clients see. It is read from files, and again when these change.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::edge::limits;
use crate::folders::cause;
use crate::seal::digest;

/// The files of a certificate and its key, in PEM.
#[derive(Debug, Clone)]
pub struct CertificateFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// What is wrong with these files. It tells nothing of what they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCertificate {
    #[error("the file cannot be read ({}); check its path and its permissions", cause(*.0))]
    CertificateUnreadable(io::ErrorKind),
    #[error("the file cannot be read ({}); check its path and its permissions", cause(*.0))]
    KeyUnreadable(io::ErrorKind),
    #[error(
        "the file has no certificate in PEM; give the server's own first, then those that signed it"
    )]
    NoCertificate,
    #[error(
        "the file has no private key in PEM that can be used; give an RSA, ECDSA or Ed25519 key without a passphrase"
    )]
    NoKey,
    #[error("the key does not belong to the certificate; give the two that were made together")]
    Mismatch,
    #[error("the certificate cannot be used; have it made again as X.509 version 3")]
    Unusable,
}

impl BadCertificate {
    /// The setting that names the file.
    pub fn setting(self) -> &'static str {
        match self {
            Self::CertificateUnreadable(_) | Self::NoCertificate | Self::Unusable => {
                "server.tls_certificate"
            }
            Self::KeyUnreadable(_) | Self::NoKey | Self::Mismatch => "server.tls_key",
        }
    }
}

/// The TLS of a door. Clones share its certificate.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    shown: Arc<Shown>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// The certificate that is shown now, and where it came from.
struct Shown {
    files: CertificateFiles,
    now: RwLock<Arc<CertifiedKey>>,
    /// What was last read, good or bad: the same is not judged twice.
    seen: Mutex<Seen>,
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shown").finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now.read().clone())
    }
}

/// What was read: the digest of both files, or what is wrong.
type Seen = Result<[u8; 32], BadCertificate>;

impl Tls {
    /// TLS 1.2 and 1.3 with the certificate in these files. It blocks while they are read.
    ///
    /// # Errors
    /// [`BadCertificate`], a sentence that names the setting.
    pub fn read(files: CertificateFiles) -> Result<Self, BadCertificate> {
        let provider = Arc::new(default_provider());
        let texts = Texts::read(&files)?;
        let certified = texts.certified(&provider)?;
        let shown = Arc::new(Shown {
            files,
            now: RwLock::new(Arc::new(certified)),
            seen: Mutex::new(Ok(texts.digest())),
        });
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|_| BadCertificate::Unusable)?;
        let mut config = config
            .with_no_client_auth()
            .with_cert_resolver(shown.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Tls {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            shown,
        })
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await
    }

    /// Looks at the files now and then, until the drain.
    pub(super) async fn keep_fresh(&self, drain: &CancellationToken) {
        let every = Duration::from_secs(limits::CERTIFICATE_LOOKED_AT_SECONDS);
        while tokio::time::timeout(every, drain.cancelled())
            .await
            .is_err()
        {
            self.look().await;
        }
    }

    /// Shows what is in the files now. What cannot be used changes nothing but the log.
    pub(super) async fn look(&self) {
        let files = self.shown.files.clone();
        let reading = tokio::task::spawn_blocking(move || Texts::read(&files));
        if let Ok(read) = reading.await {
            self.shown.take(read);
        }
    }
}

impl Shown {
    fn take(&self, read: Result<Texts, BadCertificate>) {
        let seen = read.as_ref().map(Texts::digest).map_err(|why| *why);
        let before = std::mem::replace(&mut *self.seen.lock(), seen);
        if before == seen {
            return;
        }
        match read.and_then(|texts| texts.certified(&default_provider())) {
            Ok(certified) => {
                *self.now.write() = Arc::new(certified);
                tracing::info!("the certificate was read again: new connections see it");
            }
            Err(why) => {
                let setting = why.setting();
                tracing::warn!(setting, %why, "the files of the certificate have changed and cannot be used: the one before stays");
            }
        }
    }
}

/// Both files as they are.
struct Texts {
    certificate: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

impl Texts {
    fn read(files: &CertificateFiles) -> Result<Self, BadCertificate> {
        let certificate =
            whole(&files.certificate).map_err(BadCertificate::CertificateUnreadable)?;
        let key = whole(&files.key).map_err(BadCertificate::KeyUnreadable)?;
        Ok(Texts {
            certificate,
            key: Zeroizing::new(key),
        })
    }

    fn digest(&self) -> [u8; 32] {
        let both = [digest(&self.certificate), digest(&self.key)];
        digest(both.as_flattened())
    }

    fn certified(&self, provider: &CryptoProvider) -> Result<CertifiedKey, BadCertificate> {
        let chain = CertificateDer::pem_slice_iter(&self.certificate);
        let chain: Vec<_> = chain
            .collect::<Result<_, _>>()
            .map_err(|_| BadCertificate::NoCertificate)?;
        if chain.is_empty() {
            return Err(BadCertificate::NoCertificate);
        }
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| BadCertificate::NoKey)?;
        let key = provider.key_provider.load_private_key(key);
        let certified = CertifiedKey::new(chain, key.map_err(|_| BadCertificate::NoKey)?);
        match certified.keys_match() {
            // Keys that do not tell are tried.
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {
                Ok(certified)
            }
            Err(rustls::Error::InconsistentKeys(_)) => Err(BadCertificate::Mismatch),
            Err(_) => Err(BadCertificate::Unusable),
        }
    }
}

/// A file that is small enough to be one of these.
fn whole(path: &Path) -> Result<Vec<u8>, io::ErrorKind> {
    let size = std::fs::metadata(path).map_err(|error| error.kind())?.len();
    if size > limits::CERTIFICATE_FILE_MAX_BYTES {
        return Err(io::ErrorKind::FileTooLarge);
    }
    std::fs::read(path).map_err(|error| error.kind())
}
