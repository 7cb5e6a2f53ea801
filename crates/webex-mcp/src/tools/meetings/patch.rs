//! What an update changes of the meeting itself: what is named, and what belongs to it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;
use webex::meetings::{CreateMeeting, GetMeeting, Meeting, Password, PatchMeeting};

use super::kinds::{Kind, not_of_kind};
use super::plan::Plan;
use super::repeat::has_day;
use super::times;
use crate::error::CallError;
use crate::tool::Context;

/// The arguments of an update, without those about people.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Update {
    /// Id, number, link or title; for one date: title 2026-01-06.
    pub meeting_id: String,
    /// New title.
    pub title: Option<String>,
    /// 2026-01-05T09:00:00Z, or without Z in timezone.
    pub start: Option<String>,
    #[serde(flatten)]
    pub plan: Plan,
}

/// A change of times, checked as far as that is possible without the meeting.
struct Moments {
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Update {
    /// Refuses what is wrong whatever the meeting is, and what its kind cannot have.
    ///
    /// # Errors
    /// `invalid_arguments`.
    pub fn check(&self, kind: Kind) -> Result<(), CallError> {
        self.plan.check()?;
        if kind == Kind::Occurrence && self.plan.recurs() {
            return Err(not_of_kind(
                kind,
                "the series is needed to change how it repeats",
            ));
        }
        let zone = self.plan.zone()?;
        if zone.is_some() || !self.is_local() {
            self.moments(zone.as_ref(), None, None)?;
        }
        let known = PatchMeeting {
            recurrence: self.plan.given_rule().map(Some),
            settings: self.plan.settings(),
            ..PatchMeeting::default()
        };
        let checked = known.check();
        checked.map_err(|error| self.plan.refused(error, None))
    }

    /// Whether anything of the meeting is named.
    pub fn is_empty(&self) -> bool {
        let plan = &self.plan;
        let texts = [
            &self.title,
            &self.start,
            &plan.end,
            &plan.timezone,
            &plan.agenda,
            &plan.password,
        ];
        let flags = plan
            .enabled_join_before_host
            .or(plan.enabled_auto_record_meeting);
        let minutes = plan.duration_minutes.or(plan.join_before_host_minutes);
        texts.iter().all(|text| text.is_none())
            && flags.is_none()
            && minutes.is_none()
            && !plan.recurs()
    }

    fn is_local(&self) -> bool {
        let texts = [&self.start, &self.plan.end].into_iter().flatten();
        texts.into_iter().any(|text| times::is_local(text))
    }

    /// Whether the meeting has to be read: its zone, its start or its length decides.
    fn is_relative(&self) -> bool {
        let plan = &self.plan;
        self.start.is_some()
            || plan.duration_minutes.is_some()
            || plan.end.is_some()
            || plan.recurs()
    }

    /// The moments that are named; those left out are taken of `present`, where they matter. The
    /// zone that is `given` has to agree with them; `own`, that of the meeting, only says what hours
    /// without an offset mean.
    fn moments(
        &self,
        given: Option<&TimeZone>,
        own: Option<&TimeZone>,
        present: Option<&Meeting>,
    ) -> Result<Moments, CallError> {
        let zone = |text: &str| given.or(own.filter(|_| times::is_local(text)));
        let start = self.start.as_deref();
        let start = start.map(|text| times::moment("start", text, zone(text)));
        let start = start.transpose()?;
        let old = present.and_then(|meeting| meeting.start);
        let mut end = match start.or(old) {
            Some(start) => {
                let text = self.plan.end.as_deref().unwrap_or_default();
                self.plan.end(start, zone(text))?
            }
            None => None,
        };
        if let (None, Some(old), Some(end)) = (start, old, end) {
            let checked = CreateMeeting::new("-", old, end).check();
            checked.map_err(|error| self.plan.refused(error, None))?;
        }
        // Who moves a meeting keeps its length.
        if let (Some(start), None) = (start, end)
            && let Some((from, to)) = old.zip(present.and_then(|meeting| meeting.end))
        {
            end = start.checked_add(to.duration_since(from)).ok();
        }
        Ok(Moments { start, end })
    }

    /// The change, for which the meeting is read where its times matter.
    ///
    /// # Errors
    /// `invalid_arguments` for times and rules that are wrong; those of reading.
    pub async fn patch(&self, context: &Context) -> Result<PatchMeeting, CallError> {
        let present = match self.is_relative() {
            true => Some(self.read(context).await?),
            false => None,
        };
        self.planned(present.as_ref())
    }

    /// The change of the meeting as it is at present, which is read where its times matter.
    ///
    /// # Errors
    /// `invalid_arguments` for times and rules that are wrong.
    pub fn planned(&self, present: Option<&Meeting>) -> Result<PatchMeeting, CallError> {
        let own = present.and_then(|meeting| meeting.timezone.clone());
        // The zone of the meeting is Webex's word: one that is not known here is left out.
        let own_zone = own.as_deref().and_then(|own| times::zone(own).ok());
        let given = self.plan.zone()?;
        let moments = self.moments(given.as_ref(), own_zone.as_ref(), present)?;
        let there = given.or(own_zone);
        let first = moments.start.or(present.and_then(|meeting| meeting.start));
        let rule = match first {
            Some(first) => self.plan.rule(first, there.as_ref())?,
            None => self.plan.given_rule(),
        };
        if rule.is_none() {
            self.check_day(moments.start, there, present)?;
        }
        let is_timed = moments.start.or(moments.end).is_some();
        let own = own.filter(|own| is_timed && times::zone(own).is_ok());
        let plan = &self.plan;
        Ok(PatchMeeting {
            title: self.title.clone(),
            agenda: plan.agenda.clone().map(cleared),
            password: plan.password.clone().map(Password::from),
            start: moments.start,
            end: moments.end,
            timezone: plan.zone_name()?.or(own),
            recurrence: rule.map(Some),
            send_email: plan.send_email,
            host_email: plan.host_email.clone(),
            settings: plan.settings(),
            ..PatchMeeting::default()
        })
    }

    /// Refuses to move a series to a day on which it does not repeat: no meeting would be there.
    fn check_day(
        &self,
        start: Option<Timestamp>,
        zone: Option<TimeZone>,
        present: Option<&Meeting>,
    ) -> Result<(), CallError> {
        let is_series = Kind::of(&self.meeting_id) == Kind::Series;
        let rule = present.and_then(|meeting| meeting.recurrence.as_deref());
        let (Some(start), Some(rule), true) = (start, rule, is_series) else {
            return Ok(());
        };
        let zone = zone.unwrap_or(TimeZone::UTC);
        match has_day(rule, &start.to_zoned(zone)) {
            true => Ok(()),
            false => Err(CallError::invalid(
                "start",
                "the series repeats on other days of the week; give repeat or recurrence with its day as well",
            )),
        }
    }

    /// Makes the change, and gives the meeting as it is then.
    ///
    /// # Errors
    /// As of [`Update::patch`], and what Webex refuses.
    pub async fn make(&self, context: &Context) -> Result<Meeting, CallError> {
        if self.is_empty() {
            return self.read(context).await;
        }
        let patch = self.patch(context).await?;
        let meetings = context.webex.meetings();
        let changed = meetings.patch(&self.meeting_id, &patch).await;
        changed.map_err(|error| self.plan.refused(error, patch.start))
    }

    /// Reads the meeting.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn read(&self, context: &Context) -> Result<Meeting, CallError> {
        let query = GetMeeting {
            host_email: self.plan.host_email.clone(),
            ..GetMeeting::default()
        };
        let meetings = context.webex.meetings();
        Ok(meetings.get(&self.meeting_id, &query).await?)
    }
}

/// An empty text clears what there is.
fn cleared(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
