//! The rules of meetings. A series has occurrences, counted by its rule; what starts is an instance.
//!
//! At its start an occurrence begins with everybody invited, unless its series is running: then it is
//! missed. It ends when planned. Hosts and cohosts change and manage; while a meeting runs it is not
//! changed. Strangers wait in the lobby, and everybody but the host does while a meeting is locked.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use serde_json::{Value, json};
use webex_sandbox::{MeetingAction, Sandbox};

use super::rule::{Rule, rule};
use crate::model::pick;
use crate::{Person, person, start, text};

pub(super) const NAMES: [&str; 4] = ["carol", "erin", "frank", "bob"];
const ZONES: [&str; 4] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Sydney",
];

/// Times of the day in quarters of an hour; the first does not exist on some days, or does twice.
const QUARTERS: [i64; 4] = [10, 36, 60, 95];
const READY_MINUTES: i64 = 15;

/// Few, so that much happens to each.
const MAX_SERIES: usize = 3;
pub(super) const PROCESSING_MINUTES: i64 = 5;

/// So long after its end nobody can read of an instance.
const ENDED_DETAILS_MINUTES: i64 = 15;

/// Somebody does something; meetings and people are meant by their number among those so far.
#[derive(Debug, Clone)]
pub(super) struct Step {
    who: usize,
    is_host: bool,
    series: usize,
    deed: Deed,
}

