//! Moments as Webex writes them: in UTC, with milliseconds.

use jiff::civil::DateTime;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serializer};

const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

/// A time such as `2026-01-05T09:00:00.000Z`.
pub(crate) fn text(moment: Timestamp) -> String {
    PRINTER.timestamp_to_string(&moment)
}

/// Parses a time with an offset or in UTC; `None` for any other.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

pub(crate) fn later(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.saturating_add(by).unwrap_or(moment)
}

pub(crate) fn earlier(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.saturating_sub(by).unwrap_or(moment)
}

pub(crate) fn serialize<S: Serializer>(
    moment: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match moment {
        Some(moment) => serializer.serialize_str(&text(*moment)),
        None => serializer.serialize_none(),
    }
}

/// Any form of ISO 8601: a time without an offset is in UTC, and a date means its first moment.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let in_utc = |local: DateTime| TimeZone::UTC.to_timestamp(local).ok();
    let moment = |text: String| {
        let moment = read(&text).or_else(|| in_utc(text.parse().ok()?));
        moment.ok_or_else(|| serde::de::Error::custom("a time is not in ISO 8601"))
    };
    text.map(moment).transpose()
}
