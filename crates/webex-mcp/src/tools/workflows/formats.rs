//! How rows are written into files that people open elsewhere: JSON Lines, CSV, Markdown and HTML.
//! Each function adds to a buffer; whatever people wrote stays text.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::error::CallError;
use crate::text::{Escaped, clean};

/// The characters with which a spreadsheet begins a formula.
const FORMULA_STARTS: [char; 4] = ['=', '+', '-', '@'];

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
        let guard = if is_formula(cell) { "'" } else { "" };
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

/// Whether a spreadsheet may begin a formula with it: some pass over what is not seen, and take wide
/// characters for the usual ones.
fn is_formula(cell: &str) -> bool {
    if cell.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return false;
    }
    let seen = clean(cell);
    let first = seen.trim_start().chars().next();
    let first = first.and_then(|first| std::iter::once(first).nfkc().next());
    cell.starts_with(['\t', '\r']) || first.is_some_and(|first| FORMULA_STARTS.contains(&first))
}

/// Text within an element or a quoted attribute of HTML.
pub fn html_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(Escaped(text).to_string().as_bytes());
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

/// A quotation in Markdown, of what is Markdown already: a message's formatting, or text whose marks
/// are escaped.
pub fn markdown_quote(out: &mut Vec<u8>, markdown: &str) {
    let markdown = markdown.replace("\r\n", "\n");
    for line in markdown.split(['\n', '\r']) {
        out.extend_from_slice(b"> ");
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
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
            (" =1", "\"' =1\"\r\n"),
            ("\n\u{a0}\u{3000}@x", "\"'\n\u{a0}\u{3000}@x\"\r\n"),
            ("\u{feff}\u{200b}=1", "'\u{feff}\u{200b}=1\r\n"),
            ("\u{0}+1", "'\u{0}+1\r\n"),
            ("＝1＋1", "'＝1＋1\r\n"),
            ("＋1", "'＋1\r\n"),
            ("－1", "'－1\r\n"),
            (" ＠x", "\"' ＠x\"\r\n"),
            ("﹦1", "'﹦1\r\n"),
            (" a=1", "\" a=1\"\r\n"),
            ("é=1", "é=1\r\n"),
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
        fn csv_is_read_back(rows in prop::collection::vec(prop::collection::vec("[ \u{0}\u{200b}＝＠=]{0,2}[\\PC\"',=+@\r\n\t-]{0,12}", 1..5), 0..5)) {
            let written = text(|out| {
                for row in &rows {
                    csv_row(out, row.iter().map(String::as_str));
                }
            });
            let read = parsed(&written);
            prop_assert_eq!(read.len(), rows.len());
            for (cell, read) in rows.iter().flatten().zip(read.iter().flatten()) {
                let first = read.chars().find(|c| !c.is_whitespace() && !"\u{0}\u{200b}".contains(*c));
                prop_assert!(!first.is_some_and(|first| "=+-@＝＠".contains(first)), "{:?}", read);
                let expected = match is_formula(cell) {
                    true => format!("'{cell}"),
                    false => cell.clone(),
                };
                prop_assert_eq!(read, &expected);
            }
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
        fn a_line_of_markdown_is_read_back(words in "[\\PC<>#*!&;\\[\\]()`\r\n]{0,60}") {
            let line = text(|out| markdown_line(out, &words));
            prop_assert!(!line.contains(char::is_control));
            let mut read = String::new();
            for event in Parser::new_ext(&format!("# {line}"), Options::ENABLE_STRIKETHROUGH) {
                match event {
                    Event::Text(words) => read.push_str(&words),
                    Event::Start(Tag::Heading { .. }) | Event::End(TagEnd::Heading(_)) => {}
                    other => prop_assert!(false, "{:?} in {:?}", other, line),
                }
            }
            let plain = words.replace(char::is_control, " ");
            prop_assert_eq!(read.trim_matches([' ', '\t']), plain.trim_matches([' ', '\t']));
        }
    }

    #[test]
    fn a_line_break_of_windows_is_one() {
        assert_eq!(
            text(|out| markdown_quote(out, "a\r\nb\rc\n")),
            "> a\n> b\n> c\n> \n"
        );
    }
}
