//! Workflows: what people say in one sentence and what takes many requests to Webex. What changes
//! many things is long work: each of its items is done once, whatever happens in between.

mod archive;
#[cfg(test)]
mod asking_tests;
mod attendance;
mod broadcast;
mod catch_up;
pub mod ended;
mod events;
mod export;
pub mod formats;
mod get_artifact;
pub mod news;
mod recap;
mod render_files;
mod schedule;
mod sync;

use crate::tool::{Address, Entry};

pub const TOOLS: &[Entry] = &[
    Entry::of::<broadcast::BroadcastMessage>(),
    Entry::of::<sync::SyncMemberships>(),
    Entry::of::<catch_up::CatchUpTool>(),
    Entry::of::<recap::PublishRecap>(),
    Entry::of::<attendance::ReportAttendance>(),
    Entry::of::<events::ReportEvents>(),
    Entry::of::<export::ExportSpace>(),
    Entry::of::<archive::ArchiveSpaces>(),
    Entry::of::<get_artifact::GetArtifact>(),
    Entry::of::<schedule::ScheduleMessage>(),
];

pub const RESOURCES: &[Entry] = &[Entry::at::<get_artifact::GetArtifact>(&Address::new(
    "webex://artifacts/{artifactId}",
    "A file that was made",
    "A file that a tool made for you, such as an export: its text, or a link to it.",
))];
