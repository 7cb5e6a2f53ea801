//! Refuses recurrence rules (RFC 2445) that Webex would silently shorten, before they are sent.

use std::ops::RangeInclusive;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::error::WebexError;
use crate::limits::{
    MAX_DAILY_MEETINGS_COUNT, MAX_MONTHLY_MEETINGS_COUNT, MAX_SERIES_YEARS,
    MAX_WEEKLY_MEETINGS_COUNT, MAX_YEARLY_MEETINGS_COUNT,
};

/// A day of the week occurs at most this often in a month.
const MAX_WEEKDAYS_A_MONTH: u32 = 5;
const MAX_WEEKDAYS_A_YEAR: u32 = 53;

/// A date without a time ends at most this much later than its midnight in UTC.
const UNTIL_LATER_DAYS: i64 = 2;

const FORM: &str = "it must be a rule such as FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;COUNT=10";

fn invalid(reason: impl Into<std::borrow::Cow<'static, str>>) -> WebexError {
    WebexError::invalid("recurrence", reason)
}

/// The parts of a rule that decide whether Webex keeps all of it.
#[derive(Default)]
struct Rule<'a> {
    frequency: Option<&'a str>,
    interval: Option<u32>,
    count: Option<u32>,
    until: Option<&'a str>,
    lists: Vec<(&'a str, &'a str)>,
}

impl<'a> Rule<'a> {
    fn parse(text: &'a str) -> Result<Self, WebexError> {
        let mut rule = Self::default();
        let number = |value: &str| match value.parse::<u32>() {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(invalid("INTERVAL and COUNT must be whole numbers above 0")),
        };
        for part in text.trim_end_matches(';').split(';') {
            let (name, value) = part.split_once('=').ok_or_else(|| invalid(FORM))?;
            let is_repeated = match name {
                "FREQ" => rule.frequency.replace(value).is_some(),
                "UNTIL" => rule.until.replace(value).is_some(),
                "INTERVAL" => std::mem::replace(&mut rule.interval, number(value)?).is_some(),
                "COUNT" => std::mem::replace(&mut rule.count, number(value)?).is_some(),
                _ => {
                    let is_repeated = rule.lists.iter().any(|(known, _)| *known == name);
                    rule.lists.push((name, value));
                    is_repeated
                }
            };
            if is_repeated {
                return Err(invalid("each part of the rule may appear only once"));
            }
        }
        Ok(rule)
    }
}

/// Refuses an invalid rule, and one of which Webex would keep only a part.
///
/// Webex counts its 5 years from now, by its own clock, which a test or a sandbox may have moved.
/// The meeting's `start` is not before that, so a rule that ends more than 5 years after it is
/// certainly shortened. Without a start, the answer shows what Webex made of the rule.
pub(super) fn check(text: &str, start: Option<Timestamp>) -> Result<(), WebexError> {
    let rule = Rule::parse(text)?;
    // How many meetings Webex keeps, and how many periods fit before the latest possible end.
    let limit_count = match rule.frequency {
        Some("DAILY") => MAX_DAILY_MEETINGS_COUNT,
        Some("WEEKLY") => MAX_WEEKLY_MEETINGS_COUNT,
        Some("MONTHLY") => MAX_MONTHLY_MEETINGS_COUNT,
        Some("YEARLY") => MAX_YEARLY_MEETINGS_COUNT,
        _ => return Err(invalid("FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY")),
    };
    for (name, value) in &rule.lists {
        check_list(name, value, rule.frequency.unwrap_or_default())?;
    }
    let has = |name: &str| rule.lists.iter().any(|(known, _)| *known == name);
    if has("BYSETPOS")
        && !rule
            .lists
            .iter()
            .any(|(name, _)| !matches!(*name, "BYSETPOS" | "WKST"))
    {
        return Err(invalid(
            "BYSETPOS chooses among days; name some, such as BYDAY=MO,TU",
        ));
    }
    if rule.interval.is_some_and(|interval| interval > limit_count) {
        return Err(invalid(
            "the second meeting would come after more than 5 years; lower INTERVAL",
        ));
    }
    if matches!(rule.frequency, Some("MONTHLY" | "YEARLY"))
        && rule.lists.iter().any(|(_, value)| value.contains(','))
    {
        return Err(invalid(
            "of several days in a monthly or yearly rule Webex keeps only the first; name one, or \
             schedule a series for each",
        ));
    }
    if let Some(count) = rule.count {
        if rule.until.is_some() {
            return Err(invalid("COUNT and UNTIL exclude each other"));
        }
        check_count(&rule, count, limit_count)?;
    }
    match rule.until {
        Some(until) => check_until(until, start),
        None => Ok(()),
    }
}

