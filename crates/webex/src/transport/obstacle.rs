//! The obstacles between this machine and Webex, told apart so that people check the right thing.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};

use rustls::CertificateError;

use super::BoxError;

/// Why there is no connection, or no longer one. `Display` names the cause, without an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The host's name cannot be resolved here.
    UnknownName,
    /// The network has no route to the address.
    NoRoute,
    /// Nothing listens at the address.
    Refused,
    /// The address does not answer.
    Silent,
    /// The proxy itself cannot be reached.
    ProxyUnreachable,
    /// The proxy requires authentication.
    ProxyWantsAuthentication,
    /// The proxy refuses to make the connection.
    ProxyRefuses,
    /// The issuer of the certificate is not trusted on this machine.
    Untrusted,
    /// The certificate is not valid at this machine's time.
    OutOfDate,
    /// The certificate is for another host.
    OtherHost,
    /// No root certificates were found, so nobody is trusted.
    NoRoots,
    /// The two sides do not agree on TLS.
    Tls,
    /// The connection was made and broke, or failed in a way that is not known here.
    Broken,
}

impl Obstacle {
    /// What to check or to set, as the second half of a sentence.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::UnknownName => {
                "check the address and this machine's DNS, or set HTTPS_PROXY if only a proxy reaches the internet"
            }
            Self::NoRoute => {
                "check this machine's network, or set HTTPS_PROXY if only a proxy reaches the internet"
            }
            Self::Refused => {
                "check host and port of the address, or set HTTPS_PROXY if only a proxy reaches the internet"
            }
            Self::Silent => {
                "a firewall may be in the way: let this machine through, or set HTTPS_PROXY if only a proxy reaches the internet"
            }
            Self::ProxyUnreachable => {
                "correct HTTPS_PROXY, or list the host in NO_PROXY if it is reached without the proxy"
            }
            Self::ProxyWantsAuthentication => {
                "write user name and password into HTTPS_PROXY, as http://user:password@host:port"
            }
            Self::ProxyRefuses => {
                "allow the host in the proxy, or list it in NO_PROXY if it is reached without the proxy"
            }
            Self::Untrusted => {
                "if a proxy or an authority of your own signs certificates in this network, set SSL_CERT_FILE to a PEM file with its root certificate"
            }
            Self::OutOfDate => "check this machine's clock",
            Self::OtherHost => "check the host of the address",
            Self::NoRoots => {
                "if SSL_CERT_FILE or SSL_CERT_DIR is set, what it names cannot be read or has no certificate in PEM: correct it, or unset it; if neither is set, install the package ca-certificates"
            }
            Self::Tls => "check scheme, host and port of the address",
            Self::Broken => "check the network between this machine and the host",
        }
    }

    /// The outermost known cause counts: a proxy's answer says more than the way the connection
    /// failed.
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(known) = Self::known(error) {
                return known;
            }
            next = inner(error);
        }
        Self::Broken
    }

    fn known(error: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(Marked { mark, .. }) = error.downcast_ref() {
            return Some(*mark);
        }
        if error.is::<tokio::time::error::Elapsed>() {
            return Some(Self::Silent);
        }
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Self::of_tls(error);
        }
        match error.downcast_ref::<io::Error>()?.kind() {
            ErrorKind::ConnectionRefused => Some(Self::Refused),
            ErrorKind::NetworkUnreachable
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable => Some(Self::NoRoute),
            ErrorKind::TimedOut => Some(Self::Silent),
            _ => None,
        }
    }

    fn of_tls(error: &rustls::Error) -> Option<Self> {
        Some(match error {
            rustls::Error::InvalidCertificate(certificate) => match certificate {
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => Self::OutOfDate,
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. } => Self::OtherHost,
                _ => Self::Untrusted,
            },
            rustls::Error::InvalidMessage(_)
            | rustls::Error::AlertReceived(_)
            | rustls::Error::PeerIncompatible(_)
            | rustls::Error::PeerMisbehaved(_)
            | rustls::Error::NoApplicationProtocol => Self::Tls,
            _ => return None,
        })
    }
}

/// The wrapped error. An [`io::Error`] returns the source of the error that it wraps, but not that
/// error itself.
fn inner<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>() {
        Some(error) => error.get_ref().map(|inner| inner as _),
        None => error.source(),
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::UnknownName => "its host's name is not found",
            Self::NoRoute => "there is no route to it",
            Self::Refused => "the connection was refused",
            Self::Silent => "nothing answers at its address",
            Self::ProxyUnreachable => "the proxy cannot be reached",
            Self::ProxyWantsAuthentication => "the proxy wants a user name and a password",
            Self::ProxyRefuses => "the proxy does not make the connection",
            Self::Untrusted => "its certificate is not trusted on this machine",
            Self::OutOfDate => "its certificate is not valid at this machine's time",
            Self::OtherHost => "its certificate is for another host",
            Self::NoRoots => "there are no root certificates to trust",
            Self::Tls => "the server at its address does not agree on TLS",
            Self::Broken => "the connection broke",
        })
    }
}

/// An error from a place where the obstacle is known.
#[derive(Debug)]
pub(super) struct Marked {
    mark: Obstacle,
    source: BoxError,
}

impl Marked {
    pub fn new(mark: Obstacle, source: impl Into<BoxError>) -> Self {
        Self {
            mark,
            source: source.into(),
        }
    }

    /// An error on the way through a proxy. The tunnel's error type cannot be named: it wraps what
    /// kept it from the proxy, and it has only text for the proxy's answer.
    pub fn by_proxy(error: impl Into<BoxError>) -> Self {
        let source = error.into();
        let mark = if source.source().is_some() {
            Obstacle::ProxyUnreachable
        } else if source.to_string().contains("authorization") {
            Obstacle::ProxyWantsAuthentication
        } else {
            Obstacle::ProxyRefuses
        };
        Self { mark, source }
    }
}

impl fmt::Display for Marked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.mark.fmt(formatter)
    }
}

impl Error for Marked {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_is_told_apart_however_deep_it_lies() {
        let tls = |error: rustls::Error| io::Error::other(io::Error::other(error));
        let certificate = |error: CertificateError| tls(rustls::Error::InvalidCertificate(error));
        for (error, expected) in [
            (ErrorKind::ConnectionRefused.into(), Obstacle::Refused),
            (ErrorKind::NetworkUnreachable.into(), Obstacle::NoRoute),
            (ErrorKind::HostUnreachable.into(), Obstacle::NoRoute),
            (ErrorKind::TimedOut.into(), Obstacle::Silent),
            (ErrorKind::ConnectionReset.into(), Obstacle::Broken),
            (
                certificate(CertificateError::UnknownIssuer),
                Obstacle::Untrusted,
            ),
            (certificate(CertificateError::Expired), Obstacle::OutOfDate),
            (
                certificate(CertificateError::NotValidYet),
                Obstacle::OutOfDate,
            ),
            (
                certificate(CertificateError::NotValidForName),
                Obstacle::OtherHost,
            ),
            (tls(rustls::Error::NoApplicationProtocol), Obstacle::Tls),
            (
                tls(rustls::Error::General("?".to_owned())),
                Obstacle::Broken,
            ),
            (
                io::Error::other(Marked::new(
                    Obstacle::UnknownName,
                    io::Error::from(ErrorKind::TimedOut),
                )),
                Obstacle::UnknownName,
            ),
        ] {
            let told = Obstacle::of(&error);
            assert_eq!(told, expected, "{error:?}");
        }
    }
}
