//! Workflows: what people say in one sentence and what takes many requests to Webex. What changes
//! many things is long work: each of its items is done once, whatever happens in between.

mod attendance;
mod attendance_report;
mod attended;
mod archive_spaces;
mod archiving;
mod broadcast;
mod catch_up;
mod destinations;
pub mod ended;
mod events_report;
mod export_space;
pub mod formats;
mod get_artifact;
mod inactive;
mod mailing;
mod members;
mod membership_lists;
mod missed;
pub mod news;
mod message_rows;
mod plan;
mod publish_recap;
mod published;
mod recap;
mod membership_writes;
mod render;
mod render_attendance;
mod render_catch_up;
mod render_sync;
mod report_attendance;
mod report_events;
mod render_archive;
mod render_files;
mod render_sync;
mod space_file;
mod roster;
mod recurrence;
mod render;
mod render_schedules;
mod render_sync;
mod schedule;
mod scheduling;
mod sync;
mod threads;

use crate::tool::{Address, Entry};

pub const TOOLS: &[Entry] = &[
    Entry::of::<broadcast::BroadcastMessage>(),
    Entry::of::<sync::SyncMemberships>(),
    Entry::of::<catch_up::CatchUpTool>(),
    Entry::of::<publish_recap::PublishRecap>(),
    Entry::of::<report_attendance::ReportAttendance>(),
    Entry::of::<report_events::ReportEvents>(),
    Entry::of::<export_space::ExportSpace>(),
    Entry::of::<archive_spaces::ArchiveSpaces>(),
    Entry::of::<get_artifact::GetArtifact>(),
    Entry::of::<schedule::ScheduleMessage>(),
];

pub const RESOURCES: &[Entry] = &[Entry::at::<get_artifact::GetArtifact>(&Address::new(
    "webex://artifacts/{artifactId}",
    "A file that was made",
    "A file that a tool made for you, such as an export: its text, or a link to it.",
))];

/// An address as it is compared: without spaces around it, in small letters. `None` for what is no
/// address.
fn address(given: &str) -> Option<String> {
    let address = given.trim().to_lowercase();
    let (name, domain) = address.split_once('@')?;
    let is_one = !name.is_empty() && !domain.is_empty() && !domain.contains('@');
    (is_one && !address.contains(char::is_whitespace)).then_some(address)
}
