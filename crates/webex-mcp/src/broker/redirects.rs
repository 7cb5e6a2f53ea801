//! The addresses at which clients get their answers. They are compared exactly, because a code that
//! goes anywhere else is a stolen one.

use url::Url;

use crate::limits;

/// Schemes of known programs. Any other scheme of a program has a dot, as RFC 8252 (7.1) wants: a
/// word alone may start something that belongs to the system.
const PROGRAMS: [&str; 9] = [
    "claude",
    "cursor",
    "goose",
    "kiro",
    "vscode",
    "vscode-insiders",
    "warp",
    "windsurf",
    "zed",
];

/// Whether a client may register this address.
///
/// # Errors
/// What is wrong with it.
pub fn check(text: &str) -> Result<(), &'static str> {
    if text.len() > limits::REDIRECT_MAX_BYTES {
        return Err("a redirect address may have at most 2048 bytes");
    }
    // A parser of URLs passes over these.
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("a redirect address may have no spaces and no control characters");
    }
    let Ok(url) = Url::parse(text) else {
        return Err("a redirect address must be an absolute URL");
    };
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err("a redirect address may have no fragment and no user");
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(&url) => Ok(()),
        "http" => Err("http is for addresses on the client's own machine only; use https"),
        scheme if scheme.contains('.') || PROGRAMS.contains(&scheme) => Ok(()),
        _ => Err("the scheme of a program needs a dot, such as com.example.app"),
    }
}

/// Whether one of the registered addresses is this one. On the client's own machine any port fits,
/// since such a client takes one that is free.
pub fn is_registered(registered: &[String], asked: &str) -> bool {
    registered.iter().any(|known| {
        known == asked || without_port(known).is_some_and(|it| Some(it) == without_port(asked))
    })
}

/// What a person recognizes of an address: its host, or the scheme that a program registered.
pub fn shown(redirect: &str) -> String {
    let Ok(url) = Url::parse(redirect) else {
        return String::new();
    };
    match url.host_str() {
        Some(_) if is_loopback(&url) => "a program on this computer".to_owned(),
        Some(host) if matches!(url.scheme(), "http" | "https") => host.to_owned(),
        _ => format!("the program for {}: on this computer", url.scheme()),
    }
}

/// The address with parameters of an answer.
pub fn with_answer(redirect: &str, answer: &[(&str, &str)]) -> String {
    match Url::parse(redirect) {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(answer);
            url.into()
        }
        Err(_) => redirect.to_owned(),
    }
}

/// A loopback address as its owner wrote it, but for the port; `None` for others, and for one that
/// is not written in the usual way.
fn without_port(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok()?;
    if url.scheme() != "http" || !is_loopback(&url) || url.as_str() != text {
        return None;
    }
    url.set_port(None).ok()?;
    Some(url)
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_registered() {
        for (text, is_allowed) in [
            ("https://claude.ai/api/mcp/auth_callback", true),
            ("http://localhost:8787/callback", true),
            ("http://127.0.0.1/callback", true),
            ("http://[::1]:1/callback", true),
            ("cursor://anysphere.cursor-mcp/oauth/callback", true),
            ("com.example.app:/callback", true),
            ("http://example.com/callback", false),
            ("http://localhost.example.com/callback", false),
            ("https://example.com/#here", false),
            ("https://user@example.com/", false),
            ("ms-msdt:/id", false),
            ("intent://example.com", false),
            ("javascript:alert(1)", false),
            ("JavaScript:alert(1)", false),
            ("data:text/html,x", false),
            ("/callback", false),
            ("https://example.com/\ncallback", false),
            (" https://example.com/callback", false),
            ("", false),
        ] {
            assert_eq!(check(text).is_ok(), is_allowed, "{text}");
        }
        let long = format!(
            "https://example.com/{}",
            "x".repeat(limits::REDIRECT_MAX_BYTES)
        );
        assert!(check(&long).is_err());
    }

    #[test]
    fn off_by_a_character_is_another_address() {
        let registered = [
            "https://example.com/callback".to_owned(),
            "http://127.0.0.1:1234/callback".to_owned(),
            "http://localhost/callback?a=1".to_owned(),
            "cursor://host/callback".to_owned(),
        ];
        for (asked, is_known) in [
            ("https://example.com/callback", true),
            ("https://example.com/callback/", false),
            ("https://example.com/callbac", false),
            ("https://example.com/Callback", false),
            ("https://example.com:443/callback", false),
            ("https://EXAMPLE.com/callback", false),
            ("https://example.com/callback?x=1", false),
            ("https://example.com/x/../callback", false),
            ("https://example.com.evil.example/callback", false),
            ("https://example.com@evil.example/callback", false),
            ("http://example.com/callback", false),
            ("http://127.0.0.1:1234/callback", true),
            ("http://127.0.0.1:4321/callback", true),
            ("http://127.0.0.1/callback", true),
            ("http://127.1:4321/callback", false),
            ("http://localhost:4321/callback", false),
            ("http://127.0.0.1:4321/callback/", false),
            ("https://127.0.0.1:4321/callback", false),
            ("http://localhost:9/callback?a=1", true),
            ("http://localhost:9/callback?a=2", false),
            ("http://localhost:9/callback", false),
            ("cursor://host/callback", true),
            ("cursor://host:1/callback", false),
        ] {
            assert_eq!(is_registered(&registered, asked), is_known, "{asked}");
        }
    }

    #[test]
    fn an_answer_is_added_to_the_address() {
        let url = with_answer(
            "https://example.com/cb?a=1",
            &[("code", "x y"), ("state", "&")],
        );
        assert_eq!(url, "https://example.com/cb?a=1&code=x+y&state=%26");
        assert_eq!(shown("http://127.0.0.1:9/cb"), "a program on this computer");
        assert_eq!(shown("https://claude.ai/cb"), "claude.ai");
        assert_eq!(
            shown("cursor://x/cb"),
            "the program for cursor: on this computer"
        );
    }
}
