//! What `sandbox` prints when it is ready: addresses, people, and examples to paste into a shell.

use std::fmt::Write as _;
use std::net::SocketAddr;

use webex_sandbox::{Population, Sandbox};

/// More people than these are not read; a generated world has many.
const MAX_SHOWN_PEOPLE: usize = 20;

/// Everything that a newcomer needs, in one screen.
pub(super) fn greeting(sandbox: &Sandbox, address: SocketAddr, is_local: bool) -> String {
    let base = base(address);
    let mut text = format!("A simulated Webex is ready: {base}/v1\n");
    if is_local {
        let _ = writeln!(text, "Watch it in a browser:      {base}/_sandbox/");
    }
    let people = sandbox.people();
    text.push_str("\nPeople and their tokens:\n");
    for person in people.iter().take(MAX_SHOWN_PEOPLE) {
        let _ = writeln!(
            text,
            "  {:18} {:20} {:26} {}",
            person.token, person.display_name, person.email, person.title
        );
    }
    if people.len() > MAX_SHOWN_PEOPLE {
        let rest = people.len() - MAX_SHOWN_PEOPLE;
        let _ = writeln!(text, "  and {rest} more");
    }
    if let Some(population) = sandbox.population() {
        let last = Population::token(population.people().saturating_sub(1));
        let _ = writeln!(
            text,
            "  and {} generated people in {} spaces: {} to {last}",
            population.people(),
            population.spaces(),
            Population::token(0),
        );
    }
    for integration in sandbox.integrations() {
        let _ = writeln!(
            text,
            "\nAn integration to sign in with: client id {}, secret {}",
            integration.client_id, integration.client_secret
        );
        if let Some(link) = integration.sign_in_link(&base) {
            let redirect = integration.redirect_uris.first();
            let redirect = redirect.map_or("", String::as_str);
            let _ = writeln!(text, "  {link}");
            let _ = writeln!(text, "  (it ends at {redirect}, with a code in its query)");
        }
    }
    text.push_str("\nTry it:\n");
    for (what, command) in examples(&base) {
        let _ = writeln!(text, "\n  # {what}\n  {command}");
    }
    text
}

/// Where others on this machine find it: an address that stands for all is none.
fn base(address: SocketAddr) -> String {
    match address.ip().is_unspecified() {
        true => format!("http://127.0.0.1:{}", address.port()),
        false => format!("http://{address}"),
    }
}

/// Commands that work as they stand, each with what it needs.
fn examples(base: &str) -> [(&'static str, String); 3] {
    [
        (
            "curl: Alice's newest spaces",
            format!("curl -s -H 'Authorization: Bearer sandbox-alice' '{base}/v1/rooms?max=3'"),
        ),
        (
            "Python, after `pip install webexpythonsdk`: who Bob is (its base URL ends with a slash)",
            format!(
                "python3 -c \"from webexpythonsdk import WebexAPI; \
                 print(WebexAPI(access_token='sandbox-bob', base_url='{base}/v1/').people.me().displayName)\""
            ),
        ),
        (
            "this program, as it would test the connection to Webex",
            format!("WEBEX_BASE_URL={base}/v1 WEBEX_ACCESS_TOKEN=sandbox-alice webex-mcp doctor"),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use webex_sandbox::Options;

    #[test]
    fn beyond_loopback_no_page_is_promised() {
        let sandbox = Sandbox::new(Options::for_tests());
        let everywhere = greeting(&sandbox, ([0, 0, 0, 0], 8485).into(), false);
        assert!(everywhere.contains("http://127.0.0.1:8485/v1"));
        assert!(!everywhere.contains("_sandbox"), "{everywhere}");
        let here = greeting(&sandbox, ([127, 0, 0, 1], 8485).into(), true);
        assert!(here.contains("http://127.0.0.1:8485/_sandbox/\n"));
    }

    #[test]
    fn the_link_to_sign_in_is_complete() {
        let sandbox = Sandbox::new(Options::for_tests());
        let text = greeting(&sandbox, ([127, 0, 0, 1], 8485).into(), true);
        let link = text.lines().find(|line| line.contains("/v1/authorize"));
        let link = url::Url::parse(link.unwrap().trim()).unwrap();
        let names: Vec<_> = link.query_pairs().map(|(name, _)| name).collect();
        let wanted = [
            "response_type",
            "client_id",
            "redirect_uri",
            "scope",
            "state",
        ];
        assert_eq!(names, wanted);
    }
}
