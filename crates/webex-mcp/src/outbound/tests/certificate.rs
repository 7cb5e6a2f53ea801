//! The authority, the certificate and the key of the servers in these tests, made once with OpenSSL.
//! The certificate is for `idp.example.com` and `keys.example.com`, until 2120; nothing else trusts
//! its authority, whose key was thrown away.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

/// Who signed it.
const AUTHORITY: &str = "\
    MIIBZjCCAQygAwIBAgIUGxmIa6AmFoYWytOr/c39rYHOKxQwCgYIKoZIzj0EAwIwEDEOMAwGA1UEAwwFdGVzdHMw\
    IBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBAxDjAMBgNVBAMMBXRlc3RzMFkwEwYHKoZIzj0CAQYI\
    KoZIzj0DAQcDQgAEq5+FkrXBQO0WR/aIFz3lgxQ0zywvC0lJr4YbM6APXVVHwLc/7DUsMnC7qzJQThXnqwtKrysa\
    vUr109Sm1PgZiaNCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwHQYDVR0OBBYEFMF57qONZ4cr\
    GZyqIRvMeK+CkvgcMAoGCCqGSM49BAMCA0gAMEUCIQCENMBfs5nrdlrRfetJL0Rotnno42HDpK6WOzvxUHLNNgIg\
    Wz9AmzJ1vNmDPSOzF/2gYz6l8deuam8fx8fHCbWXq1Y=\
    ";

/// What the servers show.
const CERTIFICATE: &str = "\
    MIIB0zCCAXmgAwIBAgIUDAKtfcTPSCLHAQKbutV1PBmmvXwwCgYIKoZIzj0EAwIwEDEOMAwGA1UEAwwFdGVzdHMw\
    IBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBoxGDAWBgNVBAMMD2lkcC5leGFtcGxlLmNvbTBZMBMG\
    ByqGSM49AgEGCCqGSM49AwEHA0IABD9SnrBHtD13X3anYOVkmIinwHIYfqKZsfeUVxSUMkSY8xH2AGSur9D/LVi7\
    6TEff2Eb+XNLMOCdd7I+6rqsmi6jgaQwgaEwDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAww\
    CgYIKwYBBQUHAwEwLAYDVR0RBCUwI4IPaWRwLmV4YW1wbGUuY29tghBrZXlzLmV4YW1wbGUuY29tMB0GA1UdDgQW\
    BBT46JZmv7lyi3nxz4csgSP1t0En6zAfBgNVHSMEGDAWgBTBee6jjWeHKxmcqiEbzHivgpL4HDAKBggqhkjOPQQD\
    AgNIADBFAiEA8TNEkedYD13lUHBrQRjLW4k8f673vhyp8571h6FbEeMCICFhHxVS6QRssq8znf8ZCxQeIhR7lg/M\
    bXBv8nRqpfcC\
    ";

/// Its key, in PKCS #8.
const KEY: &str = "\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYkaSIhkHV/wI1gBIiJhnh8gUIeVNcwuQxAR+gqft\
    TNihRANCAAQ/Up6wR7Q9d192p2DlZJiIp8ByGH6imbH3lFcUlDJEmPMR9gBkrq/Q/y1Yu+kxH39hG/lzSzDgnXey\
    Puq6rJou\
    ";

fn bytes(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}

/// Trusts the authority of these tests and no other.
pub fn client() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(bytes(AUTHORITY))).unwrap();
    ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

pub fn server() -> Arc<ServerConfig> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(bytes(KEY)));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(bytes(CERTIFICATE))], key);
    Arc::new(config.unwrap())
}
