//! A recurrence rule (RFC 5545) as the times that it means, in a time zone. Only rules that people
//! say in words are taken, and only those that end.

use std::collections::BTreeSet;
use std::str::FromStr;

use chrono::DateTime as ChronoTime;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use rrule::{Frequency, NWeekday, RRule, Tz, Unvalidated};

use crate::error::CallError;
use crate::limits::{RULE_MAX_BYTES, SCHEDULE_APART_SECONDS, SCHEDULE_TIMES_MAX};
use crate::tools::meetings::times;

/// What may stand before a rule.
const RULE_NAME: &str = "RRULE:";

/// A rule whose parts are well formed.
#[derive(Debug)]
pub struct Rule {
    text: String,
    /// Without COUNT and UNTIL.
    parts: RRule<Unvalidated>,
    end: End,
}

/// Where it ends.
#[derive(Debug, Clone, Copy)]
enum End {
    Count(u32),
    /// A moment.
    Until(Timestamp),
    /// The whole day, or until a time of the place.
    UntilThere(DateTime),
}

fn wrong(right: &str) -> CallError {
    CallError::invalid("recurrence", right)
}

impl Rule {
    /// # Errors
    /// `invalid_arguments` for what is no such rule, and for one without an end.
    pub fn read(given: &str) -> Result<Self, CallError> {
        let text = given.trim().to_ascii_uppercase();
        let text = text.strip_prefix(RULE_NAME).unwrap_or(&text);
        let text = text.trim_end_matches(';');
        let no_rule =
            || wrong("it has to be an RFC 5545 rule, such as FREQ=WEEKLY;BYDAY=MO;COUNT=8");
        if text.len() > RULE_MAX_BYTES || !text.is_ascii() {
            return Err(no_rule());
        }
        let parts: Option<Vec<_>> = text.split(';').map(|part| part.split_once('=')).collect();
        let parts = parts.ok_or_else(no_rule)?;
        let names: BTreeSet<_> = parts.iter().map(|(name, _)| name).collect();
        if names.len() < parts.len() {
            return Err(wrong("a part stands in it twice"));
        }
        let value = |wanted: &str| parts.iter().find(|(name, _)| *name == wanted);
        let frequency = match value("FREQ").map(|(_, value)| *value) {
            Some("DAILY") => Frequency::Daily,
            Some("WEEKLY") => Frequency::Weekly,
            Some("MONTHLY") => Frequency::Monthly,
            Some("HOURLY" | "MINUTELY" | "SECONDLY") => {
                return Err(wrong(
                    "FREQ has to be DAILY, WEEKLY or MONTHLY; several times a day are hours, such as FREQ=DAILY;BYHOUR=9,13,17;COUNT=30",
                ));
            }
            Some("YEARLY") => {
                return Err(wrong(
                    "FREQ has to be DAILY, WEEKLY or MONTHLY; a message is scheduled at most a year ahead",
                ));
            }
            _ => return Err(no_rule()),
        };
        let end = end_of(value("COUNT"), value("UNTIL"))?;
        let mut rule = RRule::new(frequency);
        for (name, value) in &parts {
            rule = match *name {
                "FREQ" | "COUNT" | "UNTIL" => rule,
                name => with_part(rule, name, value)?,
            };
        }
        Ok(Rule {
            text: text.to_owned(),
            parts: rule,
            end,
        })
    }

    pub fn into_text(self) -> String {
        self.text
    }

    /// All of its times, of which `first` has to be one; none may come after `last`.
    ///
    /// # Errors
    /// `invalid_arguments` where the times cannot be kept: too many, too close, too far ahead.
    pub fn times(&self, first: &Zoned, last: Timestamp) -> Result<Vec<Timestamp>, CallError> {
        let zone = first.time_zone();
        let too_far = || {
            let last = times::told(last, zone);
            wrong(&format!(
                "it goes on too far ahead; the last possible time is {last}"
            ))
        };
        let until = self.until(zone)?;
        if until.is_some_and(|until| until > last) {
            return Err(too_far());
        }
        let mut times = self.expanded(first, until.unwrap_or(last))?;
        match self.end {
            End::Count(count) if times.len() > count as usize => times.truncate(count as usize),
            End::Count(count) if times.len() < count as usize => {
                return Err(match times.len() > SCHEDULE_TIMES_MAX {
                    true => too_often(),
                    false => too_far(),
                });
            }
            _ => {}
        }
        if times.len() > SCHEDULE_TIMES_MAX {
            return Err(too_often());
        }
        // Where the clocks change, two times of the wall may be one moment, or change places.
        times.sort_unstable();
        times.dedup();
        let apart = SignedDuration::from_secs(SCHEDULE_APART_SECONDS);
        match times
            .windows(2)
            .any(|two| two[1].duration_since(two[0]) < apart)
        {
            true => Err(wrong("two of its times are less than 5 minutes apart")),
            false => Ok(times),
        }
    }

