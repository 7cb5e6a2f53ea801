//! Data that is stored for longer than one call.

pub mod artifacts;
pub mod downloads;
mod handle;
pub mod links;
pub mod outbox;
pub mod records;
pub mod state;
pub mod uploads;
