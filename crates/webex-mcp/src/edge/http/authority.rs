//! Parses an authority (`host`, `host:port`). Text that does not parse to its end is refused.

use std::net::Ipv6Addr;

/// A host with an optional port. The host is in lower case; an IPv6 address has its short form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authority {
    pub(super) host: String,
    pub(super) port: Option<u16>,
}

impl Authority {
    /// Accepts names, IPv4 and bracketed IPv6 addresses; refuses a user, an empty port and trailing
    /// text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (inside, after) = rest.split_once(']')?;
                let address: Ipv6Addr = inside.parse().ok()?;
                let port = match after {
                    "" => None,
                    after => Some(after.strip_prefix(':')?),
                };
                (format!("[{address}]"), port)
            }
            None => {
                let (host, port) = match text.split_once(':') {
                    Some((host, port)) => (host, Some(port)),
                    None => (text, None),
                };
                let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
                if host.is_empty() || !host.bytes().all(is_name) {
                    return None;
                }
                (host.to_ascii_lowercase(), port)
            }
        };
        let port = match port {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().ok()?)
            }
            Some(_) => return None,
            None => None,
        };
        Some(Authority { host, port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_authority_is_parsed_whole_or_is_none() {
        for (text, host, port) in [
            ("example.com", "example.com", None),
            ("Example.COM:8443", "example.com", Some(8443)),
            ("127.0.0.1:1", "127.0.0.1", Some(1)),
            ("[::1]", "[::1]", None),
            ("[0:0:0:0:0:0:0:1]:80", "[::1]", Some(80)),
        ] {
            let parsed = Authority::parse(text).unwrap();
            assert_eq!((parsed.host.as_str(), parsed.port), (host, port), "{text}");
        }
        for text in [
            "",
            ":80",
            "a:",
            "a:b",
            "a:+1",
            "a:65536",
            "a:1:2",
            "a@b",
            "a b",
            "a/b",
            "a?b",
            "a#b",
            "ü.example",
            "[::1].evil.example",
            "[::1]evil",
            "[::1]:",
            "[::1]:80.evil.example",
            "[::1",
            "::1",
            "[evil]",
            "[127.0.0.1]",
        ] {
            assert_eq!(Authority::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_all_that_was_written(text in "[a-z0-9.\\[\\]:@/-]{0,30}") {
            if let Some(Authority { host, port }) = Authority::parse(&text) {
                let port = port.map_or(String::new(), |port| format!(":{port}"));
                let again = Authority::parse(&format!("{host}{port}"));
                prop_assert!(again.is_some_and(|again| again.host == host));
                prop_assert!(host.starts_with('[') || text.starts_with(&host));
            }
        }
    }
}
