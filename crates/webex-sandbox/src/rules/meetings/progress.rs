//! Meetings take place: they start, people join and leave, they end, and recordings appear.
//!
//! The clock does this with the first request after a time has passed: the host and the invitees
//! who belong to the company join at the start and leave at the end. Tests and the administration
//! do the same by hand with [`crate::MeetingAction`].

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::problem::{Problem, Result};
use crate::rows::PersonKey;
use crate::rows::meetings::{
    Controls, Due, Instance, InstanceKey, Invitee, Participant, ParticipantKey, Presence,
    Recording, RecordingStatus, Series, SeriesKey, Target, Transcript, Utterance,
};
use crate::rows::moment::later;
use crate::rules::meetings::registration::{self, is_approved, may_join};
use crate::rules::meetings::{announce, checks, invitations, knows};
use crate::world::World;

/// Webex takes a few minutes to make recording and transcript available.
const PROCESSING: SignedDuration = SignedDuration::from_mins(5);

/// How many steps of the clock one request may process; the rest waits for the next request.
const MAX_STEPS: usize = 10_000;

/// What is said in a meeting, and who joins it: enough for a day with something every ten seconds.
const MAX_ENTRIES: usize = 10_000;

/// A smaller lag of the world's time behind the clock is not worth a write lock.
const MAX_LAG: SignedDuration = SignedDuration::from_secs(1);

/// Whether the clock has passed a time at which something happens, or has moved noticeably.
pub(crate) fn is_due(world: &World, now: Timestamp) -> bool {
    let first = world.meetings.agenda.first();
    let is_behind = now.duration_since(world.now) >= MAX_LAG;
    is_behind || first.is_some_and(|(moment, _)| *moment <= now)
}

/// Processes everything that was due by now, each step at its own time.
pub(crate) fn catch_up(world: &mut World, now: Timestamp) {
    for _ in 0..MAX_STEPS {
        let first = world.meetings.agenda.first().copied();
        let Some((moment, due)) = first.filter(|(moment, _)| *moment <= now) else {
            return;
        };
        world.meetings.agenda.pop_first();
        let base = world.base.clone();
        world.begin(moment, &base);
        let happened = match due {
            Due::Start(series, name) => start(world, series, name).map(drop),
            Due::End(instance) => end(world, instance),
            Due::Publish(instance) => publish(world, instance),
        };
        if let Err(problem) = happened {
            tracing::warn!(?problem, "a meeting could not go on");
        }
    }
}

/// Puts the next start of a series on the agenda, in place of its previous entry.
pub(crate) fn plan_next(world: &mut World, key: SeriesKey) {
    let is_other = |due: &Due| !matches!(due, Due::Start(series, _) if *series == key);
    world.meetings.agenda.retain(|(_, due)| is_other(due));
    let series = world.meetings.series.get(key);
    let Some(series) = series.filter(|series| !series.is_deleted) else {
        return;
    };
    let instances = world.meetings.instances.all(&series.instances);
    let has_been: BTreeSet<Timestamp> = instances.map(|(_, one)| one.name).collect();
    let to_come = series.occurrences().filter(|occurrence| {
        checks::is_ahead(occurrence.start, world.now) && !has_been.contains(&occurrence.name)
    });
    let starts = to_come.map(|occurrence| (occurrence.start, Due::Start(key, occurrence.name)));
    let next = starts.min_by_key(|(start, _)| *start);
    world.meetings.agenda.extend(next);
}

/// Starts an occurrence with everyone in it who is invited and belongs to the company.
pub(crate) fn start(world: &mut World, series: SeriesKey, name: Timestamp) -> Result<InstanceKey> {
    let key = open(world, series, name)?;
    let occurrence = Target::scheduled(series, Some(name));
    let planned = world.meetings.series.row(series)?;
    let mut people = vec![planned.host];
    let invitees = world.meetings.invitees.all(&planned.invitees);
    let invitees = invitees.filter(|(_, one)| occurrence.has(one.only));
    let invited = invitees.map(|(_, one)| one.email.clone());
    for email in invited.chain(registration::approved_emails(world, series)) {
        let person = world.person_by_email(&email);
        people.extend(person.filter(|person| !people.contains(person)));
    }
    for person in people {
        if may_join(world, occurrence, person, |_| true) {
            join(world, key, person)?;
        }
    }
    Ok(key)
}

/// Starts an occurrence with nobody in it.
pub(crate) fn open(world: &mut World, series: SeriesKey, name: Timestamp) -> Result<InstanceKey> {
    let now = world.now;
    let planned = world.meetings.series.row(series)?;
    let occurrence = planned.occurrence(name).ok_or_else(Problem::vanished)?;
    check_not_running(world, planned)?;
    let host = planned.host;
    let records = planned.plan.settings.get("enabledAutoRecordMeeting") == Some(&true.into());
    let length = occurrence.end.duration_since(occurrence.start);
    // A meeting that starts after its time is over takes as long as planned.
    let planned_end = match occurrence.end > now {
        true => occurrence.end.min(later(now, length)),
        false => later(now, length),
    };
    let key = world.meetings.instances.insert_with(|id| Instance {
        id,
        series,
        name,
        title: occurrence.title.to_owned(),
        started: now,
        planned_end,
        ended: None,
        participants: Vec::new(),
        controls: Controls {
            locked: Some(false),
            recording_started: Some(records),
            recording_paused: Some(false),
        },
        was_recorded: records,
        said: Vec::new(),
        recording: None,
        transcript: None,
    })?;
    let planned = world.meetings.series.row_mut(series)?;
    planned.instances.push(key);
    world.meetings.agenda.insert((planned_end, Due::End(key)));
    plan_next(world, series);
    let started = Target::held(key, world.meetings.instances.row(key)?);
    announce::meeting(world, "started", host, started);
    Ok(key)
}

