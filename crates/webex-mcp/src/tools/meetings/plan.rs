//! What scheduling and changing a meeting have in common: times, recurrence, settings.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use webex::WebexError;
use webex::limits::{MAX_MEETING_MINUTES, MIN_MEETING_MINUTES};
use webex::meetings::{CreateMeeting, MeetingSettings, Password};

use super::repeat::{Repeat, has_day};
use super::times;
use crate::error::CallError;

/// How calendars write a rule that they export.
const RULE_NAME: &str = "RRULE:";

/// The arguments of both.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Written like start.
    pub end: Option<String>,
    /// In place of end: 10 to 1439 minutes.
    pub duration_minutes: Option<u32>,
    /// IANA zone, such as Europe/Berlin.
    pub timezone: Option<String>,
    /// RFC 5545: FREQ=WEEKLY;BYDAY=MO;COUNT=10.
    pub recurrence: Option<String>,
    /// The recurrence as fields; until or count.
    pub repeat: Option<Repeat>,
    /// Up to 1300 characters; empty: none.
    #[schemars(length(min = 0, max = 1300))]
    pub agenda: Option<String>,
    /// To join.
    pub password: Option<String>,
    /// Whether people join before the host.
    pub enabled_join_before_host: Option<bool>,
    /// 0, 5, 10 or 15.
    pub join_before_host_minutes: Option<u32>,
    /// Whether it is recorded.
    pub enabled_auto_record_meeting: Option<bool>,
    /// false: no mail.
    pub send_email: Option<bool>,
    /// Admins: e-mail address of the host.
    #[schemars(extend("format" = "email"))]
    pub host_email: Option<String>,
}

impl Plan {
    /// # Errors
    /// `invalid_arguments` for an unknown zone.
    pub fn zone(&self) -> Result<Option<TimeZone>, CallError> {
        self.timezone.as_deref().map(times::zone).transpose()
    }

    /// The same zone by the name that Webex knows: a name may be written in another case.
    pub fn zone_name(&self) -> Result<Option<String>, CallError> {
        let zone = self.zone()?;
        let name = zone.as_ref().and_then(TimeZone::iana_name);
        Ok(name.map(str::to_owned))
    }

    /// The moment at which a new meeting begins.
    ///
    /// # Errors
    /// `invalid_arguments` for what is no moment, and for a series that has only an offset: the
    /// hours of a year differ by that.
    pub fn first(&self, start: &str) -> Result<Timestamp, CallError> {
        if self.recurs() && self.timezone.is_none() && times::has_offset_of_place(start) {
            return Err(CallError::invalid(
                "timezone",
                "a series keeps its hour in a time zone, and an offset is none; give it, such as Europe/Berlin, or start in UTC with Z",
            ));
        }
        times::moment("start", start, self.zone()?.as_ref())
    }

    /// Refuses what excludes each other and what is out of bounds, before anything is read.
    ///
    /// # Errors
    /// `invalid_arguments`.
    pub fn check(&self) -> Result<(), CallError> {
        if self.end.is_some() && self.duration_minutes.is_some() {
            let right = "give it or durationMinutes, not both";
            return Err(CallError::invalid("end", right));
        }
        let minutes = self.duration_minutes.map(i64::from);
        let bounds = MIN_MEETING_MINUTES..=MAX_MEETING_MINUTES;
        if minutes.is_some_and(|minutes| !bounds.contains(&minutes)) {
            let right = "a meeting takes 10 to 1439 minutes";
            return Err(CallError::invalid("durationMinutes", right));
        }
        if self.given_rule().is_some() && self.repeat.is_some() {
            let right = "give it or recurrence, not both";
            return Err(CallError::invalid("repeat", right));
        }
        self.repeat.as_ref().map_or(Ok(()), Repeat::check)
    }

