//! The data for scheduling and changing a meeting, and the rules that are checked before sending.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::limits::{
    MAX_AGENDA_CHARS, MAX_BREAKOUT_SESSIONS_COUNT, MAX_DISPLAY_NAME_CHARS, MAX_INVITEES_COUNT,
    MAX_MEETING_TITLE_CHARS, MAX_TRACKING_CODE_CHARS,
};
use crate::meetings::breakouts::BreakoutPlan;
use crate::meetings::interpreters::SimultaneousInterpretation;
use crate::meetings::registration::RegistrationForm;
use crate::meetings::rules::{check_chars, check_count, check_times};
use crate::meetings::tracking_codes::TrackingCode;
use crate::meetings::{MeetingSettings, Password, ScheduledType, recurrence};
use crate::timestamp::{check_zone, format_in};

/// A meeting to schedule; see [`CreateMeeting::new`] and [`CreateMeeting::adhoc`].
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateMeeting {
    /// An instant meeting in a room; needs `room_id` and ignores most other fields.
    pub adhoc: Option<bool>,
    /// The room of the meeting; without `invitees`, its members are invited. Also needs the scope
    /// `spark:all`.
    pub room_id: Option<String>,
    /// The template that fills absent fields.
    pub template_id: Option<String>,
    /// The title, at most 128 characters.
    pub title: Option<String>,
    /// The agenda, at most 1300 characters.
    pub agenda: Option<String>,
    /// The password for joining; a random one if absent.
    pub password: Option<Password>,
    /// The start, to the minute.
    #[serde(default, with = "crate::timestamp::option")]
    pub start: Option<Timestamp>,
    /// The end: 10 minutes to 23 hours and 59 minutes after the start.
    #[serde(default, with = "crate::timestamp::option")]
    pub end: Option<Timestamp>,
    /// The IANA time zone in which it recurs; UTC if absent.
    pub timezone: Option<String>,
    /// The recurrence rule (RFC 2445), for at most 5 years. The 5 years from `start` are checked
    /// here; a rule that Webex would shorten is refused.
    pub recurrence: Option<String>,
    /// The kind of event.
    pub scheduled_type: Option<ScheduledType>,
    /// The invitees, at most 1000.
    pub invitees: Option<Vec<PlannedInvitee>>,
    /// Whether Webex mails the host and the invitees (Webex's default: yes).
    pub send_email: Option<bool>,
    /// The host, for admins who schedule on behalf.
    pub host_email: Option<String>,
    /// The Webex site; the user's preferred site if absent.
    pub site_url: Option<String>,
    /// The registration form.
    pub registration: Option<RegistrationForm>,
    /// The interpretation; cannot be combined with breakout sessions.
    pub simultaneous_interpretation: Option<SimultaneousInterpretation>,
    /// Its breakout sessions, at most 100.
    pub breakout_sessions: Option<Vec<BreakoutPlan>>,
    /// Its tracking codes.
    pub tracking_codes: Option<Vec<TrackingCode>>,
    /// The settings of the host.
    #[serde(flatten)]
    pub settings: MeetingSettings,
}

impl CreateMeeting {
    /// A meeting with its title and times.
    pub fn new(title: impl Into<String>, start: Timestamp, end: Timestamp) -> Self {
        Self {
            title: Some(title.into()),
            start: Some(start),
            end: Some(end),
            ..Self::default()
        }
    }

    /// An instant meeting in a room, with its members.
    pub fn adhoc(room_id: impl Into<String>) -> Self {
        Self {
            adhoc: Some(true),
            room_id: Some(room_id.into()),
            ..Self::default()
        }
    }

    pub(super) fn body(&self) -> Result<Value, WebexError> {
        with_offsets(self, [self.start, self.end], self.timezone.as_deref())
    }

