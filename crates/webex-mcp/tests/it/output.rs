//! What a command has to say and cannot write is no success; a reader that went away is no failure.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::journey::directory;

/// Nothing can be written there: its disk is full.
pub fn full() -> Stdio {
    File::options()
        .write(true)
        .open("/dev/full")
        .unwrap()
        .into()
}

/// A pipe whose reader is gone.
pub fn unread() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

fn run(arguments: &[&str], data: &Path, stdout: Stdio) -> Output {
    Command::new(env!("CARGO_BIN_EXE_webex-mcp"))
        .args(arguments)
        .env_clear()
        .env("HOME", data)
        .env("WEBEX_ACCESS_TOKEN", "token")
        .env("WEBEX_MCP_DATA_DIR", data)
        .stdin(Stdio::null())
        .stdout(stdout)
        .output()
        .unwrap()
}

#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let data = directory();
    // Makes the journal that is read below, with an entry.
    for arguments in [&["stdio"][..], &["keys", "rotate"]] {
        let made = run(arguments, &data, Stdio::null());
        assert!(made.status.success(), "{arguments:?}");
    }
    for arguments in [
        &["audit", "export"][..],
        &["audit", "list"],
        &["audit", "verify"],
        &["keys", "status"],
        &["tools"],
        &["tools", "--json"],
        &["tools", "--scopes"],
        &["docs", "config"],
        &["config", "show"],
        &["config", "check"],
        &["logout"],
        &["install", "cursor", "--print"],
        &["completions", "bash"],
        &["--version"],
        &["--help"],
        &["help", "serve"],
    ] {
        let lost = run(arguments, &data, full());
        let said = String::from_utf8_lossy(&lost.stderr);
        assert_eq!(lost.status.code(), Some(1), "{arguments:?}: {said}");
        let told = "standard output could not be written: ";
        assert!(said.contains(told), "{arguments:?}: {said}");
        let left = run(arguments, &data, unread());
        let said = String::from_utf8_lossy(&left.stderr);
        assert_eq!((left.status.code(), &*said), (Some(0), ""), "{arguments:?}");
    }
    // A mistake is told elsewhere.
    assert_eq!(run(&["nope"], &data, full()).status.code(), Some(2));
}