/// The range of the numbers in a part that lists numbers, and whether they may count from the end;
/// `None` where a rule of this frequency has no such part (RFC 2445, 4.3.10).
fn numbers(name: &str, frequency: &str) -> Option<(RangeInclusive<u32>, bool)> {
    Some(match (name, frequency) {
        ("BYMONTH", _) => (1..=12, false),
        ("BYMONTHDAY", "DAILY" | "MONTHLY" | "YEARLY") => (1..=31, true),
        ("BYYEARDAY", "YEARLY") => (1..=366, true),
        ("BYWEEKNO", "YEARLY") => (1..=53, true),
        ("BYSETPOS", "WEEKLY" | "MONTHLY") => (1..=31, true),
        ("BYSETPOS", _) => (1..=366, true),
        ("BYHOUR", _) => (0..=23, false),
        ("BYMINUTE" | "BYSECOND", _) => (0..=59, false),
        _ => return None,
    })
}

fn check_list(name: &str, value: &str, frequency: &str) -> Result<(), WebexError> {
    let mut items = value.split(',');
    match name {
        "WKST" if is_weekday(value) => return Ok(()),
        "BYDAY" if items.all(|item| is_day(item, frequency)) => return Ok(()),
        "WKST" | "BYDAY" => {
            return Err(invalid(
                "days are MO, TU, WE, TH, FR, SA and SU; only monthly and yearly rules number them, as \
                 in 2TU",
            ));
        }
        _ => {}
    }
    let (range, is_signed) = numbers(name, frequency)
        .ok_or_else(|| invalid("a part of the rule is unknown, or does not go with its FREQ"))?;
    let is_number = |item: &str| {
        let item = if is_signed { unsigned(item) } else { item };
        let has_digits = item.bytes().all(|byte| byte.is_ascii_digit());
        has_digits && item.parse().is_ok_and(|number| range.contains(&number))
    };
    match items.all(is_number) {
        true => Ok(()),
        false => Err(invalid("a number in the rule is out of its range")),
    }
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

fn is_weekday(text: &str) -> bool {
    matches!(text, "MO" | "TU" | "WE" | "TH" | "FR" | "SA" | "SU")
}

/// A day of the week; in monthly and yearly rules also with a number, such as the second Tuesday.
fn is_day(text: &str, frequency: &str) -> bool {
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_uppercase());
    let most = match frequency {
        "MONTHLY" => MAX_WEEKDAYS_A_MONTH,
        "YEARLY" => MAX_WEEKDAYS_A_YEAR,
        _ => 0,
    };
    let digits = unsigned(number);
    let is_numbered = digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits
            .parse()
            .is_ok_and(|number| (1..=most).contains(&number));
    is_weekday(&text[number.len()..]) && (number.is_empty() || is_numbered)
}

fn check_count(rule: &Rule<'_>, count: u32, limit_count: u32) -> Result<(), WebexError> {
    if count > limit_count {
        return Err(invalid(format!(
            "Webex keeps at most {limit_count} meetings of such a rule; lower COUNT"
        )));
    }
    // Several days in a rule share one period, so such periods are not multiplied.
    let is_one_a_period = !rule.lists.iter().any(|(_, value)| value.contains(','));
    let periods = u64::from(count - 1) * u64::from(rule.interval.unwrap_or(1));
    if is_one_a_period && periods >= u64::from(limit_count) {
        return Err(invalid(
            "the series would go on for more than 5 years; lower COUNT or INTERVAL",
        ));
    }
    Ok(())
}

fn check_until(until: &str, start: Option<Timestamp>) -> Result<(), WebexError> {
    let end = parse_until(until)
        .ok_or_else(|| invalid("UNTIL must be a time such as 20270105T000000Z"))?;
    let Some(start) = start else { return Ok(()) };
    let start = TimeZone::UTC.to_datetime(start);
    // The end of that day, in whatever zone it may count.
    let latest = end.checked_add(UNTIL_LATER_DAYS.days());
    if latest.is_ok_and(|latest| latest < start) {
        return Err(invalid("UNTIL lies before the start; choose a later one"));
    }
    // One day more, because UNTIL may be a local date.
    let furthest = start.checked_add(MAX_SERIES_YEARS.years().days(1));
    if furthest.is_ok_and(|furthest| end > furthest) {
        return Err(invalid(
            "Webex ends every series within 5 years; choose an earlier UNTIL",
        ));
    }
    Ok(())
}

