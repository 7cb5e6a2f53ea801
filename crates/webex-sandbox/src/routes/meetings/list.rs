//! `GET /meetings`: by number, link, space or series, or all meetings in a window of time.

use std::ops::Range;

use jiff::Timestamp;
use serde::Deserialize;

use crate::page::{Cursor, Page, PageRequest};
use crate::problem::{Problem, Result};
use crate::request::Call;
use crate::routes::meetings::{fits, shown};
use crate::rows::PersonKey;
use crate::rows::meetings::{Series, Target};
use crate::rules::meetings::show::{for_administrators, has_tag, web_link};
use crate::rules::meetings::{Window, current, is_there, knows, watches_all};
use crate::rules::shown::Shown;
use crate::world::World;

/// The kinds of meetings.
const SERIES: &str = "meetingSeries";
const OCCURRENCE: &str = "scheduledMeeting";
const INSTANCE: &str = "meeting";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    meeting_number: Option<String>,
    web_link: Option<String>,
    room_id: Option<String>,
    meeting_series_id: Option<String>,
    #[serde(flatten)]
    window: Window,
    meeting_type: Option<String>,
    current: Option<bool>,
    integration_tag: Option<String>,
}

/// The parameters that have the name of a field of meetings, and ask for its value.
const FILTERS: &str = "state scheduledType isModified hasChat hasRecording hasTranscription \
    hasSummary hasClosedCaption hasPolls hasQA hasSlido";

impl List {
    /// The ways in which it names one meeting; Webex ignores them beside a series.
    fn named(&self) -> impl Iterator<Item = &String> {
        let named = [&self.meeting_number, &self.web_link, &self.room_id];
        let is_of_series = self.meeting_series_id.is_some();
        named.into_iter().flatten().filter(move |_| !is_of_series)
    }

    /// The next week, for instances the last week; if one end is given, a week from there.
    fn week(&self, now: Timestamp) -> Range<Timestamp> {
        let mut window = self.window;
        if window.to.is_none() && self.meeting_type.as_deref() != Some(INSTANCE) {
            window.from = window.from.or(Some(now));
        }
        window.week(now)
    }
}

pub(crate) fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: List = call.query()?;
    let page = call.few()?;
    let mut wanted = call.filters(FILTERS)?;
    let is_ended = query.meeting_type.as_deref() == Some(INSTANCE)
        && wanted.get("state").is_some_and(|state| state == "ended");
    Problem::bad_request("hasRecording and its like need meetingType=meeting and state=ended.")
        .when(!is_ended && wanted.keys().any(|name| name.starts_with("has")))?;
    let is_of_series = query.meeting_series_id.is_some();
    let ignored = match (query.named().next(), is_of_series) {
        (Some(_), _) => ["state", "isModified"].as_slice(),
        (None, true) => &["scheduledType"],
        (None, false) => &[],
    };
    wanted.retain(|name, _| !ignored.contains(&name.as_str()));
    let tag = query.integration_tag.as_ref().filter(|_| !is_of_series);
    let person = call.host(world)?;
    let found = find(world, call, person, &query)?;
    let is_current = query.current != Some(false);
    Ok(cut(world, person, page, is_current, found, |meeting| {
        (fits(&meeting, &wanted) && has_tag(&meeting, tag)).then_some(meeting)
    }))
}

/// Ordered by start, which for a series may be that of its current occurrence; among equals,
/// instances come after scheduled meetings.
fn cut(
    world: &World,
    viewer: PersonKey,
    page: PageRequest,
    is_current: bool,
    found: Vec<Target>,
    show: impl Fn(Shown) -> Option<Shown>,
) -> Page<Shown> {
    let placed = found.into_iter().filter_map(|target| {
        let series = world.meetings.series.get(target.series)?;
        let named = current(world, target, is_current).name;
        let (start, ordinal, half) = match (target.instance, named) {
            (Some(key), _) => (world.meetings.instances.get(key)?.started, key.ordinal(), 1),
            (None, Some(name)) => (series.occurrence(name)?.start, target.series.ordinal(), 0),
            (None, None) => (series.plan.start, target.series.ordinal(), 0),
        };
        let ordinal = ordinal.checked_mul(2)?.checked_add(half)?;
        let sort = start.as_second();
        Some((Cursor { sort, ordinal }, target))
    });
    let rest = placed.filter(|(cursor, _)| page.after.is_none_or(|after| *cursor > after));
    let mut rest: Vec<_> = rest.collect();
    rest.sort_unstable_by_key(|(cursor, _)| *cursor);
    page.cut(rest.into_iter(), |target| {
        let mut meeting = shown(world, viewer, target).ok()?;
        let mut current = shown(world, viewer, current(world, target, is_current)).ok()?;
        for field in ["start", "end"] {
            meeting.insert(field.to_owned(), current.remove(field)?);
        }
        show(meeting)
    })
}