#[derive(Debug, Clone)]
enum Deed {
    Schedule {
        day: i64,
        time: usize,
        zone: usize,
        minutes: i64,
        rule: Option<Rule>,
        guests: [bool; 4],
        cohost: bool,
    },
    Change(Change),
    ChangeOne(usize, Change),
    Delete,
    DeleteOne(usize),
    /// The clock moves on.
    Wait(Wait),
    Start(Option<usize>),
    Join,
    Leave,
    Say,
    End,
    Lock(bool),
    Manage(usize, &'static str),
}

#[derive(Debug, Clone, Copy)]
enum Wait {
    Minutes(i64),
    /// To so many minutes before the next moment at which something happens.
    Next(i64),
}

#[derive(Debug, Clone)]
enum Change {
    Title(bool),
    /// By so many quarters of an hour, to another length.
    Move(i64, i64),
    Rule(Option<Rule>),
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let minutes = prop_oneof![4 => 10..180_i64, 3 => 600..1_440_i64, 1 => Just(1_439), 1 => Just(1_440), 1 => Just(9)];
    let quarters = prop_oneof![3 => -8..200_i64, 1 => -500..9_000_i64];
    let change = prop_oneof![
        2 => any::<bool>().prop_map(Change::Title),
        2 => (quarters, minutes.clone()).prop_map(|(by, minutes)| Change::Move(by, minutes)),
        1 => prop::option::of(rule()).prop_map(Change::Rule),
    ];
    let day = prop_oneof![3 => 0..3_i64, 1 => 0..95_i64];
    let plan = (
        day,
        0..4_usize,
        0..4_usize,
        minutes,
        prop::option::weighted(0.8, rule()),
    );
    let schedule = (plan, any::<[bool; 4]>(), any::<bool>());
    let schedule =
        schedule.prop_map(
            |((day, time, zone, minutes, rule), guests, cohost)| Deed::Schedule {
                day,
                time,
                zone,
                minutes,
                rule,
                guests,
                cohost,
            },
        );
    let number = any::<usize>;
    let before = prop::sample::select(vec![0, 0, 0, READY_MINUTES, READY_MINUTES + 1]);
    let wait = prop_oneof![
        4 => before.prop_map(Wait::Next),
        1 => (0..90_i64).prop_map(Wait::Minutes),
        1 => (0..9_000_i64).prop_map(Wait::Minutes),
    ];
    let what = prop::sample::select(vec!["admit", "expel", "muted"]);
    let deed = prop_oneof![
        3 => schedule,
        2 => change.clone().prop_map(Deed::Change),
        3 => (number(), change).prop_map(|(one, change)| Deed::ChangeOne(one, change)),
        1 => Just(Deed::Delete),
        2 => number().prop_map(Deed::DeleteOne),
        8 => wait.prop_map(Deed::Wait),
        3 => prop::option::of(number()).prop_map(Deed::Start),
        5 => Just(Deed::Join),
        2 => Just(Deed::Leave),
        2 => Just(Deed::Say),
        2 => Just(Deed::End),
        1 => any::<bool>().prop_map(Deed::Lock),
        4 => (number(), what).prop_map(|(one, what)| Deed::Manage(one, what)),
    ];
    (0..NAMES.len(), prop::bool::weighted(0.7), number(), deed).prop_map(
        |(who, is_host, series, deed)| Step {
            who,
            is_host,
            series,
            deed,
        },
    )
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Occurrence {
    /// The moment it was first planned for, which names it for ever.
    pub(super) name: Timestamp,
    pub(super) start: Timestamp,
    pub(super) minutes: i64,
    pub(super) title: String,
    pub(super) is_modified: bool,
}

impl Occurrence {
    pub(super) fn end(&self) -> Timestamp {
        self.start + SignedDuration::from_mins(self.minutes)
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Presence {
    Lobby,
    Joined,
    Left,
}

#[derive(Debug)]
pub(super) struct Participant {
    pub(super) who: usize,
    pub(super) presence: Presence,
    /// Whether they were ever in the meeting itself, and not only in its lobby.
    pub(super) was_in: bool,
    pub(super) muted: bool,
}

#[derive(Debug)]
pub(super) struct Instance {
    pub(super) name: Timestamp,
    pub(super) title: String,
    pub(super) started: Timestamp,
    pub(super) planned_end: Timestamp,
    pub(super) ended: Option<Timestamp>,
    pub(super) participants: Vec<Participant>,
    /// Somebody has been in it, not only in its lobby.
    pub(super) was_joined: bool,
    pub(super) was_talk: bool,
    locked: bool,
}

impl Instance {
    pub(super) fn is_readable(&self, now: Timestamp) -> bool {
        let wait = SignedDuration::from_mins(ENDED_DETAILS_MINUTES);
        self.ended.is_none_or(|ended| now >= ended + wait)
    }
}

#[derive(Debug)]
pub(super) struct Series {
    pub(super) id: String,
    pub(super) host: usize,
    pub(super) guests: Vec<usize>,
    cohosts: Vec<usize>,
    pub(super) title: String,
    zone: &'static str,
    pub(super) start: Timestamp,
    pub(super) minutes: i64,
    pub(super) rule: Option<Rule>,
    names: Vec<Timestamp>,
    /// What is not as its series says; cancelled where there is nothing.
    exceptions: BTreeMap<Timestamp, Option<Occurrence>>,
    pub(super) instances: Vec<Instance>,
    pub(super) is_gone: bool,
}

/// A moment as one writes it in a zone, with the zone's offset.
pub(super) fn written(moment: Timestamp, zone: &str) -> String {
    let there = moment.to_zoned(TimeZone::get(zone).unwrap());
    there.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn starts(start: Timestamp, zone: &str, rule: Option<Rule>) -> Vec<Timestamp> {
    match rule {
        Some(rule) => rule.starts(start, &TimeZone::get(zone).unwrap()),
        None => vec![start],
    }
}

impl Series {
    pub(super) fn knows(&self, who: usize) -> bool {
        self.host == who || self.guests.contains(&who)
    }

    pub(super) fn is_hosted_by(&self, who: usize) -> bool {
        self.host == who || self.cohosts.contains(&who)
    }

    pub(super) fn occurrence(&self, name: Timestamp) -> Option<Occurrence> {
        match self.exceptions.get(&name) {
            Some(exception) => exception.clone(),
            None => Some(Occurrence {
                name,
                start: name,
                minutes: self.minutes,
                title: self.title.clone(),
                is_modified: false,
            }),
        }
    }

    /// The planned meetings, but those that were cancelled.
    pub(super) fn occurrences(&self) -> Vec<Occurrence> {
        match self.is_gone {
            true => Vec::new(),
            false => self
                .names
                .iter()
                .filter_map(|name| self.occurrence(*name))
                .collect(),
        }
    }

    pub(super) fn running(&self) -> Option<&Instance> {
        self.instances.last().filter(|one| one.ended.is_none())
    }

    fn running_mut(&mut self) -> Option<&mut Instance> {
        self.instances.last_mut().filter(|one| one.ended.is_none())
    }

    fn is_running(&self, name: Timestamp) -> bool {
        self.running().is_some_and(|one| one.name == name)
    }

    fn has_been(&self, name: Timestamp) -> bool {
        self.instances.iter().any(|one| one.name == name)
    }

    pub(super) fn state(&self, now: Timestamp) -> &'static str {
        match () {
            () if self.running().is_some() => "inProgress",
            () if self.occurrences().iter().any(|one| one.end() > now) => "active",
            () => "expired",
        }
    }

    pub(super) fn occurrence_state(&self, one: &Occurrence, now: Timestamp) -> &'static str {
        match () {
            () if self.is_running(one.name) => "inProgress",
            () if self.has_been(one.name) => "ended",
            () if one.end() <= now => "missed",
            () if one.start - SignedDuration::from_mins(READY_MINUTES) <= now => "ready",
            () => "scheduled",
        }
    }

    pub(super) fn occurrence_id(&self, name: Timestamp) -> String {
        format!("{}_{}", self.id, name.strftime("%Y%m%dT%H%M%SZ"))
    }

    /// Why somebody may not change the series or one occurrence of it, if so.
    fn refuses(&self, who: usize, only: Option<Timestamp>) -> Option<u16> {
        let is_there = !self.is_gone && only.is_none_or(|name| self.occurrence(name).is_some());
        let is_running = match only {
            Some(name) => self.is_running(name),
            None => self.running().is_some(),
        };
        match () {
            () if !is_there || !self.knows(who) => Some(404),
            () if !self.is_hosted_by(who) => Some(403),
            () if is_running => Some(400),
            () => None,
        }
    }

    fn open(&mut self, one: &Occurrence, now: Timestamp) -> &mut Instance {
        // As long as planned; where its time has not passed yet, not beyond it.
        let late = now + SignedDuration::from_mins(one.minutes);
        let planned_end = if one.end() > now {
            late.min(one.end())
        } else {
            late
        };
        self.instances.push(Instance {
            name: one.name,
            title: one.title.clone(),
            started: now,
            planned_end,
            ended: None,
            participants: Vec::new(),
            was_joined: false,
            was_talk: false,
            locked: false,
        });
        self.instances.last_mut().unwrap()
    }

    fn join(&mut self, who: usize) {
        let (is_host, is_invited) = (self.host == who, self.knows(who));
        let Some(instance) = self.running_mut() else {
            return;
        };
        if instance.present(who).is_some() {
            return;
        }
        let presence = match is_invited && (is_host || !instance.locked) {
            true => Presence::Joined,
            false => Presence::Lobby,
        };
        instance.was_joined |= presence == Presence::Joined;
        instance.participants.push(Participant {
            who,
            presence,
            was_in: presence == Presence::Joined,
            muted: false,
        });
    }

    fn end(&mut self, now: Timestamp) {
        if let Some(instance) = self.running_mut() {
            instance.ended = Some(now);
            // What is over is told of those who were in it.
            instance.participants.retain(|one| one.was_in);
            for participant in &mut instance.participants {
                participant.presence = Presence::Left;
            }
        }
    }
}

impl Instance {
    fn present(&mut self, who: usize) -> Option<&mut Participant> {
        let mut all = self.participants.iter_mut();
        all.find(|one| one.who == who && one.presence != Presence::Left)
    }
}

pub(super) struct Model {
    sandbox: Sandbox,
    pub(super) people: Vec<Person>,
    pub(super) now: Timestamp,
    pub(super) series: Vec<Series>,
    titles: usize,
}

impl Model {
    /// Four people, and a series of the first that begins now.
    pub(super) async fn new() -> Self {
        let (sandbox, _) = start();
        let people = NAMES.iter().map(|name| person(&sandbox, name)).collect();
        let now = sandbox.clock().now();
        let mut model = Model {
            sandbox,
            people,
            now,
            series: Vec::new(),
            titles: 0,
        };
        let first = Deed::Schedule {
            day: 0,
            time: 1,
            zone: 0,
            minutes: 1_000,
            rule: Some(Rule::daily(5)),
            guests: [true, true, false, false],
            cohost: true,
        };
        model.schedule(0, &first).await;
        model.settle();
        model
    }

