//! The demo company's calendar: a daily standup, a planning that ended yesterday, a review tomorrow.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::problem::{Problem, Result};
use crate::rows::meetings::Target;
use crate::rows::moment::later;
use crate::rules::events;
use crate::rules::meetings::create::{NewMeeting, create as schedule};
use crate::rules::meetings::invitees::NewInvitee;
use crate::rules::meetings::{progress, running};
use crate::seed::company::Meeting;
use crate::seed::script::moment;
use crate::seed::{Seeding, ago};

const ZONE: &str = "Europe/London";

/// When everything in the calendar was scheduled.
const SCHEDULED_DAYS_AGO: i64 = 15;

/// How long after the previous speaker each person speaks.
const TURN: SignedDuration = SignedDuration::from_secs(40);

impl Seeding<'_> {
    /// Schedules the meetings in the past and moves the clock to the present.
    pub(super) fn schedule_meetings(&mut self, now: Timestamp) -> Result<()> {
        self.world.now = ago(now, SCHEDULED_DAYS_AGO);
        let mut held = Vec::new();
        for meeting in &self.company.meetings {
            let new = planned(meeting, now).ok_or_else(Problem::vanished)?;
            let start = new.start.unwrap_or(now);
            let key = schedule(self.world, self.named(meeting.host)?, new)?;
            if !meeting.said.is_empty() {
                held.push((start, key, &meeting.said));
            }
        }
        for (start, key, said) in held {
            progress::catch_up(self.world, start);
            let running = running(self.world, Target::scheduled(key, None))?;
            for (name, words) in said {
                self.world.now = later(self.world.now, TURN);
                let speaker = self.named(name)?;
                progress::say(self.world, running, speaker, (*words).to_owned())?;
            }
        }
        progress::catch_up(self.world, now);
        // The messages of these weeks were written before their meetings.
        events::sort(self.world)
    }
}

fn planned(meeting: &Meeting, now: Timestamp) -> Option<NewMeeting> {
    let zone = TimeZone::get(ZONE).ok()?;
    let start = moment(meeting.when, now, now, &zone)?;
    let invitees = meeting.invited.iter().map(|name| NewInvitee {
        email: format!("{name}@example.com"),
        ..NewInvitee::default()
    });
    Some(NewMeeting {
        start: Some(start),
        end: Some(later(start, SignedDuration::from_mins(meeting.minutes))),
        timezone: Some(ZONE.to_owned()),
        invitees: Some(invitees.collect()),
        ..meeting.plan.clone()
    })
}
