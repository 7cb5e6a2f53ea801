//! Tables of clients that the operator knows.

use super::*;

#[test]
fn tables_of_clients_are_refused_with_their_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret");
    std::fs::write(&path, "a secret").unwrap();
    let path = path.to_str().unwrap();
    let with = |lines: &str| format!("[broker.clients.report]\n{}", lines.replace("FILE", path));
    for (file, expected) in [
        (
            "[broker]\nclients = 1".to_owned(),
            "line 2: `broker.clients`: each client is a table",
        ),
        (
            "[broker.clients]\nreport = 1".to_owned(),
            "line 2: `broker.clients.report`: each client is a table",
        ),
        (
            "[broker.clients.\"two words\"]".to_owned(),
            "a client's id has 1 to 64 letters",
        ),
        (
            "[broker.clients.client-1]".to_owned(),
            "those of programs that register by themselves",
        ),
        (
            with("secret = \"x\""),
            "line 2: there is no setting `broker.clients.report.secret`; did you mean `broker.clients.report.secret_file`?",
        ),
        (
            with(""),
            "line 1: `broker.clients.report`: say what it is for",
        ),
        (
            with("name = \" \"\nredirect_uris = [\"https://example.com/\"]"),
            "line 2: `broker.clients.report.name`: it must have 1 to 80 characters",
        ),
        (
            with("redirect_uris = []"),
            "line 2: `broker.clients.report.redirect_uris`: an empty list",
        ),
        (
            with("person = \"a@b\""),
            "line 1: `broker.clients.report`: its secret is missing",
        ),
        (
            with("secret_file = \"FILE\"\nperson = \"a@b\"\ntoken_file = \"FILE\""),
            "line 1: `broker.clients.report`: a machine acts as one",
        ),
        (
            with("secret_file = \"FILE\"\napp_id = \"C\""),
            "a service app needs app_id, app_secret_file and app_refresh_token_file together",
        ),
        (
            with(
                "secret_file = \"FILE\"\nperson = \"a@b\"\nredirect_uris = [\"https://example.com/\"]",
            ),
            "line 4: `broker.clients.report.redirect_uris`: people sign in with it, or it acts",
        ),
    ] {
        let error = refusal(&file, Environment::default());
        assert!(error.contains(expected), "{error}\n{expected}");
    }
}
