//! The routine of the demo company: the daily standup and the builds.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::script::{Line, days_ago};

const STANDUP_DAYS: i64 = 26;
const BUILD_DAYS: i64 = 32;

#[derive(Debug, Deserialize)]
pub(super) struct Routine {
    /// What each person works on in turn: today's work is called yesterday's tomorrow.
    #[serde(borrow)]
    work: Vec<(&'static str, Vec<&'static str>)>,
    #[serde(borrow)]
    blockers: Vec<&'static str>,
    #[serde(borrow)]
    projects: Vec<&'static str>,
    /// Who made each change.
    #[serde(borrow)]
    commits: Vec<(&'static str, &'static str)>,
    #[serde(borrow)]
    failures: Vec<&'static str>,
    #[serde(borrow)]
    fixes: Vec<&'static str>,
}

fn pick<T: Copy>(list: &[T], at: usize) -> Option<T> {
    list.get(at % list.len().max(1)).copied()
}

fn line(
    at: Option<Timestamp>,
    author: &str,
    text: impl Into<String>,
    is_reply: bool,
) -> Option<Line> {
    Some(Line {
        at: at?,
        author: author.to_owned(),
        text: text.into(),
        is_reply,
        ..Line::default()
    })
}

fn weekday(now: Timestamp, days: i64) -> Option<Weekday> {
    let day = days_ago(now, days, 12, 0)?.to_zoned(TimeZone::UTC);
    Some(day.weekday()).filter(|day| !matches!(day, Weekday::Saturday | Weekday::Sunday))
}

impl Routine {
    /// A thread for every working day: Alice opens it, and everyone answers.
    pub(super) fn standups(&self, now: Timestamp) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut day = 0;
        for days in (1..=STANDUP_DAYS).rev() {
            let Some(weekday) = weekday(now, days) else {
                continue;
            };
            let greeting =
                format!("**{weekday:?}**: what did you do, what is next, what is in your way?");
            lines.extend(line(days_ago(now, days, 8, 45), "alice", greeting, false));
            for (seat, (person, work)) in self.work.iter().enumerate() {
                let (Some(done), Some(next)) = (pick(work, day), pick(work, day + 1)) else {
                    continue;
                };
                let blocker = pick(&self.blockers, day * 2 + seat * 3).unwrap_or_default();
                let text = format!("Yesterday: {done}. Today: {next}. {blocker}");
                let minute = i8::try_from(47 + seat * 2).unwrap_or(59);
                lines.extend(line(days_ago(now, days, 8, minute), person, text, true));
            }
            day += 1;
        }
        lines
    }

    /// Builds of every working day as the bot reports them; a person who broke one is mentioned and
    /// answers.
    pub(super) fn builds(&self, now: Timestamp) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut build = 0;
        for days in (1..=BUILD_DAYS).rev() {
            if weekday(now, days).is_none() {
                continue;
            }
            for hour in [9, 11, 14, 16] {
                lines.extend(self.report(now, days, hour, build).into_iter().flatten());
                build += 1;
            }
        }
        let (asked, answered) = (days_ago(now, 1, 17, 20), days_ago(now, 1, 17, 21));
        let answer = "Last build: **web-shop** #1899, passed 64 minutes ago. Nothing is queued.";
        lines.extend(line(asked, "dave", "@ci-bot status", false));
        lines.extend(line(answered, "ci-bot", answer, true));
        lines
    }

    fn report(&self, now: Timestamp, days: i64, hour: i8, build: usize) -> Vec<Option<Line>> {
        let number = 1_800 + build;
        let (Some(project), Some((author, commit))) =
            (pick(&self.projects, build), pick(&self.commits, build))
        else {
            return Vec::new();
        };
        let minute = i8::try_from((build * 7) % 50).unwrap_or(0);
        let at = days_ago(now, days, hour, minute);
        let secs = 190 + (build * 37) % 140;
        if build % 9 != 4 {
            let text = format!("**{project}** #{number} passed in {secs} s: {commit}");
            return vec![line(at, "ci-bot", text, false)];
        }
        let failure = pick(&self.failures, build / 9).unwrap_or_default();
        let text = format!(
            "**{project}** #{number} **failed**: {failure}. Last change: {commit}. @{author}"
        );
        let fix = pick(&self.fixes, build / 9).unwrap_or_default();
        let answered = days_ago(now, days, hour, minute + 9);
        vec![
            line(at, "ci-bot", text, false),
            line(answered, author, fix, true),
        ]
    }
}