    fn until(&self, zone: &TimeZone) -> Result<Option<Timestamp>, CallError> {
        match self.end {
            End::Count(_) => Ok(None),
            End::Until(until) => Ok(Some(until)),
            End::UntilThere(until) => {
                let until = zone.to_timestamp(until);
                until.map(Some).map_err(|_| wrong("UNTIL is out of range"))
            }
        }
    }

    /// The times up to `until`, as many as are needed to see that there are too many.
    fn expanded(&self, first: &Zoned, until: Timestamp) -> Result<Vec<Timestamp>, CallError> {
        let zone = first.time_zone();
        // The rule is about local time. It is given to rrule as if it were in UTC, and what the
        // clocks of the place do is left to jiff.
        let wall = |local: DateTime| {
            let wall = TimeZone::UTC.to_timestamp(local).ok()?;
            let wall = ChronoTime::from_timestamp(wall.as_second(), 0)?;
            Some(wall.with_timezone(&Tz::UTC))
        };
        let impossible = || wrong("its parts do not go together");
        let start = wall(first.datetime()).ok_or_else(impossible)?;
        let end = wall(zone.to_datetime(until)).ok_or_else(impossible)?;
        if end < start {
            return Err(wrong("UNTIL lies before at"));
        }
        let set = self.parts.clone().until(end).build(start);
        let set = set.map_err(|_| impossible())?.limit();
        let mut times = Vec::new();
        for date in set.into_iter().take(SCHEDULE_TIMES_MAX + 1) {
            let local = Timestamp::from_second(date.timestamp()).map_err(|_| impossible())?;
            let local = TimeZone::UTC.to_datetime(local);
            if times.is_empty() && local != first.datetime() {
                let there = zone.to_timestamp(local).map_err(|_| impossible())?;
                let there = times::told(there, zone);
                return Err(wrong(&format!(
                    "at is not one of its times; the first one is {there}, which can be given as at"
                )));
            }
            let time = match times.is_empty() {
                true => first.timestamp(),
                false => zone.to_timestamp(local).map_err(|_| impossible())?,
            };
            times.push(time);
        }
        match times.is_empty() {
            true => Err(wrong("it has no time between at and its end")),
            false => Ok(times),
        }
    }
}

/// A rule has one of both: nobody looks after one that goes on for ever.
fn end_of(count: Option<&(&str, &str)>, until: Option<&(&str, &str)>) -> Result<End, CallError> {
    match (count, until) {
        (Some((_, count)), None) => match count.parse() {
            Ok(count) if count > 0 => Ok(End::Count(count)),
            _ => Err(wrong("COUNT has to be a number of times")),
        },
        (None, Some((_, until))) => read_until(until).ok_or_else(|| {
            wrong("UNTIL has to be a date or a time, such as 20260331 or 20260331T090000Z")
        }),
        (Some(_), Some(_)) => Err(wrong(
            "COUNT and UNTIL exclude each other; give one of them",
        )),
        (None, None) => Err(wrong(
            "it has no end; add COUNT or UNTIL, such as COUNT=8 or UNTIL=20260331",
        )),
    }
}

/// A date without a time means the end of that day.
fn read_until(text: &str) -> Option<End> {
    const TIME: &str = "%Y%m%dT%H%M%S";
    if let Some(text) = text.strip_suffix('Z') {
        let until = TimeZone::UTC.to_timestamp(DateTime::strptime(TIME, text).ok()?);
        return until.ok().map(End::Until);
    }
    let until = match text.contains('T') {
        true => DateTime::strptime(TIME, text),
        false => Date::strptime("%Y%m%d", text).map(|day| day.at(23, 59, 59, 0)),
    };
    until.ok().map(End::UntilThere)
}

