//! How often a series takes place, in words of a question.

/// A rule of RFC 5545 as people say it; `None` for one that has more than these words can tell.
pub fn in_words(rule: &str) -> Option<String> {
    let (mut every, mut interval, mut days, mut end) = (None, 1, None, None);
    let rule = rule.trim().strip_prefix("RRULE:").unwrap_or(rule.trim());
    for part in rule.split(';').filter(|part| !part.is_empty()) {
        match part.split_once('=')? {
            ("FREQ", "DAILY") => every = Some("day"),
            ("FREQ", "WEEKLY") => every = Some("week"),
            ("FREQ", "MONTHLY") => every = Some("month"),
            ("FREQ", "YEARLY") => every = Some("year"),
            ("INTERVAL", count) => interval = count.parse::<u16>().ok()?,
            ("BYDAY", list) => {
                days = Some(list.split(',').map(weekday).collect::<Option<Vec<_>>>()?)
            }
            ("COUNT", "1") => end = Some(", once".to_owned()),
            ("COUNT", count) => end = Some(format!(", {} times", count.parse::<u32>().ok()?)),
            ("UNTIL", time) => end = Some(format!(", until {}", day(time)?)),
            ("WKST", _) => {}
            _ => return None,
        }
    }
    let every = match interval {
        1 => format!("every {}", every?),
        count => format!("every {count} {}s", every?),
    };
    let on = days.map_or_else(String::new, |days| format!(" on {}", days.join(", ")));
    Some(format!("{every}{on}{}", end.unwrap_or_default()))
}

fn weekday(short: &str) -> Option<&'static str> {
    Some(match short {
        "MO" => "Monday",
        "TU" => "Tuesday",
        "WE" => "Wednesday",
        "TH" => "Thursday",
        "FR" => "Friday",
        "SA" => "Saturday",
        "SU" => "Sunday",
        _ => return None,
    })
}

/// `20260331T215959Z` as a date.
fn day(time: &str) -> Option<String> {
    let digits = time.get(..8)?;
    let is_date = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_date.then(|| format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_told_whole_or_not_at_all() {
        for (rule, expected) in [
            ("FREQ=DAILY;COUNT=5", Some("every day, 5 times")),
            (
                "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,WE",
                Some("every week on Monday, Wednesday"),
            ),
            (
                "RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20260331T215959Z",
                Some("every 2 weeks, until 2026-03-31"),
            ),
            ("FREQ=MONTHLY;BYDAY=2TU", None),
            ("FREQ=MONTHLY;BYMONTHDAY=5", None),
            ("FREQ=WEEKLY;UNTIL=ü", None),
            ("BYDAY=MO", None),
            ("", None),
        ] {
            assert_eq!(in_words(rule).as_deref(), expected, "{rule}");
        }
    }
}
