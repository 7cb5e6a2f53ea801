//! When a series happens: its rule (RFC 2445) expanded in its zone, and cut where Webex cuts it.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rrule::RRuleSet;
use webex::limits::{
    MAX_DAILY_MEETINGS_COUNT, MAX_MONTHLY_MEETINGS_COUNT, MAX_SERIES_YEARS,
    MAX_WEEKLY_MEETINGS_COUNT, MAX_YEARLY_MEETINGS_COUNT,
};

use crate::problem::Problem;

/// A rule that names every part once stays far below it.
const MAX_RULE_BYTES: usize = 512;

fn refused() -> Problem {
    Problem::bad_request(
        "recurrence must be an RFC 2445 rule such as FREQ=WEEKLY;BYDAY=MO;COUNT=10.",
    )
}

/// The starts of a meeting, oldest first; at least one.
pub(super) fn starts(
    start: Timestamp,
    timezone: &str,
    rule: Option<&str>,
) -> Result<Vec<Timestamp>, Problem> {
    let zone = TimeZone::get(timezone)
        .map_err(|_| Problem::bad_request("timezone must be an IANA time zone."))?;
    let Some(rule) = rule else {
        return Ok(vec![start]);
    };
    let (rule, max_count) = normal(rule)?;
    let local = start.to_zoned(zone);
    let last = local.checked_add(MAX_SERIES_YEARS.years());
    let last = last.map_err(|_| refused())?.timestamp();
    let text = format!(
        "DTSTART;TZID={timezone}:{}\nRRULE:{rule}",
        local.strftime("%Y%m%dT%H%M%S")
    );
    let set: RRuleSet = text.parse().map_err(|_| refused())?;
    let dates = set.all(max_count).dates;
    let starts = dates
        .iter()
        .map(|date| Timestamp::from_second(date.timestamp()));
    let starts: Result<Vec<_>, _> = starts.collect();
    let mut starts = starts.map_err(|_| refused())?;
    starts.retain(|start| *start <= last);
    match starts.is_empty() {
        true => Err(Problem::bad_request("The recurrence has no occurrence.")),
        false => Ok(starts),
    }
}

/// The rule as Webex keeps it, and how many meetings of it.
///
/// Of several days or dates of a month Webex keeps the first; ends without an hour are ends of days.
fn normal(rule: &str) -> Result<(String, u16), Problem> {
    if rule.len() > MAX_RULE_BYTES || !rule.is_ascii() || rule.contains(['\n', '\r', ':']) {
        return Err(refused());
    }
    let parts: Option<Vec<(&str, &str)>> = rule
        .trim_end_matches(';')
        .split(';')
        .map(|part| part.split_once('='))
        .collect();
    let parts = parts.ok_or_else(refused)?;
    let frequency = parts.iter().find(|(name, _)| *name == "FREQ");
    let (max_count, is_cut) = match frequency.map(|(_, value)| *value) {
        Some("DAILY") => (MAX_DAILY_MEETINGS_COUNT, false),
        Some("WEEKLY") => (MAX_WEEKLY_MEETINGS_COUNT, false),
        Some("MONTHLY") => (MAX_MONTHLY_MEETINGS_COUNT, true),
        Some("YEARLY") => (MAX_YEARLY_MEETINGS_COUNT, true),
        _ => return Err(refused()),
    };
    let kept = parts.into_iter().map(|(name, value)| {
        let first = value.split(',').next().unwrap_or_default();
        match name {
            "UNTIL" if value.len() == 8 => format!("UNTIL={value}T235959Z"),
            "UNTIL" if !value.ends_with('Z') => format!("UNTIL={value}Z"),
            "BYDAY" | "BYMONTHDAY" if is_cut => format!("{name}={first}"),
            _ => format!("{name}={value}"),
        }
    });
    let rule: Vec<String> = kept.collect();
    Ok((rule.join(";"), u16::try_from(max_count).unwrap_or(u16::MAX)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(rule: &str) -> Vec<String> {
        let start = "2026-03-26T09:30:00Z".parse().unwrap();
        let starts = starts(start, "Europe/Berlin", Some(rule)).unwrap();
        starts.iter().map(Timestamp::to_string).collect()
    }

    #[test]
    fn the_hour_on_the_wall_stays_when_summer_time_begins() {
        let expected = [
            "2026-03-26T09:30:00Z",
            "2026-03-27T09:30:00Z",
            "2026-03-30T08:30:00Z",
        ];
        assert_eq!(of("FREQ=WEEKLY;BYDAY=MO,TH,FR;COUNT=3"), expected);
    }

    #[test]
    fn webex_keeps_the_first_of_several_days_and_so_many_meetings() {
        for (rule, count) in [
            ("FREQ=MONTHLY;BYMONTHDAY=26,27;COUNT=4", 4),
            ("FREQ=DAILY", 1826),
            ("FREQ=WEEKLY", 261),
            ("FREQ=MONTHLY", 60),
            ("FREQ=YEARLY", 5),
            ("FREQ=DAILY;UNTIL=20260328", 3),
            ("FREQ=DAILY;UNTIL=20260328T093000Z", 3),
        ] {
            let starts = of(rule);
            assert_eq!(starts.len(), count, "{rule}");
            assert!(!rule.contains("26,27") || starts[1].contains("-04-26T"));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_rule_makes_it_panic_or_grow(parts in "(FREQ=(DAILY|WEEKLY|HOURLY|YEARLY);)?(INTERVAL|COUNT|UNTIL|BYDAY|BYMONTHDAY|BYSETPOS)=[-A-Z0-9,]{0,9}") {
            if let Ok(starts) = starts(Timestamp::UNIX_EPOCH, "UTC", Some(&parts)) {
                prop_assert!(!starts.is_empty() && starts.len() <= 1826);
                prop_assert!(starts.is_sorted());
            }
        }
    }
}
