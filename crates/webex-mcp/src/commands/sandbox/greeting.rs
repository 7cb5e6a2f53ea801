//! What `sandbox` prints when it is ready: addresses, people, and examples to paste into a shell.

use std::fmt::Write as _;
use std::net::SocketAddr;

use webex_sandbox::{AdminToken, Population, Sandbox};

/// More people than these are not printed; a generated world has many.
const MAX_SHOWN_PEOPLE: usize = 20;

/// Who may use the live page and the administration.
#[derive(Debug)]
pub(super) enum Administration {
    /// Everyone on this machine.
    Open,
    /// Everyone with the token of the command line.
    Given(AdminToken),
    /// Everyone with this token, which only the greeting contains.
    Made(AdminToken),
    /// Nobody.
    Closed,
}

impl Administration {
    fn told(&self, base: &str) -> String {
        let page = format!("{base}/_sandbox/");
        match self {
            Administration::Open => format!("Watch and act in a browser: {page}\n"),
            Administration::Given(_) => format!(
                "Watch and act in a browser: {page}\n  (page and administration ask for the token of --admin-token)\n"
            ),
            Administration::Made(token) => format!(
                "Watch and act in a browser: {page}?token={token}\n  \
                 (page and administration ask for the token {token})\n",
                token = token.expose()
            ),
            Administration::Closed => "The live page and the administration are not served, because other machines reach this address.\n\
                 Start with --admin-token to open them for whoever has the token.\n"
                .to_owned(),
        }
    }
}

/// Everything that a new user needs, on one screen.
pub(super) fn greeting(sandbox: &Sandbox, base: &str, administration: &Administration) -> String {
    let mut text = format!("A simulated Webex is ready: {base}/v1\n");
    text.push_str(&administration.told(base));
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
        if let Some(link) = integration.sign_in_link(base) {
            let redirect = integration.redirect_uris.first();
            let redirect = redirect.map_or("", String::as_str);
            let _ = writeln!(text, "  {link}");
            let _ = writeln!(text, "  (it ends at {redirect}, with a code in its query)");
        }
    }
    text.push_str("\nTry it:\n");
    for (what, command) in examples(base) {
        let _ = writeln!(text, "\n  # {what}\n  {command}");
    }
    text
}

/// The address for other programs on this machine; a wildcard address is replaced by loopback.
pub(super) fn base(address: SocketAddr) -> String {
    match address.ip().is_unspecified() {
        true => format!("http://127.0.0.1:{}", address.port()),
        false => format!("http://{address}"),
    }
}

/// Commands that work unchanged, each with what it needs.
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
    use tower::ServiceExt as _;
    use webex_sandbox::Options;

    const HERE: &str = "http://127.0.0.1:8485";

    fn told(administration: &Administration) -> String {
        let sandbox = Sandbox::new(Options::for_tests());
        greeting(&sandbox, HERE, administration)
    }

    #[test]
    fn an_address_that_stands_for_all_is_this_machine() {
        assert_eq!(base(([0, 0, 0, 0], 8485).into()), HERE);
        assert_eq!(base(([192, 168, 0, 7], 1).into()), "http://192.168.0.7:1");
    }

    #[test]
    fn the_greeting_says_who_reaches_page_and_administration() {
        let open = told(&Administration::Open);
        assert!(open.contains("http://127.0.0.1:8485/v1\n"));
        assert!(open.contains("http://127.0.0.1:8485/_sandbox/\n"), "{open}");
        let closed = told(&Administration::Closed);
        assert!(!closed.contains("/_sandbox"), "{closed}");
        assert!(closed.contains("are not served") && closed.contains("--admin-token"));
        let token = AdminToken::random();
        let made = told(&Administration::Made(token.clone()));
        let link = format!("{HERE}/_sandbox/?token={}\n", token.expose());
        assert!(made.contains(&link), "{made}");
        let given = told(&Administration::Given(token.clone()));
        assert!(given.contains("/_sandbox/\n") && !given.contains(token.expose()));
    }

    #[tokio::test]
    async fn the_link_to_sign_in_works_as_it_stands() {
        let sandbox = Sandbox::new(Options::for_tests());
        let text = greeting(&sandbox, HERE, &Administration::Open);
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
        let request = axum::http::Request::get(link.as_str()).body(axum::body::Body::empty());
        let page = sandbox.router().oneshot(request.unwrap()).await.unwrap();
        assert_eq!(page.status(), 200);
    }
}
