//! A list as CSV: what a spreadsheet or a directory exports. What is wrong with it is told line by
//! line, by numbers and in words of ours: its own words are people's.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord, Trim};
use tokio::io::AsyncReadExt as _;

use super::Context;
use crate::error::{CallError, Code};
use crate::limits::{CSV_FILE_MAX_BYTES, CSV_LINES_TOLD, CSV_TEXT_MAX_CHARS};

const BROKEN_CELL: &str =
    "a cell has a line break or another control character; perhaps a quote is not closed";

/// The argument that has a short list itself.
const TEXT: &str = "csv";
/// The argument that names an uploaded one.
const UPLOAD: &str = "uploadId";

/// A CSV file that was read whole, by the names that its columns have here.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// The argument that it came by.
    pub field: &'static str,
    pub lines: Vec<Line>,
}

/// One line of it, without its empty cells.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// As an editor counts it.
    pub number: u64,
    cells: Vec<(&'static str, String)>,
}

impl Line {
    pub fn get(&self, column: &str) -> Option<&str> {
        let cell = self.cells.iter().find(|(name, _)| *name == column);
        cell.map(|(_, text)| text.as_str())
    }

    /// The names and texts of its cells.
    pub fn cells(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.cells.iter().map(|(name, text)| (*name, text.as_str()))
    }
}

/// What is wrong with a table.
#[derive(Debug)]
pub struct Faults {
    field: &'static str,
    told: Vec<String>,
    more: usize,
}

impl Faults {
    pub fn of(field: &'static str) -> Self {
        Faults {
            field,
            told: Vec::new(),
            more: 0,
        }
    }

    /// `why` are words of ours.
    pub fn line(&mut self, number: u64, why: impl Into<Cow<'static, str>>) {
        match self.told.len() < CSV_LINES_TOLD {
            true => self.told.push(format!("line {number}: {}", why.into())),
            false => self.more += 1,
        }
    }

    /// # Errors
    /// `invalid_arguments` if there are any.
    pub fn none(self) -> Result<(), CallError> {
        if self.told.is_empty() {
            return Ok(());
        }
        let mut told = self.told.join("; ");
        if self.more > 0 {
            told.push_str(&format!("; and {} more", self.more));
        }
        Err(CallError::invalid(self.field, &told)
            .advise("Correct these lines and call again; nothing was done."))
    }
}

impl Context {
    /// The list in these arguments, if they have one; see [`Table::read`].
    ///
    /// # Errors
    /// `invalid_arguments` for two lists or what is none; `not_found` for an upload that has not
    /// arrived; `too_large`.
    pub async fn table(
        &self,
        csv: Option<&str>,
        upload_id: Option<&str>,
        columns: &[&'static str],
        most_lines: usize,
    ) -> Result<Option<Table>, CallError> {
        let (field, bytes) = match (csv, upload_id) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                return Err(CallError::invalid(TEXT, "give csv or uploadId, not both"));
            }
            (Some(csv), None) if csv.len() > CSV_TEXT_MAX_CHARS => return Err(too_large(TEXT)),
            (Some(csv), None) => (TEXT, csv.as_bytes().to_vec()),
            (None, Some(id)) => {
                let file = self.uploaded(id).await?;
                let file = tokio::fs::File::open(&file.path).await;
                let mut bytes = Vec::new();
                let mut most = file
                    .map_err(CallError::internal)?
                    .take(CSV_FILE_MAX_BYTES + 1);
                let read = most.read_to_end(&mut bytes).await;
                if read.map_err(CallError::internal)? as u64 > CSV_FILE_MAX_BYTES {
                    return Err(too_large(UPLOAD));
                }
                (UPLOAD, bytes)
            }
        };
        Table::read(field, &bytes, columns, most_lines).map(Some)
    }

    /// Deletes an uploaded list once it is in a plan or was done.
    pub async fn forget_list(&self, upload_id: Option<&str>) {
        if let Some(id) = upload_id {
            self.forget_upload(id).await;
        }
    }
}

