//! The rules for a schedule: lengths, times, zones.

use jiff::{SignedDuration, Timestamp};
use webex::limits::{
    MAX_AGENDA_CHARS, MAX_MEETING_MINUTES, MAX_MEETING_TITLE_CHARS, MIN_MEETING_MINUTES,
};

use crate::problem::Problem;
use crate::rows::meetings::{Plan, Series, Settings};
use crate::rules::meetings::recurrence;
use crate::rules::meetings::tracking_codes::check_tracking_codes;
use serde_json::Value;

const MAX_PASSWORD_CHARS: usize = 64;

fn is_number(value: &Value) -> bool {
    value.is_u64() || value.is_string()
}

/// The name of a setting, and a check of its values.
type Setting = (&'static str, fn(&Value) -> bool);

/// The settings that a meeting can have.
const SETTINGS: [Setting; 28] = [
    ("enabledAutoRecordMeeting", Value::is_boolean),
    ("allowAnyUserToBeCoHost", Value::is_boolean),
    ("allowFirstUserToBeCoHost", Value::is_boolean),
    ("allowAuthenticatedDevices", Value::is_boolean),
    ("enabledJoinBeforeHost", Value::is_boolean),
    ("enableConnectAudioBeforeHost", Value::is_boolean),
    ("joinBeforeHostMinutes", Value::is_u64),
    ("excludePassword", Value::is_boolean),
    ("publicMeeting", Value::is_boolean),
    ("reminderTime", Value::is_u64),
    ("unlockedMeetingJoinSecurity", Value::is_string),
    ("sessionTypeId", is_number),
    ("enabledWebcastView", Value::is_boolean),
    ("panelistPassword", Value::is_string),
    ("enableAutomaticLock", Value::is_boolean),
    ("automaticLockMinutes", Value::is_u64),
    ("meetingOptions", Value::is_object),
    ("attendeePrivileges", Value::is_object),
    ("integrationTags", Value::is_array),
    ("enabledBreakoutSessions", Value::is_boolean),
    ("enabledAudioWatermark", Value::is_boolean),
    ("enabledVisualWatermark", Value::is_boolean),
    ("visualWatermarkOpacity", Value::is_u64),
    ("audioConnectionOptions", Value::is_object),
    ("requireAttendeeLogin", Value::is_boolean),
    ("restrictToInvitees", Value::is_boolean),
    ("enabledLiveStream", Value::is_boolean),
    ("liveStream", Value::is_object),
];

/// The settings among the fields of a request; other fields are ignored.
pub(crate) fn settings(fields: Settings) -> Result<Settings, Problem> {
    let mut settings = Settings::new();
    for (name, value) in fields {
        let known = SETTINGS.iter().find(|(known, _)| *known == name);
        let Some((known, fits)) = known.filter(|_| !value.is_null()) else {
            continue;
        };
        if !fits(&value) {
            return Err(Problem::bad_request(format!("{known} has another type.")));
        }
        settings.insert(name, value);
    }
    Ok(settings)
}

/// The start and length of a meeting, in whole minutes.
pub(crate) fn times(
    start: Timestamp,
    end: Timestamp,
) -> Result<(Timestamp, SignedDuration), Problem> {
    let minute = |moment: Timestamp| moment.as_second().div_euclid(60);
    let minutes = minute(end) - minute(start);
    if !(MIN_MEETING_MINUTES..=MAX_MEETING_MINUTES).contains(&minutes) {
        return Err(Problem::bad_request(
            "A meeting takes 10 minutes to 23 hours and 59 minutes.",
        ));
    }
    let start = Timestamp::from_second(minute(start) * 60);
    let start = start.map_err(|_| Problem::bad_request("start is out of range."))?;
    Ok((start, SignedDuration::from_mins(minutes)))
}

/// Whether a start is in the future. A start within this minute is, because meetings start on the
/// minute.
pub(crate) fn is_ahead(start: Timestamp, now: Timestamp) -> bool {
    now.duration_since(start) < SignedDuration::from_mins(1)
}

/// A meeting cannot be moved into the past.
pub(crate) fn check_ahead(start: Timestamp, now: Timestamp) -> Result<(), Problem> {
    match is_ahead(start, now) {
        true => Ok(()),
        false => Err(Problem::bad_request("start lies in the past.")),
    }
}

pub(crate) fn check_texts(
    title: &str,
    agenda: Option<&str>,
    password: &str,
) -> Result<(), Problem> {
    let is_long = |text: &str, max| text.chars().count() > max;
    if title.trim().is_empty() || is_long(title, MAX_MEETING_TITLE_CHARS) {
        return Err(Problem::bad_request("title must have 1 to 128 characters."));
    }
    if agenda.is_some_and(|agenda| is_long(agenda, MAX_AGENDA_CHARS)) {
        return Err(Problem::bad_request(
            "agenda is longer than 1300 characters.",
        ));
    }
    if is_long(password, MAX_PASSWORD_CHARS) {
        return Err(Problem::bad_request(
            "password is longer than 64 characters.",
        ));
    }
    Ok(())
}

/// Checks the plan of a series, except for its times.
pub(crate) fn check_plan(plan: &Plan) -> Result<(), Problem> {
    check_texts(&plan.title, plan.agenda.as_deref(), &plan.password)?;
    check_tracking_codes(plan.tracking_codes.as_deref().unwrap_or_default())
}

/// Gives a series a plan; if its times changed, its exceptions are removed, as in Webex.
pub(crate) fn apply(series: &mut Series, plan: Plan) -> Result<(), Problem> {
    check_plan(&plan)?;
    let starts = recurrence::starts(plan.start, &plan.timezone, plan.recurrence.as_deref())?;
    if starts != series.starts || plan.length != series.plan.length {
        series.exceptions.clear();
        let is_left = |name: &Timestamp| starts.binary_search(name).is_ok();
        let own_setups = &mut series.preparations.own_setups;
        own_setups.retain(|name, _| is_left(name));
        series.starts = starts;
    }
    series.plan = plan;
    Ok(())
}
