//! What Webex refuses of a schedule: lengths, times, zones.

use jiff::{SignedDuration, Timestamp};
use webex::limits::{
    MAX_AGENDA_CHARS, MAX_MEETING_MINUTES, MAX_MEETING_TITLE_CHARS, MIN_MEETING_MINUTES,
};
use webex::meetings::Password;

use crate::problem::Problem;
use crate::rows::meetings::{Plan, Series};
use crate::rules::meetings::recurrence;
use crate::rules::meetings::tracking_codes::check_tracking_codes;

const MAX_PASSWORD_CHARS: usize = 64;

/// Start and length of a meeting, in whole minutes.
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

/// Whether a start is still to come; one of this very minute is, as meetings start on the minute.
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
    password: &Password,
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
    if is_long(password.as_str(), MAX_PASSWORD_CHARS) {
        return Err(Problem::bad_request(
            "password is longer than 64 characters.",
        ));
    }
    Ok(())
}

/// What a series may be planned as, but for its times.
pub(crate) fn check_plan(plan: &Plan) -> Result<(), Problem> {
    check_texts(&plan.title, plan.agenda.as_deref(), &plan.password)?;
    check_tracking_codes(plan.tracking_codes.as_deref().unwrap_or_default())
}

/// Gives a series a plan; where times changed, its exceptions are gone, as in Webex.
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
