//! The rules for a schedule: lengths, times, zones.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::Value;
use webex::limits::{
    MAX_AGENDA_CHARS, MAX_INTEGRATION_TAG_CHARS, MAX_INTEGRATION_TAGS_COUNT, MAX_MEETING_MINUTES,
    MAX_MEETING_TITLE_CHARS, MAX_TRACKING_CODE_CHARS, MAX_WATERMARK_OPACITY_PERCENT,
    MIN_MEETING_MINUTES, MIN_WATERMARK_OPACITY_PERCENT,
};

use crate::problem::{Problem, Result};
use crate::rows::meetings::{Plan, ScheduledType, Series, Settings, TrackingCode};
use crate::rules::meetings::recurrence;

const MAX_PASSWORD_CHARS: usize = 64;

/// Webex schedules nothing that starts later.
const YEARS_AHEAD: i32 = 10;

/// The fields of objects by the kind of their values, of which some are required texts.
type Kinds = HashMap<&'static str, HashMap<&'static str, &'static str>>;

/// Whether a value is of a kind. For a number, Webex takes the number itself or its digits; an
/// object has the fields of its name, or others that are ignored.
fn fits(kinds: &Kinds, kind: &str, name: &str, value: &Value) -> bool {
    match kind {
        "boolean" => value.is_boolean(),
        "count" => value.is_u64(),
        "text" | "required" => value.is_string(),
        "number" => {
            let digits = value.as_str().map(str::parse::<u32>);
            value.is_u64() || digits.is_some_and(|number| number.is_ok())
        }
        "opacity" => {
            let percents = MIN_WATERMARK_OPACITY_PERCENT..=MAX_WATERMARK_OPACITY_PERCENT;
            let given = value.as_u64().and_then(|given| given.try_into().ok());
            given.is_some_and(|given| percents.contains(&given))
        }
        "tags" => value.as_array().is_some_and(|tags| {
            let chars = |tag: &Value| tag.as_str().map(|tag| tag.chars().count());
            let is_tag = |tag| chars(tag).is_some_and(|it| it <= MAX_INTEGRATION_TAG_CHARS);
            tags.len() <= MAX_INTEGRATION_TAGS_COUNT && tags.iter().all(is_tag)
        }),
        kind if kind.starts_with("one of ") => {
            let text = value.as_str().map_or(value.to_string(), str::to_owned);
            kind.split(' ').skip(2).any(|known| known == text)
        }
        _ => value.as_object().is_some_and(|fields| {
            let required = kinds.get(name).and_then(|kinds| kinds.get("required"));
            let mut required = required.into_iter().flat_map(|names| names.split(' '));
            required.all(|name| value[name].is_string())
                && fields.iter().all(|(field, value)| {
                    let kind = kind_of(kinds, name, field).filter(|_| !value.is_null());
                    kind.is_none_or(|kind| fits(kinds, kind, field, value))
                })
        }),
    }
}

fn kind_of(kinds: &Kinds, object: &str, field: &str) -> Option<&'static str> {
    let mut kinds = kinds.get(object)?.iter();
    let found = kinds.find(|(_, names)| names.split(' ').any(|name| name == field));
    found.map(|(kind, _)| *kind)
}

