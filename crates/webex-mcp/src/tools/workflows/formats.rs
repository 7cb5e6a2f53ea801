//! How rows are written into files that people open elsewhere: JSON Lines, CSV, Markdown and HTML.
//! Each function adds to a buffer; whatever people wrote stays text.

use serde::{Deserialize, Serialize};

use crate::error::CallError;

/// The characters with which a spreadsheet begins a formula.
const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A format, as an argument names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// One JSON object a line.
    Json,
    Csv,
    Markdown,
    Html,
}

impl Format {
    /// The names of all, for a schema.
    pub const NAMES: [&str; 4] = ["json", "markdown", "csv", "html"];

    /// JSON where nothing is said. The schema allows no other names.
    pub fn named(name: Option<&str>) -> Self {
        match name {
            Some("csv") => Format::Csv,
            Some("markdown") => Format::Markdown,
            Some("html") => Format::Html,
            _ => Format::Json,
        }
    }

    /// How the name of such a file ends.
    pub const fn ending(self) -> &'static str {
        match self {
            Format::Json => "jsonl",
            Format::Csv => "csv",
            Format::Markdown => "md",
            Format::Html => "html",
        }
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Format::Json => "application/x-ndjson",
            Format::Csv => "text/csv",
            Format::Markdown => "text/markdown",
            Format::Html => "text/html",
        }
    }
}

/// One line of JSON Lines.
///
/// # Errors
/// `internal` where the row has no form in JSON: a mistake in this program.
pub fn json_line(out: &mut Vec<u8>, row: &impl Serialize) -> Result<(), CallError> {
    serde_json::to_writer(&mut *out, row).map_err(CallError::internal)?;
    out.push(b'\n');
    Ok(())
}

/// One record of CSV, as RFC 4180 has it. A cell that a spreadsheet would take for a formula begins
/// with an apostrophe.
pub fn csv_row<'c>(out: &mut Vec<u8>, cells: impl IntoIterator<Item = &'c str>) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let guard = match cell.starts_with(FORMULA_STARTS) {
            true => "'",
            false => "",
        };
        let is_quoted = cell.contains([',', '"', '\r', '\n']) || cell.trim() != cell;
        if !is_quoted {
            out.extend_from_slice(guard.as_bytes());
            out.extend_from_slice(cell.as_bytes());
            continue;
        }
        let cell = cell.replace('"', "\"\"");
        for part in ["\"", guard, &cell, "\""] {
            out.extend_from_slice(part.as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
}

/// Text within an element or a quoted attribute of HTML.
pub fn html_text(out: &mut Vec<u8>, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '>', '&', '"', '\'']) {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain.as_bytes());
        let escaped = match special.as_bytes()[0] {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'&' => "&amp;",
            b'"' => "&quot;",
            _ => "&#39;",
        };
        out.extend_from_slice(escaped.as_bytes());
        rest = &special[1..];
    }
    out.extend_from_slice(rest.as_bytes());
}

/// Text on one line of Markdown, in which nothing of it has a meaning.
pub fn markdown_line(out: &mut Vec<u8>, text: &str) {
    for character in text.chars() {
        if character.is_ascii_punctuation() {
            out.push(b'\\');
        }
        let character = if character.is_control() {
            ' '
        } else {
            character
        };
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// A quotation of Markdown: formatting stays, and a tag of HTML becomes text.
pub fn markdown_quote(out: &mut Vec<u8>, text: &str) {
    for line in text.split(['\n', '\r']) {
        out.extend_from_slice(b"> ");
        out.extend_from_slice(line.replace('<', "&lt;").as_bytes());
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// Records as RFC 4180 describes them.
    fn parsed(text: &str) -> Vec<Vec<String>> {
        let (mut records, mut record, mut cell) = (Vec::new(), Vec::new(), String::new());
        let mut characters = text.chars().peekable();
        let mut is_quoted = false;
        while let Some(character) = characters.next() {
            match character {
                '"' if is_quoted && characters.peek() == Some(&'"') => {
                    characters.next();
                    cell.push('"');
                }
                '"' => is_quoted = !is_quoted,
                ',' if !is_quoted => record.push(std::mem::take(&mut cell)),
                '\r' if !is_quoted => {}
                '\n' if !is_quoted => {
                    record.push(std::mem::take(&mut cell));
                    records.push(std::mem::take(&mut record));
                }
                other => cell.push(other),
            }
        }
        records
    }

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn cells_that_would_be_formulas_are_text() {
        for (cell, expected) in [
            ("=1+1", "'=1+1\r\n"),
            ("+49 30", "'+49 30\r\n"),
            ("-2", "'-2\r\n"),
            ("@SUM(A1)", "'@SUM(A1)\r\n"),
            (
                "=HYPERLINK(\"x\",\"y\")",
                "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"\r\n",
            ),
            ("\t=1", "\"'\t=1\"\r\n"),
            ("a=1", "a=1\r\n"),
            ("", "\r\n"),
        ] {
            assert_eq!(text(|out| csv_row(out, [cell])), expected, "{cell}");
        }
    }

    #[test]
    fn a_line_of_json_is_one_line() {
        let row = json!({"text": "a\nb\u{2028}"});
        let line = text(|out| json_line(out, &row).unwrap());
        assert_eq!(line.lines().count(), 1);
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), row);
    }

    proptest! {
        #[test]
        fn csv_is_read_back(rows in prop::collection::vec(prop::collection::vec("[\\PC\"',=+@\r\n\t-]{0,12}", 1..5), 0..5)) {
            let written = text(|out| {
                for row in &rows {
                    csv_row(out, row.iter().map(String::as_str));
                }
            });
            let guarded = |cell: &String| match cell.starts_with(FORMULA_STARTS) {
                true => format!("'{cell}"),
                false => cell.clone(),
            };
            let expected: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(guarded).collect()).collect();
            prop_assert_eq!(parsed(&written), expected);
        }

        #[test]
        fn html_has_no_tag_and_no_attribute_of_peoples_text(words in "[\\PC<>&\"'/\n]{0,60}") {
            let written = text(|out| html_text(out, &words));
            prop_assert!(!written.contains(['<', '>', '"', '\'']));
            let read = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
                .iter()
                .fold(written, |text, (escaped, plain)| text.replace(escaped, plain));
            prop_assert_eq!(read, words);
        }

        #[test]
        fn markdown_has_no_tag_and_stays_a_quotation(words in "[\\PC<>#*\r\n]{0,60}") {
            let quote = text(|out| markdown_quote(out, &words));
            prop_assert!(!quote.contains('<'));
            prop_assert!(quote.lines().all(|line| line.starts_with("> ")));
            let line = text(|out| markdown_line(out, &words));
            prop_assert!(!line.contains(char::is_control));
            let parser = pulldown_cmark::Parser::new(&line);
            for event in parser {
                let is_tag = matches!(event, pulldown_cmark::Event::Html(_) | pulldown_cmark::Event::InlineHtml(_));
                prop_assert!(!is_tag, "{}", line);
            }
        }
    }
}
