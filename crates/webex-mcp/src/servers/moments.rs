//! Times of arguments: RFC 3339, made of the forms in which people and models write it.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;

const DATE: &str = "0000-00-00";
const UP_TO_SECONDS: &str = "0000-00-00T00:00:00";

/// The same moment as RFC 3339 writes it: of a date, its midnight; without an offset, in the zone.
/// `None` for what is written so already, and for what means no single moment.
pub(super) fn date_time(text: &str, zone: Option<&str>) -> Option<String> {
    if is_date_time(text) {
        return None;
    }
    let pieces = pieces(text)?;
    let local = pieces
        .date()
        .to_datetime(pieces.time().unwrap_or(Time::MIN));
    let moment = match (pieces.to_numeric_offset(), zone) {
        (Some(offset), _) => offset.to_timestamp(local).ok()?,
        (None, Some(zone)) => {
            let zone = TimeZone::get(zone.trim()).ok()?;
            zone.to_ambiguous_timestamp(local).unambiguous().ok()?
        }
        (None, None) if pieces.time().is_none() => TimeZone::UTC.to_timestamp(local).ok()?,
        (None, None) => return None,
    };
    Some(moment.to_string())
}

/// What would be right instead of a text that is no such time.
pub(super) fn right(text: &str) -> &'static str {
    match pieces(text).is_some_and(|pieces| pieces.to_numeric_offset().is_none()) {
        true => "it has no time zone; write Z for UTC behind it, or an offset such as +01:00",
        false => "it has to be a time like 2026-01-05T09:00:00Z",
    }
}

/// The parts of a time whose date is written in full; a zone by name has an argument of its own.
fn pieces(text: &str) -> Option<Pieces<'_>> {
    let is_date = has_form_of(text.get(..DATE.len())?, DATE);
    let pieces = is_date.then(|| Pieces::parse(text).ok()).flatten()?;
    pieces.time_zone_annotation().is_none().then_some(pieces)
}

/// RFC 3339. Jiff also reads shorter and longer forms of ISO 8601, so the form is checked first.
pub(super) fn is_date_time(text: &str) -> bool {
    let Some((start, rest)) = text.split_at_checked(UP_TO_SECONDS.len()) else {
        return false;
    };
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let has_form = has_form_of(start, UP_TO_SECONDS)
        && (has_form_of(zone, "Z") || has_form_of(zone, "+00:00") || has_form_of(zone, "-00:00"));
    has_form && text.parse::<Timestamp>().is_ok()
}

/// Whether the text is the form with other digits.
fn has_form_of(text: &str, form: &str) -> bool {
    let is_like = |(one, other): (u8, u8)| match other {
        b'0' => one.is_ascii_digit(),
        _ => one.eq_ignore_ascii_case(&other),
    };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(is_like)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_becomes_one_moment() {
        let berlin = Some("Europe/Berlin");
        for (text, zone, expected) in [
            ("2026-01-05", None, Some("2026-01-05T00:00:00Z")),
            ("2026-01-05", berlin, Some("2026-01-04T23:00:00Z")),
            ("2026-11-30T09:00Z", None, Some("2026-11-30T09:00:00Z")),
            ("2026-11-30 09:00:00Z", None, Some("2026-11-30T09:00:00Z")),
            ("2026-11-30 09:00Z", berlin, Some("2026-11-30T09:00:00Z")),
            ("2026-11-30T09:00+01:00", None, Some("2026-11-30T08:00:00Z")),
            (
                "2026-11-30T09:00:00+0100",
                None,
                Some("2026-11-30T08:00:00Z"),
            ),
            ("2026-11-30T09:00", berlin, Some("2026-11-30T08:00:00Z")),
            ("2026-07-05 09:00:00", berlin, Some("2026-07-05T07:00:00Z")),
            // As it should be.
            ("2026-11-30T09:00:00Z", berlin, None),
            ("2026-11-30T09:00:00+01:00", None, None),
            // No single moment.
            ("2026-11-30T09:00", None, None),
            ("2026-11-30T09:00", Some("Mars/Olympus"), None),
            ("2026-10-25T02:30", berlin, None),
            ("2026-11-30T09:00[Europe/Berlin]", None, None),
            ("20261130", None, None),
            ("2026-13-05", None, None),
            ("2026", None, None),
            ("yesterday", berlin, None),
            ("", None, None),
        ] {
            assert_eq!(date_time(text, zone).as_deref(), expected, "{text}");
            assert!(expected.is_none_or(is_date_time), "{text}");
        }
    }

    #[test]
    fn what_is_missing_is_told() {
        for (text, expected) in [
            ("2026-11-30T09:00", "write Z for UTC behind it"),
            ("2026-11-30 09:00:00", "write Z for UTC behind it"),
            ("2026-13-30T09:00", "a time like"),
            ("tomorrow", "a time like"),
        ] {
            assert!(right(text).contains(expected), "{text}");
        }
    }
}
