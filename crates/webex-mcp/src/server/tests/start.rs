//! What stops the start.

use super::*;

/// A mistake that only the parts of a server can tell stops the start, and so does the check.
#[test]
fn clients_are_checked_before_anybody_uses_them() {
    let directory = tempfile::tempdir().unwrap();
    let written = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (long, short) = (
        written("long", &"s".repeat(32)),
        written("short", "guess me"),
    );
    let strange = written("strange", "two words");
    let table = |lines: String| {
        format!(
            "[server]\npublic_url = \"https://mcp.example.com\"\n[auth]\nmode = \"broker\"\n\
             [broker]\nclient_id = \"C\"\nclient_secret_file = {long:?}\n\
             registered_scopes = [\"spark:people_read\", \"spark:rooms_read\"]\n\
             [servers.webex]\nauthentication = \"passthrough\"\n[broker.clients.report]\n{lines}"
        )
    };
    let person = format!("secret_file = {long:?}\nperson = \"alice@example.com\"\n");
    let file = |lines: String| written("webex-mcp.toml", &table(lines));
    let checked = |lines: String| {
        let path = file(lines);
        let loaded = Loaded::read(Some(path.as_ref()), &Environment::default(), vec![]);
        check(&loaded.unwrap()).map_err(|error| error.to_string())
    };
    checked(person.clone()).unwrap();
    checked(format!("{person}servers = [\"webex-messaging\"]")).unwrap();
    for (lines, expected) in [
        (
            format!("secret_file = {short:?}\nperson = \"a@b\""),
            "fewer than 22 characters",
        ),
        (
            format!("secret_file = {long:?}\nperson = \"Alice\""),
            "e-mail address",
        ),
        (
            format!("secret_file = {long:?}\ntoken_file = {strange:?}"),
            "holds no access token",
        ),
        (
            "redirect_uris = [\"http://example.com/\"]".to_owned(),
            "use https",
        ),
        (
            format!("{person}servers = [\"webex-massaging\"]"),
            "there is no server `webex-massaging`",
        ),
        (
            format!("{person}servers = [\"webex\"]"),
            "nobody signs in for `webex`",
        ),
        (
            format!("{person}scopes = [\"spark:all\"]"),
            "not among broker.registered_scopes",
        ),
    ] {
        let error = checked(lines).unwrap_err();
        assert!(
            error.contains(expected) && error.contains("line "),
            "{error}\n{expected}"
        );
        assert!(
            !error.contains("guess me") && !error.contains("two words"),
            "{error}"
        );
    }
    let named = Environment::of([("WEBEX_MCP_AUTH_HEADER", "Cookie")]);
    let loaded = Loaded::read(None, &named, vec![]).unwrap();
    let error = check(&loaded).unwrap_err().to_string();
    assert!(
        error.contains("WEBEX_MCP_AUTH_HEADER") && error.contains("another meaning"),
        "{error}"
    );
}

/// What stops `serve` is told before, all of it and each with its place.
#[test]
fn the_check_tells_everything_that_stops_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let no_pem = directory.path().join("no.pem");
    std::fs::write(&no_pem, "hello").unwrap();
    let path = directory.path().join("webex-mcp.toml");
    let broker = [
        "`server.public_url`: it is not set",
        "`broker.client_id`: ",
        "`broker.client_secret_file`: ",
        "`broker.registered_scopes`: ",
    ];
    let jwt = ["`jwt.issuer`: ", "`jwt.rules`: without a rule"];
    for (file, expected) in [
        ("[auth]\nmode = \"broker\"".to_owned(), broker.to_vec()),
        (
            "[auth]\nmode = \"jwt\"".to_owned(),
            [&broker[..], &jwt[..]].concat(),
        ),
        (
            format!("[server]\ntls_certificate = {no_pem:?}\ntls_key = {no_pem:?}"),
            vec!["line 2: `server.tls_certificate`: the file has no certificate"],
        ),
        (
            "[jwt]\nrules = [{ servers = [\"webex-mesaging\"] }]".to_owned(),
            vec!["line 2: `jwt.rules`: there is no server `webex-mesaging`; did you mean"],
        ),
        (
            "[servers.desk]\nread_only = true\ntools = [\"x\"]".to_owned(),
            vec!["line 3: `servers.desk.tools`: "],
        ),
    ] {
        std::fs::write(&path, &file).unwrap();
        let loaded = Loaded::read(Some(&path), &Environment::default(), vec![]).unwrap();
        let told = check(&loaded).unwrap_err().to_string();
        for expected in &expected {
            assert!(told.contains(expected), "{file}\n{told}\n{expected}");
        }
        assert_eq!(told.lines().count(), expected.len(), "{told}");
        assert!(!told.contains("the default"), "{told}");
    }
}

