//! Times as people give and read them: ISO 8601, in UTC, with an offset, or local to a time zone.

use jiff::Timestamp;
use jiff::fmt::temporal::Pieces;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::error::CallError;

/// The zone of this name.
///
/// # Errors
/// `invalid_arguments` for a name that the IANA database does not have.
pub fn zone(name: &str) -> Result<TimeZone, CallError> {
    TimeZone::get(name.trim()).map_err(|_| {
        let right = "it has to be the name of an IANA time zone, such as Europe/Berlin";
        CallError::invalid("timezone", right)
    })
}

/// Whether only a zone tells which moment a text means; one that cannot be read needs none.
pub fn is_local(text: &str) -> bool {
    Pieces::parse(text.trim()).is_ok_and(|pieces| pieces.offset().is_none())
}

/// Whether a text says how far the clocks of a place are from UTC, and not which place that is.
pub fn has_offset_of_place(text: &str) -> bool {
    let pieces = Pieces::parse(text.trim());
    let offset = pieces.ok().and_then(|pieces| pieces.to_numeric_offset());
    offset.is_some_and(|offset| offset.seconds() != 0)
}

/// What is said where a list has nothing in the time that was asked for: with one end only, Webex looks
/// through a week.
pub fn none_of(what: &str, from: Option<Timestamp>, to: Option<Timestamp>) -> String {
    match (from, to) {
        (None, None) => format!("No {what} in the last 7 days; from and to give another time."),
        (Some(_), None) => format!("No {what} in the 7 days from then; to looks further."),
        (None, Some(_)) => format!("No {what} in the 7 days before; from looks further back."),
        (Some(_), Some(_)) => format!("No {what} in this time."),
    }
}

/// The moment that a text means; without an offset it counts in `zone`.
///
/// # Errors
/// `invalid_arguments` for what is no time, means no single moment, or contradicts the zone.
pub fn moment(field: &str, text: &str, zone: Option<&TimeZone>) -> Result<Timestamp, CallError> {
    let wrong = |right: &str| CallError::invalid(field, right);
    let unreadable = || {
        wrong("it has to be a date and a time, such as 2026-01-05T09:00:00Z or 2026-01-05T09:00")
    };
    let pieces = Pieces::parse(text.trim()).map_err(|_| unreadable())?;
    if pieces.time_zone_annotation().is_some() {
        // The zone has an argument of its own.
        return Err(unreadable());
    }
    let time = pieces.time().ok_or_else(unreadable)?;
    let local = pieces.date().to_datetime(time);
    match (pieces.to_numeric_offset(), zone) {
        (None, None) => Err(wrong(
            "it has no offset; give timezone as well, or write Z for UTC behind it",
        )),
        (None, Some(zone)) => {
            let found = zone.to_ambiguous_timestamp(local);
            let moment = found.compatible().map_err(|_| unreadable())?;
            match found.offset() {
                AmbiguousOffset::Unambiguous { .. } => Ok(moment),
                AmbiguousOffset::Gap { .. } => Err(wrong(&format!(
                    "the clocks go forward there, so there is no such hour that day; the first one after it is {}",
                    told(moment, zone)
                ))),
                AmbiguousOffset::Fold { .. } => {
                    let again = found.later().map_err(|_| unreadable())?;
                    Err(wrong(&format!(
                        "the clocks go back there, so that hour comes twice; give it as {} or {}",
                        told(moment, zone),
                        told(again, zone)
                    )))
                }
            }
        }
        (Some(offset), zone) => {
            let moment = offset.to_timestamp(local).map_err(|_| unreadable())?;
            match zone {
                Some(zone) if zone.to_offset(moment) != offset => {
                    let there = told(moment, zone);
                    let hour = match zone.to_ambiguous_timestamp(local).is_ambiguous() {
                        true => String::new(),
                        false => format!(", and the same hour {local}"),
                    };
                    let right = format!(
                        "its offset is not that of timezone at that time; the same moment is {there}{hour}"
                    );
                    Err(wrong(&right))
                }
                _ => Ok(moment),
            }
        }
    }
}

/// A moment with the offset that the zone has then.
pub fn told(moment: Timestamp, zone: &TimeZone) -> String {
    if zone.iana_name() == Some("UTC") || *zone == TimeZone::UTC {
        return moment.to_string();
    }
    let zoned = moment.to_zoned(zone.clone());
    zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn berlin() -> TimeZone {
        zone("Europe/Berlin").unwrap()
    }

    #[test]
    fn each_form_means_one_moment() {
        let berlin = berlin();
        for (text, zone, expected) in [
            ("2026-01-05T09:00:00Z", None, "2026-01-05T09:00:00Z"),
            ("2026-01-05T09:00Z", None, "2026-01-05T09:00:00Z"),
            ("2026-01-05T10:00+01:00", None, "2026-01-05T09:00:00Z"),
            (
                "2026-01-05T10:00:00+01:00",
                Some(&berlin),
                "2026-01-05T09:00:00Z",
            ),
            ("2026-01-05T10:00", Some(&berlin), "2026-01-05T09:00:00Z"),
            (
                " 2026-07-05 10:00:00 ",
                Some(&berlin),
                "2026-07-05T08:00:00Z",
            ),
            (
                "2026-01-05T09:00Z",
                Some(&TimeZone::UTC),
                "2026-01-05T09:00:00Z",
            ),
        ] {
            let moment = moment("start", text, zone).unwrap();
            assert_eq!(moment.to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_means_no_single_moment_is_refused_with_the_reason() {
        let berlin = berlin();
        for (text, zone, reason) in [
            ("tomorrow", Some(&berlin), "a date and a time"),
            ("2026-01-05", Some(&berlin), "a date and a time"),
            (
                "2026-01-05T09:00[Asia/Tokyo]",
                Some(&berlin),
                "a date and a time",
            ),
            ("2026-13-05T09:00", Some(&berlin), "a date and a time"),
            ("2026-01-05T09:00", None, "give timezone"),
            (
                "2026-03-29T02:30",
                Some(&berlin),
                "no such hour that day; the first one after it is 2026-03-29T03:30:00+02:00",
            ),
            (
                "2026-03-29T02:30+01:00",
                Some(&berlin),
                "the same moment is 2026-03-29T03:30:00+02:00.",
            ),
            (
                "2026-10-25T02:30",
                Some(&berlin),
                "give it as 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00",
            ),
            (
                "2026-01-05T09:00+02:00",
                Some(&berlin),
                "not that of timezone",
            ),
            (
                "2026-01-05T09:00Z",
                Some(&berlin),
                "the same moment is 2026-01-05T10:00:00+01:00, and the same hour 2026-01-05T09:00:00",
            ),
        ] {
            let error = moment("start", text, zone).unwrap_err();
            assert!(error.message.starts_with("`start`: "), "{text}");
            assert!(error.message.contains(reason), "{text}: {}", error.message);
        }
        for name in ["", "Mars/Olympus", "../etc/passwd"] {
            assert!(zone(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_moment_is_told_as_it_is_there() {
        let moment: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
        assert_eq!(told(moment, &berlin()), "2026-01-05T10:00:00+01:00");
        assert_eq!(told(moment, &TimeZone::UTC), "2026-01-05T09:00:00Z");
        assert_eq!(told(moment, &zone("UTC").unwrap()), "2026-01-05T09:00:00Z");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}", date in "[0-9]{1,5}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})?") {
            let _ = moment("start", &text, Some(&berlin()));
            let _ = moment("start", &date, Some(&berlin()));
            let _ = moment("start", &date, None);
        }
    }
}
