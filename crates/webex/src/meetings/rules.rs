//! The limits that several operations on meetings share.

use jiff::Timestamp;

use crate::error::WebexError;
use crate::limits::{MAX_MEETING_MINUTES, MIN_MEETING_MINUTES};

/// Refuses a text that is longer than Webex allows.
pub(super) fn check_chars(
    field: &'static str,
    text: Option<&str>,
    limit_chars: usize,
) -> Result<(), WebexError> {
    match text {
        Some(text) if text.chars().count() > limit_chars => Err(WebexError::invalid(
            field,
            format!("Webex takes at most {limit_chars} characters; shorten it"),
        )),
        _ => Ok(()),
    }
}

/// Refuses a list that is longer than Webex allows.
pub(super) fn check_count(
    field: &'static str,
    count: usize,
    limit_count: usize,
) -> Result<(), WebexError> {
    if count <= limit_count {
        return Ok(());
    }
    Err(WebexError::invalid(
        field,
        format!("Webex takes at most {limit_count} at once; send fewer"),
    ))
}

/// Refuses a meeting that ends before it starts, or that is shorter or longer than Webex allows.
/// Webex counts minutes and drops the seconds, so they are dropped here too.
pub(super) fn check_times(
    start: Option<Timestamp>,
    end: Option<Timestamp>,
) -> Result<(), WebexError> {
    let (Some(start), Some(end)) = (start, end) else {
        return Ok(());
    };
    let minutes = end.as_second().div_euclid(60) - start.as_second().div_euclid(60);
    let reason = match minutes {
        ..0 => "it lies before the start; swap them",
        minutes if minutes < MIN_MEETING_MINUTES => "a meeting takes at least 10 minutes",
        minutes if minutes > MAX_MEETING_MINUTES => {
            "a meeting takes at most 23 hours and 59 minutes"
        }
        _ => return Ok(()),
    };
    Err(WebexError::invalid("end", reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meeting_takes_ten_minutes_to_a_minute_below_a_day() {
        let at = |text: &str| text.parse().ok();
        let check = |end: &str| check_times(at("2026-01-05T09:00:59Z"), at(end));
        for end in ["2026-01-05T09:10:00Z", "2026-01-06T08:59:59Z"] {
            assert!(check(end).is_ok(), "{end}");
        }
        for end in [
            "2026-01-05T08:00:00Z",
            "2026-01-05T09:09:59Z",
            "2026-01-05T10:09:00+01:00",
            "2026-01-06T09:00:00Z",
        ] {
            let error = check(end).unwrap_err();
            assert!(matches!(error, WebexError::Invalid { field: "end", .. }));
        }
        assert!(check_times(None, at("2026-01-05T09:00:00Z")).is_ok());
    }

    #[test]
    fn characters_are_counted_and_the_bound_itself_is_fine() {
        assert!(check_chars("title", Some(&"ü".repeat(128)), 128).is_ok());
        assert!(check_chars("title", Some(&"x".repeat(129)), 128).is_err());
        assert!(check_chars("title", None, 0).is_ok());
        assert!(check_count("invitees", 1000, 1000).is_ok());
        assert!(check_count("invitees", 1001, 1000).is_err());
    }
}
