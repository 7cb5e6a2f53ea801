//! The tables of a world in the order of a file: each after the tables to which its rows refer.

use std::io::Write;

use crate::storage::Storage;
use crate::table::{Key, Table};
use crate::world::World;
use crate::world::file::error::Fault;
use crate::world::file::link::Linked;
use crate::world::file::write::Writer;
use crate::world::file::{Line, WorldFileError};

/// One line for each table: its name in files, and its field in the world.
macro_rules! tables {
    ($($name:literal => $($place:ident).+;)+) => {
        pub(super) fn write_all(
            world: &World,
            out: &mut Writer<impl Write>,
        ) -> Result<(), WorldFileError> {
            $(out.table($name, &world.$($place).+)?;)+
            Ok(())
        }

        /// Whether every table has room for the rows of one change, so that no change fails
        /// halfway.
        pub(crate) fn has_space(world: &World) -> bool {
            $(world.$($place).+.has_space() &&)+ true
        }

        /// Reads a line of a table; `None` if there is no such table.
        pub(super) fn take(world: &mut World, storage: &Storage, line: &Line) -> Option<Result<(), Fault>> {
            match line.table.as_ref() {
                $($name => Some(take_line(world, storage, |world| &mut world.$($place).+, line)),)+
                _ => None,
            }
        }
    };
}

tables! {
    "people" => people;
    "teams" => teams;
    "rooms" => rooms;
    "memberships" => memberships;
    "teamMemberships" => team_memberships;
    "files" => files;
    "messages" => messages;
    "attachmentActions" => actions;
    "webhooks" => webhooks;
    "events" => events;
    "meetings" => meetings.series;
    "meetingInstances" => meetings.instances;
    "meetingInvitees" => meetings.invitees;
    "meetingParticipants" => meetings.participants;
    "recordings" => meetings.recordings;
    "transcripts" => meetings.transcripts;
    "registrants" => meetings.registrants;
    "surveyResults" => meetings.survey_results;
    "callouts" => meetings.callouts;
    "applications" => oauth.applications;
    "authorizations" => oauth.authorizations;
}

fn take_line<R: Linked>(
    world: &mut World,
    storage: &Storage,
    table: fn(&mut World) -> &mut Table<R>,
    line: &Line,
) -> Result<(), Fault> {
    if let Some(next) = line.next {
        let is_free = table(world).restore_next(next);
        return is_free.then_some(()).ok_or(Fault::Misplaced);
    }
    if let Some(removed) = &line.removed {
        for ordinal in removed.iter() {
            leave_gap(world, table, Key::from_ordinal(*ordinal))?;
        }
        return Ok(());
    }
    let ordinal = line.key.ok_or(Fault::Damaged)?;
    let key = Key::from_ordinal(ordinal);
    if let Some(bytes) = &line.bytes {
        let row = table(world).get_mut(key).ok_or(Fault::Misplaced)?;
        return row.add_bytes(storage, bytes);
    }
    let row = line.row.ok_or(Fault::Damaged)?;
    let mut row: R = serde_json::from_str(row.get()).map_err(|_| Fault::Damaged)?;
    if let Some(generated) = table(world).take_generated(key) {
        row.inherit(generated);
    }
    if !table(world).restore(ordinal, row) {
        return Err(Fault::Misplaced);
    }
    R::link(world, key).ok_or(Fault::Misplaced)
}

/// Removes a generated row again.
fn leave_gap<R: Linked>(
    world: &mut World,
    table: fn(&mut World) -> &mut Table<R>,
    key: Key<R>,
) -> Result<(), Fault> {
    let is_kept = table(world).kept(key).is_some();
    let original = table(world).original(key);
    let original = original.filter(|_| !is_kept).ok_or(Fault::Misplaced)?;
    R::unlink(world, key, &original);
    table(world).remove(key);
    Ok(())
}
