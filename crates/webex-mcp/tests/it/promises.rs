//! What `docs/security.md` promises, each time with a test that exists, and the configurations of
//! `docs/hosting.md`, which the server accepts.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::journey::directory;

/// What a table of promises begins with.
const HEAD: &str = "| promise | shown by |\n|---|---|\n";

fn document(name: &str) -> String {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    fs::read_to_string(docs.join(name)).unwrap()
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
    let document = document("security.md");
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
fn what_the_guide_to_hosting_configures_is_accepted() {
    let document = document("hosting.md");
    let directory = directory();
    let key = "00".repeat(32);
    for (name, content) in [
        ("webex-secret", "secret"),
        ("key", &key),
        ("certificate.pem", ""),
        ("key.pem", ""),
    ] {
        fs::write(directory.join(name), content).unwrap();
    }
    let place = format!("{}/", directory.display());
    let mut checked = 0;
    for block in document.split("```toml\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let config = directory.join("webex-mcp.toml");
        fs::write(&config, block.replace("/etc/webex-mcp/", &place)).unwrap();
        let check = Command::new(env!("CARGO_BIN_EXE_webex-mcp"))
            .args(["config", "check", "--config"])
            .arg(&config)
            .env_clear()
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&check.stderr);
        assert!(check.status.success(), "{block}\n{said}");
        checked += 1;
    }
    assert!(checked > 1);
}
