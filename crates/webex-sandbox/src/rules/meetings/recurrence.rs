//! The times of a series: its rule (RFC 2445) in its time zone, cut where Webex cuts it.

use std::collections::BTreeSet;
use std::str::FromStr;

use chrono::DateTime as ChronoTime;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rrule::{Frequency, NWeekday, RRule, Tz, Unvalidated};
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
pub(crate) fn starts(start: Timestamp, zone: &str, rule: Option<&str>) -> Result<Vec<Timestamp>> {
    let zone = TimeZone::get(zone)
        .map_err(|_| Problem::bad_request("timezone must be an IANA time zone."))?;
    let Some(rule) = rule else {
        return Ok(vec![start]);
    };
    let (rule, until, max_count) = read(rule)?;
    let first = start.to_zoned(zone.clone());
    let last = first.checked_add(MAX_SERIES_YEARS.years());
    let last = last.map_err(|_| refused())?.timestamp();
    let last = until.map_or(last, |until| until.min(last));
    let first = first.datetime();
    // The rule is about local time. It is given to rrule as if it were in UTC, because rrule
    // refuses a start in an hour that occurs twice.
    let wall = TimeZone::UTC.to_timestamp(first).map_err(|_| refused())?;
    let wall = ChronoTime::from_timestamp(wall.as_second(), 0).ok_or_else(refused)?;
    let set = rule.build(wall.with_timezone(&Tz::UTC));
    let set = set.map_err(|_| refused())?.limit();
    let mut starts = Vec::new();
    for date in set.into_iter().take(max_count) {
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

/// A rule as Webex keeps it, without its end; its end, and the most meetings that it may have. If a
/// rule has several days or dates of a month, Webex keeps the first.
fn read(rule: &str) -> Result<(RRule<Unvalidated>, Option<Timestamp>, usize)> {
    if rule.len() > MAX_RULE_BYTES || !rule.is_ascii() {
        return Err(refused());
    }
    let parts = rule.trim_end_matches(';').split(';');
    let parts: Option<Vec<_>> = parts.map(|part| part.split_once('=')).collect();
    let parts = parts.ok_or_else(refused)?;
    let names: BTreeSet<_> = parts.iter().map(|(name, _)| name).collect();
    if names.len() < parts.len() {
        return Err(refused());
    }
    let frequency = parts.iter().find(|(name, _)| *name == "FREQ");
    let (frequency, max_count, is_cut) = match frequency.map(|(_, value)| *value) {
        Some("DAILY") => (Frequency::Daily, MAX_DAILY_MEETINGS_COUNT, false),
        Some("WEEKLY") => (Frequency::Weekly, MAX_WEEKLY_MEETINGS_COUNT, false),
        Some("MONTHLY") => (Frequency::Monthly, MAX_MONTHLY_MEETINGS_COUNT, true),
        Some("YEARLY") => (Frequency::Yearly, MAX_YEARLY_MEETINGS_COUNT, true),
        _ => return Err(refused()),
    };
    let (mut kept, mut until) = (RRule::new(frequency), None);
    for (name, value) in parts {
        let value = match name {
            "FREQ" => continue,
            "UNTIL" => {
                until = Some(read_until(value).ok_or_else(refused)?);
                continue;
            }
            "BYDAY" | "BYMONTHDAY" if is_cut => value.split(',').next().unwrap_or_default(),
            _ => value,
        };
        kept = with_part(kept, name, value).ok_or_else(refused)?;
    }
    Ok((kept, until, max_count as usize))
}

/// The rule with one more part. `rrule` can read whole rules too, but with regular expressions that
/// nothing else here needs.
fn with_part(rule: RRule<Unvalidated>, name: &str, value: &str) -> Option<RRule<Unvalidated>> {
    Some(match name {
        "INTERVAL" => rule.interval(value.parse().ok()?),
        "COUNT" => rule.count(value.parse().ok()?),
        "BYSECOND" => rule.by_second(list(value)?),
        "BYMINUTE" => rule.by_minute(list(value)?),
        "BYHOUR" => rule.by_hour(list(value)?),
        "BYDAY" => rule.by_weekday(list(value)?),
        "BYMONTHDAY" => rule.by_month_day(list(value)?),
        "BYYEARDAY" => rule.by_year_day(list(value)?),
        "BYWEEKNO" => rule.by_week_no(list(value)?),
        "BYMONTH" => {
            let months = list::<u8>(value)?.into_iter();
            let months: Option<Vec<_>> = months.map(|month| month.try_into().ok()).collect();
            rule.by_month(&months?)
        }
        "BYSETPOS" => rule.by_set_pos(list(value)?),
        "WKST" => match value.parse().ok()? {
            NWeekday::Every(day) => rule.week_start(day),
            NWeekday::Nth(..) => return None,
        },
        _ => return None,
    })
}

fn list<T: FromStr>(value: &str) -> Option<Vec<T>> {
    value.split(',').map(|one| one.parse().ok()).collect()
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