pub(crate) fn check_not_running(world: &World, series: &Series) -> Result<()> {
    let running = world.meetings.running(series, None);
    Problem::conflict("Meeting is in progress.").when(running.is_some())
}

pub(crate) fn running(world: &World, key: InstanceKey) -> Result<&Instance> {
    let instance = world.meetings.instances.row(key)?;
    Problem::conflict("The meeting has ended.").when(instance.ended.is_some())?;
    Ok(instance)
}

/// A person joins: the meeting or, if it is locked or the person is not invited, its lobby.
pub(crate) fn join(world: &mut World, key: InstanceKey, person: PersonKey) -> Result<()> {
    let instance = running(world, key)?;
    if world.meetings.present(instance, person).is_some() {
        return Ok(());
    }
    Problem::full().when(instance.participants.len() >= MAX_ENTRIES)?;
    let series = world.meetings.series.row(instance.series)?;
    let target = Target::held(key, instance);
    Problem::forbidden("Only approved registrants join the meeting: register first.")
        .unless(may_join(world, target, person, |_| true))?;
    let is_registered = is_approved(world, instance.series, person);
    let is_in_room = series.space.is_some() && knows(world, series, person);
    let is_here = |one: &&Invitee| target.has(one.only);
    let invitee = invitations(world, series, person).find(is_here);
    let is_host = series.host == person;
    let is_invitee = is_host || invitee.is_some() || is_registered || is_in_room;
    let security = series.plan.settings.get("unlockedMeetingJoinSecurity");
    let security = security.and_then(Value::as_str);
    Problem::forbidden("The meeting is for invited people only.")
        .when(!is_invitee && security == Some("blockFromJoin"))?;
    let is_locked = instance.controls.locked == Some(true) && !is_host;
    let is_open = is_invitee || security == Some("allowJoin");
    let is_co_host = invitee.is_some_and(|invitee| invitee.is_co_host);
    let participant = world.meetings.participants.insert_with(|id| Participant {
        id,
        instance: key,
        person,
        is_host,
        is_co_host,
        is_invitee,
        is_muted: false,
        presence: Presence::Lobby,
        joined: None,
        left: None,
    })?;
    let instance = world.meetings.instances.row_mut(key)?;
    instance.participants.push(participant);
    if is_open && !is_locked {
        admit(world, participant);
    }
    Ok(())
}

/// Admits a person from the lobby; others stay where they are.
pub(crate) fn admit(world: &mut World, key: ParticipantKey) {
    let now = world.now;
    let participant = world.meetings.participants.get_mut(key);
    let Some(participant) = participant.filter(|one| one.presence == Presence::Lobby) else {
        return;
    };
    participant.presence = Presence::Joined;
    participant.joined = Some(now);
    announce::participant(world, "joined", key);
}

/// A person leaves, voluntarily or not.
pub(crate) fn leave(world: &mut World, key: ParticipantKey) {
    let now = world.now;
    let participant = world.meetings.participants.get_mut(key);
    let Some(participant) = participant.filter(|one| one.presence != Presence::Left) else {
        return;
    };
    let was_in = participant.presence == Presence::Joined;
    participant.presence = Presence::Left;
    participant.left = Some(now);
    if was_in {
        announce::participant(world, "left", key);
    }
}

pub(crate) fn say(
    world: &mut World,
    key: InstanceKey,
    speaker: PersonKey,
    text: String,
) -> Result<()> {
    let at = world.now;
    let instance = running(world, key)?;
    Problem::conflict("Only people in the meeting can speak.")
        .unless(world.meetings.is_in(instance, speaker))?;
    let instance = world.meetings.instances.row_mut(key)?;
    Problem::full().when(instance.said.len() >= MAX_ENTRIES)?;
    instance.said.push(Utterance { speaker, at, text });
    Ok(())
}

pub(crate) fn end(world: &mut World, key: InstanceKey) -> Result<()> {
    let instance = running(world, key)?;
    let (target, participants) = (Target::held(key, instance), instance.participants.clone());
    let planned = (instance.planned_end, Due::End(key));
    world.meetings.agenda.remove(&planned);
    for participant in participants {
        leave(world, participant);
    }
    let now = world.now;
    let instance = world.meetings.instances.row_mut(key)?;
    instance.ended = Some(now);
    instance.controls.recording_started = Some(false);
    let host = world.meetings.series.row(target.series)?.host;
    announce::meeting(world, "ended", host, target);
    let processed = later(now, PROCESSING);
    world.meetings.agenda.insert((processed, Due::Publish(key)));
    // An occurrence that should have started meanwhile was missed; the next one was not.
    plan_next(world, target.series);
    Ok(())
}

fn publish(world: &mut World, key: InstanceKey) -> Result<()> {
    let now = world.now;
    let instance = world.meetings.instances.row(key)?;
    let (was_recorded, said) = (instance.was_recorded, instance.said.clone());
    if was_recorded {
        let recording = world.meetings.recordings.insert_with(|id| Recording {
            id,
            instance: key,
            created: now,
            status: RecordingStatus::Available,
            shared: BTreeSet::new(),
        })?;
        world.meetings.instances.row_mut(key)?.recording = Some(recording);
        announce::recording(world, "created", recording);
    }
    if !said.is_empty() {
        let transcript = world.meetings.transcripts.insert_with(|id| Transcript {
            id,
            instance: key,
            said,
            is_deleted: false,
        })?;
        world.meetings.instances.row_mut(key)?.transcript = Some(transcript);
        announce::transcript(world, "created", transcript);
    }
    Ok(())
}
