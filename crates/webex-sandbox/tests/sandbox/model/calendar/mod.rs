//! Meetings on a clock that moves: random lives of four people and their series.

mod model;
mod rule;
mod sight;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::{live, lives};
use crate::{start, text};
use model::{Model, step, written};
use rule::rule;

/// Nights in which an hour is left out, or comes twice.
const NIGHTS: &[(&str, &str)] = &[
    ("Europe/Berlin", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-10-25T01:00:00Z"),
    ("America/New_York", "2026-03-08T07:00:00Z"),
    ("America/New_York", "2026-11-01T06:00:00Z"),
    ("Australia/Sydney", "2026-04-04T16:00:00Z"),
    ("Australia/Sydney", "2026-10-03T16:00:00Z"),
];

proptest! {
    #![proptest_config(lives(16))]

    #[test]
    fn meetings_happen_as_the_rules_say(
        steps in vec(step(), 1..50),
        hours in vec((-400..400_i64, 0..800_i64), 3),
    ) {
        live(async {
            let mut model = Model::new().await;
            for step in &steps {
                if let Some(series) = model.apply(step).await {
                    model.compare_series(series).await;
                }
            }
            for series in 0..model.series.len() {
                model.compare_series(series).await;
            }
            for (from, long) in hours {
                let from = model.now + SignedDuration::from_hours(from);
                model.compare_window(from, from + SignedDuration::from_hours(long)).await;
            }
        });
    }
}

proptest! {
    #![proptest_config(lives(64))]

    #[test]
    fn a_series_happens_when_its_rule_says(
        (zone, night) in select(NIGHTS),
        days in 0..8_i64,
        quarters in -8..8_i64,
        rule in rule(),
    ) {
        live(async {
            let (_, alice) = start();
            let night: Timestamp = night.parse().unwrap();
            let at = night - SignedDuration::from_hours(24 * days);
            let at = at + SignedDuration::from_mins(15 * quarters);
            let end = at + SignedDuration::from_mins(30);
            let body = json!({"title": "T", "start": written(at, zone), "end": written(end, zone),
                              "timezone": zone, "recurrence": rule.text()});
            let expected = rule.starts(at, &TimeZone::get(zone).unwrap());
            let answer = alice.post("/v1/meetings", body).await;
            if expected.is_empty() {
                answer.json(400);
                return;
            }
            let id = text(&answer.json(200)["id"]);
            let list = format!("/v1/meetings?meetingSeriesId={id}&meetingType=scheduledMeeting&max=100");
            let found = alice.all(&list).await;
            let found = found.iter().map(|one| text(&one["start"]).parse::<Timestamp>().unwrap());
            assert_eq!(found.collect::<Vec<_>>(), expected, "{} from {at}", rule.text());
        });
    }
}
