//! Where a value comes from: defaults, the file, variables, flags.

use super::*;

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
        // Kubernetes sets these in every pod next to a Service `webex-mcp`.
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

#[test]
fn a_slip_in_a_variable_is_told_and_variables_of_others_are_not() {
    for (variable, meant) in [
        ("WEBEX_ACCES_TOKEN", Some("WEBEX_ACCESS_TOKEN")),
        ("WEBEX_ACCESS_TOKENFILE", Some("WEBEX_ACCESS_TOKEN_FILE")),
        ("WEBEX_MCPLOG_LEVEL", Some("WEBEX_MCP_LOG_LEVEL")),
        ("WEBEX_ACCESS_TOKEN_2", None),
        ("WEBEX_BOT_TOKEN", None),
        ("WEBEX_TEAMS_ACCESS_TOKEN", None),
        ("WEBEX_CLIENT_ID", None),
        ("WEBEX_", None),
        ("WEBX_ACCESS_TOKEN", None),
    ] {
        let loaded = load("", Environment::of([(variable, "x")]), vec![]).unwrap();
        let mut told = loaded.layers.unknown.iter();
        let nearest = told.next().map(|it| it.nearest.as_deref().unwrap());
        assert_eq!(nearest, meant, "{variable}");
        assert_eq!(told.next(), None, "{variable}");
    }
}

#[test]
fn a_variable_that_names_no_proxy_is_told() {
    for (variables, expected) in [
        (
            [("HTTPS_PROXY", "not a url"), ("A", "")],
            Some("HTTPS_PROXY"),
        ),
        ([("https_proxy", "ftp://x"), ("A", "")], Some("https_proxy")),
        ([("HTTPS_PROXY", "http://p:1"), ("ALL_PROXY", "x y")], None),
        ([("HTTPS_PROXY", ""), ("https_proxy", "x y")], None),
        (
            [("ALL_PROXY", "socks5://p:1"), ("A", "")],
            Some("ALL_PROXY"),
        ),
        ([("HTTP_PROXY", "not a url"), ("A", "")], None),
    ] {
        let loaded = load("", Environment::of(variables), vec![]).unwrap();
        let told = loaded.layers.wrong_proxy.map(|it| it.to_string());
        let named = told.as_deref().and_then(|it| it.split_once(' '));
        assert_eq!(named.map(|(name, _)| name), expected, "{variables:?}");
        assert!(told.is_none_or(|it| it.ends_with("write http://host:port")));
    }
}

#[test]
fn a_port_alone_may_be_a_number() {
    let loaded = load("[server]\nlisten = 8080", Environment::default(), vec![]).unwrap();
    assert_eq!(loaded.config.server.listen.to_string(), "127.0.0.1:8080");
}

/// A file of variables that is not read by a shell may contain quotes.
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
