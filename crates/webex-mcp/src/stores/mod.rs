//! What outlives a call.

pub mod downloads;
pub mod links;
pub mod records;
