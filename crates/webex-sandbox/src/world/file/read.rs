//! Reads a world line by line; each line is processed before the next is read.

use std::collections::HashMap;
use std::io::{BufRead, Read as _};

use jiff::Timestamp;
use serde::Deserialize;

use crate::rows::meetings::Due;
use crate::storage::Storage;
use crate::world::World;
use crate::world::file::error::{DAMAGED, Fault, MISPLACED, TOO_LARGE};
use crate::world::file::{
    AGENDA, END, FORMAT, Header, Line, MAX_LINE_BYTES, MAX_LINES, Snapshot, TOKENS, TokenRow,
    VERSION, WorldFileError, tables,
};

/// Reads a whole world. Blocks for as long as the reader does.
pub(crate) fn read(from: impl BufRead, storage: &Storage) -> Result<Snapshot, WorldFileError> {
    let mut lines = Lines { from, number: 0 };
    let mut text = Vec::new();
    if !lines.next(&mut text)? {
        return Err(WorldFileError::NotAWorld);
    }
    let mut snapshot = open(&text)?;
    let mut last_keys = HashMap::new();
    while lines.next(&mut text)? {
        let number = lines.number;
        let line: Line = serde_json::from_slice(&text).map_err(|_| DAMAGED(number))?;
        if line.table == END {
            let is_last = line.lines == Some(number - 1) && !lines.next(&mut Vec::new())?;
            return is_last.then_some(snapshot).ok_or(MISPLACED(number));
        }
        let placed = check_order(&mut last_keys, &line);
        let taken = placed.and_then(|()| take(&mut snapshot.world, storage, &line));
        taken.map_err(|fault| fault(number))?;
        tables::let_go(&mut snapshot.world);
    }
    Err(WorldFileError::Unfinished)
}

/// Lines of bounded length, counted.
struct Lines<R> {
    from: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// Reads the next line; false at the end.
    fn next(&mut self, text: &mut Vec<u8>) -> Result<bool, WorldFileError> {
        text.clear();
        let limit = MAX_LINE_BYTES as u64 + 1;
        let read = self.from.by_ref().take(limit).read_until(b'\n', text);
        let read = read.map_err(|error| WorldFileError::Read(error.kind()))?;
        self.number += 1;
        if text.len() > MAX_LINE_BYTES || self.number > MAX_LINES {
            return Err(TOO_LARGE(self.number));
        }
        Ok(read > 0)
    }
}

/// An empty world, from the first line.
fn open(text: &[u8]) -> Result<Snapshot, WorldFileError> {
    #[derive(Deserialize)]
    struct Format<'a> {
        #[serde(borrow)]
        format: std::borrow::Cow<'a, str>,
        version: u64,
    }
    let format: Format = serde_json::from_slice(text).map_err(|_| WorldFileError::NotAWorld)?;
    if format.format != FORMAT {
        return Err(WorldFileError::NotAWorld);
    }
    if format.version != VERSION {
        return Err(WorldFileError::UnknownVersion(format.version));
    }
    let header: Header = serde_json::from_slice(text).map_err(|_| DAMAGED(1))?;
    if header.now > header.present {
        return Err(MISPLACED(1));
    }
    let mut world = World::new(header.origin, header.now);
    world.base = header.base.into_owned();
    world.tokens.granted = header.tokens_granted;
    let present = header.present;
    Ok(Snapshot { world, present })
}

/// Checks that the rows of a table come in the order of their keys, so that each comes once.
fn check_order(last_keys: &mut HashMap<String, u32>, line: &Line) -> Result<(), Fault> {
    let (Some(_), Some(key)) = (line.row, line.key) else {
        return Ok(());
    };
    match last_keys.get_mut(line.table.as_ref()) {
        Some(last) if *last >= key => return Err(MISPLACED),
        Some(last) => *last = key,
        // A name that is not a table is refused with this line.
        None => drop(last_keys.insert(line.table.clone().into_owned(), key)),
    }
    Ok(())
}

fn take(world: &mut World, storage: &Storage, line: &Line) -> Result<(), Fault> {
    if let Some(taken) = tables::take(world, storage, line) {
        return taken;
    }
    let row = line.row.ok_or(DAMAGED)?.get();
    match line.table.as_ref() {
        TOKENS => {
            let token: TokenRow = serde_json::from_str(row).map_err(|_| DAMAGED)?;
            let person = token.granted.access.person;
            world.people.get(person).ok_or(MISPLACED)?;
            let put = world.tokens.put(token.text.into_owned(), token.granted);
            put.map_err(|_| TOO_LARGE)
        }
        AGENDA => {
            let due: (Timestamp, Due) = serde_json::from_str(row).map_err(|_| DAMAGED)?;
            let meetings = &mut world.meetings;
            let is_known = match due.1 {
                Due::Publish(instance) | Due::End(instance) => {
                    meetings.instances.get(instance).is_some()
                }
                Due::Start(series, _) => meetings.series.get(series).is_some(),
            };
            let is_new = is_known && meetings.agenda.insert(due);
            is_new.then_some(()).ok_or(MISPLACED)
        }
        _ => Err(DAMAGED),
    }
}
