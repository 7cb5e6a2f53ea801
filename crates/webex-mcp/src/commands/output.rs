//! stdout is for the result of a command, stderr for what its caller should also know. It is not a
//! failure if the reader goes away (`| head`); it is one if the result cannot be written.

use std::fmt;
use std::io::{self, ErrorKind, Write as _};

use super::Failure;

/// Writes one line to stdout, at once.
///
/// # Errors
/// It cannot be written.
pub fn say(line: fmt::Arguments<'_>) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    settled(writeln!(stdout, "{line}").and_then(|()| stdout.flush()))
}

/// Writes one line to stdout that must reach somebody: there, a reader that went away is a failure.
///
/// # Errors
/// It was not written.
pub fn hand_over(line: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    written.map_err(|error| unwritten(&error))
}

/// Writes what the grammar has to tell: help and version to stdout, a mistake to stderr.
///
/// # Errors
/// Help or version cannot be written.
pub fn tell(told: &clap::Error) -> Result<(), Failure> {
    let written = told.print().and_then(|()| io::stdout().flush());
    match told.use_stderr() {
        // The exit code reports the mistake as well.
        true => Ok(()),
        false => settled(written),
    }
}

/// If nobody reads any more, there is nobody to report that to.
fn settled(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(unwritten(&error)),
        _ => Ok(()),
    }
}

fn unwritten(error: &io::Error) -> Failure {
    Failure::other(format!(
        "standard output could not be written: {error}; send it to a place that has room and can be written."
    ))
}

/// Writes one line to stderr, for a person.
pub fn warn(line: fmt::Arguments<'_>) {
    let written = writeln!(io::stderr().lock(), "webex-mcp: {line}");
    drop(written);
}

/// Rows as lines whose cells are as wide as the widest of their column.
pub fn table<const N: usize>(rows: Vec<[String; N]>) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..N).map(width).collect();
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(&widths);
        let cells: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:width$}", width = *width))
            .collect();
        cells.join("  ").trim_end().to_owned()
    });
    lines.collect()
}

/// Writes text to stdout unchanged.
///
/// # Errors
/// It cannot be written.
pub fn write(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    settled(
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush()),
    )
}