    /// Everything that is checked before sending, for callers that have other work before that.
    ///
    /// # Errors
    /// [`WebexError::Invalid`], naming the field.
    pub fn check(&self) -> Result<(), WebexError> {
        if self.adhoc == Some(true) {
            if self.room_id.is_none() {
                return Err(WebexError::invalid("roomId", "an ad-hoc meeting needs it"));
            }
        } else {
            for (field, is_set) in [
                ("title", self.title.is_some()),
                ("start", self.start.is_some()),
                ("end", self.end.is_some()),
            ] {
                if !is_set {
                    return Err(WebexError::invalid(field, "a scheduled meeting needs it"));
                }
            }
        }
        let invitees = self.invitees.as_deref().unwrap_or_default();
        check_count("invitees", invitees.len(), MAX_INVITEES_COUNT)?;
        for invitee in invitees {
            let name = invitee.display_name.as_deref();
            check_chars("displayName", name, MAX_DISPLAY_NAME_CHARS)?;
        }
        let breakouts = self.breakout_sessions.as_deref().unwrap_or_default();
        check_count(
            "breakoutSessions",
            breakouts.len(),
            MAX_BREAKOUT_SESSIONS_COUNT,
        )?;
        let interpretation = self.simultaneous_interpretation.as_ref();
        if !breakouts.is_empty() && interpretation.is_some_and(|it| it.enabled) {
            return Err(WebexError::invalid(
                "breakoutSessions",
                "a meeting with simultaneous interpretation has none",
            ));
        }
        Plan {
            title: self.title.as_deref(),
            agenda: self.agenda.as_deref(),
            start: self.start,
            end: self.end,
            timezone: self.timezone.as_deref(),
            recurrence: self.recurrence.as_deref(),
            tracking_codes: self.tracking_codes.as_deref(),
            settings: &self.settings,
        }
        .check()
    }
}

/// A person to invite while scheduling.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedInvitee {
    /// The address.
    pub email: String,
    /// The name, at most 128 characters; the registered name if absent.
    pub display_name: Option<String>,
    /// The person becomes a cohost (Webex's default: yes in a room's meeting, otherwise no).
    pub co_host: Option<bool>,
    /// The person becomes a panelist of a webinar.
    pub panelist: Option<bool>,
}

/// All properties of a meeting, replaced by PUT. Webex plans to retire this: prefer
/// [`PatchMeeting`].
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateMeeting {
    /// The title, at most 128 characters.
    pub title: Option<String>,
    /// The agenda, at most 1300 characters.
    pub agenda: Option<String>,
    /// The password for joining.
    pub password: Option<Password>,
    /// The start; moving a series cancels its exceptions.
    #[serde(default, with = "crate::timestamp::option")]
    pub start: Option<Timestamp>,
    /// The end: 10 minutes to 23 hours and 59 minutes after the start.
    #[serde(default, with = "crate::timestamp::option")]
    pub end: Option<Timestamp>,
    /// The IANA time zone in which it recurs.
    pub timezone: Option<String>,
    /// The recurrence rule (RFC 2445).
    pub recurrence: Option<String>,
    /// Whether Webex mails the host and the invitees (Webex's default: yes).
    pub send_email: Option<bool>,
    /// The host on whose behalf the call acts; for admins. It never changes the host: see
    /// [`super::host`].
    pub host_email: Option<String>,
    /// Its tracking codes.
    pub tracking_codes: Option<Vec<TrackingCode>>,
    /// The settings of the host.
    #[serde(flatten)]
    pub settings: MeetingSettings,
}

impl UpdateMeeting {
    pub(super) fn body(&self) -> Result<Value, WebexError> {
        with_offsets(self, [self.start, self.end], self.timezone.as_deref())
    }

    pub(super) fn check(&self) -> Result<(), WebexError> {
        Plan {
            title: self.title.as_deref(),
            agenda: self.agenda.as_deref(),
            start: self.start,
            end: self.end,
            timezone: self.timezone.as_deref(),
            recurrence: self.recurrence.as_deref(),
            tracking_codes: self.tracking_codes.as_deref(),
            settings: &self.settings,
        }
        .check()
    }
}

