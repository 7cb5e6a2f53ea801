//! stdout is for the result of a command, stderr for what its caller should also know. It is not a
//! failure if the reader goes away (`| head`).

use std::fmt;
use std::io::Write as _;

/// Writes one line to stdout, at once.
pub fn say(line: fmt::Arguments<'_>) {
    let mut stdout = std::io::stdout().lock();
    let written = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    // If nobody reads any more, there is nobody to report that to.
    drop(written);
}

/// Writes one line to stderr, for a person.
pub fn warn(line: fmt::Arguments<'_>) {
    let written = writeln!(std::io::stderr().lock(), "webex-mcp: {line}");
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
pub fn write(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    drop(written);
}
