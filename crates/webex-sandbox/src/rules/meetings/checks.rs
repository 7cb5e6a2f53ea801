//! The rules for a schedule: lengths, times, zones.

use jiff::{SignedDuration, Timestamp};
use webex::limits::{
    MAX_AGENDA_CHARS, MAX_MEETING_MINUTES, MAX_MEETING_TITLE_CHARS, MIN_MEETING_MINUTES,
};

use crate::problem::{Problem, Result};
use crate::rows::meetings::{Plan, Series, Settings};
use crate::rules::meetings::recurrence;
use crate::rules::meetings::tracking_codes::check_tracking_codes;
use serde_json::Value;

const MAX_PASSWORD_CHARS: usize = 64;

/// Webex takes the number itself or its digits.
fn is_number(value: &Value) -> bool {
    let digits = value.as_str().map(str::parse::<u32>);
    value.is_u64() || digits.is_some_and(|number| number.is_ok())
}

fn are_texts(value: &Value) -> bool {
    let texts = value.as_array();
    texts.is_some_and(|texts| texts.iter().all(Value::is_string))
}

/// An object whose fields are as a table says, or are left out.
fn fits(value: &Value, table: &[Setting]) -> bool {
    value.as_object().is_some_and(|fields| {
        let mut table = table.iter();
        table.all(|(name, fits)| {
            let given = fields.get(*name).filter(|value| !value.is_null());
            given.is_none_or(fits)
        })
    })
}

fn is_live_stream(value: &Value) -> bool {
    let mut needed = ["destination", "rtmpUrl", "streamUrl"].into_iter();
    needed.all(|name| value[name].is_string()) && fits(value, &LIVE_STREAM)
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
    ("meetingOptions", |value| fits(value, &OPTIONS)),
    ("attendeePrivileges", |value| fits(value, &PRIVILEGES)),
    ("integrationTags", are_texts),
    ("enabledBreakoutSessions", Value::is_boolean),
    ("enabledAudioWatermark", Value::is_boolean),
    ("enabledVisualWatermark", Value::is_boolean),
    ("visualWatermarkOpacity", Value::is_u64),
    ("audioConnectionOptions", |value| {
        fits(value, &AUDIO_OPTIONS)
    }),
    ("requireAttendeeLogin", Value::is_boolean),
    ("restrictToInvitees", Value::is_boolean),
    ("enabledLiveStream", Value::is_boolean),
    ("liveStream", is_live_stream),
];

const OPTIONS: [Setting; 7] = [
    ("enabledChat", Value::is_boolean),
    ("enabledVideo", Value::is_boolean),
    ("enabledPolling", Value::is_boolean),
    ("enabledNote", Value::is_boolean),
    ("noteType", Value::is_string),
    ("enabledFileTransfer", Value::is_boolean),
    ("enabledUCFRichMedia", Value::is_boolean),
];

const PRIVILEGES: [Setting; 13] = [
    ("enabledShareContent", Value::is_boolean),
    ("enabledSaveDocument", Value::is_boolean),
    ("enabledPrintDocument", Value::is_boolean),
    ("enabledAnnotate", Value::is_boolean),
    ("enabledViewParticipantList", Value::is_boolean),
    ("enabledViewThumbnails", Value::is_boolean),
    ("enabledRemoteControl", Value::is_boolean),
    ("enabledViewAnyDocument", Value::is_boolean),
    ("enabledViewAnyPage", Value::is_boolean),
    ("enabledContactOperatorPrivately", Value::is_boolean),
    ("enabledChatHost", Value::is_boolean),
    ("enabledChatPresenter", Value::is_boolean),
    ("enabledChatOtherParticipants", Value::is_boolean),
];

const AUDIO_OPTIONS: [Setting; 8] = [
    ("audioConnectionType", Value::is_string),
    ("enabledTollFreeCallIn", Value::is_boolean),
    ("enabledGlobalCallIn", Value::is_boolean),
    ("enabledAudienceCallBack", Value::is_boolean),
    ("entryAndExitTone", Value::is_string),
    ("allowHostToUnmuteParticipants", Value::is_boolean),
    ("allowAttendeeToUnmuteSelf", Value::is_boolean),
    ("muteAttendeeUponEntry", Value::is_boolean),
];

const LIVE_STREAM: [Setting; 5] = [
    ("layoutWithoutSharedContent", Value::is_string),
    ("layoutWithSharedContent", Value::is_string),
    ("allowChangeLayoutInMeeting", Value::is_boolean),
    ("followStageLayoutWhenSynced", Value::is_boolean),
    ("resolution", Value::is_string),
];

/// The settings among the fields of a request; other fields are ignored.
pub(crate) fn settings(fields: Settings) -> Result<Settings> {
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
pub(crate) fn times(start: Timestamp, end: Timestamp) -> Result<(Timestamp, SignedDuration)> {
    let minute = |moment: Timestamp| moment.as_second().div_euclid(60);
    let minutes = minute(end) - minute(start);
    Problem::bad_request("A meeting takes 10 minutes to 23 hours and 59 minutes.")
        .unless((MIN_MEETING_MINUTES..=MAX_MEETING_MINUTES).contains(&minutes))?;
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
pub(crate) fn check_ahead(start: Timestamp, now: Timestamp) -> Result<()> {
    Problem::bad_request("start lies in the past.").unless(is_ahead(start, now))
}

pub(crate) fn check_texts(title: &str, agenda: Option<&str>, password: &str) -> Result<()> {
    let is_long = |text: &str, max| text.chars().count() > max;
    Problem::bad_request("title must have 1 to 128 characters.")
        .when(title.trim().is_empty() || is_long(title, MAX_MEETING_TITLE_CHARS))?;
    Problem::bad_request("agenda is longer than 1300 characters.")
        .when(agenda.is_some_and(|agenda| is_long(agenda, MAX_AGENDA_CHARS)))?;
    Problem::bad_request("password is longer than 64 characters.")
        .when(is_long(password, MAX_PASSWORD_CHARS))
}

/// Checks the plan of a series, except for its times.
pub(crate) fn check_plan(plan: &Plan) -> Result<()> {
    check_texts(&plan.title, plan.agenda.as_deref(), &plan.password)?;
    check_tracking_codes(plan.tracking_codes.as_deref().unwrap_or_default())
}

/// Gives a series a plan; if its times changed, its exceptions are removed, as in Webex.
pub(crate) fn apply(series: &mut Series, plan: Plan) -> Result<()> {
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
