//! Writes a world to a file.

use std::io::{self, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::to_raw_value;

use super::tables::Linked;
use super::{
    AGENDA, END, FORMAT, GAPS_IN_LINE, Header, Line, MAX_LINE_BYTES, PIECE_BYTES, TOKENS, TokenRow,
    VERSION, WorldFileError, tables,
};
use crate::table::Table;
use crate::world::World;

impl From<io::Error> for WorldFileError {
    fn from(error: io::Error) -> Self {
        WorldFileError::Write(error.kind())
    }
}

/// Writes a world, and the time of its clock.
pub(crate) fn write(
    world: &World,
    present: Timestamp,
    out: impl Write,
) -> Result<(), WorldFileError> {
    let mut out = Writer { out, lines: 0 };
    out.line(&Header {
        format: FORMAT.into(),
        version: VERSION,
        origin: world.origin,
        now: world.now,
        present,
        base: world.base.as_str().into(),
        tokens_granted: world.tokens.granted,
    })?;
    tables::write_all(world, &mut out)?;
    for (text, granted) in world.tokens.all() {
        let (text, granted) = (text.into(), granted.clone());
        let row = TokenRow { text, granted };
        out.row(TOKENS, None, &row)?;
    }
    for due in &world.meetings.agenda {
        out.row(AGENDA, None, due)?;
    }
    let lines = Some(out.lines);
    out.line(&Line {
        table: END.into(),
        lines,
        ..Line::default()
    })?;
    Ok(out.out.flush()?)
}

pub(super) struct Writer<W> {
    out: W,
    lines: u64,
}

impl<W: Write> Writer<W> {
    fn line(&mut self, line: &impl Serialize) -> Result<(), WorldFileError> {
        self.lines += 1;
        let too_large = WorldFileError::TooLarge(self.lines);
        let mut text = serde_json::to_vec(line).map_err(|_| too_large)?;
        text.push(b'\n');
        if text.len() > MAX_LINE_BYTES {
            return Err(too_large);
        }
        Ok(self.out.write_all(&text)?)
    }

    fn row(
        &mut self,
        table: &str,
        key: Option<u32>,
        row: &impl Serialize,
    ) -> Result<(), WorldFileError> {
        let too_large = |_| WorldFileError::TooLarge(self.lines + 1);
        let row = to_raw_value(row).map_err(too_large)?;
        self.line(&Line {
            table: table.into(),
            key,
            row: Some(&row),
            ..Line::default()
        })
    }

    /// Writes a table: its next ordinal, its removed rows, and its rows.
    pub(super) fn table<R: Linked>(
        &mut self,
        name: &str,
        table: &Table<R>,
    ) -> Result<(), WorldFileError> {
        let of_table = || Line {
            table: name.into(),
            ..Line::default()
        };
        let next = u32::try_from(table.next_ordinal()).unwrap_or(u32::MAX);
        self.line(&Line {
            next: Some(next),
            ..of_table()
        })?;
        let gaps: Vec<u32> = table.gaps().collect();
        for gaps in gaps.chunks(GAPS_IN_LINE) {
            self.line(&Line {
                removed: Some(gaps.into()),
                ..of_table()
            })?;
        }
        for (key, row) in table.iter() {
            let key = Some(key.ordinal());
            self.row(name, key, row)?;
            let Some(stored) = row.stored() else {
                continue;
            };
            stored.copy(PIECE_BYTES, |piece| {
                self.line(&Line {
                    key,
                    bytes: Some(BASE64_STANDARD.encode(piece).into()),
                    ..of_table()
                })
            })?;
        }
        Ok(())
    }
}
