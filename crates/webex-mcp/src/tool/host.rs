//! Hosts that Webex has to reach from the internet. Webex connects to them, not this server, so names
//! are judged by their form and not looked up.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Domains that name nothing public (RFC 6761, 6762, 8375; ICANN's `internal`).
const PRIVATE_DOMAINS: [&str; 4] = [".localhost", ".local", ".internal", ".home.arpa"];
/// RFC 1035.
const LABEL_MAX_BYTES: usize = 63;

/// Whether the host is an address, or a name without an empty part or one that is too long.
pub fn is_well_formed(url: &Url) -> bool {
    let is_label = |label: &str| (1..=LABEL_MAX_BYTES).contains(&label.len());
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name.split('.').all(is_label)
        }
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    }
}

/// Whether the host may be one of the internet, and not private, local or reserved.
pub fn is_public(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_public_name(name),
        Some(Host::Ipv4(address)) => is_public_v4(address),
        Some(Host::Ipv6(address)) => is_public_v6(address),
        None => false,
    }
}

/// `Url` has it in lower case and without escapes.
fn is_public_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.contains('.') && !PRIVATE_DOMAINS.iter().any(|domain| name.ends_with(domain))
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_reserved = match (a, b, c) {
        (0 | 240.., ..) => true,
        // Carrier-grade NAT (RFC 6598), benchmarks (RFC 2544), protocol assignments (RFC 6890).
        (100, 64..=127, _) | (198, 18..=19, _) | (192, 0, 0) => true,
        _ => false,
    };
    !(is_reserved
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

/// Only global unicast, 2000::/3, is public; mapped, local and multicast addresses lie outside it.
/// Inside it, 6to4 and Teredo carry an IPv4 address, and 2001:db8::/32 is for documentation.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x2002, ..] | [0x2001, 0 | 0xdb8, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}