/// The rule with one more part. `rrule` can read whole rules too, but says less about what is wrong.
fn with_part(
    rule: RRule<Unvalidated>,
    name: &str,
    value: &str,
) -> Result<RRule<Unvalidated>, CallError> {
    let unreadable = || wrong(&format!("the value of {name} cannot be read"));
    let read = match name {
        "INTERVAL" => match value.parse() {
            Ok(interval) if interval > 0 => Some(rule.interval(interval)),
            _ => None,
        },
        "BYDAY" => list(value).map(|days: Vec<NWeekday>| rule.by_weekday(days)),
        "BYMONTHDAY" => list(value).map(|days| rule.by_month_day(days)),
        "BYMONTH" => {
            let months = list::<u8>(value).unwrap_or_default().into_iter();
            let months: Option<Vec<_>> = months.map(|month| month.try_into().ok()).collect();
            let months = months.filter(|months| !months.is_empty());
            months.map(|months| rule.by_month(&months))
        }
        "BYSETPOS" => list(value).map(|positions| rule.by_set_pos(positions)),
        "BYHOUR" => list(value).map(|hours| rule.by_hour(hours)),
        "BYMINUTE" => list(value).map(|minutes| rule.by_minute(minutes)),
        "WKST" => match value.parse() {
            Ok(NWeekday::Every(day)) => Some(rule.week_start(day)),
            _ => None,
        },
        _ => {
            return Err(wrong(
                "it may have FREQ, INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS, BYHOUR, BYMINUTE and WKST, and nothing else",
            ));
        }
    };
    read.ok_or_else(unreadable)
}

fn list<T: FromStr>(value: &str) -> Option<Vec<T>> {
    value.split(',').map(|one| one.parse().ok()).collect()
}

