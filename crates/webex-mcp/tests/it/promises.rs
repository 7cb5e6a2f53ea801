//! What `docs/security.md` promises, each time with a test that exists, and the configurations of
//! the guides, which the server accepts, and the commands that documents show.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::journey::directory;

/// What a table of promises begins with.
const HEAD: &str = "| promise | shown by |\n|---|---|\n";

/// By its path in the repository.
fn document(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap()
}

/// Every line of the sources below a directory.
fn sources(directory: &Path, found: &mut String) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn no_promise_is_without_a_test() {
    let document = document("docs/security.md");
    let mut code = String::new();
    for place in ["src", "tests"] {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(place);
        sources(&place, &mut code);
    }
    let mut promises = 0;
    for table in document.split(HEAD).skip(1) {
        let table = table.split("\n\n").next().unwrap();
        for row in table.lines() {
            promises += 1;
            let (promise, tests) = row.trim_end_matches(" |").rsplit_once(" | ").unwrap();
            let names: Vec<_> = tests.split(", ").map(|it| it.trim_matches('`')).collect();
            for name in names {
                let is_there = !name.is_empty() && code.contains(&format!("fn {name}("));
                assert!(is_there, "no such test: {name}: {promise}");
            }
        }
    }
    assert!(promises > 50, "{promises}");
}

#[test]
fn what_the_guides_configure_is_accepted() {
    let directory = directory();
    let key = "00".repeat(32);
    let certificates = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/certificates");
    let pem = |name: &str| fs::read_to_string(certificates.join(name)).unwrap();
    for (name, content) in [
        ("webex-secret", "secret"),
        ("key", &key),
        ("nightly-report", &key),
        ("report-bot", "token"),
        ("certificate.pem", &pem("one.pem")),
        ("key.pem", &pem("one.key")),
        ("tls.crt", &pem("one.pem")),
        ("tls.key", &pem("one.key")),
    ] {
        fs::write(directory.join(name), content).unwrap();
    }
    let mut checked = 0;
    for guide in ["docs/hosting.md", "README.md"] {
        let document = document(guide);
        for block in document.split("```toml\n").skip(1) {
            let block = block.split("```").next().unwrap();
            // Programs of others print the key, and files of others are not ours to check.
            if block.contains("key_command") || block.contains("[mcp_servers") {
                continue;
            }
            let config = directory.join("webex-mcp.toml");
            let place = format!("{}/", directory.display());
            fs::write(&config, block.replace("/etc/webex-mcp/", &place)).unwrap();
            let check = Command::new(env!("CARGO_BIN_EXE_webex-mcp"))
                .args(["config", "check", "--config"])
                .arg(&config)
                .env_clear()
                // The guides give it to the server alone.
                .env("WEBEX_ACCESS_TOKEN", "token")
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&check.stderr);
            assert!(check.status.success(), "{guide}: {block}\n{said}");
            checked += 1;
        }
    }
    assert!(checked > 2);
}

/// The documents whose commands people type.
const GUIDES: [&str; 11] = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/auth.md",
    "docs/config.md",
    "docs/cookbook.md",
    "docs/hosting.md",
    "docs/journal.md",
    "docs/sandbox.md",
    "docs/security.md",
    "crates/webex-mcp/src/commands/help.txt",
];

/// The words of the commands in a text, each from `webex-mcp` on. In a sentence, a command stands in
/// backticks and may be only its beginning.
fn commands(text: &str) -> Vec<Vec<String>> {
    let spans = text.split('`').skip(1).step_by(2);
    let examples = text.lines().filter_map(|line| {
        let line = line.trim_start();
        let assigned = line
            .split_whitespace()
            .take_while(|word| word.contains('='));
        let skipped = assigned.map(|word| word.len() + 1).sum::<usize>();
        // What follows behind a gap describes the command.
        line.get(skipped..)?.split("  ").next()
    });
    let both = spans.chain(examples);
    let ours = both.filter(|line| line.starts_with("webex-mcp "));
    ours.map(|line| {
        let line = line.split_whitespace();
        let ends = ["#", ">", "|", "&&", ";"];
        let words = line.take_while(|word| !ends.contains(word));
        words
            .map(|word| word.trim_matches(['"', '\'']).to_owned())
            .collect()
    })
    .collect()
}

#[test]
fn every_command_that_a_document_shows_is_one() {
    use clap::Parser as _;
    use clap::error::ErrorKind;

    let mut checked = 0;
    for guide in GUIDES {
        for words in commands(&document(guide)) {
            let shown = words.join(" ");
            // What stands for something else, and sentences that begin with our name.
            let is_example = |word: &String| word.contains(['…', '<', '[', '{', '$']);
            if words.iter().any(is_example)
                || !words[1].starts_with(|c: char| c.is_ascii_lowercase())
            {
                continue;
            }
            let parsed = webex_mcp::commands::CommandLine::try_parse_from(&words);
            if let Err(error) = parsed {
                let is_beginning = [
                    ErrorKind::MissingRequiredArgument,
                    ErrorKind::MissingSubcommand,
                    ErrorKind::DisplayHelp,
                    ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
                ];
                assert!(
                    is_beginning.contains(&error.kind()),
                    "{guide}: {shown}\n{error}"
                );
            }
            checked += 1;
        }
    }
    assert!(checked > 60, "{checked}");
}