    /// The end of a meeting that begins at `start`, where one is named.
    ///
    /// # Errors
    /// `invalid_arguments` for an end that is no time.
    pub fn end(
        &self,
        start: Timestamp,
        zone: Option<&TimeZone>,
    ) -> Result<Option<Timestamp>, CallError> {
        if let Some(end) = &self.end {
            return times::moment("end", end, zone).map(Some);
        }
        let span = |minutes: u32| SignedDuration::from_mins(i64::from(minutes));
        let end = self
            .duration_minutes
            .map(|minutes| start.checked_add(span(minutes)));
        end.transpose()
            .map_err(|_| CallError::invalid("durationMinutes", "the end is out of range"))
    }

    /// Whether it says how a meeting repeats.
    pub fn recurs(&self) -> bool {
        self.repeat.is_some() || self.given_rule().is_some()
    }

    /// The rule of a series that begins at `start`, where one is named.
    ///
    /// # Errors
    /// `invalid_arguments` for a repetition that contradicts the start.
    pub fn rule(
        &self,
        start: Timestamp,
        zone: Option<&TimeZone>,
    ) -> Result<Option<String>, CallError> {
        let first = start.to_zoned(zone.cloned().unwrap_or(TimeZone::UTC));
        if let Some(repeat) = &self.repeat {
            return repeat.rule(&first).map(Some);
        }
        let rule = self.given_rule();
        match rule.as_deref().is_none_or(|rule| has_day(rule, &first)) {
            true => Ok(rule),
            false => Err(CallError::invalid(
                "recurrence",
                "the day of start is not among its days, so the first meeting would be on another day; move start to one of them, or add its day to BYDAY",
            )),
        }
    }

    /// The rule as Webex reads it: in capitals, without the name that calendars put before it. A blank
    /// one is none.
    pub fn given_rule(&self) -> Option<String> {
        let rule = self.recurrence.as_deref()?.trim();
        let named = rule.get(..RULE_NAME.len());
        let is_named = named.is_some_and(|name| name.eq_ignore_ascii_case(RULE_NAME));
        let rule = if is_named {
            &rule[RULE_NAME.len()..]
        } else {
            rule
        };
        Some(rule.to_ascii_uppercase()).filter(|rule| !rule.is_empty())
    }

    /// The meeting that these arguments describe, still without invitees.
    ///
    /// # Errors
    /// `invalid_arguments` for times and rules that are wrong.
    pub fn meeting(&self, title: String, start: Timestamp) -> Result<CreateMeeting, CallError> {
        self.check()?;
        let zone = self.zone()?;
        let end = self.end(start, zone.as_ref())?;
        let right = "it is missing; give it or durationMinutes";
        let end = end.ok_or_else(|| CallError::invalid("end", right))?;
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Ok(CreateMeeting {
            timezone: self.zone_name()?,
            recurrence: self.rule(start, zone.as_ref())?,
            agenda: given(&self.agenda),
            password: self.password.clone().map(Password::from),
            send_email: self.send_email,
            host_email: self.host_email.clone(),
            settings: self.settings(),
            ..CreateMeeting::new(title, start, end)
        })
    }

    pub fn settings(&self) -> MeetingSettings {
        MeetingSettings {
            enabled_join_before_host: self.enabled_join_before_host,
            join_before_host_minutes: self.join_before_host_minutes,
            enabled_auto_record_meeting: self.enabled_auto_record_meeting,
            ..MeetingSettings::default()
        }
    }

    /// A refusal in the words of the arguments.
    pub fn refused(&self, error: WebexError, start: Option<Timestamp>) -> CallError {
        if let WebexError::Invalid { field, reason } = &error {
            let field = match *field {
                "recurrence" if self.repeat.is_some() => "repeat",
                "end" if self.duration_minutes.is_some() => "durationMinutes",
                field => field,
            };
            return CallError::invalid(field, reason);
        }
        // Webex's clock decides; ours only helps to tell the reason.
        let is_past = start.is_some_and(|start| start < Timestamp::now());
        let is_bad = error.status() == Some(400);
        let mut error = CallError::from(error);
        if is_bad && is_past {
            error.message = "`start`: it lies in the past, and Webex did not accept it.".into();
            error.advice = "Give a start in the future, with the right year and offset.".into();
        }
        error
    }
}
