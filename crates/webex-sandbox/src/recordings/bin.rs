//! The recycle bin: recordings go into it, come back from it, or leave it for good.

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use webex::limits::MAX_BULK_RECORDINGS_COUNT;
use webex::recordings::RecordingStatus;

use super::{OnBehalf, find, missing, series_of, set_status};
use crate::Sandbox;
use crate::meetings::acting;
use crate::meetings::calendar::RecordingKey;
use crate::problem::Problem;
use crate::request::{Caller, JsonBody, Query};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bulk {
    recording_ids: Option<Vec<String>>,
    #[serde(default)]
    restore_all: bool,
    #[serde(default)]
    purge_all: bool,
}

/// Moves recordings from one status to another, all of them or none.
fn move_all(
    sandbox: &Sandbox,
    caller: &Caller,
    host_email: Option<&str>,
    bulk: &Bulk,
    from: RecordingStatus,
    to: RecordingStatus,
) -> Result<StatusCode, Problem> {
    let is_all = bulk.restore_all || bulk.purge_all;
    let ids = bulk.recording_ids.as_deref().unwrap_or_default();
    if !is_all && !(1..=MAX_BULK_RECORDINGS_COUNT).contains(&ids.len()) {
        return Err(Problem::bad_request(
            "recordingIds must name 1 to 100 recordings.",
        ));
    }
    sandbox.write(caller, |world| {
        let person = acting(world, caller, host_email)?;
        let keys: Vec<RecordingKey> = match is_all {
            true => {
                let all = world.meetings.recordings.iter();
                let own = all.filter(|(_, recording)| {
                    let series = series_of(world, recording);
                    recording.status == from && series.is_some_and(|one| one.host == person)
                });
                own.map(|(key, _)| key).collect()
            }
            false => {
                let found = ids.iter().map(|id| {
                    let key = find(world, person, id, true)?;
                    let recording = world.meetings.recordings.get(key);
                    let recording = recording.filter(|recording| recording.status == from);
                    recording.map(|_| key).ok_or_else(missing)
                });
                found.collect::<Result<_, _>>()?
            }
        };
        for key in keys {
            set_status(world, key, to.clone());
        }
        Ok(StatusCode::NO_CONTENT)
    })
}

pub(super) async fn soft_delete(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<OnBehalf>,
    JsonBody(bulk): JsonBody<Bulk>,
) -> Result<StatusCode, Problem> {
    let (from, to) = (RecordingStatus::Available, RecordingStatus::Deleted);
    let bulk = Bulk {
        restore_all: false,
        purge_all: false,
        ..bulk
    };
    move_all(
        &sandbox,
        &caller,
        query.host_email.as_deref(),
        &bulk,
        from,
        to,
    )
}

pub(super) async fn restore(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<OnBehalf>,
    JsonBody(bulk): JsonBody<Bulk>,
) -> Result<StatusCode, Problem> {
    let (from, to) = (RecordingStatus::Deleted, RecordingStatus::Available);
    move_all(
        &sandbox,
        &caller,
        query.host_email.as_deref(),
        &bulk,
        from,
        to,
    )
}

pub(super) async fn purge(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<OnBehalf>,
    JsonBody(bulk): JsonBody<Bulk>,
) -> Result<StatusCode, Problem> {
    let (from, to) = (RecordingStatus::Deleted, RecordingStatus::Purged);
    move_all(
        &sandbox,
        &caller,
        query.host_email.as_deref(),
        &bulk,
        from,
        to,
    )
}