/// Parses `20270105`, `20270105T000000` and `20270105T000000Z`.
fn parse_until(text: &str) -> Option<DateTime> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Time::strptime("%H%M%S", time).ok()?),
        None => (text, Time::midnight()),
    };
    Some(Date::strptime("%Y%m%d", date).ok()?.to_datetime(time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn start() -> Option<Timestamp> {
        "2026-01-05T09:00:00Z".parse().ok()
    }

    #[test]
    fn five_years_are_counted_from_the_start_and_by_no_clock() {
        let rule = "FREQ=DAILY;UNTIL=19990101T000000Z";
        let at = |text: &str| text.parse().ok();
        assert!(check(rule, at("1995-01-01T09:00:00Z")).is_ok());
        assert!(check(rule, at("1993-01-01T09:00:00Z")).is_err());
        assert!(check("FREQ=DAILY;UNTIL=29990101", None).is_ok());
    }

    #[test]
    fn what_webex_keeps_whole_passes() {
        for rule in [
            "FREQ=DAILY;INTERVAL=1;COUNT=5",
            "FREQ=DAILY;INTERVAL=1",
            "FREQ=DAILY;COUNT=1826",
            "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU,WE;COUNT=261",
            "FREQ=WEEKLY;BYDAY=MO;COUNT=10;",
            "FREQ=MONTHLY;INTERVAL=1;COUNT=10;BYMONTHDAY=10",
            "FREQ=MONTHLY;BYDAY=2TU;COUNT=60",
            "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1;COUNT=5",
            "FREQ=DAILY;UNTIL=20310105T000000Z",
            "FREQ=DAILY;UNTIL=20310105",
            "FREQ=DAILY;UNTIL=20260105",
            "FREQ=MONTHLY;BYDAY=-1FR",
            "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1;WKST=SU",
            "FREQ=YEARLY;BYYEARDAY=-1",
        ] {
            assert!(check(rule, start()).is_ok(), "{rule}");
        }
    }

    #[test]
    fn what_webex_would_cut_silently_is_refused() {
        for rule in [
            "",
            "every day",
            "COUNT=5",
            "FREQ=HOURLY;COUNT=5",
            "FREQ=MINUTELY",
            "FREQ=SECONDLY",
            "FREQ=daily",
            "FREQ=DAILY;FREQ=WEEKLY",
            "FREQ=DAILY;COUNT=0",
            "FREQ=DAILY;INTERVAL=-1",
            "FREQ=DAILY;COUNT=1827",
            "FREQ=WEEKLY;COUNT=262",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=200",
            "FREQ=MONTHLY;COUNT=61",
            "FREQ=YEARLY;COUNT=6",
            "FREQ=MONTHLY;INTERVAL=1;COUNT=10;BYMONTHDAY=10,11,12",
            "FREQ=YEARLY;BYDAY=1MO,2MO",
            "FREQ=DAILY;COUNT=5;UNTIL=20270105T000000Z",
            "FREQ=DAILY;UNTIL=20310107T000000Z",
            "FREQ=DAILY;UNTIL=20260102",
            "FREQ=DAILY;UNTIL=20250105T090000Z",
            "FREQ=DAILY;UNTIL=soon",
            "FREQ=DAILY;UNTIL=20261301T000000Z",
        ] {
            let error = check(rule, start()).expect_err(rule);
            assert!(matches!(
                error,
                WebexError::Invalid {
                    field: "recurrence",
                    ..
                }
            ));
        }
    }

    #[test]
    fn what_no_server_can_read_is_refused() {
        for rule in [
            "FREQ=DAILY;X-OWN=1",
            "FREQ=DAILY;WKST=X",
            "FREQ=WEEKLY;BYDAY=",
            "FREQ=WEEKLY;BYDAY=2TU",
            "FREQ=WEEKLY;BYDAY=ü",
            "FREQ=MONTHLY;BYDAY=6MO",
            "FREQ=MONTHLY;BYDAY=--1MO",
            "FREQ=WEEKLY;BYMONTHDAY=1",
            "FREQ=MONTHLY;BYMONTHDAY=32",
            "FREQ=MONTHLY;BYMONTHDAY=+-3",
            "FREQ=MONTHLY;BYWEEKNO=1",
            "FREQ=YEARLY;BYMONTH=-1",
            "FREQ=DAILY;BYSETPOS=1",
            "FREQ=DAILY;INTERVAL=1827",
        ] {
            assert!(check(rule, start()).is_err(), "{rule}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}", parts in "(FREQ|UNTIL|COUNT|BYDAY)=[A-Z0-9,]{0,20}") {
            let _ = check(&text, start());
            let _ = check(&format!("FREQ=DAILY;{parts};{text}"), start());
        }

        #[test]
        fn a_count_passes_up_to_the_bound(count in 1u32..3000) {
            let rule = format!("FREQ=DAILY;COUNT={count}");
            prop_assert_eq!(check(&rule, start()).is_ok(), count <= MAX_DAILY_MEETINGS_COUNT);
        }
    }
}
