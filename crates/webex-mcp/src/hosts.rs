//! Which hosts belong to the internet: one table of the address blocks that do not, for what this
//! server fetches and for what it asks Webex to fetch. Nothing is looked up here. And which URLs are
//! written so that every program finds the same host in them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};
use url::{Host, Url};

use crate::text::cleaned;

/// Domains that name nothing public (RFC 6761, 6762, 8375; ICANN's `internal`). Clouds give their
/// metadata services names below `internal`.
const PRIVATE_DOMAINS: [&str; 4] = [".localhost", ".local", ".internal", ".home.arpa"];
/// RFC 1035.
const LABEL_MAX_BYTES: usize = 63;

/// The blocks of IPv4 that are not of the internet, by IANA's registry of special addresses.
const NOT_PUBLIC_V4: [Ipv4Net; 16] = [
    v4([0, 0, 0, 0], 8),        // "this network", RFC 791
    v4([10, 0, 0, 0], 8),       // private, RFC 1918
    v4([100, 64, 0, 0], 10),    // carrier-grade NAT, RFC 6598; metadata of Alibaba Cloud
    v4([127, 0, 0, 0], 8),      // loopback, RFC 1122
    v4([168, 63, 129, 16], 32), // the platform's service for machines in Azure
    v4([169, 254, 0, 0], 16),   // link-local, RFC 3927; metadata of most clouds
    v4([172, 16, 0, 0], 12),    // private, RFC 1918
    v4([192, 0, 0, 0], 24),     // protocol assignments, RFC 6890; metadata of Oracle Cloud
    v4([192, 0, 2, 0], 24),     // documentation, RFC 5737
    v4([192, 88, 99, 0], 24),   // relays of 6to4, withdrawn by RFC 7526
    v4([192, 168, 0, 0], 16),   // private, RFC 1918
    v4([198, 18, 0, 0], 15),    // benchmarks, RFC 2544
    v4([198, 51, 100, 0], 24),  // documentation, RFC 5737
    v4([203, 0, 113, 0], 24),   // documentation, RFC 5737
    v4([224, 0, 0, 0], 4),      // multicast, RFC 5771
    v4([240, 0, 0, 0], 4),      // reserved, RFC 1112; broadcast
];

/// Global unicast, RFC 4291. What lies outside is not public, but for [`NAT64`]: unspecified,
/// loopback, mapped and compatible (::/96, ::ffff:0:0/96), local NAT64 (64:ff9b:1::/48, RFC 8215),
/// discard (100::/64, RFC 6666), segments (5f00::/16, RFC 9602), unique local (fc00::/7, RFC 4193;
/// metadata at fd00:ec2::254), link-local (fe80::/10), site-local (fec0::/10, RFC 3879), multicast
/// (ff00::/8).
const GLOBAL_UNICAST: Ipv6Net = v6([0x2000, 0], 3);

/// The blocks of global unicast that are not of the internet.
const NOT_PUBLIC_V6: [Ipv6Net; 4] = [
    v6([0x2001, 0], 23), // protocol assignments, RFC 2928; Teredo, which carries IPv4 (RFC 4380)
    v6([0x2001, 0xdb8], 32), // documentation, RFC 3849
    v6([0x2002, 0], 16), // 6to4, which carries IPv4, RFC 3056
    v6([0x3fff, 0], 20), // documentation, RFC 9637
];

/// NAT64, RFC 6052: how a machine that has only IPv6 reaches the IPv4 address in the last 32 bits.
const NAT64: Ipv6Net = v6([0x64, 0xff9b], 96);

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6([first, second]: [u16; 2], length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0), length)
}

/// Reads an http(s) URL that is passed on as it was written. Parsers disagree about backslashes, users,
/// missing slashes and odd addresses, so whoever follows such a URL could reach another host than the
/// one that was judged here.
///
/// # Errors
/// What is wrong with it, in words that follow its name.
pub fn read(text: &str) -> Result<Url, &'static str> {
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("it must not hold a blank, a tab or a line break");
    }
    if cleaned(text).hidden > 0 {
        return Err("it must not hold a character that nobody sees");
    }
    if text.contains('\\') {
        return Err("it must not hold a backslash; write / in a path, and %5C for the character");
    }
    let not_absolute = "it has to be an absolute http or https URL, such as https://example.com/a";
    let (scheme, rest) = text.split_once("://").ok_or(not_absolute)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_web = ["http", "https"].contains(&&*scheme.to_ascii_lowercase());
    if !is_web || authority.is_empty() {
        return Err(not_absolute);
    }
    if authority.contains('@') {
        return Err("it must not hold a user name or password");
    }
    let url = Url::parse(text).map_err(|_| not_absolute)?;
    if url.port() == Some(0) {
        return Err("its port has to be 1 to 65535");
    }
    match is_usual(authority, &url) {
        true => Ok(url),
        false => Err("its host has to be a name, or an address in the usual notation"),
    }
}