    /// Does one step on both sides; the model says what must come. Gives the series it was about.
    pub(super) async fn apply(&mut self, step: &Step) -> Option<usize> {
        if let Deed::Schedule { .. } = step.deed {
            if self.series.len() >= MAX_SERIES {
                return None;
            }
            let scheduled = self.schedule(step.who, &step.deed).await;
            self.settle();
            return scheduled;
        }
        let at = pick(&self.series, step.series)?;
        let who = if step.is_host {
            self.series[at].host
        } else {
            step.who
        };
        match &step.deed {
            Deed::Schedule { .. } => {}
            Deed::Change(change) => self.change(who, at, change).await,
            Deed::ChangeOne(one, change) => {
                let name = self.name(at, *one)?;
                self.change_one(who, at, name, change).await;
            }
            Deed::Delete => self.delete(who, at, None).await,
            Deed::DeleteOne(one) => {
                let name = self.name(at, *one)?;
                self.delete(who, at, Some(name)).await;
            }
            Deed::Wait(wait) => self.wait(*wait),
            Deed::Start(one) => {
                let name = one.and_then(|one| self.name(at, one));
                self.start(at, name);
            }
            Deed::Join => {
                let is_running = self.series[at].running().is_some();
                self.act(at, is_running, MeetingAction::Join { email: email(who) });
                self.series[at].join(who);
            }
            Deed::Leave => {
                let instance = self.series[at].running_mut();
                let present = instance.and_then(|instance| instance.present(who));
                let is_present = present.map(|one| one.presence = Presence::Left).is_some();
                self.act(at, is_present, MeetingAction::Leave { email: email(who) });
            }
            Deed::Say => {
                let present = self.series[at].running_mut();
                let is_in = present.is_some_and(|instance| {
                    let is_in = instance
                        .present(who)
                        .is_some_and(|one| one.presence == Presence::Joined);
                    instance.was_talk |= is_in;
                    is_in
                });
                self.act(
                    at,
                    is_in,
                    MeetingAction::Say {
                        email: email(who),
                        text: "words".to_owned(),
                    },
                );
            }
            Deed::End => self.end(who, at).await,
            Deed::Lock(locked) => self.lock(who, at, *locked).await,
            Deed::Manage(one, what) => self.manage(who, at, *one, what).await,
        }
        self.settle();
        Some(at)
    }

