//! `GET /meetings`: by number, link, space or series, or all meetings in a window of time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_with::skip_serializing_none;

use crate::page::{Cursor, Page, PageRequest};
use crate::problem::{Problem, Result};
use crate::request::Call;
use crate::rows::meetings::{Series, SeriesKey, Target};
use crate::rows::{PersonKey, moment};
use crate::rules::meetings::show::{for_administrators, show, web_link};
use crate::rules::meetings::{current, is_host, is_there, knows, watches_all, week};
use crate::rules::shown::{Shown, whole};
use crate::world::World;

/// The kinds of meetings.
const SERIES: &str = "meetingSeries";
const OCCURRENCE: &str = "scheduledMeeting";
const INSTANCE: &str = "meeting";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListMeetings {
    meeting_number: Option<String>,
    web_link: Option<String>,
    room_id: Option<String>,
    meeting_series_id: Option<String>,
    #[serde(default, with = "moment")]
    from: Option<Timestamp>,
    #[serde(default, with = "moment")]
    to: Option<Timestamp>,
    meeting_type: Option<String>,
    current: Option<bool>,
    integration_tag: Option<String>,
}

/// The parameters that have the name of a field of meetings, and ask for its value.
#[skip_serializing_none]
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Filters {
    state: Option<String>,
    scheduled_type: Option<String>,
    is_modified: Option<bool>,
    has_chat: Option<bool>,
    has_recording: Option<bool>,
    has_transcription: Option<bool>,
    has_summary: Option<bool>,
    has_closed_caption: Option<bool>,
    has_polls: Option<bool>,
    #[serde(rename = "hasQA")]
    has_qa: Option<bool>,
    has_slido: Option<bool>,
}

impl ListMeetings {
    /// The next week, for instances the last week; if one end is given, a week from there.
    fn window(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let is_open = self.from.or(self.to).is_none();
        match is_open && self.meeting_type.as_deref() != Some(INSTANCE) {
            true => week(Some(now), None, now),
            false => week(self.from, self.to, now),
        }
    }
}

pub(crate) fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: ListMeetings = call.query()?;
    let filters: Filters = call.query()?;
    let page = call.few()?;
    let now = call.now;
    let (wanted, tag) = (whole(&filters), query.integration_tag.as_ref());
    let person = call.host(world)?;
    let found = find(world, person, &query, now)?;
    Ok(cut(world, page, found, |target| {
        seen_by(world, target, person).filter(|meeting| passes(meeting, &wanted, tag))
    }))
}

fn seen_by(world: &World, target: Target, person: PersonKey) -> Option<Shown> {
    let series = world.meetings.series_of(target)?;
    show(world, target, is_host(world, series, person))
}

/// Ordered by start; among equals, instances come after scheduled meetings.
fn cut<T>(
    world: &World,
    page: PageRequest,
    found: Vec<Target>,
    show: impl FnMut(Target) -> Option<T>,
) -> Page<T> {
    let cursors = found.into_iter().filter_map(|target| {
        let series = world.meetings.series_of(target)?;
        let (start, ordinal, half) = match target {
            Target::Series(key) => (series.plan.start, key.ordinal(), 0),
            Target::Occurrence(key, name) => (series.occurrence(name)?.start, key.ordinal(), 0),
            Target::Instance(key) => (world.meetings.instances.get(key)?.started, key.ordinal(), 1),
        };
        let ordinal = ordinal.checked_mul(2)?.checked_add(half)?;
        let sort = start.as_second();
        Some((Cursor { sort, ordinal }, target))
    });
    let mut found: Vec<_> = cursors.collect();
    found.sort_unstable_by_key(|(cursor, _)| *cursor);
    let start = match page.after {
        Some(after) => found.partition_point(|(cursor, _)| *cursor <= after),
        None => 0,
    };
    page.cut(found.into_iter().skip(start), show)
}

