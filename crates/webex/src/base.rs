//! The configured address of Webex, parsed once; and the check whether a URL belongs to it.

use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use url::{Host, Url};

use crate::error::WebexError;

#[derive(Debug)]
pub(crate) struct Base {
    scheme: Scheme,
    authority: Authority,
    /// Without a final slash, such as `/v1`.
    path: String,
    url: Url,
}

impl Base {
    /// Parses the base URL; plain http is allowed only for this machine.
    pub fn parse(text: &str) -> Result<Self, WebexError> {
        let wrong = |reason: &'static str| WebexError::invalid("base_url", reason);
        let url = Url::parse(text).map_err(|_| {
            wrong("it is not an absolute URL; an example is https://webexapis.com/v1")
        })?;
        let scheme = match url.scheme() {
            "https" => Scheme::HTTPS,
            "http" if is_loopback(&url) => Scheme::HTTP,
            "http" => return Err(wrong("http is for loopback addresses only; use https")),
            _ => return Err(wrong("it must start with https://")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("it must not contain a user name or password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("it must end with its path, usually /v1"));
        }
        let path = url.path().trim_end_matches('/').to_owned();
        if path.is_empty() {
            return Err(wrong("the path is missing; it usually ends in /v1"));
        }
        let authority = url.authority().parse();
        let authority = authority.map_err(|_| wrong("its host is not valid"))?;
        Ok(Self {
            scheme,
            authority,
            path,
            url,
        })
    }

    /// The URI of a target below the base; the target starts with a slash.
    pub fn uri(&self, target: &str) -> Result<Uri, WebexError> {
        let mut path = String::with_capacity(self.path.len() + target.len());
        path.push_str(&self.path);
        path.push_str(target);
        let wrong = |_| WebexError::invalid("path", "it cannot be part of a URL");
        let path = PathAndQuery::from_maybe_shared(bytes::Bytes::from(path)).map_err(wrong)?;
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path);
        Uri::from_parts(parts)
            .map_err(|_| WebexError::invalid("path", "it cannot be part of a URL"))
    }

    /// The path and query below the base, for an absolute URL or one that starts with a slash.
    ///
    /// `None` where it has another scheme, host, port or base path, or credentials.
    pub fn relative(&self, text: &str) -> Option<Url> {
        let url = self.url.join(text).ok()?;
        let same = url.scheme() == self.url.scheme()
            && url.host() == self.url.host()
            && url.port_or_known_default() == self.url.port_or_known_default()
            && url.username().is_empty()
            && url.password().is_none();
        (same && self.below(url.path()).is_some()).then_some(url)
    }

    /// The part after the base path, with its slash. Not with two slashes: such a text alone would
    /// name a host.
    pub fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(self.path.as_str())?;
        (rest.len() > 1 && rest.starts_with('/') && !rest.starts_with("//")).then_some(rest)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_loopback_is_taken() {
        for right in [
            "https://webexapis.com/v1",
            "https://api-usgov.webex.com/v1/",
            "http://localhost:8080/v1",
            "http://127.0.0.1:1/v1",
            "http://[::1]:1/v1",
        ] {
            let base = Base::parse(right).unwrap();
            let uri = base.uri("/rooms?max=1").unwrap().to_string();
            assert_eq!(uri, format!("{}/rooms?max=1", right.trim_end_matches('/')));
        }
        for wrong in [
            "",
            "webexapis.com/v1",
            "https://webexapis.com",
            "https://webexapis.com/",
            "http://webexapis.com/v1",
            "http://127.0.0.1.example.com/v1",
            "http://webex.localhost/v1",
            "ftp://webexapis.com/v1",
            "https://me:secret@webexapis.com/v1",
            "https://webexapis.com/v1?x=1",
            "https://webexapis.com/v1#x",
        ] {
            let error = Base::parse(wrong).unwrap_err();
            assert!(
                matches!(
                    error,
                    WebexError::Invalid {
                        field: "base_url",
                        ..
                    }
                ),
                "{wrong}"
            );
        }
    }

    #[test]
    fn foreign_urls_are_told_apart() {
        let base = Base::parse("https://webexapis.com/v1").unwrap();
        for own in [
            "https://webexapis.com/v1/rooms",
            "https://WEBEXAPIS.com:443/v1/rooms?a=b",
            "/v1/rooms",
            "https://webexapis.com/v1/x/../rooms",
        ] {
            assert!(base.relative(own).is_some(), "{own}");
        }
        for foreign in [
            "http://webexapis.com/v1/rooms",
            "https://webexapis.com:8443/v1/rooms",
            "https://webexapis.com.evil.example/v1/rooms",
            "https://evil.example/v1/rooms",
            "https://webexapis.com@evil.example/v1/rooms",
            "https://me@webexapis.com/v1/rooms",
            "https://webexapis.com/v2/rooms",
            "https://webexapis.com/v1/../v2/rooms",
            "https://webexapis.com/v1/%2e%2e/v2/rooms",
            "https://webexapis.com/v10/rooms",
            "https://webexapis.com/v1",
            "https://webexapis.com/v1//rooms",
            "//evil.example/v1/rooms",
            "\\\\evil.example/v1/rooms",
        ] {
            assert!(base.relative(foreign).is_none(), "{foreign}");
        }
    }
}
