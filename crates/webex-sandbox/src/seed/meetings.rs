//! The demo company's calendar: the daily standup, a planning that ended yesterday, a review
//! tomorrow.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::problem::{Problem, Result};
use crate::rows::moment::later;
use crate::rules::events;
use crate::rules::meetings::create::{NewMeeting, create as schedule};
use crate::rules::meetings::invitees::NewInvitee;
use crate::rules::meetings::progress;
use crate::seed::{Seeding, ago};

const ZONE: &str = "Europe/London";

/// For how many days the standup has taken place.
const STANDUP_DAYS_AGO: i64 = 14;

/// How long after the previous speaker each person speaks.
const TURN_SECS: i64 = 40;

/// The words of yesterday's planning, with the speakers.
const PLANNING: &str = "\
alice: Thanks for coming. We have to decide what goes into the first release of Unicorn.
bob: The checkout is done. Partial refunds need another week.
carol: Customers asked for the order history more than for refunds.
alice: Then order history goes first, and refunds follow in the second release.
carol: I will finish the screens for order history by Thursday.
dave: The staging network moves on Friday, so no deployment after Thursday noon.
bob: I will tell Customer Success that refunds come later.
alice: Agreed. We meet again in a week.";

fn at(now: Timestamp, days: i64, hour: i8, minute: i8) -> Result<Timestamp> {
    let wrong = |_| Problem::bad_request("The demo company's calendar is out of range.");
    let zone = TimeZone::get(ZONE).map_err(wrong)?;
    let day = ago(now, -days).to_zoned(zone.clone()).date();
    let time = Time::new(hour, minute, 0, 0).map_err(wrong)?;
    let zoned = day.to_datetime(time).to_zoned(zone).map_err(wrong)?;
    Ok(zoned.timestamp())
}

fn meeting(title: &str, start: Timestamp, minutes: i64, invited: &[&str]) -> NewMeeting {
    let length = SignedDuration::from_mins(minutes);
    let end = later(start, length);
    let invitees = invited.iter().map(|name| NewInvitee {
        email: format!("{name}@example.com"),
        ..NewInvitee::default()
    });
    NewMeeting {
        timezone: Some(ZONE.to_owned()),
        invitees: Some(invitees.collect()),
        title: Some(title.to_owned()),
        start: Some(start),
        end: Some(end),
        ..NewMeeting::default()
    }
}

impl Seeding<'_> {
    /// Schedules the meetings in the past and moves the clock to the present.
    pub(super) fn schedule_meetings(&mut self, now: Timestamp) -> Result<()> {
        self.world.now = ago(now, STANDUP_DAYS_AGO + 1);
        let mut first = at(now, -STANDUP_DAYS_AGO, 9, 30)?;
        while matches!(
            first.to_zoned(TimeZone::UTC).weekday(),
            Weekday::Saturday | Weekday::Sunday
        ) {
            first = ago(first, -1);
        }
        let team = ["bob", "carol", "dave", "erin", "frank"];
        let standup = NewMeeting {
            recurrence: Some("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=200".to_owned()),
            agenda: Some("Yesterday, today, blockers.".to_owned()),
            ..meeting("Daily Standup", first, 15, &team)
        };
        let alice = self.named("alice")?;
        schedule(self.world, alice, standup)?;
        let settings = [("enabledAutoRecordMeeting".to_owned(), true.into())];
        let start = at(now, -1, 14, 0)?;
        let team = ["bob", "carol", "dave"];
        let planning = NewMeeting {
            agenda: Some("What goes into the first release?".to_owned()),
            settings: settings.into_iter().collect(),
            ..meeting("Project Unicorn Planning", start, 30, &team)
        };
        let planning = schedule(self.world, alice, planning)?;
        let carol = self.named("carol")?;
        let team = ["alice", "frank", "erin"];
        let review = NewMeeting {
            agenda: Some("Contrast, empty states, the new table.".to_owned()),
            ..meeting("Design Review", at(now, 1, 15, 0)?, 60, &team)
        };
        schedule(self.world, carol, review)?;

        progress::catch_up(self.world, start);
        let series = self.world.meetings.series.get(planning);
        let running = series.and_then(|series| self.world.meetings.running(series, None));
        let running = running.ok_or_else(Problem::vanished)?;
        for (name, words) in PLANNING.lines().filter_map(|line| line.split_once(": ")) {
            let turn = SignedDuration::from_secs(TURN_SECS);
            self.world.now = later(self.world.now, turn);
            let speaker = self.named(name)?;
            progress::say(self.world, running, speaker, words.to_owned())?;
        }
        progress::catch_up(self.world, now);
        // The messages of these weeks were written before their meetings.
        events::sort(self.world)
    }
}
