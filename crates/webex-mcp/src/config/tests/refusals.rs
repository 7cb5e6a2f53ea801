//! Configurations that are refused, and the file and line that the error names.

use super::*;

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
            "[lgo]\nlevel = \"info\"",
            "webex-mcp.toml, line 1: there is no setting `lgo`; did you mean `log`?",
        ),
        (
            "[data]\ndir = \"Cargo.toml\"",
            "webex-mcp.toml, line 2: `data.dir`: it is a file; name a directory.",
        ),
        (
            "[data]\ndir = \"\"",
            "webex-mcp.toml, line 2: `data.dir`: it is empty; write what it is, or leave the setting out.",
        ),
        (
            "[secret]\nkey_file = \" \"",
            "line 2: `secret.key_file`: it is empty",
        ),
        (
            "[webex]\naccess_token_file = \"\"",
            "line 2: `webex.access_token_file`: it is empty",
        ),
        (
            "[server]\ntls_certificate = \"\"\ntls_key = \"\"",
            "line 3: `server.tls_key`: it is empty",
        ),
        (
            "[broker.clients.report]\nsecret_file = \"\"",
            "line 2: `broker.clients.report.secret_file`: it is empty",
        ),
        (
            "[servers.\"\"]\ntools = [\"read\"]",
            "line 1: `servers.`: a slug has 1 to 64",
        ),
        (
            "[server]\npublic_url = \"webex.example.com\"",
            "line 2: `server.public_url`: it must be an address that begins with https:// (or http://)",
        ),
        (
            "[server]\nallowed_origins = \"http://x\"",
            "line 2: `server.allowed_origins`: it must be a list.",
        ),
        (
            "[server]\nlisten = 99999",
            "line 2: `server.listen`: `99999` is not an address to listen on; write 127.0.0.1:8484, ",
        ),
        (
            "[passthrough]\norganizations = [\"foo\"]",
            "webex-mcp.toml, line 2: `passthrough.organizations`: `foo` is not the id of an organization",
        ),
        (
            "[broker]\norganizations = [\"us/0\"]",
            "webex-mcp.toml, line 2: `broker.organizations`: `us/0` is not the id of an organization",
        ),
        (
            "[webex]\naccess_token = \"x\"",
            "webex-mcp.toml, line 2: `webex.access_token`: a secret does not belong into this file; set WEBEX_ACCESS_TOKEN, ",
        ),
        (
            "[webex]\nbase_url = 7",
            "webex-mcp.toml, line 2: `webex.base_url`: it must be text.",
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
            "[login]\ncallback = \"https://localhost:8487/callback\"",
            "`login.callback`: it must start with http://localhost:",
        ),
        (
            "[login]\ncallback = \"http://example.com:8487/callback\"",
            "`login.callback`: it must start with http://localhost:",
        ),
        (
            "[login]\ncallback = \"http://localhost/callback\"",
            "`login.callback`: it must name a port",
        ),
        (
            "[login]\ncallback = \"http://localhost:8487/callback?a=b\"",
            "`login.callback`: it must be scheme, host, port and path only",
        ),
        (
            "[login]\nclient_secret = \"x\"",
            "`login.client_secret`: a secret does not belong into this file; set WEBEX_MCP_LOGIN_CLIENT_SECRET, ",
        ),
        (
            "[secret]\nkey_command = \"aws kms decrypt\"",
            "webex-mcp.toml, line 2: `secret.key_command`: it must be a list of a program and its arguments",
        ),
        (
            "[secret]\nkey_command = []",
            "`secret.key_command`: it must be a list of a program and its arguments",
        ),
        (
            "[secret]\nprevious_key_command = [\"aws\", 7]",
            "`secret.previous_key_command`: it must be a list of a program and its arguments",
        ),
        (
            "[secret]\nkey_file = \"/k\"\nkey_command = [\"aws\"]",
            "webex-mcp.toml, line 3: `secret.key_command`: secret.key_file is set too; set one of them",
        ),
        (
            "[webex]\naccess_token_file = \"/does/not/exist\"",
            "`webex.access_token_file`: the file cannot be read",
        ),
        (
            "[server]\nlisten = \"localhost\"",
            "`server.listen`: `localhost` is not an address to listen on; write 127.0.0.1:8484, ",
        ),
        (
            "[server]\npublic_url = \"ftp://example.com\"",
            "`server.public_url`: it must start with https://",
        ),
        (
            "[server]\nallowed_hosts = [\"https://example.com/\"]",
            "`server.allowed_hosts`: `https://example.com/` is not a host name",
        ),
        (
            "[server]\nallowed_origins = [\"example.com\"]",
            "`server.allowed_origins`: `example.com` is not an origin",
        ),
        (
            "[auth]\nmode = \"oauth\"",
            "line 2: `auth.mode`: `oauth` is none of its values; it must be one of `static`, `passthrough`, `broker`, `jwt`.",
        ),
        (
            "[jwt]\nissuer = \"http://idp.example.com\"",
            "line 2: `jwt.issuer`: it must start with https:// and have no user name",
        ),
        (
            "[jwt]\nissuer = \"http://127.0.0.1:8080\"",
            "line 2: `jwt.issuer`: it must start with https:// and have no user name; http is for this machine, if private_hosts names it",
        ),
        (
            "[jwt]\njwks_url = \"https://me:x@idp.example.com/keys\"",
            "line 2: `jwt.jwks_url`: it must start with https://",
        ),
        (
            "[jwt]\nprivate_hosts = [\"*.corp.example\"]",
            "line 2: `jwt.private_hosts`: `*.corp.example` is not a host; write it as login.corp.example",
        ),
        (
            "[jwt]\nclock_skew_seconds = 3600",
            "line 2: `jwt.clock_skew_seconds`: it may be at most 300",
        ),
        (
            "[jwt]\ntypes = []",
            "line 2: `jwt.types`: name at least one type",
        ),
        (
            "[jwt]\naudience = \"a\"\nclient_id = \"a\"",
            "line 2: `jwt.audience`: it is client_id too, so that an ID token would pass",
        ),
        (
            "[[jwt.rules]]\nclaim = \"groups\"\nservers = [\"webex\"]",
            "line 1: `jwt.rules`: a rule has a claim and the value that it must have",
        ),
        (
            "[jwt]\nrules = [{ servers = [] }]",
            "line 2: `jwt.rules`: a rule names the servers that it opens",
        ),
        (
            "[[jwt.rules]]\nclaim = \"groups\"\nvalu = \"x\"\nservers = [\"webex\"]",
            "line 1: `jwt.rules`: unknown field `valu`",
        ),
        (
            "[limits]\ncalls_per_minute = 0",
            "line 2: `limits.calls_per_minute`: it must be a whole number from 1 to 4294967295.",
        ),
        (
            "[files]\nupload_dirs = [\"here\"]",
            "line 2: `files.upload_dirs`: `here` is not absolute.",
        ),
        (
            "[files]\nupload_dirs = [\"/does/not/exist\"]",
            "`/does/not/exist` is not an existing directory.",
        ),
        (
            "[files]\nupload_dirs = [7]",
            "line 2: `files.upload_dirs`: it must be ",
        ),
        (
            "[outbound]\nproxy = \"http://proxy.example.com:3128\"",
            "`outbound.proxy_hosts`: list the hosts that may be fetched through the proxy.",
        ),
        (
            "[outbound]\nproxy = \"proxy.example.com:3128\"\nproxy_hosts = [\"login.example.com\"]",
            "line 2: `outbound.proxy`: write it as http://host:port",
        ),
        (
            "[outbound]\nproxy = \"http://p:1\"\nproxy_hosts = [\"*.example.com\"]",
            "line 3: `outbound.proxy_hosts`: `*.example.com` is not a host of the internet",
        ),
        (
            "[log]\nlevel = \"loud\"",
            "line 2: `log.level`: `loud` is none of its values",
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
            "`limits.calls_per_minute`: it must be a whole number from 1 to 4294967295.",
        ),
        (
            "WEBEX_MCP_AUTH_STATIC_BEYOND_LOOPBACK",
            "yes",
            "`auth.static_beyond_loopback`: it must be true or false.",
        ),
        (
            "WEBEX_ACCESS_TOKEN",
            "two words",
            "WEBEX_ACCESS_TOKEN: `webex.access_token`: this is not an access token",
        ),
        (
            "WEBEX_ACCESS_TOKEN",
            "$TOKEN",
            "WEBEX_ACCESS_TOKEN: `webex.access_token`: this is the name of a variable, not its value",
        ),
        (
            "WEBEX_ACCESS_TOKEN",
            "${env_TOKEN}",
            "this is the name of a variable, not its value",
        ),
        (
            "WEBEX_MCP_DATA_DIR",
            "%DATA%",
            "WEBEX_MCP_DATA_DIR: `data.dir`: this is the name of a variable, not its value",
        ),
        (
            "WEBEX_MCP_DATA_DIR",
            " ",
            "WEBEX_MCP_DATA_DIR: `data.dir`: it is empty",
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
fn all_mistakes_of_a_kind_are_told_at_once() {
    for (file, expected) in [
        (
            "[server]\nlistne = 1\ndrain_secs = 1\n[lgo]\n[servers.desk]\ntool = []\n",
            vec![
                "line 2: there is no setting `server.listne`; did you mean `server.listen`?",
                "line 3: there is no setting `server.drain_secs`; did you mean `server.drain_seconds`?",
                "line 4: there is no setting `lgo`; did you mean `log`?",
                "line 6: there is no setting `servers.desk.tool`; did you mean `servers.desk.tools`?",
            ],
        ),
        (
            "[server]\ndrain_seconds = 999\n[webex]\nbase_url = \"x\"",
            vec![
                "line 4: `webex.base_url`: ",
                "line 2: `server.drain_seconds`: ",
            ],
        ),
    ] {
        let said = refusal(file, Environment::default());
        for expected in &expected {
            assert!(said.contains(expected), "{said}\n{expected}");
        }
        assert_eq!(said.lines().count(), expected.len(), "{said}");
    }
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
    assert!(said.contains("WEBEX_BASE_URL has another value"), "{said}");
    let said = refusal(
        "",
        Environment::of([
            ("WEBEX_ACCESS_TOKEN", "token"),
            ("WEBEX_ACCESS_TOKEN_FILE", "/does/not/exist"),
        ]),
    );
    assert!(said.contains("set one of them"), "{said}");
    let said = refusal(
        "[secret]\nkey_command = [\"aws\"]",
        Environment::of([("WEBEX_MCP_SECRET_KEY", &"ab".repeat(32))]),
    );
    assert!(said.contains("secret.key is set too"), "{said}");
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
    let plain = ("WEBEX_MCP_SERVER_PLAIN_HTTP_BEYOND_LOOPBACK", "true");
    let said = serve(Environment::of([token, open])).unwrap_err();
    assert!(
        said.contains("auth.static_beyond_loopback = true"),
        "{said}"
    );
    let wanted = ("WEBEX_MCP_AUTH_STATIC_BEYOND_LOOPBACK", "true");
    serve(Environment::of([token, open, wanted, plain])).unwrap();
    let said = serve(Environment::of([token, open, wanted])).unwrap_err();
    assert!(said.contains("unencrypted"), "{said}");
}

#[test]
fn beyond_loopback_there_are_three_ways_to_serve() {
    let serve = |listen: &str, more: &str| {
        let file =
            format!("[auth]\nmode = \"passthrough\"\n[server]\nlisten = \"{listen}\"\n{more}");
        let loaded = load(&file, Environment::default(), vec![]).unwrap();
        loaded.check_exposure().map_err(|error| error.to_string())
    };
    for here in ["127.0.0.1:1", "[::1]:1", "127.9.9.9:1"] {
        serve(here, "").unwrap();
    }
    for everywhere in ["0.0.0.0:1", "[::]:1", "192.0.2.1:1"] {
        let said = serve(everywhere, "").unwrap_err();
        for way in [
            "server.tls_certificate",
            "server.trusted_proxies",
            "server.plain_http_beyond_loopback = true",
        ] {
            assert!(said.contains(way), "{said}");
        }
        for way in [
            "tls_certificate = \"/tls.crt\"\ntls_key = \"/tls.key\"",
            "trusted_proxies = [\"192.0.2.7\"]",
            "plain_http_beyond_loopback = true",
        ] {
            serve(everywhere, way).unwrap();
        }
    }
    for (half, other) in [
        ("tls_certificate = \"/tls.crt\"", "server.tls_key"),
        ("tls_key = \"/tls.key\"", "server.tls_certificate"),
    ] {
        let said = refusal(&format!("[server]\n{half}"), Environment::default());
        assert!(said.contains(&format!("set {other}")), "{said}");
    }
    for everybody in ["0.0.0.0/0", "::/0"] {
        let file = format!("[server]\ntrusted_proxies = [\"{everybody}\"]");
        let said = refusal(&file, Environment::default());
        assert!(said.contains("this trusts everybody"), "{said}");
    }
}
