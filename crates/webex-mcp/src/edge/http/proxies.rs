//! Where a request comes from. Only the proxies that the operator declared are believed about that.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::HeaderMap;
use ipnet::IpNet;

use crate::edge::limits;

const X_FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED: &str = "forwarded";
/// Headers, besides `x-forwarded-…`, that show that a request passed through a proxy.
const SIGNS: [&str; 3] = [FORWARDED, "via", "x-real-ip"];

/// The proxies that are believed. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Arc<[IpNet]>);

impl Proxies {
    pub fn new(networks: &[IpNet]) -> Self {
        Proxies(networks.into())
    }

    /// Whether this is the address of a proxy that is believed.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client's address. A forwarding header is read from its end, past every proxy that is
    /// believed, to the first address that is not one. Everything before that could be made up.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        let by_list = self.walk(peer, entries(headers, X_FORWARDED_FOR), |entry| {
            address(entry.trim())
        });
        let by_pairs = self.walk(peer, entries(headers, FORWARDED), forwarded_for);
        match (by_list, by_pairs) {
            (Some(one), Some(two)) if one == two => one,
            // A proxy writes one of the two headers and may pass on the other as the client wrote
            // it: if they differ, neither counts.
            (Some(_), Some(_)) | (None, None) => peer,
            (Some(one), None) | (None, Some(one)) => one,
        }
    }

    /// `None` where the header is absent.
    fn walk<'a>(
        &self,
        peer: IpAddr,
        entries: Option<impl Iterator<Item = &'a str>>,
        read: impl Fn(&str) -> Option<IpAddr>,
    ) -> Option<IpAddr> {
        let mut nearest = peer;
        for entry in entries?.take(limits::FORWARDED_HOPS_MAX) {
            let Some(hop) = read(entry) else { break };
            nearest = hop;
            if !self.trusts(hop) {
                break;
            }
        }
        Some(nearest)
    }
}

/// Whether a proxy forwarded the request, or a header says so.
pub(super) fn is_forwarded(headers: &HeaderMap) -> bool {
    headers
        .keys()
        .any(|name| name.as_str().starts_with("x-forwarded-") || SIGNS.contains(&name.as_str()))
}

/// The entries of a list header, the last first; `None` where the header is absent.
fn entries<'a>(headers: &'a HeaderMap, name: &str) -> Option<impl Iterator<Item = &'a str>> {
    let values = headers.get_all(name).iter();
    let mut values: Vec<&str> = values.map(|value| value.to_str().unwrap_or("")).collect();
    values.reverse();
    (!values.is_empty()).then(|| values.into_iter().flat_map(|value| value.rsplit(',')))
}

/// The `for=` of one element of `Forwarded` (RFC 7239).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, node) = pairs
        .into_iter()
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    address(node.trim().trim_matches('"'))
}

/// An address, with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || text.parse().ok();
    let with_port = || text.parse().ok().map(|address: SocketAddr| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    bare()
        .or_else(with_port)
        .or_else(in_brackets)
        .map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and values.
    type Headers<'a> = &'a [(&'a str, &'a str)];

    #[test]
    fn only_declared_proxies_say_where_a_client_is() {
        let proxies = Proxies::new(&[
            "10.0.0.0/8".parse().unwrap(),
            "2001:db8:1::/48".parse().unwrap(),
        ]);
        let rows: [(&str, Headers<'_>, &str); 16] = [
            ("192.0.2.1", &[], "192.0.2.1"),
            (
                "192.0.2.1",
                &[("x-forwarded-for", "198.51.100.7")],
                "192.0.2.1",
            ),
            (
                "192.0.2.1",
                &[("forwarded", "for=198.51.100.7")],
                "192.0.2.1",
            ),
            ("10.0.0.1", &[], "10.0.0.1"),
            (
                "::ffff:10.0.0.1",
                &[("x-forwarded-for", "198.51.100.7")],
                "198.51.100.7",
            ),
            (
                "10.0.0.1",
                &[("x-forwarded-for", "1.2.3.4, 198.51.100.7, 10.9.9.9")],
                "198.51.100.7",
            ),
            (
                "10.0.0.1",
                &[
                    ("x-forwarded-for", "1.2.3.4"),
                    ("x-forwarded-for", "198.51.100.7"),
                ],
                "198.51.100.7",
            ),
            (
                "10.0.0.1",
                &[("x-forwarded-for", "198.51.100.7:4711")],
                "198.51.100.7",
            ),
            (
                "10.0.0.1",
                &[("x-forwarded-for", "[2001:db8::7]:4711")],
                "2001:db8::7",
            ),
            (
                "2001:db8:1::5",
                &[(
                    "forwarded",
                    r#"for=1.2.3.4, For="[2001:db8::7]:80";proto=https"#,
                )],
                "2001:db8::7",
            ),
            // An entry that cannot be read gives the last address that is known.
            (
                "10.0.0.1",
                &[("x-forwarded-for", "198.51.100.7, unknown")],
                "10.0.0.1",
            ),
            ("10.0.0.1", &[("forwarded", "for=_hidden")], "10.0.0.1"),
            ("10.0.0.1", &[("x-forwarded-for", "")], "10.0.0.1"),
            (
                "10.0.0.1",
                &[("x-forwarded-for", "10.0.0.2, 10.0.0.3")],
                "10.0.0.2",
            ),
            // A client gains nothing by writing the header that its proxy does not write.
            (
                "10.0.0.1",
                &[
                    ("x-forwarded-for", "198.51.100.7"),
                    ("forwarded", "for=1.2.3.4"),
                ],
                "10.0.0.1",
            ),
            (
                "10.0.0.1",
                &[
                    ("x-forwarded-for", "198.51.100.7"),
                    ("forwarded", "for=198.51.100.7"),
                ],
                "198.51.100.7",
            ),
        ];
        for (peer, headers, client) in rows {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(*name, value.parse().unwrap());
            }
            let found = proxies.client(peer.parse().unwrap(), &map);
            assert_eq!(found.to_string(), client, "{peer} {headers:?}");
        }
    }
}
