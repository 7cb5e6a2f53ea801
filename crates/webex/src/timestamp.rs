//! Times as Webex writes and reads them.
//!
//! Parsing accepts `Z` or an offset, with or without milliseconds; formatting always gives UTC with
//! milliseconds, such as `2026-01-05T09:00:00.000Z`.

use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::error::WebexError;

/// To the millisecond.
const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

/// Refuses a window whose end is before its start. `field` is the name of the start.
pub(crate) fn check_window(
    field: &'static str,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<(), WebexError> {
    match (from, to) {
        (Some(from), Some(to)) if from > to => Err(WebexError::invalid(
            field,
            "the window's start lies after its end; swap them",
        )),
        _ => Ok(()),
    }
}

/// Refuses a window of more than `max_days` days.
pub(crate) fn check_span(
    field: &'static str,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    max_days: i64,
) -> Result<(), WebexError> {
    match (from, to) {
        (Some(from), Some(to))
            if to.duration_since(from) > SignedDuration::from_hours(24 * max_days) =>
        {
            let reason =
                format!("the window may have at most {max_days} days; ask for it in parts");
            Err(WebexError::invalid(field, reason))
        }
        _ => Ok(()),
    }
}

/// Refuses a time zone that the IANA database does not have.
pub(crate) fn check_zone(field: &'static str, name: Option<&str>) -> Result<(), WebexError> {
    match name.map(TimeZone::get) {
        Some(Err(_)) => Err(WebexError::invalid(
            field,
            "it must be the name of an IANA time zone, such as Europe/Berlin",
        )),
        _ => Ok(()),
    }
}

/// Formats a timestamp in Webex's form.
pub fn format(timestamp: Timestamp) -> String {
    PRINTER.timestamp_to_string(&timestamp)
}

/// Formats a timestamp with the offset that a time zone has at that time; in UTC for an unknown
/// zone.
pub(crate) fn format_in(timestamp: Timestamp, zone: &str) -> String {
    match TimeZone::get(zone) {
        Ok(zone) => PRINTER.timestamp_with_offset_to_string(&timestamp, zone.to_offset(timestamp)),
        Err(_) => format(timestamp),
    }
}

/// Parses any of the forms that Webex uses; `None` for any other form.
pub fn parse(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// For `#[serde(with = "…")]` on an `Option<Timestamp>`.
///
/// A value in an unknown form counts as absent: an unreadable date must not make the whole message
/// unreadable.
pub mod option {
    use std::borrow::Cow;

    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes the timestamp in Webex's form.
    pub fn serialize<S: Serializer>(
        timestamp: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match timestamp {
            // Not through `Display`, which is noticeably slower: lists are full of times.
            Some(timestamp) => serializer.serialize_str(&super::format(*timestamp)),
            None => serializer.serialize_none(),
        }
    }

    /// Reads the timestamp in any of Webex's forms.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        #[derive(Deserialize)]
        struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

        let text = Option::<Text<'_>>::deserialize(deserializer)?;
        Ok(text.and_then(|text| super::parse(&text.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_and_one_form_is_written() {
        for text in [
            "2026-01-05T09:00:00.000Z",
            "2026-01-05T09:00:00Z",
            "2026-01-05T09:00:00+00:00",
            "2026-01-05T17:00:00+08:00",
            "2026-01-05T17:00:00.000+08:00",
            "2026-01-05T09:00Z",
        ] {
            let read = parse(text).unwrap_or_else(|| panic!("{text} was not read"));
            assert_eq!(format(read), "2026-01-05T09:00:00.000Z");
        }
        assert_eq!(parse("yesterday"), None);
    }

    #[test]
    fn a_zone_has_the_offset_of_that_day() {
        for (moment, zone, written) in [
            (
                "2026-01-05T09:00Z",
                "Asia/Calcutta",
                "2026-01-05T14:30:00.000+05:30",
            ),
            (
                "2026-01-05T09:00Z",
                "Europe/Berlin",
                "2026-01-05T10:00:00.000+01:00",
            ),
            (
                "2026-07-05T09:00Z",
                "Europe/Berlin",
                "2026-07-05T11:00:00.000+02:00",
            ),
            ("2026-01-05T09:00Z", "UTC", "2026-01-05T09:00:00.000+00:00"),
        ] {
            assert_eq!(format_in(parse(moment).unwrap(), zone), written);
        }
    }

    #[test]
    fn a_window_has_its_start_first_and_a_zone_is_known() {
        let (early, late) = (parse("2026-01-05T09:00Z"), parse("2026-01-05T10:00Z"));
        for (from, to) in [(early, late), (early, early), (None, late), (late, None)] {
            assert!(check_window("from", from, to).is_ok());
        }
        let error = check_window("from", late, early).unwrap_err();
        assert!(matches!(error, WebexError::Invalid { field: "from", .. }));

        for known in [None, Some("UTC"), Some("America/New_York")] {
            assert!(check_zone("timezone", known).is_ok());
        }
        for unknown in ["", "Mars/Olympus", "../etc/passwd", "PST8"] {
            assert!(check_zone("timezone", Some(unknown)).is_err(), "{unknown}");
        }
    }

    #[test]
    fn an_unreadable_date_is_absent_and_a_number_is_an_error() {
        #[derive(serde::Deserialize, serde::Serialize)]
        struct Thing {
            #[serde(default, with = "option")]
            at: Option<Timestamp>,
        }
        let thing: Thing = serde_json::from_str(r#"{"at":"2026-01-05T09:00:00Z"}"#).unwrap();
        assert_eq!(
            serde_json::to_string(&thing).unwrap(),
            r#"{"at":"2026-01-05T09:00:00.000Z"}"#
        );
        for absent in [r#"{"at":"soon"}"#, r#"{"at":null}"#, "{}"] {
            assert!(serde_json::from_str::<Thing>(absent).unwrap().at.is_none());
        }
        assert!(serde_json::from_str::<Thing>(r#"{"at":5}"#).is_err());
    }
}
