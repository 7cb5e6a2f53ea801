//! Reads the conversations of the demo company from their scripts.
//!
//! A line is `<when> <who>: <text>`. When is `12d 09:31` (so many days ago, at that time in UTC),
//! `12w 09:31` (so many working days ago), `~40m` (so many minutes ago) or `+9m`, `+2h`, `+1d`
//! (after the line before). `> ` makes it a reply to the last line without. `@bob` mentions Bob,
//! `{weekday}` is the day of the line, `[[file NAME]]` attaches, and `[[was WORDS]]` says what the
//! message said before it was edited. `= alice bob` starts the direct room of two people.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

/// A script goes back no further than this.
const MAX_DAYS_AGO: i64 = 366;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) at: Timestamp,
    pub(super) author: String,
    pub(super) text: String,
    /// The text before the message was edited.
    pub(super) before: Option<String>,
    pub(super) file: Option<String>,
    pub(super) is_reply: bool,
    /// The two people of a direct room; `None` for a space.
    pub(super) pair: Option<(String, String)>,
}

/// The lines of a script; a line that cannot be parsed becomes `Err` with its number.
pub(super) fn read(script: &str, now: Timestamp) -> Vec<Result<Line, usize>> {
    let mut lines = Vec::new();
    let mut pair = None;
    let mut at = now;
    for (number, line) in script.lines().enumerate() {
        if let Some(people) = line.strip_prefix("= ") {
            let people = people.split_once(' ');
            pair = people.map(|(one, other)| (one.to_owned(), other.to_owned()));
            continue;
        }
        let line = read_line(line, at, now, &pair);
        if let Some(line) = &line {
            at = line.at;
        }
        lines.push(line.ok_or(number + 1));
    }
    lines
}

fn read_line(
    line: &str,
    last: Timestamp,
    now: Timestamp,
    pair: &Option<(String, String)>,
) -> Option<Line> {
    let (is_reply, line) = match line.strip_prefix("> ") {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let (head, text) = line.split_once(": ")?;
    let (when, author) = head.rsplit_once(' ')?;
    let (text, file) = take_note(text, "[[file ");
    let (text, before) = take_note(text, "[[was ");
    let at = moment(when, last, now, &TimeZone::UTC)?;
    let weekday = at.strftime("%A").to_string();
    Some(Line {
        at,
        author: author.to_owned(),
        text: text.replace("{weekday}", &weekday),
        before,
        file,
        is_reply,
        pair: pair.clone(),
    })
}

/// Splits `text [[note words]]` into the text and the words.
fn take_note<'a>(text: &'a str, opening: &str) -> (&'a str, Option<String>) {
    let Some((text, note)) = text.split_once(opening) else {
        return (text, None);
    };
    let note = note.trim_end_matches("]]").to_owned();
    (text.trim_end(), Some(note))
}

/// The moment that is written before a line; days and times of day are those of a zone.
pub(super) fn moment(
    when: &str,
    last: Timestamp,
    now: Timestamp,
    zone: &TimeZone,
) -> Option<Timestamp> {
    if let Some(after) = when.strip_prefix('+') {
        let after: Span = after.parse().ok()?;
        let moment = last.to_zoned(zone.clone()).checked_add(after).ok()?;
        return Some(moment.timestamp());
    }
    if let Some(ago) = when.strip_prefix('~') {
        return now.checked_sub(ago.parse::<Span>().ok()?).ok();
    }
    let (days, time) = when.split_once(' ')?;
    let time: Time = time.parse().ok()?;
    let (days, unit) = days.split_at_checked(days.len().checked_sub(1)?)?;
    let days: i64 = days.parse().ok()?;
    let today = now.to_zoned(zone.clone()).date();
    let day = match unit {
        "d" => today.checked_sub(days.days()).ok()?,
        "w" => working_day(today, usize::try_from(days).ok()?)?,
        _ => return None,
    };
    let moment = day.to_datetime(time).to_zoned(zone.clone()).ok()?;
    Some(moment.timestamp())
}

/// The working day that was so many working days before today.
fn working_day(today: Date, days_ago: usize) -> Option<Date> {
    let days = (1..=MAX_DAYS_AGO).filter_map(|days| today.checked_sub(days.days()).ok());
    let is_off = |day: &Date| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let mut working = days.filter(|day| !is_off(day));
    working.nth(days_ago.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_is_read() {
        let now: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
        let script = "2d 09:31 alice: Hi [[was Ho]]\n> +2h bob: Yes: [[file a b.csv]]\n~5m bob: x\n= a b\n1d 10:00 a: {weekday}\n2w 10:00 a: y\nnonsense";
        let lines = read(script, now);
        let shown: Vec<String> = lines
            .iter()
            .map(|line| match line {
                Ok(Line {
                    at,
                    author,
                    text,
                    before,
                    file,
                    is_reply,
                    pair,
                }) => {
                    let pair = pair.is_some();
                    format!("{at} {author} {text:?} {before:?} {file:?} {is_reply} {pair}")
                }
                Err(number) => format!("line {number}"),
            })
            .collect();
        assert_eq!(
            shown,
            [
                r#"2026-01-03T09:31:00Z alice "Hi" Some("Ho") None false false"#,
                r#"2026-01-03T11:31:00Z bob "Yes:" None Some("a b.csv") true false"#,
                r#"2026-01-05T08:55:00Z bob "x" None None false false"#,
                r#"2026-01-04T10:00:00Z a "Sunday" None None false true"#,
                r#"2026-01-01T10:00:00Z a "y" None None false true"#,
                "line 7",
            ]
        );
    }
}
