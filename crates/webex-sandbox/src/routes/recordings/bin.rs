//! The recycle bin: recordings are moved into it, restored from it, or purged.

use serde::Deserialize;
use webex::limits::MAX_BULK_RECORDINGS_COUNT;

use crate::problem::{Problem, Result};
use crate::request::Call;
use crate::rows::PersonKey;
use crate::rows::meetings::{RecordingKey, RecordingStatus};
use crate::rules::meetings::recordings::{find, missing, series_of, set_status};
use crate::world::World;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bulk {
    recording_ids: Option<Vec<String>>,
    #[serde(default)]
    restore_all: bool,
    #[serde(default)]
    purge_all: bool,
}

/// A move from one status to another; everything in the bin can be moved at once.
pub(crate) struct Move {
    from: RecordingStatus,
    to: RecordingStatus,
    is_all: fn(&Bulk) -> bool,
}

pub(crate) const SOFT_DELETE: Move = Move {
    from: RecordingStatus::Available,
    to: RecordingStatus::Deleted,
    is_all: |_| false,
};

pub(crate) const RESTORE: Move = Move {
    from: RecordingStatus::Deleted,
    to: RecordingStatus::Available,
    is_all: |bulk| bulk.restore_all,
};

pub(crate) const PURGE: Move = Move {
    from: RecordingStatus::Deleted,
    to: RecordingStatus::Purged,
    is_all: |bulk| bulk.purge_all,
};

/// Moves all given recordings or none.
pub(crate) fn apply(world: &mut World, call: &Call, movement: &Move) -> Result<()> {
    let person = call.host(world)?;
    let bulk: Bulk = call.body()?;
    for key in meant(world, person, &bulk, movement)? {
        set_status(world, key, movement.to);
    }
    Ok(())
}

fn meant(
    world: &World,
    person: PersonKey,
    bulk: &Bulk,
    movement: &Move,
) -> Result<Vec<RecordingKey>> {
    if (movement.is_all)(bulk) {
        let all = world.meetings.recordings.iter();
        let own = all.filter(|(_, recording)| {
            let series = series_of(world, recording);
            recording.status == movement.from && series.is_some_and(|one| one.host == person)
        });
        return Ok(own.map(|(key, _)| key).collect());
    }
    let ids = bulk.recording_ids.as_deref().unwrap_or_default();
    Problem::bad_request("recordingIds must name 1 to 100 recordings.")
        .unless((1..=MAX_BULK_RECORDINGS_COUNT).contains(&ids.len()))?;
    let found = ids.iter().map(|id| {
        let key = find(world, person, id, true)?;
        let recording = world.meetings.recordings.get(key);
        let recording = recording.filter(|recording| recording.status == movement.from);
        recording.map(|_| key).ok_or_else(missing)
    });
    found.collect()
}
