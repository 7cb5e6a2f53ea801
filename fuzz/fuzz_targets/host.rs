//! URLs that others chose: what counts as a host of the internet is none that only this machine or its
//! network knows, in whatever notation.
#![no_main]

use std::net::{IpAddr, Ipv4Addr};

use libfuzzer_sys::fuzz_target;
use url::{Host, Url};
use webex_mcp::hosts;

fuzz_target!(|text: &str| {
    for url in [text.to_owned(), format!("https://{text}/")] {
        let Ok(url) = Url::parse(&url) else {
            continue;
        };
        if !hosts::is_public(&url) {
            continue;
        }
        assert!(hosts::is_well_formed(&url), "{url}");
        match url.host().expect("a host is public") {
            Host::Domain(name) => {
                let name = name.trim_end_matches('.');
                assert!(name.contains('.'), "{url}");
                assert!(name.parse::<IpAddr>().is_err(), "{url} is an address");
                assert!(!name.ends_with(".localhost"), "{url}");
            }
            Host::Ipv4(address) => check(address, &url),
            Host::Ipv6(address) => match address.segments() {
                [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                    check((u32::from(high) << 16 | u32::from(low)).into(), &url);
                }
                [first, ..] => assert_eq!(first >> 13, 1, "{url} is no global unicast"),
            },
        }
    }
});

/// What the standard library knows of.
fn check(address: Ipv4Addr, url: &Url) {
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_unspecified();
    assert!(!special, "{url}");
}