    /// The name of one of the occurrences that the rule makes, cancelled or not.
    fn name(&self, at: usize, number: usize) -> Option<Timestamp> {
        let names = &self.series[at].names;
        pick(names, number).map(|at| names[at])
    }

    /// At this very moment: what is over ends, and what begins starts where nothing is running.
    fn settle(&mut self) {
        let now = self.now;
        for series in &mut self.series {
            if series.running().is_some_and(|one| one.planned_end <= now) {
                series.end(now);
            }
            let mut due = series.occurrences().into_iter();
            let due = due.find(|one| one.start == now && !series.has_been(one.name));
            let Some(due) = due.filter(|_| series.running().is_none()) else {
                continue;
            };
            series.open(&due, now);
            for who in std::iter::once(series.host).chain(series.guests.clone()) {
                series.join(who);
            }
        }
    }

    /// The next moment at which something ends or begins.
    fn next_moment(&self) -> Option<Timestamp> {
        let ends = self
            .series
            .iter()
            .filter_map(|one| Some(one.running()?.planned_end));
        let starts = self.series.iter().flat_map(Series::occurrences);
        let moments = ends.chain(starts.map(|one| one.start));
        moments.filter(|moment| *moment > self.now).min()
    }

    fn wait(&mut self, wait: Wait) {
        let until = match (wait, self.next_moment()) {
            (Wait::Minutes(minutes), _) => self.now + SignedDuration::from_mins(minutes),
            (Wait::Next(before), Some(next)) => next - SignedDuration::from_mins(before),
            (Wait::Next(_), None) => return,
        };
        let until = until.max(self.now);
        let by = until.duration_since(self.now);
        self.sandbox
            .clock()
            .advance(Duration::try_from(by).unwrap());
        while let Some(next) = self.next_moment().filter(|next| *next <= until) {
            self.now = next;
            self.settle();
        }
        self.now = until;
    }

    fn title(&mut self) -> String {
        self.titles += 1;
        format!("Meeting {}", self.titles)
    }

