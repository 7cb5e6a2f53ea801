//! Tables of virtual servers.

use super::*;

/// The example in the defaults is a valid table.
#[test]
fn the_example_of_a_server_is_sound() {
    let (_, example) = layers::DEFAULTS
        .split_once("# [servers.release-desk]\n")
        .unwrap();
    let lines = example.lines().map(|line| line.trim_start_matches("# "));
    let settings = lines.filter(|line| line.contains(" = ") || line.starts_with('['));
    let file = settings.fold("[servers.release-desk]\n".to_owned(), |file, line| {
        file + line + "\n"
    });
    let loaded = load(&file, Environment::default(), vec![]).unwrap();
    let table = &loaded.config.servers["release-desk"];
    assert_eq!(table.confirm, Some(tables::Confirm::Write));
    let origin = loaded.layers.origin("servers.release-desk.confirm");
    assert!(origin.to_string().ends_with("line 9"), "{origin}");
    let scope = table.scope.as_ref().unwrap();
    assert_eq!(scope.direct_messages, Some(false));
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
            "line 3: `servers.desk.confirm`: `destory` is none of its values; it must be one of `destroy`",
        ),
        (
            "[servers.desk]\nwithout_elicitation = true",
            "line 2: `servers.desk.without_elicitation`:",
        ),
        (
            "[servers.desk]\ncalls_per_minute = 0",
            "line 2: `servers.desk.calls_per_minute`: it must be a whole number from 1 to 4294967295.",
        ),
        (
            "[servers.desk]\ntools = [\"read\", 7]",
            "line 2: `servers.desk.tools`: it must be text.",
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