#[cfg(unix)]
#[test]
fn a_program_that_prints_no_key_is_told_by_its_setting() {
    for setting in ["key_command", "previous_key_command"] {
        let variable = format!("WEBEX_MCP_SECRET_{}", setting.to_uppercase());
        let environment = Environment::with([(variable.clone(), "false".to_owned())].into());
        let loaded = Loaded::read(None, &environment, vec![]).unwrap();
        let told = check_key(&loaded).unwrap_err().to_string();
        let place = format!("{variable}: `secret.{setting}`: ");
        assert!(told.starts_with(&place), "{told}");
    }
}

#[tokio::test]
async fn a_rule_for_a_server_that_there_is_not_stops_the_start() {
    for (rules, told) in [
        (r#"[{ servers = ["webex"] }, { servers = ["*"] }]"#, None),
        (
            r#"[{ servers = ["webex-mesaging"] }]"#,
            Some("did you mean `webex-messaging`?"),
        ),
        (
            r#"[{ servers = ["webex", "x"] }]"#,
            Some("there is no server `x`"),
        ),
    ] {
        let environment = Environment::of([("WEBEX_MCP_JWT_RULES", rules)]);
        let loaded = Loaded::read(None, &environment, vec![]).unwrap();
        let refused = Core::new(loaded, &Upstream::sandbox()).err();
        let refused = refused.map(|error| error.to_string());
        assert_eq!(refused.is_some(), told.is_some(), "{rules}");
        let refused = refused.unwrap_or_default();
        assert!(refused.contains(told.unwrap_or_default()), "{refused}");
    }
}

/// Why the server does not start with these settings, if it does not.
#[cfg(unix)]
fn refusal_with(data: &std::path::Path, settings: &[(&str, &str)]) -> Option<String> {
    let mut variables: std::collections::BTreeMap<_, _> = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let data = data.to_str().unwrap().to_owned();
    variables.insert("WEBEX_MCP_DATA_DIR".to_owned(), data);
    let loaded = Loaded::read(None, &Environment::with(variables), vec![]).unwrap();
    let started = Core::new(loaded, &Upstream::Webex);
    started.err().map(|error| error.to_string())
}

#[cfg(unix)]
#[tokio::test]
async fn the_secret_may_come_from_a_program_and_is_changed_through_the_one_before() {
    let data = tempfile::tempdir().unwrap();
    let prints = |byte: &str| format!("echo,{}", byte.repeat(32));
    let (ab, cd) = (prints("ab"), prints("cd"));
    let one = ("WEBEX_MCP_SECRET_KEY_COMMAND", ab.as_str());
    let two = ("WEBEX_MCP_SECRET_KEY_COMMAND", cd.as_str());
    let before = ("WEBEX_MCP_SECRET_PREVIOUS_KEY_COMMAND", one.1);
    assert_eq!(refusal_with(data.path(), &[one]), None);
    let wrong = refusal_with(data.path(), &[two]).unwrap();
    assert!(wrong.contains("another secret"), "{wrong}");
    assert_eq!(refusal_with(data.path(), &[two, before]), None);
    assert_eq!(refusal_with(data.path(), &[two]), None);
    let wrong = refusal_with(data.path(), &[one]).unwrap();
    assert!(
        !wrong.contains("abab") && !wrong.contains("echo"),
        "{wrong}"
    );
    // Without any, no new one is made.
    let lost = refusal_with(data.path(), &[]).unwrap();
    assert!(
        lost.contains("secret is missing") && lost.contains("records.db"),
        "{lost}"
    );
    assert!(!data.path().join("secret.key").exists());
    let fails = ("WEBEX_MCP_SECRET_KEY_COMMAND", "false");
    let failed = refusal_with(data.path(), &[fails]).unwrap();
    assert!(
        failed.starts_with("secret.key_command: its program failed"),
        "{failed}"
    );
}
