//! What outlives a call.

pub mod artifacts;
pub mod downloads;
mod handle;
pub mod links;
pub mod state;
pub mod uploads;
