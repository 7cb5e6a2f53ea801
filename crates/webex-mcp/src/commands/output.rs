//! stdout: what a command was asked for; stderr: what its caller should know besides. A reader that
//! went away (`| head`) is no failure.

use std::fmt;
use std::io::Write as _;

/// One line to stdout, at once.
pub fn say(line: fmt::Arguments<'_>) {
    let mut stdout = std::io::stdout().lock();
    let written = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    // Nobody reads any more: nothing is left to tell, and to whom.
    drop(written);
}

/// One line to stderr, for a person.
pub fn warn(line: fmt::Arguments<'_>) {
    let written = writeln!(std::io::stderr().lock(), "webex-mcp: {line}");
    drop(written);
}

/// Text to stdout exactly as it is.
pub fn write(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    drop(written);
}
