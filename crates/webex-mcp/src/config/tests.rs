use super::*;
use settings::{Kind, SETTINGS};

fn load(file: &str, environment: Environment, flags: Vec<Flag>) -> Result<Loaded, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("webex-mcp.toml");
    std::fs::write(&path, file).unwrap();
    Loaded::read(Some(&path), &environment, flags).map_err(|error| {
        let place = format!(
            "{}{}",
            directory.path().display(),
            std::path::MAIN_SEPARATOR
        );
        error.to_string().replace(&place, "")
    })
}

fn refusal(file: &str, variables: Environment) -> String {
    load(file, variables, vec![]).unwrap_err()
}

#[test]
fn the_defaults_are_complete() {
    let loaded = Loaded::read(None, &Environment::default(), vec![]).unwrap();
    assert_eq!(loaded.config.server.listen.to_string(), "127.0.0.1:8484");
    assert_eq!(loaded.config.webex.base_url, "https://webexapis.com/v1");
    assert_eq!(loaded.config.auth.mode, AuthMode::Static);
    assert!(loaded.secrets.access_token.is_none());
    // Each setting stands there once, as a value or as a commented example, in the list's order.
    let mut section = "";
    let named: Vec<_> = layers::DEFAULTS
        .lines()
        .filter_map(|line| {
            if let Some(name) = line.trim_start_matches("# ").strip_prefix('[') {
                section = name.trim_end_matches(']');
                return None;
            }
            let (key, _) = line.trim_start_matches("# ").split_once(" = ")?;
            let is_key = key
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            is_key.then(|| format!("{section}.{key}"))
        })
        .collect();
    let mut known: Vec<_> = SETTINGS.iter().map(settings::Setting::name).collect();
    known.extend(tables::KEYS.map(|key| format!("servers.release-desk.{key}")));
    assert_eq!(named, known);
}

/// The example in the defaults is a table that is accepted.
#[test]
fn the_example_of_a_server_is_sound() {
    let (_, example) = layers::DEFAULTS
        .split_once("# [servers.release-desk]\n")
        .unwrap();
    let lines = example.lines().map(|line| line.trim_start_matches("# "));
    let settings = lines.filter(|line| line.contains(" = "));
    let file = settings.fold("[servers.release-desk]\n".to_owned(), |file, line| {
        file + line + "\n"
    });
    let loaded = load(&file, Environment::default(), vec![]).unwrap();
    let table = &loaded.config.servers["release-desk"];
    assert_eq!(table.confirm, Some(tables::Confirm::Write));
    let origin = loaded.layers.origin("servers.release-desk.confirm");
    assert!(origin.to_string().ends_with("line 9"), "{origin}");
}

#[test]
fn tables_of_servers_are_refused_with_their_line() {
    let long = format!("[servers.{}]", "x".repeat(65));
    for (file, expected) in [
        (
            "[servers.desk]\ntitel = \"x\"",
            "webex-mcp.toml, line 2: there is no setting `servers.desk.titel`; did you mean `servers.desk.title`?",
        ),
        (
            "[server.desk]\ntitle = \"x\"",
            "line 1: there is no setting `server.desk`",
        ),
        ("[servrs.desk]\ntitle = \"x\"", "did you mean `server"),
        (
            "[servers.Desk]",
            "line 1: `servers.Desk`: a slug has 1 to 64 lower-case",
        ),
        (&long, "a slug has 1 to 64 lower-case"),
        (
            "\n[servers]\ndesk = 1",
            "line 3: `servers.desk`: each server is a table",
        ),
        (
            "[servers.desk]\n\nconfirm = \"destory\"",
            "line 3: `servers.desk.confirm`: unknown variant `destory`, expected one of `destroy`",
        ),
        (
            "[servers.desk]\nwithout_elicitation = true",
            "line 2: `servers.desk.without_elicitation`:",
        ),
        (
            "[servers.desk]\ncalls_per_minute = 0",
            "line 2: `servers.desk.calls_per_minute`: invalid value",
        ),
        (
            "[servers.desk]\ntools = [\"read\", 7]",
            "line 2: `servers.desk.tools`: invalid type",
        ),
        (
            "[servers.desk]\ntools = []",
            "line 2: `servers.desk.tools`: an empty list",
        ),
        (
            "[servers.desk]\ntitle = \" \"",
            "line 2: `servers.desk.title`: it must have 1 to 100 characters",
        ),
    ] {
        let error = refusal(file, Environment::default());
        assert!(error.contains(expected), "{error}\n{expected}");
    }
}

