//! The routine of the demo company: the daily standup and the builds.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::script::{Line, days_ago};

const STANDUP_DAYS: i64 = 26;
const BUILD_DAYS: i64 = 32;

/// What each person works on in turn: today's work is called yesterday's tomorrow.
const WORK: &[(&str, &[&str])] = &[
    (
        "bob",
        &[
            "idempotency keys in checkout-api",
            "tax cache",
            "reviewing the dialog migration",
            "VAT number on invoices",
            "pairing with Dave on the failover",
            "partial refunds",
            "cold start of billing-api",
        ],
    ),
    (
        "carol",
        &[
            "screens for order history",
            "interviews with two customers",
            "contrast audit",
            "refund dialog, second draft",
            "workshop with Customer Success",
        ],
    ),
    (
        "dave",
        &[
            "alerts for checkout",
            "upgrading the broker",
            "capacity plan",
            "post-mortem write-up",
            "moving staging to the new network",
            "restore test of the hourly snapshots",
        ],
    ),
    (
        "erin",
        &[
            "automating the invoice cases",
            "hunting a flaky test",
            "exploratory testing on Android",
            "release candidate smoke tests",
        ],
    ),
    (
        "frank",
        &[
            "address form",
            "payment drawer",
            "table component",
            "bundle size",
            "keyboard focus in dialogs",
            "error texts in Spanish and German",
        ],
    ),
];

const BLOCKERS: &[&str] = &[
    "No blockers.",
    "No blockers.",
    "Waiting for a review.",
    "No blockers.",
    "Blocked by the staging network until noon.",
    "No blockers.",
    "I need ten minutes of @alice for a decision.",
];

const PROJECTS: &[&str] = &["checkout-api", "billing-api", "web-shop"];

const COMMITS: &[(&str, &str)] = &[
    ("bob", "Derive the retry delay from the queue length"),
    ("frank", "Collapse the order summary on small screens"),
    ("dave", "Raise the connection limit of the session store"),
    ("bob", "Cache tax rates for an hour"),
    ("erin", "Wait for the mail instead of sleeping"),
    ("frank", "Return the focus when a dialog closes"),
    ("bob", "Send refund mails once"),
    ("frank", "Translate the postal code errors"),
    ("dave", "Add a probe for the login"),
    ("bob", "Load billing rules lazily"),
    ("frank", "Replace the date library"),
];

const FAILURES: &[&str] = &[
    "`invoice_is_sent_once` timed out after 30 s",
    "3 of 812 tests failed, first: `cart_survives_reload`",
    "lint: unused import in `payment.ts`",
    "the database container did not start",
];

const FIXES: &[&str] = &[
    "Mine, fix follows.",
    "Looking at it.",
    "Flaky, I restarted the build and opened a ticket.",
    "My fault, reverted.",
];

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
        before: None,
        file: None,
        is_reply,
        pair: None,
    })
}

fn weekday(now: Timestamp, days: i64) -> Option<Weekday> {
    let day = days_ago(now, days, 12, 0)?.to_zoned(TimeZone::UTC);
    Some(day.weekday()).filter(|day| !matches!(day, Weekday::Saturday | Weekday::Sunday))
}

/// A thread for every working day: Alice opens it, and everyone answers.
pub(super) fn standups(now: Timestamp) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut day = 0;
    for days in (1..=STANDUP_DAYS).rev() {
        let Some(weekday) = weekday(now, days) else {
            continue;
        };
        let greeting =
            format!("**{weekday:?}**: what did you do, what is next, what is in your way?");
        lines.extend(line(days_ago(now, days, 8, 45), "alice", greeting, false));
        for (seat, (person, work)) in WORK.iter().enumerate() {
            let (Some(done), Some(next)) = (pick(work, day), pick(work, day + 1)) else {
                continue;
            };
            let blocker = pick(BLOCKERS, day * 2 + seat * 3).unwrap_or_default();
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
pub(super) fn builds(now: Timestamp) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut build = 0;
    for days in (1..=BUILD_DAYS).rev() {
        if weekday(now, days).is_none() {
            continue;
        }
        for hour in [9, 11, 14, 16] {
            lines.extend(report(now, days, hour, build).into_iter().flatten());
            build += 1;
        }
    }
    let (asked, answered) = (days_ago(now, 1, 17, 20), days_ago(now, 1, 17, 21));
    let answer = "Last build: **web-shop** #1899, passed 64 minutes ago. Nothing is queued.";
    lines.extend(line(asked, "dave", "@ci-bot status", false));
    lines.extend(line(answered, "ci-bot", answer, true));
    lines
}

fn report(now: Timestamp, days: i64, hour: i8, build: usize) -> Vec<Option<Line>> {
    let number = 1_800 + build;
    let (Some(project), Some((author, commit))) = (pick(PROJECTS, build), pick(COMMITS, build))
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
    let failure = pick(FAILURES, build / 9).unwrap_or_default();
    let text =
        format!("**{project}** #{number} **failed**: {failure}. Last change: {commit}. @{author}");
    let fix = pick(FIXES, build / 9).unwrap_or_default();
    let answered = days_ago(now, days, hour, minute + 9);
    vec![
        line(at, "ci-bot", text, false),
        line(answered, author, fix, true),
    ]
}