/// Whether the host is written as every parser reads it. A name may have letters beyond ASCII.
fn is_usual(authority: &str, url: &Url) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(inside) => inside.split(']').next(),
        None => authority.split(':').next(),
    };
    let host = host.unwrap_or_default();
    match url.host() {
        Some(Host::Domain(name)) => {
            host.eq_ignore_ascii_case(name) || !host.is_ascii() && !host.contains('%')
        }
        Some(Host::Ipv4(address)) => host.parse() == Ok(address),
        Some(Host::Ipv6(address)) => host.parse() == Ok(address),
        None => false,
    }
}

/// Whether the host is an address, or a name without an empty part or one that is too long.
pub fn is_well_formed(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_well_formed_name(name),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    }
}

/// Whether the host may be one of the internet, and not private, local or reserved. A name is judged
/// by its form alone: whoever connects to it has to judge the addresses that it stands for.
///
/// `Url` reads addresses in the URLs of a few schemes only, so no others are public.
pub fn is_public(url: &Url) -> bool {
    let is_read = matches!(url.scheme(), "http" | "https");
    is_read && url.host().is_some_and(|host| is_public_host(&host))
}

/// The same for a host without a URL. `Host` has read every notation of an address by then.
pub fn is_public_host<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => is_public_name(name.as_ref()),
        Host::Ipv4(address) => is_public_v4(*address),
        Host::Ipv6(address) => is_public_v6(*address),
    }
}

/// Whether the address is one of the internet.
pub fn is_public_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_well_formed_name(name: &str) -> bool {
    let is_label = |label: &str| (1..=LABEL_MAX_BYTES).contains(&label.len());
    name.strip_suffix('.')
        .unwrap_or(name)
        .split('.')
        .all(is_label)
}