/// A change of a meeting by PATCH: an absent field stays as it is, and `Some(None)` clears it.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PatchMeeting {
    /// The title, at most 128 characters.
    pub title: Option<String>,
    /// The agenda, at most 1300 characters.
    #[serde(default, with = "serde_with::rust::double_option")]
    pub agenda: Option<Option<String>>,
    /// The password for joining.
    pub password: Option<Password>,
    /// The start; moving a series cancels its exceptions.
    #[serde(default, with = "crate::timestamp::option")]
    pub start: Option<Timestamp>,
    /// The end: 10 minutes to 23 hours and 59 minutes after the start.
    #[serde(default, with = "crate::timestamp::option")]
    pub end: Option<Timestamp>,
    /// The IANA time zone in which it recurs.
    pub timezone: Option<String>,
    /// The recurrence rule (RFC 2445); if cleared, the meeting happens once.
    #[serde(default, with = "serde_with::rust::double_option")]
    pub recurrence: Option<Option<String>>,
    /// Whether Webex mails the host and the invitees (Webex's default: yes).
    pub send_email: Option<bool>,
    /// The host on whose behalf the call acts; for admins. It never changes the host: see
    /// [`super::host`].
    pub host_email: Option<String>,
    /// Its tracking codes.
    #[serde(default, with = "serde_with::rust::double_option")]
    pub tracking_codes: Option<Option<Vec<TrackingCode>>>,
    /// The settings of the host.
    #[serde(flatten)]
    pub settings: MeetingSettings,
}

impl PatchMeeting {
    pub(super) fn body(&self) -> Result<Value, WebexError> {
        with_offsets(self, [self.start, self.end], self.timezone.as_deref())
    }

    /// Everything that is checked before sending, for callers that have other work before that.
    ///
    /// # Errors
    /// [`WebexError::Invalid`], naming the field.
    pub fn check(&self) -> Result<(), WebexError> {
        Plan {
            title: self.title.as_deref(),
            agenda: self.agenda.as_ref().and_then(Option::as_deref),
            start: self.start,
            end: self.end,
            timezone: self.timezone.as_deref(),
            recurrence: self.recurrence.as_ref().and_then(Option::as_deref),
            tracking_codes: self.tracking_codes.as_ref().and_then(Option::as_deref),
            settings: &self.settings,
        }
        .check()
    }
}

/// The body as Webex accepts it: next to a time zone, the times must have its offset. Webex refuses
/// UTC there, as it refuses the offset of any other zone.
fn with_offsets(
    plan: &impl Serialize,
    [start, end]: [Option<Timestamp>; 2],
    zone: Option<&str>,
) -> Result<Value, WebexError> {
    let mut body = serde_json::to_value(plan)
        .map_err(|_| WebexError::invalid("body", "it cannot be written as JSON"))?;
    if let Some(zone) = zone {
        for (field, time) in [("start", start), ("end", end)] {
            if let Some(time) = time {
                body[field] = format_in(time, zone).into();
            }
        }
    }
    Ok(body)
}

/// The parts of scheduling and of both kinds of change that must follow the rules.
struct Plan<'a> {
    title: Option<&'a str>,
    agenda: Option<&'a str>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    timezone: Option<&'a str>,
    recurrence: Option<&'a str>,
    tracking_codes: Option<&'a [TrackingCode]>,
    settings: &'a MeetingSettings,
}

impl Plan<'_> {
    fn check(&self) -> Result<(), WebexError> {
        if self.title.is_some_and(|title| title.trim().is_empty()) {
            return Err(WebexError::invalid("title", "a meeting needs a title"));
        }
        check_chars("title", self.title, MAX_MEETING_TITLE_CHARS)?;
        check_chars("agenda", self.agenda, MAX_AGENDA_CHARS)?;
        check_times(self.start, self.end)?;
        check_zone("timezone", self.timezone)?;
        if let Some(rule) = self.recurrence {
            recurrence::check(rule, self.start)?;
        }
        for code in self.tracking_codes.unwrap_or_default() {
            for text in [&code.name, &code.value] {
                check_chars("trackingCodes", Some(text), MAX_TRACKING_CODE_CHARS)?;
            }
        }
        self.settings.check()
    }
}