/// The fields of an object of this name in a request; others are ignored.
pub(crate) fn known(object: &str, mut fields: Settings) -> Result<Settings> {
    let kinds: Kinds = serde_json::from_str(include_str!("settings.json")).unwrap_or_default();
    let kind_of = |name: &str| kind_of(&kinds, object, name);
    fields.retain(|name, value| kind_of(name).is_some() && !value.is_null());
    for (name, value) in &fields {
        let is_wrong = kind_of(name).is_some_and(|kind| !fits(&kinds, kind, name, value));
        Problem::bad_request(format!("{name} has a wrong type or value.")).when(is_wrong)?;
    }
    Ok(fields)
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

/// Whether a start is in the future or within this minute: meetings start on the minute.
pub(crate) fn is_ahead(start: Timestamp, now: Timestamp) -> bool {
    now.duration_since(start) < SignedDuration::from_mins(1)
}

pub(crate) fn check_ahead(start: Timestamp, now: Timestamp) -> Result<()> {
    Problem::bad_request("start lies in the past.").unless(is_ahead(start, now))?;
    let latest = now.to_zoned(TimeZone::UTC).checked_add(YEARS_AHEAD.years());
    Problem::bad_request("start must lie less than 10 years in the future.")
        .when(latest.is_ok_and(|latest| start >= latest.timestamp()))
}

/// Refuses settings that do not go together, or that this kind of meeting does not have.
fn check_together(plan: &Plan) -> Result<()> {
    let all = Value::from(plan.settings.clone());
    let is = |path: &str| all.pointer(path) == Some(&Value::Bool(true));
    let is_webinar = plan.scheduled_type == ScheduledType::Webinar;
    let minutes = all["joinBeforeHostMinutes"].as_u64().unwrap_or_default();
    let is_off = (is_webinar && [5, 10].contains(&minutes)) || (!is_webinar && minutes > 15);
    Problem::bad_request("joinBeforeHostMinutes is 0 to 15; for a webinar 0 or at least 15.")
        .when(is_off)?;
    Problem::bad_request("enabledLiveStream needs liveStream.")
        .when(is("/enabledLiveStream") && all["liveStream"].is_null())?;
    Problem::bad_request("restrictToInvitees needs requireAttendeeLogin.")
        .when(is("/restrictToInvitees") && all["requireAttendeeLogin"] == false)?;
    let calls_back = is("/audioConnectionOptions/enabledAudienceCallBack");
    Problem::bad_request("Only a webinar has enabledPolling and enabledAudienceCallBack.")
        .when(!is_webinar && (calls_back || is("/meetingOptions/enabledPolling")))
}

pub(crate) fn check_texts(title: &str, agenda: Option<&str>, password: &str) -> Result<()> {
    Problem::bad_request("title must have 1 to 128 characters.").when(title.trim().is_empty())?;
    Problem::check_length("title", title, MAX_MEETING_TITLE_CHARS)?;
    Problem::check_length("agenda", agenda.unwrap_or_default(), MAX_AGENDA_CHARS)?;
    Problem::check_length("password", password, MAX_PASSWORD_CHARS)
}

/// Gives a series a plan; if its times changed, its exceptions are removed, as in Webex.
pub(crate) fn apply(series: &mut Series, plan: Plan) -> Result<()> {
    check_texts(&plan.title, plan.agenda.as_deref(), &plan.password)?;
    check_together(&plan)?;
    check_tracking_codes(plan.tracking_codes.as_deref().unwrap_or_default())?;
    let starts = recurrence::starts(plan.start, &plan.timezone, plan.recurrence.as_deref())?;
    if starts != series.starts || plan.length != series.plan.length {
        series.exceptions.clear();
        let own_setups = &mut series.preparations.own_setups;
        own_setups.retain(|name, _| starts.binary_search(name).is_ok());
        series.starts = starts;
    }
    series.plan = plan;
    Ok(())
}

/// The site's tracking codes: id, name, the way a value is entered, and the values to choose from.
pub(crate) const TRACKING_CODES: [(&str, &str, &str, &str); 3] = [
    ("1", "Cost Centre", "text", ""),
    ("2", "Team", "editableSelect", "Engineering Unicorn"),
    ("3", "Purpose", "select", "Planning Review Training"),
];

/// Codes of one meeting; Webex's sites have ten.
const MAX_TRACKING_CODES: usize = 10;

/// Refuses codes that are too long, and values that their code does not offer.
fn check_tracking_codes(codes: &[TrackingCode]) -> Result<()> {
    Problem::bad_request("A meeting has at most 10 tracking codes.")
        .when(codes.len() > MAX_TRACKING_CODES)?;
    let is_text = |text: &String| (1..=MAX_TRACKING_CODE_CHARS).contains(&text.chars().count());
    let mut texts = codes.iter().flat_map(|one| [&one.name, &one.value]);
    Problem::bad_request("Name and value of a tracking code must have 1 to 120 characters.")
        .unless(texts.all(is_text))?;
    let is_wrong = |code: &TrackingCode| {
        TRACKING_CODES.iter().any(|(_, name, mode, values)| {
            let is_offered = values.split(' ').any(|value| value == code.value);
            *name == code.name && *mode == "select" && !is_offered
        })
    };
    Problem::bad_request("The value is none of the tracking code's options.")
        .when(codes.iter().any(is_wrong))
}