#[test]
fn a_static_server_needs_what_static_needs() {
    let file = "[auth]\nmode = \"passthrough\"\n[server]\nlisten = \"0.0.0.0:1\"\n\
                [servers.desk]\nauthentication = \"static\"";
    let loaded = load(file, Environment::default(), vec![]).unwrap();
    for refused in [loaded.check_exposure(), loaded.check_token()] {
        let told = refused.unwrap_err().to_string();
        assert!(
            told.contains("line 6: `servers.desk.authentication`"),
            "{told}"
        );
    }
    let token = Environment::of([("WEBEX_ACCESS_TOKEN", "tok")]);
    load(file, token, vec![]).unwrap().check_token().unwrap();
}

/// Every setting is accepted by name and reaches the typed configuration.
#[test]
fn the_list_of_settings_is_that_of_the_structs() {
    let directory = std::env::temp_dir();
    for setting in SETTINGS {
        let text = match (setting.kind, setting.key) {
            (Kind::Secret, _) => continue,
            (Kind::Number, _) => "7",
            (Kind::Switch, _) => "true",
            (_, "listen") => "127.0.0.1:1",
            (_, "public_url") => "https://example.com",
            (_, "base_url") => "https://example.com/v1",
            (_, "allowed_hosts") => "example.com",
            (_, "allowed_origins") => "https://example.com",
            (_, "trusted_proxies") => "10.0.0.0/8,2001:db8::7",
            (_, "mode") => "passthrough",
            (_, "level") => "debug",
            (_, "format") => "json",
            (_, "upload_dirs" | "dir") => directory.to_str().unwrap(),
            // The files of secrets are read: tested on their own.
            (_, _) => continue,
        };
        let before = Loaded::read(None, &Environment::default(), vec![]).unwrap();
        let variable = setting.variable();
        let after = Loaded::read(None, &Environment::of([(&variable, text)]), vec![]).unwrap();
        assert_ne!(before.config, after.config, "{variable}");
        assert_eq!(
            after.layers.origin(&setting.name()),
            Origin::Variable(variable)
        );
    }
}

#[test]
fn a_flag_wins_over_a_variable_and_that_over_the_file() {
    let file = "[server]\nlisten = \"127.0.0.1:1\"";
    let variable = || Environment::of([("WEBEX_MCP_SERVER_LISTEN", "127.0.0.1:2")]);
    let flag = || {
        vec![Flag {
            flag: "--listen",
            section: "server",
            key: "listen",
            value: "127.0.0.1:3".into(),
        }]
    };
    for (file, environment, flags, port, origin) in [
        ("", Environment::default(), vec![], 8484, "the default"),
        (
            file,
            Environment::default(),
            vec![],
            1,
            "webex-mcp.toml, line 2",
        ),
        (file, variable(), vec![], 2, "WEBEX_MCP_SERVER_LISTEN"),
        ("", variable(), vec![], 2, "WEBEX_MCP_SERVER_LISTEN"),
        (file, variable(), flag(), 3, "--listen"),
        (
            "",
            Environment::of([("WEBEX_MCP_SERVER_LISTEN", "")]),
            vec![],
            8484,
            "the default",
        ),
    ] {
        let loaded = load(file, environment, flags).unwrap();
        assert_eq!(loaded.config.server.listen.port(), port);
        assert!(
            loaded
                .layers
                .origin("server.listen")
                .to_string()
                .ends_with(origin)
        );
    }
}

#[test]
fn lists_and_second_names() {
    let environment = Environment::of([
        (
            "WEBEX_MCP_SERVER_ALLOWED_HOSTS",
            "one.example, two.example:8443,",
        ),
        ("WEBEX_BASE_URL", "http://127.0.0.1:8485/v1"),
    ]);
    let config = load("", environment, vec![]).unwrap().config;
    assert_eq!(
        config.server.allowed_hosts,
        ["one.example", "two.example:8443"]
    );
    assert_eq!(config.webex.base_url, "http://127.0.0.1:8485/v1");
}