impl Table {
    /// Reads a file whose first line names its columns: some of `columns`, in any order, the first of
    /// them always. Commas, semicolons or tabs stand between the cells, as the first line has them.
    ///
    /// # Errors
    /// `invalid_arguments` with what is wrong, and where.
    pub fn read(
        field: &'static str,
        bytes: &[u8],
        columns: &[&'static str],
        most_lines: usize,
    ) -> Result<Self, CallError> {
        let wrong = |why: &str| Err(CallError::invalid(field, why));
        let Ok(text) = std::str::from_utf8(bytes) else {
            return wrong("it has to be CSV as UTF-8 text");
        };
        let text = text.trim_start_matches('\u{feff}');
        let first = text.lines().find(|line| !line.trim().is_empty());
        let between = [b',', b';', b'\t'];
        let between = between
            .into_iter()
            .find(|one| first.is_some_and(|line| line.contains(char::from(*one))));
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .delimiter(between.unwrap_or(b','))
            .from_reader(text.as_bytes());
        let mut records = reader.into_records();
        let header = match records.next() {
            Some(Ok(header)) => named(field, &header, columns)?,
            Some(Err(_)) => return wrong("its first line cannot be read"),
            None => return wrong("it is empty; its first line has to name the columns"),
        };
        let (mut lines, mut faults) = (Vec::new(), Faults::of(field));
        let mut counted = Counted {
            text,
            at: 0,
            line: 1,
        };
        for record in records {
            let Ok(record) = record else {
                return wrong("it cannot be read as CSV");
            };
            let number = counted.line_of(&record);
            if record.iter().all(str::is_empty) {
                continue;
            }
            if lines.len() >= most_lines {
                return wrong(&too_many(most_lines));
            }
            if record.len() != header.len() {
                let (has, wants) = (super::counted(record.len(), "cell"), header.len());
                faults.line(number, format!("it has {has}, the first line {wants}"));
                continue;
            }
            // A quote that is not closed takes the lines after it into its cell.
            if record.iter().any(|cell| cell.contains(char::is_control)) {
                faults.line(number, BROKEN_CELL);
                continue;
            }
            let cells = header.iter().copied().zip(record.iter());
            let cells = cells.filter(|(_, text)| !text.is_empty());
            let cells = cells.map(|(name, text)| (name, text.to_owned()));
            lines.push(Line {
                number,
                cells: cells.collect(),
            });
        }
        faults.none()?;
        Ok(Table { field, lines })
    }
}

/// Lines as an editor counts them: the reader takes empty ones for the beginning of the next.
struct Counted<'t> {
    text: &'t str,
    at: usize,
    line: u64,
}

impl Counted<'_> {
    fn line_of(&mut self, record: &StringRecord) -> u64 {
        let begins = record.position().map_or(0, csv::Position::byte);
        let begins = usize::try_from(begins).unwrap_or(self.at);
        let bytes = self.text.as_bytes();
        let rest = bytes.get(begins..).unwrap_or_default();
        let is_end = |byte: &&u8| matches!(byte, b'\n' | b'\r');
        let begins = begins + rest.iter().take_while(is_end).count();
        let passed = bytes.get(self.at..begins).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.at = begins;
        self.line
    }
}

/// The columns of the first line, as they are called here.
fn named(
    field: &'static str,
    header: &StringRecord,
    columns: &[&'static str],
) -> Result<Vec<&'static str>, CallError> {
    let plain = |name: &str| {
        let letters = name.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect::<String>()
    };
    let all = columns.join(", ");
    let mut found: Vec<&'static str> = Vec::new();
    for (index, name) in header.iter().enumerate() {
        let known = columns.iter().find(|known| plain(known) == plain(name));
        let right = match known {
            Some(known) if !found.contains(known) => {
                found.push(known);
                continue;
            }
            Some(known) => format!("two columns are called {known}"),
            None => format!(
                "column {} has no name that is known here; the columns are {all}",
                index + 1
            ),
        };
        return Err(CallError::invalid(field, &right));
    }
    match columns.first() {
        Some(needed) if !found.contains(needed) => {
            let right = format!("the column {needed} is missing; the columns are {all}");
            Err(CallError::invalid(field, &right))
        }
        _ => Ok(found),
    }
}

fn too_large(field: &str) -> CallError {
    CallError::new(
        Code::TooLarge,
        format!("`{field}`: the list is too large; nothing was done."),
        "Give a part of its lines; up to 64 KB fit into csv, up to 1 MB into an upload.",
    )
}