fn find(world: &World, call: &Call, person: PersonKey, query: &List) -> Result<Vec<Target>> {
    let mut named = query.named();
    let names_one = named.next().is_some();
    Problem::bad_request("meetingNumber, webLink and roomId are mutually exclusive.")
        .when(named.next().is_some())?;
    let Window { from, to } = query.window;
    Problem::bad_request("from cannot be after to.")
        .when(!names_one && from.zip(to).is_some_and(|(from, to)| from > to))?;
    let known = world.meetings.series.iter();
    let is_one = names_one && query.room_id.is_none();
    let may_see = |series: &Series| knows(world, series, person) || is_one && call.opens(series);
    let known = known.filter(|(_, series)| may_see(series));
    if names_one {
        let named = known.filter(|(_, series)| is_named(series, query));
        let is_current = query.current != Some(false) && query.room_id.is_none();
        let named = named.map(|(key, series)| {
            let is_current = is_current && series.plan.recurrence.is_some();
            current(world, Target::scheduled(key, None), is_current)
        });
        return Ok(named.collect());
    }
    let mut found = Vec::new();
    let window = match &query.meeting_series_id {
        // A series is listed completely, except for what the caller's filters exclude.
        Some(_) => from.unwrap_or(Timestamp::MIN)..to.unwrap_or(Timestamp::MAX),
        None => query.week(call.now),
    };
    for (key, series) in known {
        let kind = match &query.meeting_series_id {
            Some(id) if *id != series.id => continue,
            Some(_) => query.meeting_type.as_deref(),
            None => Some(query.meeting_type.as_deref().unwrap_or(SERIES)),
        };
        let is_planned = !series.is_deleted && !series.plan.is_adhoc;
        let occurrences = series
            .occurrences()
            .filter(|one| is_planned && one.end > window.start && one.start < window.end);
        let mut occurrences = occurrences.map(|one| Target::scheduled(key, Some(one.name)));
        if kind == Some(SERIES) {
            let is_there = occurrences.next().is_some();
            found.extend(is_there.then(|| Target::scheduled(key, None)));
            continue;
        }
        // Without a kind, occurrences and instances.
        if kind != Some(INSTANCE) {
            found.extend(occurrences);
        }
        if kind != Some(OCCURRENCE) {
            let instances = world.meetings.instances.all(&series.instances);
            let instances = instances.filter(|(_, one)| window.contains(&one.started));
            found.extend(instances.map(|(key, one)| Target::held(key, one)));
        }
    }
    found.retain(|target| is_there(world, *target, call.now));
    Ok(found)
}

fn is_named(series: &Series, query: &List) -> bool {
    let number = query.meeting_number.as_ref();
    let number = number.is_none_or(|number| number.replace(' ', "") == series.number);
    let link = query.web_link.as_ref();
    let link = link.is_none_or(|link| *link == web_link(series));
    let is_room = query.room_id.is_none() || query.room_id == series.plan.room_id;
    number && link && is_room && !series.is_deleted
}

pub(crate) fn admin_list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: List = call.query()?;
    let page = call.few()?;
    watches_all(call)?;
    Problem::bad_request("Give either meetingNumber or webLink.")
        .when(query.meeting_number.is_some() == query.web_link.is_some())?;
    let all = world.meetings.series.iter();
    let found = all.filter(|(_, series)| is_named(series, &query));
    let found = found.map(|(key, _)| Target::scheduled(key, None));
    let show = |meeting| Some(for_administrators(meeting));
    Ok(cut(world, call.person, page, false, found.collect(), show))
}
