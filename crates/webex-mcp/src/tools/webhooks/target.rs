//! Where a webhook may point: a public https address, unless the operator allows private ones.
//!
//! Webex connects to the target, not this server, so names are judged by their form and not looked up.

use crate::error::CallError;
use crate::hosts;

/// The target that stands for this server.
const SELF: &str = "self";

pub fn is_self(target: &str) -> bool {
    target.trim() == SELF
}

/// Checks a target before anything is sent.
///
/// # Errors
/// `invalid_arguments` that says what would be right.
pub fn check(target: &str, private_allowed: bool) -> Result<(), CallError> {
    match refusal(target, private_allowed) {
        _ if is_self(target) => Ok(()),
        Some(why) => Err(CallError::invalid("targetUrl", why)),
        None => Ok(()),
    }
}

fn refusal(target: &str, private_allowed: bool) -> Option<&'static str> {
    let url = match hosts::read(target) {
        Ok(url) => url,
        Err(why) => return Some(why),
    };
    if url.scheme() != "https" && !private_allowed {
        return Some("it has to be an https URL");
    }
    if !hosts::is_well_formed(&url) {
        return Some("its host is no name that there can be: a part of it is empty or too long");
    }
    (!hosts::is_public(&url) && !private_allowed).then_some(
        "Webex has to reach it from the internet: give a public host, not a private, local or reserved one",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_https_unless_private_is_allowed() {
        // (target, right, right where private targets are allowed)
        let cases = [
            ("https://hooks.example.com/webex", true, true),
            ("https://hooks.example.com:8443/a?b=c", true, true),
            ("https://hooks.example.com.", true, true),
            ("https://8.8.8.8/", true, true),
            ("https://[2606:4700::1111]/", true, true),
            ("https://b\u{fc}cher.example/", true, true),
            ("http://hooks.example.com/", false, true),
            ("ftp://hooks.example.com/", false, false),
            ("https\t://hooks.example.com/", false, false),
            ("https://hooks.example.com/a\nb", false, false),
            (" https://hooks.example.com/", false, false),
            ("https://a..b.example/hook", false, false),
            ("https://.example.com/", false, false),
            ("hooks.example.com/webex", false, false),
            ("https://", false, false),
            ("", false, false),
            (
                "https://hooks.example.com\\@169.254.169.254/x",
                false,
                false,
            ),
            ("https:hooks.example.com/a", false, false),
            ("https://user@hooks.example.com/", false, false),
            ("https://user:pass@hooks.example.com/", false, false),
            ("https://:pass@127.0.0.1/", false, false),
            ("https://localhost/", false, true),
            ("https://LOCALHOST:8080/", false, true),
            ("https://localhost./", false, true),
            ("https://a.localhost/", false, true),
            ("https://intranet/", false, true),
            ("https://intranet./", false, true),
            ("https://printer.local/", false, true),
            ("https://printer.LOCAL./", false, true),
            ("https://vault.internal/", false, true),
            ("https://nas.home.arpa/", false, true),
            ("http://127.0.0.1:9000/", false, true),
            ("https://127.1/", false, false),
            ("https://2130706433/", false, false),
            ("https://0x7f.0.0.1/", false, false),
            ("https://%31%32%37.0.0.1/", false, false),
            ("https://0.0.0.0/", false, true),
            ("https://10.1.2.3/", false, true),
            ("https://172.31.255.255/", false, true),
            ("https://172.32.0.1/", true, true),
            ("https://192.168.0.1/", false, true),
            ("https://169.254.169.254/latest", false, true),
            ("https://100.64.0.1/", false, true),
            ("https://100.127.255.255/", false, true),
            ("https://100.128.0.1/", true, true),
            ("https://192.0.0.8/", false, true),
            ("https://192.0.2.1/", false, true),
            ("https://198.18.0.1/", false, true),
            ("https://224.0.0.1/", false, true),
            ("https://255.255.255.255/", false, true),
            ("https://[::1]/", false, true),
            ("https://[::]/", false, true),
            ("https://[::ffff:127.0.0.1]/", false, true),
            ("https://[::ffff:10.0.0.1]/", false, true),
            ("https://[64:ff9b::7f00:1]/", false, true),
            ("https://[fe80::1]/", false, true),
            ("https://[fd00::1]/", false, true),
            ("https://[ff02::1]/", false, true),
            ("https://[2002:7f00:1::]/", false, true),
            ("https://[2001:0:1::]/", false, true),
            ("https://[2001:db8::1]/", false, true),
        ];
        for (target, public, private) in cases {
            assert_eq!(check(target, false).is_ok(), public, "{target}");
            assert_eq!(
                check(target, true).is_ok(),
                private,
                "{target}, private allowed"
            );
        }
    }

    #[test]
    fn an_error_says_what_would_be_right_and_not_what_was_given() {
        let error = check("https://secret:word@hooks.example.com/", false).unwrap_err();
        assert!(
            error.message.starts_with("`targetUrl`: "),
            "{}",
            error.message
        );
        assert!(!error.message.contains("word@"), "{}", error.message);
    }
}
