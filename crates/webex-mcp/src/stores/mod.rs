//! What outlives a call.

pub mod downloads;
pub mod links;