#[test]
fn nonsense_is_refused_with_its_place() {
    for (file, expected) in [
        (
            "[server]\n\nlisen = 1",
            "webex-mcp.toml, line 3: there is no setting `server.lisen`; did you mean `server.listen`?",
        ),
        (
            "[sever]\nlisten = 1",
            "webex-mcp.toml, line 1: there is no setting `sever`; did you mean `server`?",
        ),
        (
            "listen = 1",
            "webex-mcp.toml, line 1: there is no setting `listen`; docs/config.md lists them all.",
        ),
        (
            "[data]\nzzz = 1",
            "webex-mcp.toml, line 2: there is no setting `data.zzz`; docs/config.md lists them all.",
        ),
        ("\n[server", "webex-mcp.toml, line 2: this is not TOML: "),
        (
            "[webex]\naccess_token = \"x\"",
            "webex-mcp.toml, line 2: `webex.access_token`: a secret does not belong into this file; set WEBEX_ACCESS_TOKEN, ",
        ),
        (
            "[webex]\nbase_url = 7",
            "webex-mcp.toml, line 2: `webex.base_url`: invalid type: ",
        ),
        (
            "[webex]\nbase_url = \"http://example.com/v1\"",
            "`webex.base_url`: plain http is for loopback only",
        ),
        (
            "[webex]\nbase_url = \"https://example.com\"",
            "`webex.base_url`: it must end with /v1",
        ),
        (
            "[webex]\nbase_url = \"https://me:x@example.com/v1\"",
            "`webex.base_url`: it must not contain a user name",
        ),
        (
            "[webex]\nbase_url = \"example.com/v1\"",
            "`webex.base_url`: it must be a URL",
        ),
        (
            "[webex]\naccess_token_file = \"/does/not/exist\"",
            "`webex.access_token_file`: the file cannot be read",
        ),
        (
            "[server]\nlisten = \"localhost\"",
            "`server.listen`: `localhost` is no address to listen on; write 127.0.0.1:8484, ",
        ),
        (
            "[server]\npublic_url = \"ftp://example.com\"",
            "`server.public_url`: it must start with https://",
        ),
        (
            "[server]\nallowed_hosts = [\"https://example.com/\"]",
            "`server.allowed_hosts`: `https://example.com/` is no host name",
        ),
        (
            "[server]\nallowed_origins = [\"example.com\"]",
            "`server.allowed_origins`: `example.com` is no origin",
        ),
        (
            "[auth]\nmode = \"oauth\"",
            "line 2: `auth.mode`: unknown variant `oauth`, expected `static` or `passthrough`.",
        ),
        (
            "[limits]\ncalls_per_minute = 0",
            "line 2: `limits.calls_per_minute`: invalid value: integer `0`",
        ),
        (
            "[files]\nupload_dirs = [\"here\"]",
            "line 2: `files.upload_dirs`: `here` is not absolute.",
        ),
        (
            "[files]\nupload_dirs = [\"/does/not/exist\"]",
            "`/does/not/exist` is not a directory that exists.",
        ),
        (
            "[files]\nupload_dirs = [7]",
            "line 2: `files.upload_dirs`: invalid type",
        ),
        (
            "[log]\nlevel = \"loud\"",
            "line 2: `log.level`: unknown variant `loud`",
        ),
    ] {
        let said = refusal(file, Environment::default());
        assert!(
            said.contains(expected),
            "{file:?}\n  said     {said}\n  expected {expected}"
        );
    }
    for (variable, value, expected) in [
        (
            "WEBEX_MCP_LIMITS_CALLS_PER_MINUTE",
            "many",
            "WEBEX_MCP_LIMITS_CALLS_PER_MINUTE: `limits.calls_per_minute`: it must be a whole number.",
        ),
        (
            "WEBEX_MCP_LIMITS_CALLS_PER_MINUTE",
            "-1",
            "`limits.calls_per_minute`: invalid value: integer `-1`",
        ),
        (
            "WEBEX_MCP_AUTH_STATIC_BEYOND_LOOPBACK",
            "yes",
            "`auth.static_beyond_loopback`: it must be true or false.",
        ),
        (
            "WEBEX_ACCESS_TOKEN",
            "two words",
            "WEBEX_ACCESS_TOKEN: `webex.access_token`: this is no access token",
        ),
        (
            "WEBEX_MCP_SECRET_KEY",
            "short",
            "WEBEX_MCP_SECRET_KEY: `secret.key`: it must be 32 bytes",
        ),
    ] {
        let said = refusal("", Environment::of([(variable, value)]));
        assert!(
            said.contains(expected),
            "{variable}\n  said     {said}\n  expected {expected}"
        );
    }
}

