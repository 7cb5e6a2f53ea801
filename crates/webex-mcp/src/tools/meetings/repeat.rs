//! A recurrence in words of every day, as the rule that Webex takes.

use jiff::Zoned;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::CallError;

/// The last day that every month has.
const LAST_DAY_OF_EVERY_MONTH: i8 = 28;

/// How a meeting repeats.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Repeat {
    every: Every,
    /// Of week; default that of start.
    #[schemars(length(max = 7))]
    on: Option<Vec<Day>>,
    /// Such as 2026-03-31.
    until: Option<String>,
    count: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Every {
    Day,
    Week,
    Month,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    const fn of(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Day::Monday,
            Weekday::Tuesday => Day::Tuesday,
            Weekday::Wednesday => Day::Wednesday,
            Weekday::Thursday => Day::Thursday,
            Weekday::Friday => Day::Friday,
            Weekday::Saturday => Day::Saturday,
            Weekday::Sunday => Day::Sunday,
        }
    }

    /// As a rule writes it.
    const fn letters(self) -> &'static str {
        match self {
            Day::Monday => "MO",
            Day::Tuesday => "TU",
            Day::Wednesday => "WE",
            Day::Thursday => "TH",
            Day::Friday => "FR",
            Day::Saturday => "SA",
            Day::Sunday => "SU",
        }
    }
}

impl Repeat {
    /// Whether there is anything wrong with it that does not depend on the start.
    ///
    /// # Errors
    /// `invalid_arguments`.
    pub fn check(&self) -> Result<(), CallError> {
        if self.on.is_some() && self.every != Every::Week {
            return Err(CallError::invalid(
                "repeat.on",
                "weekdays go with every: week; for a weekday of a month give recurrence, such as FREQ=MONTHLY;BYDAY=2TU;COUNT=6",
            ));
        }
        if self.until.is_some() && self.count.is_some() {
            return Err(CallError::invalid(
                "repeat.until",
                "until and count exclude each other; give one of them",
            ));
        }
        self.last_day().map(|_| ())
    }

    fn last_day(&self) -> Result<Option<Date>, CallError> {
        let Some(text) = &self.until else {
            return Ok(None);
        };
        let date = Date::strptime("%Y-%m-%d", text.trim());
        date.map(Some).map_err(|_| {
            CallError::invalid("repeat.until", "it has to be a date such as 2026-03-31")
        })
    }

    /// The rule, for a series that begins at `start`.
    ///
    /// # Errors
    /// `invalid_arguments` for what contradicts itself or the start.
    pub fn rule(&self, start: &Zoned) -> Result<String, CallError> {
        self.check()?;
        let mut rule = match self.every {
            Every::Day => "FREQ=DAILY;INTERVAL=1".to_owned(),
            Every::Week => format!("FREQ=WEEKLY;INTERVAL=1;BYDAY={}", self.days(start)?),
            Every::Month if start.day() > LAST_DAY_OF_EVERY_MONTH => {
                return Err(CallError::invalid(
                    "repeat.every",
                    "not every month has the day of start; for the last day give recurrence, such as FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=6",
                ));
            }
            Every::Month => format!("FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY={}", start.day()),
        };
        if let Some(count) = self.count {
            rule.push_str(&format!(";COUNT={count}"));
        }
        if let Some(date) = self.last_day()? {
            let wrong = |right| CallError::invalid("repeat.until", right);
            if date < start.date() {
                return Err(wrong("it lies before the start"));
            }
            // The whole day counts, where the meeting takes place.
            let end = date.at(23, 59, 59, 0).to_zoned(start.time_zone().clone());
            let end = end.map_err(|_| wrong("it is out of range"))?;
            let end = end.with_time_zone(TimeZone::UTC);
            rule.push_str(&end.strftime(";UNTIL=%Y%m%dT%H%M%SZ").to_string());
        }
        Ok(rule)
    }

    /// The days of a weekly rule; the start has to be one of them, or it would not be of the series.
    fn days(&self, start: &Zoned) -> Result<String, CallError> {
        let first = Day::of(start.weekday());
        let mut days = self.on.clone().unwrap_or_default();
        if days.is_empty() {
            days.push(first);
        }
        if !days.contains(&first) {
            return Err(CallError::invalid(
                "repeat.on",
                "the day of start is not among these days; move start to one of them, or add its day",
            ));
        }
        days.sort_unstable_by_key(|day| *day as u8);
        days.dedup();
        let letters: Vec<_> = days.into_iter().map(Day::letters).collect();
        Ok(letters.join(","))
    }
}

/// Whether a weekly rule that names days has that of the start among them. Other rules, and what
/// cannot be read, are not for this to judge.
pub fn has_day(rule: &str, start: &Zoned) -> bool {
    let part = |name: &str| {
        let mut parts = rule.split(';').filter_map(|part| part.split_once('='));
        parts.find(|(own, _)| *own == name).map(|(_, value)| value)
    };
    let first = Day::of(start.weekday()).letters();
    match (part("FREQ"), part("BYDAY")) {
        (Some("WEEKLY"), Some(days)) => days.split(',').any(|day| day == first),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rule(repeat: Value, start: &str) -> Result<String, CallError> {
        let repeat: Repeat = serde_json::from_value(repeat).unwrap();
        repeat.rule(&start.parse().unwrap())
    }

    const MONDAY: &str = "2026-01-05T09:00[Europe/Berlin]";

    #[test]
    fn words_become_a_rule() {
        for (repeat, expected) in [
            (
                json!({"every": "day", "count": 5}),
                "FREQ=DAILY;INTERVAL=1;COUNT=5",
            ),
            (json!({"every": "week"}), "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO"),
            (
                json!({"every": "week", "on": ["wednesday", "monday", "monday"]}),
                "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,WE",
            ),
            (
                json!({"every": "month", "until": "2026-03-31"}),
                "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=5;UNTIL=20260331T215959Z",
            ),
            (
                json!({"every": "day", "until": "2026-01-05"}),
                "FREQ=DAILY;INTERVAL=1;UNTIL=20260105T225959Z",
            ),
        ] {
            assert_eq!(rule(repeat.clone(), MONDAY).unwrap(), expected, "{repeat}");
        }
    }

    #[test]
    fn what_contradicts_itself_or_the_start_is_refused() {
        for (repeat, start, reason) in [
            (
                json!({"every": "day", "on": ["monday"]}),
                MONDAY,
                "every: week",
            ),
            (
                json!({"every": "month", "on": ["monday"]}),
                MONDAY,
                "BYDAY=2TU",
            ),
            (
                json!({"every": "week", "on": ["tuesday"]}),
                MONDAY,
                "the day of start",
            ),
            (
                json!({"every": "day", "until": "2026-02-01", "count": 2}),
                MONDAY,
                "exclude",
            ),
            (
                json!({"every": "day", "until": "soon"}),
                MONDAY,
                "a date such as",
            ),
            (
                json!({"every": "day", "until": "2026-01-04"}),
                MONDAY,
                "before the start",
            ),
            (
                json!({"every": "month"}),
                "2026-01-31T09:00[Europe/Berlin]",
                "BYMONTHDAY=-1",
            ),
        ] {
            let error = rule(repeat.clone(), start).unwrap_err();
            assert!(error.message.starts_with("`repeat."), "{repeat}");
            assert!(
                error.message.contains(reason),
                "{repeat}: {}",
                error.message
            );
        }
    }
}
