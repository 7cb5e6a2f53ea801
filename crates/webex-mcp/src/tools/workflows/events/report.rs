//! A report on events: they go into a file page by page, and are counted on the way.

use std::collections::HashMap;
use std::hash::Hash;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use webex::events::{self, Event};
use webex::people::ListPeople;

use crate::error::CallError;
use crate::limits::{
    EVENTS_ACTORS_COUNTED, EVENTS_ACTORS_SHOWN, EVENTS_CLOCKS_APART_SECONDS, EVENTS_KINDS_COUNTED,
    EVENTS_PAGE_ENTRIES, EVENTS_REPORT_MAX,
};
use crate::tool::{
    Artifact, ArtifactFile, Context, Lines, Render, ShortId, counted, expected_in_period,
    with_commas,
};
use crate::tools::events::{Filters, explained, words_of};
use crate::tools::workflows::formats::{Format, csv_row, json_line};
use crate::tools::workflows::news::to_the_second;

const COLUMNS: [&str; 9] = [
    "id",
    "created",
    "resource",
    "type",
    "actorId",
    "resourceId",
    "roomId",
    "personEmail",
    "text",
];

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventsReport {
    pub events: u64,
    pub from: String,
    pub to: String,
    /// There are older events than the file has; it goes back to readBackTo.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_back_to: Option<String>,
    pub by_kind: Vec<KindCount>,
    /// Those who did most.
    pub by_actor: Vec<ActorCount>,
    /// Everybody else.
    #[serde(skip_serializing_if = "is_zero")]
    pub of_others: u64,
    /// Newest first; absent where there are no events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Artifact>,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct KindCount {
    pub resource: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub events: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActorCount {
    pub actor_id: ShortId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    pub events: u64,
}

/// How often each of something was met, up to a number of them; the others together.
#[derive(Debug)]
struct Counts<K> {
    max: usize,
    each: HashMap<K, u64>,
    others: u64,
}

impl<K: Hash + Eq + Ord> Counts<K> {
    fn new(max: usize) -> Self {
        Counts {
            max,
            each: HashMap::new(),
            others: 0,
        }
    }

    fn add(&mut self, one: K) {
        let is_full = self.each.len() >= self.max;
        match self.each.get_mut(&one) {
            Some(count) => *count += 1,
            None if is_full => self.others += 1,
            None => {
                self.each.insert(one, 1);
            }
        }
    }

    /// The most frequent ones, and how often all others were met.
    fn first(self, shown: usize) -> (Vec<(K, u64)>, u64) {
        let mut all: Vec<_> = self.each.into_iter().collect();
        all.sort_by(|(one, count), (other, than)| than.cmp(count).then_with(|| one.cmp(other)));
        let rest = all.iter().skip(shown).map(|(_, count)| count).sum::<u64>();
        all.truncate(shown);
        (all, self.others + rest)
    }
}

/// Counts of what was read so far.
#[derive(Debug)]
struct Tally {
    events: u64,
    kinds: Counts<(String, String)>,
    actors: Counts<String>,
    last: Option<Timestamp>,
}

impl Tally {
    fn new() -> Self {
        Tally {
            events: 0,
            kinds: Counts::new(EVENTS_KINDS_COUNTED),
            actors: Counts::new(EVENTS_ACTORS_COUNTED),
            last: None,
        }
    }

    fn add(&mut self, event: &Event) {
        self.events += 1;
        let (resource, kind) = kind_of(event);
        self.kinds.add((resource, kind));
        self.actors.add(event.actor_id.clone().unwrap_or_default());
        self.last = event.created.or(self.last);
    }
}

fn kind_of(event: &Event) -> (String, String) {
    let resource = event.resource.as_ref().map(ToString::to_string);
    let kind = event.event_type.as_ref().map(ToString::to_string);
    (resource.unwrap_or_default(), kind.unwrap_or_default())
}

/// Reads the events of the period, newest first, into a file.
///
/// # Errors
/// `invalid_arguments` for a period without a beginning, the wrong way round, or in the future; else
/// whatever Webex refuses, and what ends the work.
pub async fn report(
    context: &Context,
    filters: Filters,
    format: Format,
) -> Result<EventsReport, CallError> {
    let now = Timestamp::now();
    let mut query = filters.query(EVENTS_PAGE_ENTRIES, now)?;
    let (from, to) = period(query.from, query.to, now)?;
    // What happens while it is read would move its pages.
    query.to = Some(to);
    let first = context.webex.events().list(&query).await;
    let mut page = first.map_err(|error| explained(error.into()))?;
    let title = ArtifactFile::new("Events", format.ending(), format.media_type());
    let (mut file, mut tally, mut bytes) = (context.artifact(title)?, Tally::new(), Vec::new());
    if format == Format::Csv {
        csv_row(&mut bytes, COLUMNS);
    }
    let has_more = loop {
        let left = EVENTS_REPORT_MAX - tally.events;
        let is_cut = page.items.len() as u64 > left;
        for event in page
            .items
            .iter()
            .take(usize::try_from(left).unwrap_or(usize::MAX))
        {
            tally.add(event);
            row(&mut bytes, event, format)?;
        }
        file.write(&bytes).await?;
        bytes.clear();
        let Some(next) = page.next else { break is_cut };
        if is_cut || tally.events == EVENTS_REPORT_MAX {
            break true;
        }
        let read = tally.last.map(|last| [to, last]);
        let about = read.and_then(|read| expected_in_period(tally.events, read, from));
        context.reached_about(tally.events, about, "events read");
        let next = next.asking(&query)?;
        page = context.webex.next_page(&events::LIST, &next).await?;
    };
    let file = match tally.events {
        0 => None,
        _ => Some(context.linked(file.finish().await?).await),
    };
    let (kinds, _) = tally.kinds.first(EVENTS_KINDS_COUNTED);
    let (actors, of_others) = tally.actors.first(EVENTS_ACTORS_SHOWN);
    Ok(EventsReport {
        events: tally.events,
        from: to_the_second(from),
        to: to_the_second(to),
        has_more,
        read_back_to: tally.last.filter(|_| has_more).map(|last| last.to_string()),
        by_kind: kinds
            .into_iter()
            .map(|((resource, kind), events)| KindCount {
                resource,
                kind,
                events,
            })
            .collect(),
        by_actor: named(context, actors).await,
        of_others,
        file,
    })
}

/// The period that is meant; without an end, up to a moment ago, because Webex refuses a time that
/// is in the future by its own clock.
fn period(
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), CallError> {
    let wrong = |right: &str| Err(CallError::invalid("from", right));
    let moment = SignedDuration::from_secs(EVENTS_CLOCKS_APART_SECONDS);
    let to = to.unwrap_or(now.saturating_sub(moment).unwrap_or(now));
    match from {
        None => wrong("the beginning of the period is missing"),
        Some(from) if from >= to => wrong("it has to be earlier than to, and than now"),
        Some(from) => Ok((from, to)),
    }
}

fn row(out: &mut Vec<u8>, event: &Event, format: Format) -> Result<(), CallError> {
    if format == Format::Json {
        return json_line(out, event);
    }
    let field = |name: &str| {
        let data = event.data.as_ref();
        let value = data.and_then(|data| data.get(name));
        value
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
    };
    let created = event
        .created
        .map(|time| time.to_string())
        .unwrap_or_default();
    let (resource, kind) = kind_of(event);
    let actor = event.actor_id.as_deref().unwrap_or_default();
    let words = event.data.as_ref().and_then(words_of).unwrap_or_default();
    csv_row(
        out,
        [
            event.id.as_str(),
            &created,
            &resource,
            &kind,
            actor,
            field("id"),
            field("roomId"),
            field("personEmail"),
            words,
        ],
    );
    Ok(())
}

/// Who did it, with their addresses where they can be read.
async fn named(context: &Context, actors: Vec<(String, u64)>) -> Vec<ActorCount> {
    let ids: Vec<_> = actors
        .iter()
        .map(|(id, _)| id.as_str())
        .filter(|id| !id.is_empty())
        .collect();
    let query = ListPeople {
        id: Some(ids.join(",")),
        ..ListPeople::default()
    };
    let found = match ids.is_empty() {
        true => None,
        false => {
            context
                .best_effort(context.webex.people().list(&query))
                .await
        }
    };
    let people = found.map(|page| page.items).unwrap_or_default();
    let email = |id: &str| {
        let person = people.iter().find(|person| person.id == id)?;
        person.emails.as_ref()?.first().cloned()
    };
    let row = |(id, events): (String, u64)| ActorCount {
        email: email(&id),
        actor_id: id.into(),
        events,
    };
    actors.into_iter().map(row).collect()
}

impl Render for EventsReport {
    fn render(&self, out: &mut Lines) {
        let events = counted(with_commas(self.events), "event");
        out.line(&[&events, " from ", &self.from, " to ", &self.to, "."]);
        if let Some(back_to) = self.read_back_to.as_ref().filter(|_| self.has_more) {
            out.line(&["There are more: the file goes back to ", back_to]);
            out.add(&[" only; report the time before it by itself."]);
        }
        out.gap();
        for one in &self.by_kind {
            out.line(&[
                &one.resource,
                " ",
                &one.kind,
                ": ",
                &with_commas(one.events),
            ]);
        }
        out.gap();
        for one in &self.by_actor {
            let who = match (&one.email, one.actor_id.is_empty()) {
                (Some(email), _) => email.as_str(),
                (None, false) => &one.actor_id,
                (None, true) => "nobody in particular",
            };
            out.line(&[who, ": ", &with_commas(one.events)]);
        }
        if self.of_others > 0 {
            out.line(&["everybody else: ", &with_commas(self.of_others)]);
        }
        out.gap();
        if let Some(file) = &self.file {
            out.line(&["The file, newest first:"]);
            file.render(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_767_600_000 + hour * 3_600).unwrap()
    }

    #[test]
    fn no_more_are_counted_by_themselves_than_fit() {
        let mut counts = Counts::new(3);
        for one in ["a", "b", "b", "c", "c", "c", "d", "e", "a", "d"] {
            counts.add(one);
        }
        let (first, others) = counts.first(2);
        assert_eq!((first, others), (vec![("c", 3), ("a", 2)], 2 + 3));
    }

    #[test]
    fn a_period_begins_before_it_ends() {
        let now = at(10);
        assert!(period(Some(at(1)), None, now).is_ok_and(|(_, to)| to < now));
        assert_eq!(
            period(Some(at(1)), Some(at(2)), now).unwrap(),
            (at(1), at(2))
        );
        for (from, to) in [
            (None, None),
            (Some(at(2)), Some(at(1))),
            (Some(at(11)), None),
        ] {
            let refused = period(from, to, now).unwrap_err();
            assert!(refused.message.contains("`from`"), "{}", refused.message);
        }
    }
}