fn too_often() -> CallError {
    wrong(&format!("it has more than {SCHEDULE_TIMES_MAX} times"))
        .advise("Give a smaller COUNT or an earlier UNTIL; the rest can be scheduled later.")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a rule means for half past nine in Berlin, from Thursday, 26 March 2026.
    fn of(rule: &str) -> Result<Vec<Timestamp>, CallError> {
        from("2026-03-26T09:30[Europe/Berlin]", rule)
    }

    fn from(first: &str, rule: &str) -> Result<Vec<Timestamp>, CallError> {
        let first: Zoned = first.parse().unwrap();
        let last = "2027-03-26T00:00Z".parse().unwrap();
        Rule::read(rule)?.times(&first, last)
    }

    fn told(times: &[Timestamp]) -> Vec<String> {
        times.iter().map(Timestamp::to_string).collect()
    }

    #[test]
    fn the_hour_on_the_wall_stays_when_the_clocks_change() {
        for (first, rule, expected) in [
            (
                "2026-03-27T09:30[Europe/Berlin]",
                "FREQ=WEEKLY;BYDAY=MO,FR;COUNT=3",
                [
                    "2026-03-27T08:30:00Z",
                    "2026-03-30T07:30:00Z",
                    "2026-04-03T07:30:00Z",
                ],
            ),
            // There is no half past two on the 29th: it is an hour later then.
            (
                "2026-03-28T02:30[Europe/Berlin]",
                "FREQ=DAILY;COUNT=3",
                [
                    "2026-03-28T01:30:00Z",
                    "2026-03-29T01:30:00Z",
                    "2026-03-30T00:30:00Z",
                ],
            ),
            // Half past two comes twice: the first one counts.
            (
                "2026-10-24T02:30[Europe/Berlin]",
                "FREQ=DAILY;COUNT=3",
                [
                    "2026-10-24T00:30:00Z",
                    "2026-10-25T00:30:00Z",
                    "2026-10-26T01:30:00Z",
                ],
            ),
            (
                "2026-10-25T02:30+01:00[Europe/Berlin]",
                "FREQ=DAILY;COUNT=3",
                [
                    "2026-10-25T01:30:00Z",
                    "2026-10-26T01:30:00Z",
                    "2026-10-27T01:30:00Z",
                ],
            ),
        ] {
            assert_eq!(
                told(&from(first, rule).unwrap()),
                expected,
                "{first} {rule}"
            );
        }
    }

    #[test]
    fn what_people_say_is_understood() {
        for (rule, days) in [
            ("freq=daily;count=3", ["03-26", "03-27", "03-28"]),
            (
                "RRULE:FREQ=DAILY;INTERVAL=2;COUNT=3;",
                ["03-26", "03-28", "03-30"],
            ),
            ("FREQ=DAILY;UNTIL=20260328", ["03-26", "03-27", "03-28"]),
            (
                "FREQ=DAILY;UNTIL=20260328T093000",
                ["03-26", "03-27", "03-28"],
            ),
            (
                "FREQ=DAILY;UNTIL=20260328T083000Z",
                ["03-26", "03-27", "03-28"],
            ),
            ("FREQ=WEEKLY;COUNT=3", ["03-26", "04-02", "04-09"]),
            (
                "FREQ=MONTHLY;BYMONTHDAY=26;COUNT=3",
                ["03-26", "04-26", "05-26"],
            ),
            (
                "FREQ=MONTHLY;BYDAY=4TH;COUNT=3",
                ["03-26", "04-23", "05-28"],
            ),
            (
                "FREQ=MONTHLY;BYDAY=-1TH;COUNT=3",
                ["03-26", "04-30", "05-28"],
            ),
            (
                "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH;BYSETPOS=16;COUNT=3",
                ["03-26", "04-28", "05-28"],
            ),
            (
                "FREQ=DAILY;BYHOUR=9,17;COUNT=3",
                ["03-26", "03-26", "03-27"],
            ),
        ] {
            let times = told(&of(rule).unwrap());
            let found: Vec<_> = times.iter().map(|time| &time[5..10]).collect();
            assert_eq!(found, days, "{rule}");
        }
    }

    #[test]
    fn what_cannot_be_kept_is_refused_with_the_reason() {
        for (rule, reason) in [
            ("", "RFC 5545"),
            ("every monday", "RFC 5545"),
            ("FREQ=SOMETIMES;COUNT=2", "RFC 5545"),
            ("FREQ=DAILY\nRDATE=20260327T093000Z;COUNT=2", "RFC 5545"),
            ("FREQ=DAILY;COUNT=2;COUNT=3", "twice"),
            ("FREQ=DAILY", "no end"),
            ("FREQ=DAILY;COUNT=2;UNTIL=20260401", "exclude each other"),
            ("FREQ=DAILY;COUNT=0", "COUNT has to be"),
            ("FREQ=DAILY;COUNT=-1", "COUNT has to be"),
            ("FREQ=DAILY;UNTIL=soon", "UNTIL has to be"),
            ("FREQ=DAILY;UNTIL=20260325", "UNTIL lies before at"),
            ("FREQ=DAILY;INTERVAL=0;COUNT=2", "INTERVAL"),
            ("FREQ=DAILY;BYDAY=XX;COUNT=2", "BYDAY"),
            ("FREQ=MONTHLY;BYMONTH=13;COUNT=2", "BYMONTH"),
            ("FREQ=MONTHLY;BYMONTHDAY=32;COUNT=2", "do not go together"),
            ("FREQ=DAILY;BYSECOND=1,2;COUNT=2", "nothing else"),
            ("FREQ=DAILY;COLOUR=RED;COUNT=2", "nothing else"),
            ("FREQ=HOURLY;COUNT=2", "BYHOUR=9,13,17"),
            ("FREQ=MINUTELY;INTERVAL=5;COUNT=2", "BYHOUR=9,13,17"),
            ("FREQ=YEARLY;COUNT=2", "a year ahead"),
            ("FREQ=DAILY;BYMINUTE=30,32;COUNT=4", "5 minutes apart"),
            (
                "FREQ=WEEKLY;BYDAY=MO;COUNT=2",
                "the first one is 2026-03-30T09:30:00+02:00",
            ),
            ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1", "no time"),
            ("FREQ=DAILY;BYHOUR=9,17;COUNT=500", "more than 400 times"),
            (
                "FREQ=DAILY;BYHOUR=9,17;UNTIL=20270320",
                "more than 400 times",
            ),
            ("FREQ=DAILY;COUNT=4000000000", "too far ahead"),
            ("FREQ=WEEKLY;COUNT=54", "too far ahead"),
            (
                "FREQ=WEEKLY;UNTIL=20300101",
                "too far ahead; the last possible time is 2027-03-26T01",
            ),
        ] {
            let error = of(rule).unwrap_err();
            assert!(error.message.starts_with("`recurrence`: "), "{rule}");
            assert!(error.message.contains(reason), "{rule}: {}", error.message);
        }
        let long = format!("FREQ=DAILY;COUNT=2;BYHOUR={}9", "9,".repeat(300));
        assert!(of(&long).is_err());
    }

    fn days() -> impl Strategy<Value = String> {
        let day = prop::sample::select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"]);
        prop::collection::btree_set(day, 1..4)
            .prop_map(|days| days.into_iter().collect::<Vec<_>>().join(","))
    }

    fn rule() -> impl Strategy<Value = (String, Option<u32>, Option<i8>)> {
        let by = prop_oneof![
            (1u32..40).prop_map(|every| format!("FREQ=DAILY;INTERVAL={every}")),
            (1u32..4, days())
                .prop_map(|(every, days)| { format!("FREQ=WEEKLY;INTERVAL={every};BYDAY={days}") }),
            (-5i8..=5, days()).prop_filter_map("nth", |(nth, days)| {
                (nth != 0).then(|| format!("FREQ=MONTHLY;BYDAY={nth}{}", &days[..2]))
            }),
            (1i8..=31).prop_map(|day| format!("FREQ=MONTHLY;BYMONTHDAY={day}")),
            Just("FREQ=DAILY;BYHOUR=2,3,14".to_owned()),
        ];
        let end = prop_oneof![
            (1u32..60).prop_map(|count| (format!("COUNT={count}"), Some(count), None)),
            (1i8..=12).prop_map(|month| (format!("UNTIL=2026{month:02}28"), None, Some(month))),
        ];
        (by, end).prop_map(|(by, (end, count, month))| (format!("{by};{end}"), count, month))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn times_grow_are_of_the_rule_and_end(
            (rule, count, until_month) in rule(),
            day in 1i8..=28, month in 1i8..=12, hour in 0i8..24,
            zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
        ) {
            let zone = TimeZone::get(zone).unwrap();
            let local = jiff::civil::date(2026, month, day).at(hour, 30, 0, 0);
            let first = zone.to_zoned(local).unwrap();
            let last = first.timestamp() + jiff::SignedDuration::from_hours(366 * 24);
            let Ok(times) = Rule::read(&rule).unwrap().times(&first, last) else { return Ok(()) };
            prop_assert_eq!(times[0], first.timestamp());
            prop_assert!(times.windows(2).all(|two| two[0] < two[1]), "{:?}", times);
            prop_assert!(*times.last().unwrap() <= last);
            if let Some(count) = count {
                // Where the clocks go forward, two hours of a day are one moment.
                let merged = usize::from(rule.contains("BYHOUR"));
                prop_assert!(times.len() <= count as usize && times.len() + merged >= count as usize);
            }
            for time in &times {
                let there = time.to_zoned(zone.clone());
                let is_until = until_month.is_none_or(|until| there.date() <= jiff::civil::date(2026, until, 28));
                prop_assert!(is_until, "{} {}", rule, there);
                let letters = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
                let letters = letters[there.weekday().to_monday_zero_offset() as usize];
                if let Some((_, days)) = rule.split_once("BYDAY=") {
                    prop_assert!(days.split(';').next().unwrap().contains(letters), "{} {}", rule, there);
                }
                if let Some((_, day)) = rule.split_once("BYMONTHDAY=") {
                    prop_assert_eq!(day.split(';').next().unwrap(), there.day().to_string());
                }
            }
            // From a later one of its times on, it has the same times.
            if count.is_none() && !rule.contains("INTERVAL") && times.len() > 1 {
                let rest = Rule::read(&rule).unwrap().times(&times[1].to_zoned(zone.clone()), last);
                if let Ok(rest) = rest {
                    prop_assert_eq!(&rest, &times[1..]);
                }
            }
        }

        #[test]
        fn no_rule_makes_it_panic_or_grow(parts in "(FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY);)?((INTERVAL|COUNT|UNTIL|BYDAY|BYMONTHDAY|BYMONTH|BYSETPOS|BYHOUR|BYMINUTE|WKST)=[-A-Z0-9,]{0,9};?){0,4}(COUNT=[0-9]{1,3})?") {
            if let Ok(times) = of(&parts) {
                prop_assert!(!times.is_empty() && times.len() <= SCHEDULE_TIMES_MAX);
                prop_assert!(times.windows(2).all(|two| two[0] < two[1]));
            }
        }
    }
}