    async fn schedule(&mut self, host: usize, deed: &Deed) -> Option<usize> {
        let Deed::Schedule {
            day,
            time,
            zone,
            minutes,
            rule,
            guests,
            cohost,
        } = *deed
        else {
            return None;
        };
        let zone = ZONES[zone];
        let today = self.now.to_zoned(TimeZone::get(zone).unwrap());
        let morning = today.start_of_day().unwrap() + day.days();
        let wall = morning.datetime() + (QUARTERS[time] * 15).minutes();
        let start = wall
            .to_zoned(today.time_zone().clone())
            .unwrap()
            .timestamp();
        let guests: Vec<usize> = (0..NAMES.len())
            .filter(|who| guests[*who] && *who != host)
            .collect();
        let cohosts: Vec<usize> = guests.iter().copied().take(usize::from(cohost)).collect();
        let names = starts(start, zone, rule);
        let title = self.title();
        let is_fine = start >= self.now && is_length(minutes) && !names.is_empty();
        let invitees = guests
            .iter()
            .map(|who| json!({"email": email(*who), "coHost": cohosts.contains(who)}));
        let body = json!({
            "title": title, "start": written(start, zone),
            "end": written(start + SignedDuration::from_mins(minutes), zone), "timezone": zone,
            "recurrence": rule.map(Rule::text), "invitees": invitees.collect::<Value>(),
        });
        let status = if is_fine { 200 } else { 400 };
        let answer = self.people[host]
            .post("/v1/meetings", body)
            .await
            .json(status);
        if !is_fine {
            return None;
        }
        self.series.push(Series {
            id: text(&answer["id"]),
            host,
            guests,
            cohosts,
            title,
            zone,
            start,
            minutes,
            rule,
            names,
            exceptions: BTreeMap::new(),
            instances: Vec::new(),
            is_gone: false,
        });
        Some(self.series.len() - 1)
    }

    async fn change(&mut self, who: usize, at: usize, change: &Change) {
        let title = self.title();
        let it = &mut self.series[at];
        let (mut start, mut minutes, mut rule, mut new_title) =
            (it.start, it.minutes, it.rule, it.title.clone());
        let (mut method, mut body) = ("PATCH", json!({}));
        match change {
            Change::Title(is_put) => {
                method = if *is_put { "PUT" } else { "PATCH" };
                body = json!({"title": title});
                new_title = title;
            }
            Change::Move(quarters, length) => {
                (start, minutes) = (start + SignedDuration::from_mins(quarters * 15), *length);
                body = json!({"start": start, "end": start + SignedDuration::from_mins(minutes)});
            }
            Change::Rule(new) => {
                rule = *new;
                body["recurrence"] = rule.map(Rule::text).into();
            }
        }
        let names = starts(start, it.zone, rule);
        let is_fine =
            (start == it.start || start >= self.now) && is_length(minutes) && !names.is_empty();
        let status = it
            .refuses(who, None)
            .unwrap_or(if is_fine { 200 } else { 400 });
        let path = format!("/v1/meetings/{}", it.id);
        self.people[who]
            .send(method, &path, Some(body))
            .await
            .json(status);
        if status == 200 {
            // Where the times of a series change, its exceptions are gone.
            if names != it.names || minutes != it.minutes {
                it.exceptions.clear();
            }
            (it.start, it.minutes, it.rule, it.title, it.names) =
                (start, minutes, rule, new_title, names);
        }
    }

    async fn change_one(&mut self, who: usize, at: usize, name: Timestamp, change: &Change) {
        let title = self.title();
        let it = &mut self.series[at];
        let mut new = it.occurrence(name).unwrap_or(Occurrence {
            name,
            start: name,
            minutes: it.minutes,
            title: String::new(),
            is_modified: true,
        });
        let old = new.clone();
        let body = match change {
            Change::Title(_) => {
                new.title = title;
                json!({"title": new.title})
            }
            Change::Move(quarters, length) => {
                new.start += SignedDuration::from_mins(quarters * 15);
                new.minutes = *length;
                json!({"start": new.start, "end": new.end()})
            }
            Change::Rule(rule) => json!({"recurrence": rule.map(Rule::text)}),
        };
        // It stays between its neighbours, and alone does not recur.
        let others = it
            .occurrences()
            .into_iter()
            .filter(|other| other.name != name);
        let is_in_order = |other: Occurrence| {
            (other.name < name) == (other.start < new.start) && other.start != new.start
        };
        let is_fine = is_length(new.minutes)
            && !matches!(change, Change::Rule(Some(_)))
            && (new.start == old.start
                || (new.start >= self.now && others.into_iter().all(is_in_order)));
        let status = it
            .refuses(who, Some(name))
            .unwrap_or(if is_fine { 200 } else { 400 });
        let path = format!("/v1/meetings/{}", it.occurrence_id(name));
        self.people[who]
            .send("PATCH", &path, Some(body))
            .await
            .json(status);
        if status == 200 {
            it.exceptions.insert(
                name,
                Some(Occurrence {
                    is_modified: true,
                    ..new
                }),
            );
        }
    }

