//! Configuration: what its tests share; each file is about one question.

mod client_tables;
mod precedence;
mod refusals;
mod secret_files;
mod server_tables;

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
    // Each setting appears once, as a value or as a commented example, in the order of the list.
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
    known.extend(clients::KEYS.map(|key| format!("broker.clients.nightly-report.{key}")));
    known.extend(tables::KEYS.map(|key| format!("servers.release-desk.{key}")));
    known.extend(tables::SCOPE_KEYS.map(|key| format!("servers.release-desk.scope.{key}")));
    assert_eq!(named, known);
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
            (_, "proxy_hosts") => "login.example.com",
            (_, "upload_dirs" | "dir") => directory.to_str().unwrap(),
            // Files of secrets, and the proxy that needs hosts, are tested separately.
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

/// What `jwt` needs is asked for one thing after the other; all of it can be set by variables.
#[test]
fn what_jwt_needs_is_named_before_the_start() {
    const RULES: &str =
        r#"[{ claim = "groups", value = "staff", servers = ["webex"], tenant = "acme" }]"#;
    let mut set = [("", ""); 9];
    set[0] = ("WEBEX_MCP_AUTH_MODE", "jwt");
    let told = |set: [(&str, &str); 9]| {
        let loaded = Loaded::read(None, &Environment::of(set), vec![]).unwrap();
        let checked = loaded.check_broker();
        checked.map(|()| loaded).map_err(|error| error.to_string())
    };
    let wanted = [
        (
            "`server.public_url`",
            ("WEBEX_MCP_SERVER_PUBLIC_URL", "https://mcp.example.com"),
        ),
        ("`broker.client_id`", ("WEBEX_MCP_BROKER_CLIENT_ID", "id")),
        (
            "`broker.client_secret_file`",
            ("WEBEX_MCP_BROKER_CLIENT_SECRET", "secret"),
        ),
        (
            "`broker.registered_scopes`",
            ("WEBEX_MCP_BROKER_REGISTERED_SCOPES", "spark:people_read"),
        ),
        (
            "`jwt.issuer`",
            ("WEBEX_MCP_JWT_ISSUER", "https://idp.example.com"),
        ),
        ("`jwt.rules`", ("WEBEX_MCP_JWT_CLIENT_SECRET", "secret")),
        ("`jwt.rules`", ("WEBEX_MCP_JWT_RULES", RULES)),
        ("`jwt.client_id`", ("WEBEX_MCP_JWT_CLIENT_ID", "client")),
    ];
    for (at, (missing, variable)) in wanted.into_iter().enumerate() {
        let refused = told(set).unwrap_err();
        assert!(refused.contains(missing), "{refused}");
        set[at + 1] = variable;
    }
    let loaded = told(set).unwrap();
    assert_eq!(loaded.config.jwt.rules[0].tenant.as_deref(), Some("acme"));
    let wrong = Environment::of([("WEBEX_MCP_JWT_RULES", "groups=staff")]);
    let refused = Loaded::read(None, &wrong, vec![]).unwrap_err().to_string();
    assert!(refused.contains("it must be TOML in one line"), "{refused}");
}
