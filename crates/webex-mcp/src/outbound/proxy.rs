//! The proxy that documents are fetched through, and the hosts that may be.

use http::Uri;
use url::{Host, Url};

use crate::hosts;

/// A proxy that makes tunnels (CONNECT).
#[derive(Clone, Debug)]
pub struct Proxy {
    pub url: Url,
    /// The hosts that may be fetched through it: the proxy looks their names up, so what they stand
    /// for cannot be judged here.
    pub hosts: Vec<String>,
}

/// What is wrong with a proxy: the setting, and the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("outbound.{key}: {reason}")]
pub struct WrongProxy {
    pub key: &'static str,
    pub reason: String,
}

/// A proxy that was checked.
#[derive(Debug)]
pub(super) struct Checked {
    pub url: Url,
    pub uri: Uri,
    hosts: Vec<Host>,
}

impl Proxy {
    /// Whether it can be used.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), WrongProxy> {
        self.checked().map(drop)
    }

    pub(super) fn checked(&self) -> Result<Checked, WrongProxy> {
        let wrong = |key, reason: &str| WrongProxy {
            key,
            reason: reason.to_owned(),
        };
        let url = self.url.clone();
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(
                "proxy",
                "it must not contain a user name or password: a proxy that requires them is not supported",
            ));
        }
        let is_plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !matches!(url.scheme(), "http" | "https") || !is_plain {
            return Err(wrong(
                "proxy",
                "write it as http://host:port, without a path",
            ));
        }
        let uri = url.as_str().parse();
        let uri = uri.map_err(|_| wrong("proxy", "its host is not valid"))?;
        if self.hosts.is_empty() {
            return Err(wrong(
                "proxy_hosts",
                "list the hosts that may be fetched through the proxy",
            ));
        }
        let hosts = self.hosts.iter().map(|text| listed(text));
        let hosts = hosts.collect::<Result<_, _>>()?;
        Ok(Checked { url, uri, hosts })
    }
}

impl Checked {
    pub fn may_fetch(&self, url: &Url) -> bool {
        let host = url.host().map(|host| host.to_owned());
        host.is_some_and(|host| self.hosts.contains(&host))
    }
}

fn listed(text: &str) -> Result<Host, WrongProxy> {
    let host = Host::parse(text).ok();
    let host = host.filter(|host| hosts::is_public_host(host) && !text.contains('*'));
    host.ok_or_else(|| WrongProxy {
        key: "proxy_hosts",
        reason: format!(
            "`{text}` is not a host of the internet; write it as login.example.com, without a port"
        ),
    })
}
