//! The times of a series: its rule (RFC 2445) expanded in its time zone, and cut where Webex cuts
//! it.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rrule::RRuleSet;
use webex::limits::{
    MAX_DAILY_MEETINGS_COUNT, MAX_MONTHLY_MEETINGS_COUNT, MAX_SERIES_YEARS,
    MAX_WEEKLY_MEETINGS_COUNT, MAX_YEARLY_MEETINGS_COUNT,
};

use crate::problem::{Problem, Result};

/// A rule that has every part once is far shorter.
const MAX_RULE_BYTES: usize = 512;

fn refused() -> Problem {
    Problem::bad_request(
        "recurrence must be an RFC 2445 rule such as FREQ=WEEKLY;BYDAY=MO;COUNT=10.",
    )
}

/// The starts of a meeting, oldest first; at least one.
pub(crate) fn starts(
    start: Timestamp,
    timezone: &str,
    rule: Option<&str>,
) -> Result<Vec<Timestamp>> {
    let zone = TimeZone::get(timezone)
        .map_err(|_| Problem::bad_request("timezone must be an IANA time zone."))?;
    let Some(rule) = rule else {
        return Ok(vec![start]);
    };
    let rule = Rule::read(rule)?;
    let first = start.to_zoned(zone.clone());
    let last = first.checked_add(MAX_SERIES_YEARS.years());
    let last = last.map_err(|_| refused())?.timestamp();
    let last = rule.until.map_or(last, |until| until.min(last));
    let first = first.datetime();
    // The rule is about local time. It is given to rrule as if it were in UTC, because rrule
    // refuses a start in an hour that occurs twice.
    let text = format!(
        "DTSTART:{}\nRRULE:{}",
        first.strftime("%Y%m%dT%H%M%SZ"),
        rule.kept
    );
    let set: RRuleSet = text.parse().map_err(|_| refused())?;
    let set = set.limit();
    let mut starts = Vec::new();
    for date in set.into_iter().take(rule.max_count) {
        let wall = Timestamp::from_second(date.timestamp());
        let wall = TimeZone::UTC.to_datetime(wall.map_err(|_| refused())?);
        let moment = match wall == first {
            true => start,
            false => zone.to_timestamp(wall).map_err(|_| refused())?,
        };
        if moment > last {
            break;
        }
        starts.push(moment);
    }
    Problem::bad_request("The recurrence has no occurrence.").when(starts.is_empty())?;
    Ok(starts)
}

/// A rule as Webex keeps it.
struct Rule {
    /// The parts of the rule, except UNTIL.
    kept: String,
    until: Option<Timestamp>,
    max_count: usize,
}

impl Rule {
    /// If a rule has several days or dates of a month, Webex keeps the first.
    fn read(rule: &str) -> Result<Self> {
        if rule.len() > MAX_RULE_BYTES || !rule.is_ascii() || rule.contains(['\n', '\r', ':']) {
            return Err(refused());
        }
        let parts = rule.trim_end_matches(';').split(';');
        let parts: Option<Vec<_>> = parts.map(|part| part.split_once('=')).collect();
        let parts = parts.ok_or_else(refused)?;
        let frequency = parts.iter().find(|(name, _)| *name == "FREQ");
        let (max_count, is_cut) = match frequency.map(|(_, value)| *value) {
            Some("DAILY") => (MAX_DAILY_MEETINGS_COUNT, false),
            Some("WEEKLY") => (MAX_WEEKLY_MEETINGS_COUNT, false),
            Some("MONTHLY") => (MAX_MONTHLY_MEETINGS_COUNT, true),
            Some("YEARLY") => (MAX_YEARLY_MEETINGS_COUNT, true),
            _ => return Err(refused()),
        };
        let (mut kept, mut until) = (Vec::new(), None);
        for (name, value) in parts {
            match name {
                "UNTIL" if until.is_some() => return Err(refused()),
                "UNTIL" => until = Some(read_until(value).ok_or_else(refused)?),
                "BYDAY" | "BYMONTHDAY" if is_cut => {
                    let first = value.split(',').next().unwrap_or_default();
                    kept.push(format!("{name}={first}"));
                }
                _ => kept.push(format!("{name}={value}")),
            }
        }
        Ok(Rule {
            kept: kept.join(";"),
            until,
            max_count: usize::try_from(max_count).unwrap_or(usize::MAX),
        })
    }
}

/// The end of a series, in UTC; a date without a time means the end of that day.
fn read_until(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let end = match text.contains('T') {
        true => DateTime::strptime("%Y%m%dT%H%M%S", text),
        false => Date::strptime("%Y%m%d", text).map(|day| day.at(23, 59, 59, 0)),
    };
    TimeZone::UTC.to_timestamp(end.ok()?).ok()
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

    #[test]
    fn a_series_may_start_in_an_hour_that_comes_twice() {
        // Half past two for the second time: daylight saving time ended at 01:00 UTC.
        let start = "2026-10-25T01:30:00Z".parse().unwrap();
        let starts = starts(start, "Europe/Berlin", Some("FREQ=DAILY;COUNT=2")).unwrap();
        let starts: Vec<String> = starts.iter().map(Timestamp::to_string).collect();
        assert_eq!(starts, ["2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"]);
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
