//! The client and the sandbox on rules of recurrence: what the one lets through the other accepts.

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use webex::WebexError;
use webex::meetings::CreateMeeting;

use super::{live, lives};
use crate::client::client;
use crate::start;

/// Parts of rules, sound ones and others.
fn part() -> impl Strategy<Value = String> {
    let frequency = select(vec![
        "DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY", "daily", "",
    ]);
    let day = select(vec![
        "MO", "TU", "SU", "1MO", "-1FR", "2TU", "6WE", "0MO", "XX", "54MO", "",
    ]);
    let number = prop_oneof![3 => 0..40_i64, 1 => -40..400_i64, 1 => 0..100_000_i64];
    let lists = [
        "BYMONTHDAY",
        "BYMONTH",
        "BYYEARDAY",
        "BYWEEKNO",
        "BYSETPOS",
        "BYHOUR",
        "BYMINUTE",
        "BYSECOND",
    ];
    let until = select(vec![
        "20260105",
        "20260301",
        "20260301T090000",
        "20260301T090000Z",
        "20310101T000000Z",
        "20250101",
        "20310301",
        "2026-03-01",
        "20261301",
        "",
    ]);
    prop_oneof![
        4 => frequency.prop_map(|value| format!("FREQ={value}")),
        2 => number.clone().prop_map(|value| format!("INTERVAL={value}")),
        2 => number.clone().prop_map(|value| format!("COUNT={value}")),
        1 => until.prop_map(|value| format!("UNTIL={value}")),
        2 => vec(day, 1..3).prop_map(|days| format!("BYDAY={}", days.join(","))),
        1 => (select(lists.to_vec()), vec(number, 1..3)).prop_map(|(name, values)| {
            let values: Vec<String> = values.iter().map(i64::to_string).collect();
            format!("{name}={}", values.join(","))
        }),
        1 => select(vec!["WKST=MO", "WKST=X", "X-OWN=1", "BYEASTER=1", "FREQ", ""]).prop_map(str::to_owned),
    ]
}

fn zone() -> impl Strategy<Value = &'static str> {
    select(vec![
        "UTC",
        "Europe/Berlin",
        "europe/berlin",
        "America/Argentina/ComodRivadavia",
        "Mars/Base",
        "",
    ])
}

proptest! {
    #![proptest_config(lives(48))]

    #[test]
    fn what_the_client_lets_through_the_sandbox_accepts(
        rules in vec((vec(part(), 0..4), zone()), 24),
        frequency in select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    ) {
        live(async {
            let (sandbox, _) = start();
            let client = client(&sandbox);
            for (parts, zone) in rules {
                // Most rules begin as they should.
                let rule = format!("FREQ={frequency};{}", parts.join(";"));
                let at = |text: &str| -> Timestamp { text.parse().unwrap() };
                let new = CreateMeeting {
                    timezone: Some(zone.to_owned()),
                    recurrence: Some(rule.clone()),
                    ..CreateMeeting::new("T", at("2026-01-05T10:00:00Z"), at("2026-01-05T10:30:00Z"))
                };
                match client.meetings().create(&new).await {
                    Ok(_) | Err(WebexError::Invalid { .. }) => {}
                    // Days that never come, such as the 30th of February, are for the server to find.
                    Err(refused) => {
                        let words = refused.detail().map(|detail| detail.errors().join(" "));
                        let words = words.unwrap_or_default();
                        assert!(words.contains("no occurrence"), "{rule} in {zone}: {words}");
                    }
                }
            }
        });
    }
}
