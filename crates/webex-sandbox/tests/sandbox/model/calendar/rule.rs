//! How a series recurs, counted on the wall calendar of its zone, day by day.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

/// More periods than any rule here needs, also where most months lack the day.
const MAX_PERIODS: i64 = 200;

#[derive(Debug, Clone, Copy)]
pub(super) enum Every {
    Day,
    /// On these days, Monday first; on the day of the start where none is named.
    Week([bool; 7]),
    Month,
    Year,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    Count(usize),
    /// A moment that still belongs to it.
    Until(Timestamp),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    every: Every,
    interval: i64,
    end: End,
}

pub(super) fn rule() -> impl Strategy<Value = Rule> {
    let every = prop_oneof![
        2 => Just(Every::Day),
        2 => any::<[bool; 7]>().prop_map(Every::Week),
        1 => Just(Every::Week([false; 7])),
        1 => Just(Every::Month),
        1 => Just(Every::Year),
    ];
    // UNTIL lies from a day before the first possible start to some months after it.
    let first: i64 = Timestamp::constant(1_767_603_600, 0).as_second();
    let until = (-24..4_000_i64)
        .prop_map(move |hours| End::Until(Timestamp::from_second(first + hours * 3_600).unwrap()));
    let end = prop_oneof![(1..6_usize).prop_map(End::Count), until];
    (every, 1..4_i64, end).prop_map(|(every, interval, end)| Rule {
        every,
        interval,
        end,
    })
}

impl Rule {
    pub(super) fn daily(count: usize) -> Self {
        Rule {
            every: Every::Day,
            interval: 1,
            end: End::Count(count),
        }
    }

    pub(super) fn text(self) -> String {
        let interval = self.interval;
        let mut text = match self.every {
            Every::Day => format!("FREQ=DAILY;INTERVAL={interval}"),
            Every::Week(_) => format!("FREQ=WEEKLY;INTERVAL={interval}"),
            Every::Month => format!("FREQ=MONTHLY;INTERVAL={interval}"),
            Every::Year => format!("FREQ=YEARLY;INTERVAL={interval}"),
        };
        if let Every::Week(days) = self.every {
            let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
            let names = names.into_iter().zip(days).filter(|(_, is_on)| *is_on);
            let names: Vec<&str> = names.map(|(name, _)| name).collect();
            if !names.is_empty() {
                text += &format!(";BYDAY={}", names.join(","));
            }
        }
        match self.end {
            End::Count(count) => text + &format!(";COUNT={count}"),
            End::Until(until) => text + &format!(";UNTIL={}", until.strftime("%Y%m%dT%H%M%SZ")),
        }
    }

    /// Every start from the first one on, each at the hour on the wall; days that a month lacks are
    /// left out, and an hour that a day lacks comes an hour later. A series has at most five years.
    pub(super) fn starts(self, start: Timestamp, zone: &TimeZone) -> Vec<Timestamp> {
        let first = start.to_zoned(zone.clone());
        let last = first.saturating_add(5.years()).timestamp();
        let (first, most) = (first.datetime(), self.most());
        let mut starts = Vec::new();
        for period in 0..MAX_PERIODS {
            for date in self.dates(first, period * self.interval) {
                let moment = match date == first.date() {
                    true => start,
                    false => date
                        .to_datetime(first.time())
                        .to_zoned(zone.clone())
                        .unwrap()
                        .timestamp(),
                };
                let is_over = matches!(self.end, End::Until(until) if moment > until);
                if is_over || moment > last || starts.len() >= most {
                    return starts;
                }
                starts.push(moment);
            }
        }
        starts
    }

    fn most(self) -> usize {
        match self.end {
            End::Count(count) => count.min(if matches!(self.every, Every::Year) {
                5
            } else {
                60
            }),
            End::Until(_) => usize::MAX,
        }
    }

    /// The days of one period, none of them before the first.
    fn dates(self, first: DateTime, periods: i64) -> Vec<Date> {
        let (day, month) = (first.date(), first.date().first_of_month());
        let same_day = |month: Date| Date::new(month.year(), month.month(), day.day()).ok();
        match self.every {
            Every::Day => vec![day.saturating_add(periods.days())],
            Every::Week(days) => {
                let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap();
                let monday = day.saturating_sub(i64::try_from(weekday).unwrap().days());
                let monday = monday.saturating_add(periods.weeks());
                let is_on = |at: usize| days[at] || (days == [false; 7] && at == weekday);
                let dates = (0..7).filter(|at| is_on(*at));
                let dates =
                    dates.map(|at| monday.saturating_add(i64::try_from(at).unwrap().days()));
                dates.filter(|date| *date >= day).collect()
            }
            Every::Month => same_day(month.saturating_add(periods.months()))
                .into_iter()
                .collect(),
            Every::Year => same_day(month.saturating_add(periods.years()))
                .into_iter()
                .collect(),
        }
    }
}
