//! Secrets, and the data directory.

use super::*;

#[test]
fn secrets_come_from_files_and_are_never_shown() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let token = write("token", "file-token\n");
    let hex = write("hex", &"ab".repeat(32));
    let loaded = load(
        "",
        Environment::of([
            ("WEBEX_ACCESS_TOKEN_FILE", &token),
            ("WEBEX_MCP_SECRET_KEY_FILE", &hex),
            (
                "WEBEX_MCP_SECRET_PREVIOUS_KEY",
                "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=",
            ),
        ]),
        vec![],
    )
    .unwrap();
    let (found, origin) = loaded.secrets.access_token.as_ref().unwrap();
    assert_eq!(found.expose(), "file-token");
    assert_eq!(
        origin,
        &Origin::Variable("WEBEX_ACCESS_TOKEN_FILE".to_owned())
    );
    use secrecy::ExposeSecret as _;
    for key in [&loaded.secrets.key, &loaded.secrets.previous_key] {
        assert_eq!(key.as_ref().unwrap().0.expose_secret(), &[0xab; 32]);
    }
    let shown = format!("{loaded:?}");
    assert!(
        !shown.contains("file-token") && !shown.contains("171"),
        "{shown}"
    );
    // A variable overrides the settings file.
    let file = format!("[webex]\naccess_token_file = {token:?}");
    let loaded = load(
        &file,
        Environment::of([("WEBEX_ACCESS_TOKEN", "direct")]),
        vec![],
    )
    .unwrap();
    assert_eq!(loaded.secrets.access_token.unwrap().0.expose(), "direct");
    let empty = write("empty", " \n");
    assert!(
        refusal("", Environment::of([("WEBEX_ACCESS_TOKEN_FILE", &empty)]))
            .contains("the file is empty")
    );
    // As some editors save it.
    let marked = write("marked", "\u{feff}file-token\r\n");
    let environment = Environment::of([("WEBEX_ACCESS_TOKEN_FILE", &marked)]);
    let loaded = load("", environment, vec![]).unwrap();
    assert_eq!(
        loaded.secrets.access_token.unwrap().0.expose(),
        "file-token"
    );
    std::fs::write(directory.path().join("wide"), b"\xff\xfet\0").unwrap();
    let wide = directory.path().join("wide");
    for (path, expected) in [
        (directory.path(), "this is a directory; name the file"),
        (&wide, "is not text in UTF-8"),
    ] {
        for variable in ["WEBEX_ACCESS_TOKEN_FILE", "WEBEX_MCP_SECRET_KEY_FILE"] {
            let path = path.to_str().unwrap();
            let said = refusal("", Environment::of([(variable, path)]));
            assert!(said.contains(expected), "{said}");
        }
    }
}

#[test]
fn a_key_may_come_from_a_program_which_is_not_run_before_the_key_is_needed() {
    let argv = "/nowhere/kms,decrypt,--key=alias";
    let environment = Environment::of([("WEBEX_MCP_SECRET_KEY_COMMAND", argv)]);
    let loaded = load("", environment, vec![]).unwrap();
    let command = loaded.secrets.key_command.unwrap();
    assert_eq!(command.setting, "secret.key_command");
    assert_eq!(command.program, "/nowhere/kms");
    assert_eq!(command.arguments, ["decrypt", "--key=alias"]);
}

#[test]
fn the_data_directory_follows_the_system() {
    for (environment, expected) in [
        (
            Environment::of([("XDG_DATA_HOME", "/x"), ("HOME", "/h")]),
            Some("/x/webex-mcp"),
        ),
        (
            Environment::of([("HOME", "/h")]),
            Some("/h/.local/share/webex-mcp"),
        ),
        (
            Environment::of([("WEBEX_MCP_DATA_DIR", "/d"), ("HOME", "/h")]),
            Some("/d"),
        ),
        (Environment::default(), None),
    ] {
        let config = Loaded::read(None, &environment, vec![]).unwrap().config;
        assert_eq!(config.data.dir.as_deref(), expected.map(Path::new));
    }
}

#[test]
fn clients_have_their_secrets_in_files() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret");
    std::fs::write(&path, "not-to-be-shown\n").unwrap();
    let path = path.to_str().unwrap();
    let file = format!(
        "[broker]\nclient_id = \"C\"\n[broker.clients.report]\nsecret_file = {path:?}\n\
         person = \"alice@example.com\"\n"
    );
    let loaded = load(&file, Environment::default(), vec![]).unwrap();
    let table = &loaded.config.broker.clients["report"];
    assert!(table.is_machine());
    use secrecy::ExposeSecret as _;
    let secret = &loaded.secrets.clients["broker.clients.report.secret_file"];
    assert_eq!(secret.expose_secret(), "not-to-be-shown");
    let shown = format!("{loaded:?}");
    assert!(!shown.contains("not-to-be-shown"), "{shown}");
    let missing = file.replace("secret_file = \"", "secret_file = \"/missing");
    let error = refusal(&missing, Environment::default());
    assert!(
        error.contains("line 4: `broker.clients.report.secret_file`: the file cannot be read"),
        "{error}"
    );
}