#[test]
fn an_unknown_variable_is_told_and_stops_nothing() {
    for (variable, value, expected) in [
        (
            "WEBEX_MCP_SERVER_LISEN",
            "x",
            "WEBEX_MCP_SERVER_LISEN is ignored: there is no such variable; did you mean `WEBEX_MCP_SERVER_LISTEN`?",
        ),
        (
            "WEBEX_MCP_LISTEN",
            "x",
            "did you mean `WEBEX_MCP_SERVER_LISTEN`?",
        ),
        // Kubernetes sets these in every pod beside a Service `webex-mcp`.
        (
            "WEBEX_MCP_PORT",
            "tcp://10.0.0.1:8484",
            "WEBEX_MCP_PORT is ignored",
        ),
        (
            "WEBEX_MCP_SERVICE_HOST",
            "10.0.0.1",
            "WEBEX_MCP_SERVICE_HOST is ignored",
        ),
        (
            "WEBEX_MCP_PORT_8484_TCP_PROTO",
            "tcp",
            "WEBEX_MCP_PORT_8484_TCP_PROTO is ignored",
        ),
        (
            "WEBEX_MCP_SERVERS_DESK_TITLE",
            "x",
            "WEBEX_MCP_SERVERS_DESK_TITLE is ignored",
        ),
        (
            "WEBEX_MCP_QQ",
            "secret",
            "WEBEX_MCP_QQ is ignored: there is no such variable; docs/config.md lists them all.",
        ),
    ] {
        let loaded = load("", Environment::of([(variable, value)]), vec![]).unwrap();
        let told: Vec<_> = loaded
            .layers
            .unknown
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains(expected), "{told:?}\n{expected}");
        let nothing = load("", Environment::default(), vec![]).unwrap();
        assert_eq!(loaded.config, nothing.config);
    }
}

/// Who writes a file of variables for something else than a shell leaves the quotes in.
#[test]
fn a_value_in_quotes_is_refused_with_the_reason() {
    for (variable, value, expected) in [
        (
            "WEBEX_ACCESS_TOKEN",
            "\"tok\"",
            "WEBEX_ACCESS_TOKEN: `webex.access_token`: it stands in quotes",
        ),
        ("WEBEX_ACCESS_TOKEN", " 'tok' ", "it stands in quotes"),
        (
            "WEBEX_ACCESS_TOKEN",
            "\"tok",
            "copy it again, without quotes or `Bearer`",
        ),
        (
            "WEBEX_ACCESS_TOKEN",
            "Bearer tok",
            "copy it again, without quotes or `Bearer`",
        ),
        (
            "WEBEX_MCP_DATA_DIR",
            "\"/var/lib/webex-mcp\"",
            "`data.dir`: it stands in quotes",
        ),
        (
            "WEBEX_MCP_LIMITS_CALLS_PER_MINUTE",
            "'60'",
            "`limits.calls_per_minute`: it stands in quotes",
        ),
        (
            "WEBEX_MCP_SERVER_ALLOWED_HOSTS",
            "\"a.example\",\"b.example\"",
            "`server.allowed_hosts`: it stands in quotes",
        ),
    ] {
        let said = refusal("", Environment::of([(variable, value)]));
        assert!(
            said.contains(expected) && !said.contains("tok\"") && !said.contains("tok'"),
            "{variable}\n  said     {said}\n  expected {expected}"
        );
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("token");
    std::fs::write(&path, "\"tok\"\n").unwrap();
    let file = ("WEBEX_ACCESS_TOKEN_FILE", path.to_str().unwrap());
    let said = refusal("", Environment::of([file]));
    assert!(said.contains("without quotes"), "{said}");
}

#[test]
fn contradictions_are_refused() {
    let said = refusal(
        "",
        Environment::of([
            ("WEBEX_BASE_URL", "https://one.example/v1"),
            ("WEBEX_MCP_WEBEX_BASE_URL", "https://two.example/v1"),
        ]),
    );
    assert!(
        said.contains("WEBEX_BASE_URL says something else"),
        "{said}"
    );
    let said = refusal(
        "",
        Environment::of([
            ("WEBEX_ACCESS_TOKEN", "token"),
            ("WEBEX_ACCESS_TOKEN_FILE", "/does/not/exist"),
        ]),
    );
    assert!(said.contains("set one of them"), "{said}");
}

#[test]
fn serve_wants_a_token_and_loopback() {
    let serve = |variables: Environment| {
        let loaded = load("", variables, vec![]).unwrap();
        let checked = loaded.check_exposure().and_then(|()| loaded.check_token());
        checked.map_err(|error| error.to_string())
    };
    let token = ("WEBEX_ACCESS_TOKEN", "token");
    let open = ("WEBEX_MCP_SERVER_LISTEN", "0.0.0.0:8484");
    assert!(
        serve(Environment::default())
            .unwrap_err()
            .contains("--sandbox")
    );
    serve(Environment::of([token])).unwrap();
    serve(Environment::of([
        ("WEBEX_MCP_AUTH_MODE", "passthrough"),
        open,
    ]))
    .unwrap();
    let said = serve(Environment::of([token, open])).unwrap_err();
    assert!(
        said.contains("auth.static_beyond_loopback = true"),
        "{said}"
    );
    let wanted = ("WEBEX_MCP_AUTH_STATIC_BEYOND_LOOPBACK", "true");
    serve(Environment::of([token, open, wanted])).unwrap();
}

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
    // A variable wins over the file of settings.
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