fn too_many(most_lines: usize) -> String {
    format!(
        "it has more than {most_lines} lines; call with a part of them, and with keepOthers where the rest would be removed"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COLUMNS: [&str; 3] = ["email", "displayName", "moderator"];

    fn read(text: &str) -> Result<Table, String> {
        let table = Table::read("csv", text.as_bytes(), &COLUMNS, 3);
        table.map_err(|error| error.message.into_owned())
    }

    fn emails(text: &str) -> Vec<String> {
        let table = read(text).unwrap();
        let email = |line: &Line| line.get("email").unwrap_or_default().to_owned();
        table.lines.iter().map(email).collect()
    }

    #[test]
    fn columns_are_found_however_a_spreadsheet_writes_them() {
        for text in [
            "email,displayName\na@b.c,Ann\n",
            "\u{feff}Display Name;E-Mail\r\nAnn;a@b.c\r\n",
            "\n\nEMAIL\tmoderator\na@b.c\t\n\n",
            "email\n\"a@b.c\"",
            " email , displayName \na@b.c ,\"Ann, of \"\"B\"\" and C\"",
        ] {
            assert_eq!(emails(text), ["a@b.c"], "{text:?}");
        }
        let quoted = read("email,displayName\na@b.c,\"x, y\"\n\nd@e.f,z").unwrap();
        let numbers: Vec<_> = quoted.lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [2, 4]);
        assert_eq!(quoted.lines[0].get("displayName"), Some("x, y"));
        assert_eq!(quoted.lines[0].get("moderator"), None);
        assert!(emails("email\n").is_empty() && emails("email\n,\n \n").is_empty());
    }

    #[test]
    fn what_is_wrong_is_told_by_its_place() {
        for (text, told) in [
            ("", "it is empty"),
            ("\n \n", "no name that is known"),
            ("name\nx", "column 1 has no name"),
            ("email,salary\na@b.c,1", "column 2 has no name"),
            ("email,E-Mail\na@b.c,a@b.c", "two columns are called email"),
            ("displayName\nAnn", "the column email is missing"),
            (
                "email,moderator\na@b.c",
                "line 2: it has 1 cell, the first line 2",
            ),
            (
                "email\na@b.c,x\n\nd@e.f,y",
                "line 2: it has 2 cells, the first line 1; line 4: ",
            ),
            ("email\na\nb\nc\nd", "more than 3 lines"),
            (
                "email,displayName\na@b.c,\"Ann\nd@e.f,Bob\ng@h.i,Eve",
                "line 2: a cell has a line break",
            ),
            (
                "email,displayName\na@b.c,\"x\ny\"\nd@e.f,\u{0}",
                "perhaps a quote is not closed; line 4: a cell",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(
                error.starts_with("`csv`: ") && error.contains(told),
                "{text:?}: {error}"
            );
            assert!(!error.contains("salary"), "{error}");
        }
        let bytes = Table::read("csv", b"email\n\xff", &COLUMNS, 3).unwrap_err();
        assert!(bytes.message.contains("UTF-8"));
    }

    #[test]
    fn only_so_many_lines_are_told() {
        let mut faults = Faults::of("csv");
        for number in 0..CSV_LINES_TOLD as u64 + 4 {
            faults.line(number, "it is wrong");
        }
        let error = faults.none().unwrap_err().message;
        assert_eq!(error.matches("it is wrong").count(), CSV_LINES_TOLD);
        assert!(error.ends_with("; and 4 more."), "{error}");
        Faults::of("csv").none().unwrap();
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_no_text_of_theirs_is_told(bytes: Vec<u8>) {
            if let Err(error) = Table::read("csv", &bytes, &COLUMNS, 10) {
                prop_assert!(error.message.len() < 2_000);
            }
        }

        #[test]
        fn what_is_written_is_read(
            rows in prop::collection::vec(("[a-z]{1,8}@[a-z]{1,8}", "[^\\p{Cc}]{0,12}"), 0..10),
            between in prop::sample::select(vec![b',', b';', b'\t']),
        ) {
            let mut writer = csv::WriterBuilder::new().delimiter(between).from_writer(Vec::new());
            writer.write_record(["email", "displayName"]).unwrap();
            for (email, name) in &rows {
                writer.write_record([email, name]).unwrap();
            }
            let written = writer.into_inner().unwrap();
            let table = Table::read("csv", &written, &COLUMNS, rows.len()).unwrap();
            let read: Vec<_> = table.lines.iter().map(|line| {
                let cell = |name| line.get(name).unwrap_or_default().to_owned();
                (cell("email"), cell("displayName"))
            }).collect();
            let trimmed: Vec<_> = rows.iter().map(|(email, name)| {
                (email.clone(), name.trim().to_owned())
            }).collect();
            prop_assert_eq!(read, trimmed);
        }
    }
}
