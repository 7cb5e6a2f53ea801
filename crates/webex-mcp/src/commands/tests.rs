use clap::CommandFactory as _;

use super::*;

/// The help texts that were agreed.
const KEPT: &str = include_str!("help.txt");

#[test]
fn the_grammar_is_sound() {
    CommandLine::command().debug_assert();
}

/// The output of `--help` for all commands, in one text.
fn help() -> String {
    fn add(command: &clap::Command, path: &str, text: &mut String) {
        let mut shown = command.clone().term_width(100).bin_name(path);
        text.push_str(&format!("$ {path} --help\n{}\n", shown.render_long_help()));
        for inner in command
            .get_subcommands()
            .filter(|inner| inner.get_name() != "help")
        {
            add(inner, &format!("{path} {}", inner.get_name()), text);
        }
    }
    let mut text = String::new();
    add(&CommandLine::command(), "webex-mcp", &mut text);
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

/// The command line is stable: a change of this file shows that users will notice.
#[test]
fn the_help_texts_are_those_that_were_agreed() {
    let made = help();
    if made != KEPT {
        let path = std::env::temp_dir().join("webex-mcp-help.txt");
        std::fs::write(&path, &made).unwrap();
        panic!(
            "the help texts have changed; if that is wanted: cp {} crates/webex-mcp/src/commands/help.txt",
            path.display()
        );
    }
}

/// What is written by hand fits, so that no line breaks where a terminal has 100 columns.
#[test]
fn the_lines_after_the_options_fit() {
    fn check(command: &clap::Command) {
        let text = command.get_after_help().map(ToString::to_string);
        for line in text.unwrap_or_default().lines() {
            assert!(
                line.chars().count() <= 100,
                "{}: {line}",
                command.get_name()
            );
        }
        command.get_subcommands().for_each(check);
    }
    check(&CommandLine::command());
}

#[test]
fn wrong_usage_is_refused() {
    for line in [
        vec!["webex-mcp"],
        vec![
            "webex-mcp",
            "serve",
            "--sandbox",
            "--upstream",
            "https://example.com/v1",
        ],
        vec!["webex-mcp", "serve", "--listen", "somewhere"],
        vec!["webex-mcp", "serve", "--auth", "oauth"],
        vec!["webex-mcp", "install", "chatgpt"],
        vec!["webex-mcp", "sandbox", "--population", "10,11,0"],
        vec!["webex-mcp", "stdio", "--listen", "127.0.0.1:1"],
    ] {
        let refused = CommandLine::try_parse_from(&line).unwrap_err();
        assert_eq!(refused.exit_code(), 2, "{line:?}");
    }
}

#[test]
fn flags_win_and_are_named_in_refusals() {
    let line = ["webex-mcp", "serve", "--upstream", "http://example.com/v1"];
    let line = CommandLine::try_parse_from(line).unwrap();
    let failure = run(line, &Environment::default()).unwrap_err();
    assert_eq!(failure.code(), 2);
    let told = failure.to_string();
    assert!(
        told.starts_with("--upstream: `webex.base_url`: plain http"),
        "{told}"
    );
}

#[test]
fn a_flag_that_the_sandbox_would_ignore_is_refused() {
    for command in ["serve", "stdio"] {
        let line = ["webex-mcp", command, "--sandbox", "--data-dir", "kept"];
        let line = CommandLine::try_parse_from(line).unwrap();
        let failure = run(line, &Environment::default()).unwrap_err();
        assert_eq!(failure.code(), 2);
        let told = failure.to_string();
        assert!(
            told.starts_with("--data-dir is not used with --sandbox"),
            "{told}"
        );
        assert!(told.contains("leave out one of the two"), "{told}");
    }
}

#[test]
fn what_the_environment_sets_and_the_sandbox_ignores_is_told() {
    let variables = [
        ("WEBEX_ACCESS_TOKEN", "real", Some("webex.access_token")),
        ("WEBEX_MCP_DATA_DIR", "/kept", Some("data.dir")),
        ("WEBEX_MCP_AUTH_MODE", "passthrough", Some("auth.mode")),
        (
            "WEBEX_BASE_URL",
            "https://example.com/v1",
            Some("webex.base_url"),
        ),
        ("WEBEX_MCP_LOG_LEVEL", "warn", None),
    ];
    for (name, value, told) in variables {
        let environment = Environment::with([(name.to_owned(), value.to_owned())].into());
        let loaded = Sources::default().load(&environment, Vec::new()).unwrap();
        check_sandbox(&loaded).unwrap();
        let unused = unused_in_sandbox(&loaded);
        let names: Vec<_> = unused.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, Vec::from_iter(told), "{name}");
        assert!(unused.iter().all(|(_, origin)| origin.to_string() == name));
    }
}