    async fn delete(&mut self, who: usize, at: usize, only: Option<Timestamp>) {
        let it = &mut self.series[at];
        let status = it.refuses(who, only).unwrap_or(204);
        let id = only.map_or(it.id.clone(), |name| it.occurrence_id(name));
        self.people[who]
            .delete(&format!("/v1/meetings/{id}"))
            .await
            .json(status);
        match only {
            _ if status != 204 => {}
            Some(name) => drop(it.exceptions.insert(name, None)),
            None => it.is_gone = true,
        }
    }

    /// Something that people do in meetings, which the sandbox does for them where the model says so.
    fn act(&self, at: usize, is_fine: bool, action: MeetingAction) {
        let done = self.sandbox.act(&self.series[at].id, action.clone());
        let is_fine = is_fine && !self.series[at].is_gone;
        assert_eq!(done.is_ok(), is_fine, "{action:?}: {done:?}");
    }

    /// Before its time or after it: the named occurrence, or the one that runs or comes next.
    fn start(&mut self, at: usize, name: Option<Timestamp>) {
        let (now, it) = (self.now, &self.series[at]);
        let mut occurrences = it.occurrences().into_iter();
        let one = match name {
            Some(name) => occurrences.find(|one| one.name == name),
            None => occurrences.find(|one| one.end() > now),
        };
        let one = one.filter(|_| it.running().is_none());
        let id = name.map_or(it.id.clone(), |name| it.occurrence_id(name));
        let started = self.sandbox.act(&id, MeetingAction::Start);
        assert_eq!(started.is_ok(), one.is_some(), "{started:?}");
        if let Some(one) = one {
            self.series[at].open(&one, now);
        }
    }

    /// What only somebody who hosts a running meeting may do.
    fn refuses_host(&self, who: usize, at: usize) -> Option<u16> {
        let it = &self.series[at];
        match () {
            () if it.is_gone || !it.knows(who) => Some(404),
            () if !it.is_hosted_by(who) => Some(403),
            () if it.running().is_none() => Some(409),
            () => None,
        }
    }

    async fn end(&mut self, who: usize, at: usize) {
        let status = self.refuses_host(who, at).unwrap_or(204);
        let path = format!("/v1/meetings/{}/end", self.series[at].id);
        self.people[who].post(&path, json!({})).await.json(status);
        if status == 204 {
            self.series[at].end(self.now);
        }
    }

    async fn lock(&mut self, who: usize, at: usize, locked: bool) {
        let status = self.refuses_host(who, at).unwrap_or(200);
        let path = format!("/v1/meetings/controls?meetingId={}", self.series[at].id);
        self.people[who]
            .put(&path, json!({"locked": locked}))
            .await
            .json(status);
        let instance = self.series[at].running_mut();
        if let Some(instance) = instance.filter(|_| status == 200) {
            instance.locked = locked;
        }
    }

    /// Admits, expels or mutes one of those who came to the last meeting of a series that is shown.
    async fn manage(&mut self, who: usize, at: usize, number: usize, what: &str) {
        let (now, it) = (self.now, &mut self.series[at]);
        let is_hosted = it.is_hosted_by(who);
        let list = format!(
            "/v1/meetings?meetingSeriesId={}&meetingType=meeting&max=100",
            it.id
        );
        let instances = self.people[it.host].ids(&list).await;
        let mut shown = it.instances.iter_mut().filter(|one| one.is_readable(now));
        let Some((instance, id)) = shown.next_back().zip(instances.last()) else {
            return;
        };
        let list = format!("/v1/meetingParticipants?meetingId={id}&max=100");
        let ids = self.people[it.host].ids(&list).await;
        assert_eq!(ids.len(), instance.participants.len());
        let Some(one) = pick(&ids, number) else {
            return;
        };
        let status = match () {
            () if !is_hosted => 404,
            () if instance.ended.is_some() => 409,
            () => 200,
        };
        let path = format!("/v1/meetingParticipants/{}", ids[one]);
        self.people[who]
            .put(&path, json!({what: true}))
            .await
            .json(status);
        let participant = &mut instance.participants[one];
        match what {
            _ if status != 200 => {}
            "admit" if participant.presence == Presence::Lobby => {
                participant.presence = Presence::Joined;
                participant.was_in = true;
                instance.was_joined = true;
            }
            "expel" => participant.presence = Presence::Left,
            "muted" => participant.muted = true,
            _ => {}
        }
    }
}

fn is_length(minutes: i64) -> bool {
    (10..24 * 60).contains(&minutes)
}

pub(super) fn email(who: usize) -> String {
    format!("{}@example.com", NAMES[who])
}
