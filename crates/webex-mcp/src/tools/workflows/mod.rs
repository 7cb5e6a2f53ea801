//! Workflows: what people say in one sentence and what takes many requests to Webex. What changes
//! many things is long work: each of its items is done once, whatever happens in between.

mod archive_spaces;
mod archiving;
mod attendance;
mod attendance_report;
mod attended;
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
mod membership_writes;
mod message_rows;
mod missed;
pub mod news;
mod publish_recap;
mod published;
mod recap;
mod recurrence;
mod render;
mod render_archive;
mod render_attendance;
mod render_catch_up;
mod render_files;
mod render_schedules;
mod render_sync;
mod report_attendance;
mod report_events;
mod roster;
mod schedule;
mod scheduling;
mod space_file;
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