/// `Host` has it in lower case and without escapes.
fn is_public_name(name: &str) -> bool {
    let whole = name.strip_suffix('.').unwrap_or(name);
    let is_private = |domain: &&str| whole.ends_with(domain);
    is_well_formed_name(name) && whole.contains('.') && !PRIVATE_DOMAINS.iter().any(is_private)
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !NOT_PUBLIC_V4.iter().any(|block| block.contains(&address))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if NAT64.contains(&address) {
        let [.., a, b, c, d] = address.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    let is_special = NOT_PUBLIC_V6.iter().any(|block| block.contains(&address));
    GLOBAL_UNICAST.contains(&address) && !is_special
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// First, last, the one before and the one after each block that has to be in the table, written
    /// without it.
    #[test]
    fn a_block_ends_where_its_registry_says() {
        for (first, last, before, after) in [
            ("0.0.0.0", "0.255.255.255", "", "1.0.0.0"),
            ("10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
            (
                "100.64.0.0",
                "100.127.255.255",
                "100.63.255.255",
                "100.128.0.0",
            ),
            (
                "127.0.0.0",
                "127.255.255.255",
                "126.255.255.255",
                "128.0.0.0",
            ),
            (
                "168.63.129.16",
                "168.63.129.16",
                "168.63.129.15",
                "168.63.129.17",
            ),
            (
                "169.254.0.0",
                "169.254.255.255",
                "169.253.255.255",
                "169.255.0.0",
            ),
            (
                "172.16.0.0",
                "172.31.255.255",
                "172.15.255.255",
                "172.32.0.0",
            ),
            ("192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"),
            ("192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"),
            (
                "192.88.99.0",
                "192.88.99.255",
                "192.88.98.255",
                "192.88.100.0",
            ),
            (
                "192.168.0.0",
                "192.168.255.255",
                "192.167.255.255",
                "192.169.0.0",
            ),
            (
                "198.18.0.0",
                "198.19.255.255",
                "198.17.255.255",
                "198.20.0.0",
            ),
            (
                "198.51.100.0",
                "198.51.100.255",
                "198.51.99.255",
                "198.51.101.0",
            ),
            (
                "203.0.113.0",
                "203.0.113.255",
                "203.0.112.255",
                "203.0.114.0",
            ),
            ("224.0.0.0", "255.255.255.255", "223.255.255.255", ""),
            (
                "::",
                "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "",
                "2000::",
            ),
            (
                "2001::",
                "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
                "2000:ffff::",
                "2001:200::",
            ),
            (
                "2001:db8::",
                "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:db7:ffff::",
                "2001:db9::",
            ),
            (
                "2002::",
                "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:ffff::",
                "2003::",
            ),
            (
                "3fff::",
                "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
                "3ffe:ffff::",
                "3fff:1000::",
            ),
            (
                "4000::",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "3fff:ffff::",
                "",
            ),
        ] {
            for inside in [first, last] {
                assert!(!is_public_address(address(inside)), "{inside}");
            }
            for outside in [before, after].into_iter().filter(|text| !text.is_empty()) {
                assert!(is_public_address(address(outside)), "{outside}");
            }
        }
    }

    #[test]
    fn every_notation_of_a_private_host_is_recognized() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.0.0.1",
            "0177.0.0.01",
            "017700000001",
            "%31%32%37.0.0.1",
            "\u{ff11}27.0.0.1",
            "127\u{3002}0\u{3002}0\u{3002}1",
            "127.0.0.1.",
            "0",
            "169.254.169.254",
            "0xa9fea9fe",
            "2852039166",
            "0251.0376.0251.0376",
            "169.254.43518",
            "100.100.100.200",
            "192.0.0.192",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::127.0.0.1]",
            "[::8.8.8.8]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::ffff:8.8.8.8]",
            "[64:ff9b::127.0.0.1]",
            "[64:ff9b::a9fe:a9fe]",
            "[64:ff9b:1::808:808]",
            "[2002:7f00:1::]",
            "[2002:808:808::]",
            "[2001:0:808:808::]",
            "[fe80::1]",
            "[fec0::1]",
            "[fd00:ec2::254]",
            "[fd20:ce::254]",
            "[ff02::1]",
            "[2001:db8::1]",
            "[100::1]",
            "[5f00::1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "a.LocalHost.",
            "intranet",
            "intranet.",
            "printer.local",
            "vault.internal.",
            "metadata.google.internal",
            "nas.home.arpa",
            "localhost..",
            "a..example.com",
            ".example.com",
        ] {
            let url = format!("https://{host}/");
            let is_public = Url::parse(&url).is_ok_and(|url| is_public(&url));
            assert!(!is_public, "{host}");
        }
        for host in [
            "example.com",
            "example.com.",
            "b\u{fc}cher.example",
            "internal.example.com",
            "localhost.example.com",
            "8.8.8.8",
            "134744072",
            "[2606:4700::1111]",
            "[64:ff9b::8.8.8.8]",
        ] {
            let url = Url::parse(&format!("https://{host}/")).unwrap();
            assert!(is_public(&url), "{host}");
        }
    }

    #[test]
    fn a_url_is_read_only_where_every_parser_reads_the_same() {
        for text in [
            "https://files.example.com/a",
            "HTTPS://Files.Example.com:8443/a?b=c#d",
            "http://example.com",
            "https://b\u{fc}cher.example/\u{e9}",
            "https://93.184.216.34/",
            "https://[2606:4700::1111]:1/x",
            "https://[2606:4700:0::1111]/x",
            "https://example.com/a@b?c=d@e",
            "https://intranet./",
        ] {
            let host = Url::parse(text).unwrap().host().map(|host| host.to_owned());
            let read = read(text).unwrap();
            assert_eq!(read.host().map(|host| host.to_owned()), host, "{text}");
        }
        for text in [
            "https://files.example.com\\@169.254.169.254/x",
            "https://files.example.com\\.internal/",
            "https://files.example.com/a\\b",
            "https:files.example.com/a",
            "https:/files.example.com/a",
            "https:\\\\files.example.com\\a",
            "https:///files.example.com/a",
            "https:////files.example.com/a",
            "//files.example.com/a",
            "https://files.example.com:0/",
            "https://files.example.com:65536/",
            "https://files.example.com/\u{202e}fdp.exe",
            "https://files.exa\u{200b}mple.com/",
            "https://files.exa\u{ad}mple.com/",
            "https://files.example.com/a\u{2028}b",
            "https://files.example.com/a\u{a0}b",
            "https\t://files.example.com/a",
            " https://files.example.com/a",
            "https://@files.example.com/",
            "https://:@files.example.com/",
            "https://user:pw@files.example.com/",
            "https://%66iles.example.com/",
            "https://b%C3%BCcher.\u{e9}xample/",
            "https://127.1/",
            "https://134744072/",
            "https://0x08.8.8.8/",
            "https://8.8.8.8./",
            "https://\u{ff18}.8.8.8/",
            "ftp://files.example.com/",
            "javascript://files.example.com/%0aalert(1)",
            "https://",
            "",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    proptest! {
        /// The host as a plain reader of RFC 3986 finds it is the one that is judged.
        #[test]
        fn no_other_host_stands_where_a_plain_reader_looks(
            text in "https?:[/\\\\]{0,3}[a-c.@:\\\\/?#%0-9\\[\\]]{1,24}",
        ) {
            let Ok(url) = read(&text) else {
                return Ok(());
            };
            let rest = text.split_once("//").unwrap().1;
            let authority = rest.split(['/', '?', '#']).next().unwrap();
            let after_user = authority.rsplit('@').next().unwrap();
            let host = url.host_str().unwrap();
            if url.host().is_some_and(|host| !matches!(host, Host::Ipv6(_))) {
                prop_assert_eq!(after_user.split(':').next().unwrap(), host);
            }
        }

        #[test]
        fn every_address_of_a_block_is_refused(host: u128) {
            for block in NOT_PUBLIC_V4 {
                let mask = u32::from(block.hostmask());
                let address = u32::from(block.network()) | (host as u32 & mask);
                prop_assert!(!is_public_v4(address.into()), "{block}");
            }
            for block in NOT_PUBLIC_V6 {
                let mask = u128::from(block.hostmask());
                let address = u128::from(block.network()) | (host & mask);
                prop_assert!(!is_public_v6(address.into()), "{block}");
            }
        }

        /// What the standard library knows of is known here too.
        #[test]
        fn what_is_special_elsewhere_is_not_public(bits: u32, six: u128) {
            let four = Ipv4Addr::from(bits);
            if four.is_private()
                || four.is_loopback()
                || four.is_link_local()
                || four.is_multicast()
                || four.is_broadcast()
                || four.is_documentation()
                || four.is_unspecified()
            {
                prop_assert!(!is_public_v4(four), "{four}");
            }
            // Half of them in the blocks of local and multicast addresses.
            for bits in [six, six | 0xfc << 120] {
                let six = Ipv6Addr::from(bits);
                let special = six.is_unique_local()
                    || six.is_unicast_link_local()
                    || six.is_multicast();
                prop_assert!(!special || !is_public_v6(six), "{six}");
            }
        }

        /// An IPv4 address inside one of IPv6 is public at most where the network translates it, and
        /// where it is public itself.
        #[test]
        fn an_address_inside_another_is_judged(bits: u32) {
            let [high, low] = [(bits >> 16) as u16, bits as u16];
            let four = Ipv4Addr::from(bits);
            prop_assert_eq!(
                is_public_v6(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low)),
                is_public_v4(four)
            );
            for carrier in [
                Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
                four.to_ipv6_mapped(),
                Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 0),
                Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, !high, !low),
            ] {
                prop_assert!(!is_public_v6(carrier), "{carrier}");
            }
        }

        /// Whatever is written, in URLs of whatever scheme: what passes as a name is none of the
        /// notations of an address.
        #[test]
        fn a_public_name_is_no_address(
            scheme in "(https|http|ws|foo)",
            text in "(\\PC{0,40}|[0-9a-fx.:%\\[\\]]{1,24}|127[.]0[.]0[.]1|localhost)[.]?",
        ) {
            let Ok(url) = Url::parse(&format!("{scheme}://{text}/")) else {
                return Ok(());
            };
            if !is_public(&url) {
                return Ok(());
            }
            prop_assert!(is_well_formed(&url), "{url}");
            if let Some(name) = url.domain() {
                let name = name.trim_end_matches('.');
                prop_assert!(name.parse::<IpAddr>().is_err(), "{url}");
                prop_assert!(name.contains('.') && !name.ends_with("localhost"), "{url}");
            }
        }
    }
}
