//! The limits of what is gathered from many places: what was missed, recaps, and reports.

/// How long spaces are read; the rest is told as not read, within the deadline of the call.
pub const NEWS_READ_SECONDS: u64 = super::SCAN_MAX_SECONDS;