fn find(
    world: &World,
    person: PersonKey,
    query: &ListMeetings,
    now: Timestamp,
) -> Result<Vec<Target>> {
    let named = [&query.meeting_number, &query.web_link, &query.room_id];
    Problem::bad_request("meetingNumber, webLink and roomId are mutually exclusive.")
        .when(named.iter().filter(|one| one.is_some()).count() > 1)?;
    let window = query.from.zip(query.to);
    Problem::bad_request("from cannot be after to.")
        .when(window.is_some_and(|(from, to)| from > to))?;
    let known = world.meetings.series.iter();
    let known = known.filter(|(_, series)| knows(world, series, person));
    if named.iter().any(|one| one.is_some()) {
        let named = known.filter(|(_, series)| is_named(series, query));
        let is_current = query.current != Some(false) && query.room_id.is_none();
        return Ok(named
            .map(|(key, series)| {
                let is_current = is_current && series.plan.recurrence.is_some();
                current(world, Target::Series(key), is_current)
            })
            .collect());
    }
    let mut found = Vec::new();
    let window = match &query.meeting_series_id {
        // A series is listed completely, except for what the caller's filters exclude.
        Some(_) => (
            query.from.unwrap_or(Timestamp::MIN),
            query.to.unwrap_or(Timestamp::MAX),
        ),
        None => query.window(now),
    };
    for (key, series) in known {
        let kind = match &query.meeting_series_id {
            Some(id) if *id != series.id => continue,
            Some(_) => query.meeting_type.as_deref(),
            None => Some(query.meeting_type.as_deref().unwrap_or(SERIES)),
        };
        add(world, &mut found, key, series, kind, window);
    }
    found.retain(|target| is_there(world, *target, now));
    Ok(found)
}

fn is_named(series: &Series, query: &ListMeetings) -> bool {
    let number = query.meeting_number.as_ref();
    let number = number.is_none_or(|number| number.replace(' ', "") == series.number);
    let link = query.web_link.as_ref();
    let link = link.is_none_or(|link| *link == web_link(series));
    let is_room = query.room_id.is_none() || query.room_id == series.plan.room_id;
    number && link && is_room && !series.is_deleted
}

/// Adds the meetings of a series in the window: those of one kind or, without a kind, occurrences
/// and instances.
fn add(
    world: &World,
    found: &mut Vec<Target>,
    key: SeriesKey,
    series: &Series,
    kind: Option<&str>,
    (from, to): (Timestamp, Timestamp),
) {
    let occurrences = || {
        let occurrences = series.occurrences();
        let occurrences = occurrences.filter(|_| !series.is_deleted);
        occurrences.filter(|one| one.end > from && one.start < to)
    };
    if kind == Some(SERIES) {
        found.extend(occurrences().next().map(|_| Target::Series(key)));
        return;
    }
    if kind.is_none() || kind == Some(OCCURRENCE) {
        found.extend(occurrences().map(|one| Target::Occurrence(key, one.name)));
    }
    if kind.is_none() || kind == Some(INSTANCE) {
        let instances = world.meetings.instances.all(&series.instances);
        let instances = instances.filter(|(_, one)| one.started >= from && one.started < to);
        found.extend(instances.map(|(key, _)| Target::Instance(key)));
    }
}

/// Whether a meeting has every wanted value, and the wanted tag.
fn passes(meeting: &Shown, wanted: &Shown, tag: Option<&String>) -> bool {
    let tags = meeting.get("integrationTags").and_then(Value::as_array);
    let has = |tag: &String| tags.is_some_and(|tags| tags.iter().any(|one| one == tag));
    let mut wanted = wanted.iter();
    wanted.all(|(name, value)| meeting.get(name) == Some(value)) && tag.is_none_or(has)
}

pub(crate) fn admin_list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: ListMeetings = call.query()?;
    let page = call.few()?;
    watches_all(call)?;
    Problem::bad_request("Give either meetingNumber or webLink.")
        .when(query.meeting_number.is_some() == query.web_link.is_some())?;
    let all = world.meetings.series.iter();
    let found = all.filter(|(_, series)| is_named(series, &query));
    let found = found.map(|(key, _)| Target::Series(key)).collect();
    Ok(cut(world, page, found, |target| {
        seen_by(world, target, call.person).map(for_administrators)
    }))
}
