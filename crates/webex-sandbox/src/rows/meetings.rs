//! The state of meetings: series with their occurrences, instances, and what belongs to them.

pub(crate) use crate::rows::preparations::{Controls, Plan, ScheduledType, Settings, TrackingCode};

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::rows::moment::later;
use crate::rows::preparations::{Callout, Preparations, Registrant, SurveyResult};
use crate::rows::{PersonKey, RoomKey};
use crate::table::{Key, Row, Table};

pub(crate) type SeriesKey = Key<Series>;
pub(crate) type InstanceKey = Key<Instance>;
pub(crate) type InviteeKey = Key<Invitee>;
pub(crate) type ParticipantKey = Key<Participant>;
pub(crate) type RecordingKey = Key<Recording>;
pub(crate) type TranscriptKey = Key<Transcript>;

/// A scheduled meeting as a whole, even if it happens only once.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Series {
    pub(crate) id: String,
    pub(crate) number: String,
    pub(crate) host: PersonKey,
    pub(crate) plan: Plan,
    /// The starts of its occurrences by the rule, oldest first; they identify the occurrences.
    pub(crate) starts: Vec<Timestamp>,
    pub(crate) exceptions: BTreeMap<Timestamp, Exception>,
    #[serde(skip)]
    pub(crate) instances: Vec<InstanceKey>,
    #[serde(skip)]
    pub(crate) invitees: Vec<InviteeKey>,
    pub(crate) preparations: Preparations,
    /// The room whose standing meeting this is: it has no plan, and all members may see it.
    pub(crate) space: Option<RoomKey>,
    /// Removed from the calendar; only its instances are left.
    pub(crate) is_deleted: bool,
}

/// An occurrence that differs from its series.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Exception {
    Cancelled,
    Changed {
        title: String,
        agenda: Option<String>,
        start: Timestamp,
        length: SignedDuration,
    },
}

/// One meeting of a series, with its current plan.
#[derive(Debug, Clone)]
pub(crate) struct Occurrence<'s> {
    /// The original start, which identifies it.
    pub(crate) name: Timestamp,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) title: &'s str,
    pub(crate) agenda: Option<&'s str>,
    pub(crate) is_modified: bool,
}

impl Series {
    pub(crate) fn occurrence(&self, name: Timestamp) -> Option<Occurrence<'_>> {
        self.starts.binary_search(&name).ok()?;
        let plan = &self.plan;
        let (title, agenda, start, length) = match self.exceptions.get(&name) {
            None => (&plan.title, &plan.agenda, name, plan.length),
            Some(Exception::Cancelled) => return None,
            Some(Exception::Changed {
                title,
                agenda,
                start,
                length,
            }) => (title, agenda, *start, *length),
        };
        Some(Occurrence {
            name,
            start,
            end: later(start, length),
            title,
            agenda: agenda.as_deref(),
            is_modified: self.exceptions.contains_key(&name),
        })
    }

    /// The occurrences that are not cancelled, in the order of the rule.
    pub(crate) fn occurrences(&self) -> impl DoubleEndedIterator<Item = Occurrence<'_>> {
        self.starts.iter().filter_map(|name| self.occurrence(*name))
    }

    /// The occurrence that is running or comes next.
    pub(crate) fn next(&self, now: Timestamp) -> Option<Occurrence<'_>> {
        self.occurrences().find(|occurrence| occurrence.end > now)
    }

    pub(crate) fn occurrence_id(&self, name: Timestamp) -> String {
        format!("{}_{}", self.id, name.strftime("%Y%m%dT%H%M%SZ"))
    }
}

/// A meeting that is running or has ended.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) series: SeriesKey,
    pub(crate) name: Timestamp,
    pub(crate) title: String,
    pub(crate) started: Timestamp,
    pub(crate) planned_end: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    #[serde(skip)]
    pub(crate) participants: Vec<ParticipantKey>,
    pub(crate) controls: Controls,
    pub(crate) was_recorded: bool,
    pub(crate) said: Vec<Utterance>,
    pub(crate) recording: Option<RecordingKey>,
    pub(crate) transcript: Option<TranscriptKey>,
}

/// What one person said without a pause.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Utterance {
    pub(crate) speaker: PersonKey,
    pub(crate) at: Timestamp,
    pub(crate) text: String,
}

/// A person invited to a series or to one occurrence of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Invitee {
    pub(crate) id: String,
    pub(crate) series: SeriesKey,
    /// The occurrence, if the person was invited only to that one.
    pub(crate) only: Option<Timestamp>,
    pub(crate) email: String,
    pub(crate) display_name: Option<String>,
    pub(crate) is_co_host: bool,
    pub(crate) is_panelist: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Presence {
    Lobby,
    Joined,
    Left,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Participant {
    pub(crate) id: String,
    pub(crate) instance: InstanceKey,
    pub(crate) person: PersonKey,
    pub(crate) is_host: bool,
    pub(crate) is_co_host: bool,
    pub(crate) is_invitee: bool,
    pub(crate) is_muted: bool,
    pub(crate) presence: Presence,
    pub(crate) joined: Option<Timestamp>,
    pub(crate) left: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum RecordingStatus {
    Available,
    Deleted,
    Purged,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Recording {
    pub(crate) id: String,
    pub(crate) instance: InstanceKey,
    pub(crate) created: Timestamp,
    pub(crate) status: RecordingStatus,
    /// The people with whom the host shared it, by e-mail address in lower case.
    pub(crate) shared: BTreeSet<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Transcript {
    pub(crate) id: String,
    pub(crate) instance: InstanceKey,
    pub(crate) said: Vec<Utterance>,
    pub(crate) is_deleted: bool,
}

macro_rules! hexadecimal_rows {
    ($($row:ty => $kind:literal $(in $wire:ident)?),*) => {
        $(impl Row for $row {
            const KIND: &'static str = $kind;
            fn id(&self) -> &str {
                &self$(.$wire)?.id
            }
            fn name(uuid: Uuid) -> String {
                uuid.simple().to_string()
            }
        })*
    };
}

hexadecimal_rows!(Series => "MEETING_SERIES", Invitee => "MEETING_INVITEE", Participant => "MEETING_PARTICIPANT",
                  Recording => "RECORDING", Transcript => "MEETING_TRANSCRIPT", Callout => "MEETING_CALLOUT",
                  Registrant => "MEETING_REGISTRANT" in wire, SurveyResult => "SURVEY_RESULT" in wire);

impl Row for Instance {
    const KIND: &'static str = "MEETING_INSTANCE";
    fn id(&self) -> &str {
        &self.id
    }
    fn name(uuid: Uuid) -> String {
        let (_, number) = uuid.as_u64_pair();
        format!("{}_I_{number}", uuid.simple())
    }
}

/// What the clock does; at the same moment, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Due {
    /// Recording and transcript of an instance become available.
    Publish(InstanceKey),
    /// An instance ends.
    End(InstanceKey),
    /// An occurrence starts.
    Start(SeriesKey, Timestamp),
}

/// Any of the three kinds of meeting: a series; with a name, one occurrence of it; with an instance,
/// what that occurrence became.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    pub(crate) series: SeriesKey,
    pub(crate) name: Option<Timestamp>,
    pub(crate) instance: Option<InstanceKey>,
}

impl Target {
    /// Whether what belongs only to this occurrence, or else to a whole series, belongs to it too.
    pub(crate) fn has(self, only: Option<Timestamp>) -> bool {
        only.is_none() || only == self.name
    }

    /// A series or, with a name, one occurrence of it.
    pub(crate) fn scheduled(series: SeriesKey, name: Option<Timestamp>) -> Self {
        Target {
            series,
            name,
            instance: None,
        }
    }

    pub(crate) fn held(key: InstanceKey, instance: &Instance) -> Self {
        Target {
            series: instance.series,
            name: Some(instance.name),
            instance: Some(key),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Calendar {
    pub(crate) series: Table<Series>,
    pub(crate) instances: Table<Instance>,
    pub(crate) invitees: Table<Invitee>,
    pub(crate) participants: Table<Participant>,
    pub(crate) recordings: Table<Recording>,
    pub(crate) transcripts: Table<Transcript>,
    pub(crate) registrants: Table<Registrant>,
    pub(crate) survey_results: Table<SurveyResult>,
    pub(crate) callouts: Table<Callout>,
    pub(crate) agenda: BTreeSet<(Timestamp, Due)>,
}

impl Calendar {
    pub(crate) fn new(namespace: Uuid) -> Self {
        Calendar {
            series: Table::new(namespace),
            instances: Table::new(namespace),
            invitees: Table::new(namespace),
            participants: Table::new(namespace),
            recordings: Table::new(namespace),
            transcripts: Table::new(namespace),
            registrants: Table::new(namespace),
            survey_results: Table::new(namespace),
            callouts: Table::new(namespace),
            agenda: BTreeSet::new(),
        }
    }

    /// The meeting with this id, of any kind; of a deleted series only its instances are found.
    pub(crate) fn find(&self, id: &str) -> Option<Target> {
        if let Some((key, instance)) = self.instances.named(id) {
            return Some(Target::held(key, instance));
        }
        let (series, name) = match id.split_once('_') {
            Some((series, name)) => (series, Some(name.parse::<Timestamp>().ok()?)),
            None => (id, None),
        };
        let (key, series) = self.series.named(series)?;
        let is_there = name.is_none_or(|name| series.occurrence(name).is_some());
        (is_there && !series.is_deleted).then(|| Target::scheduled(key, name))
    }

    /// The first series of which this holds, without deleted ones.
    pub(crate) fn first(&self, is_meant: impl Fn(&Series) -> bool) -> Option<Target> {
        let mut all = self.series.iter();
        let found = all.find(|(_, series)| !series.is_deleted && is_meant(series));
        found.map(|(key, _)| Target::scheduled(key, None))
    }

    /// An instance, and its series.
    pub(crate) fn held(&self, key: InstanceKey) -> Option<(&Instance, &Series)> {
        let instance = self.instances.get(key)?;
        Some((instance, self.series.get(instance.series)?))
    }

    /// The instances of a series or, with a name, of one occurrence of it, oldest first.
    pub(crate) fn instances_of<'c>(
        &'c self,
        series: &'c Series,
        name: Option<Timestamp>,
    ) -> impl DoubleEndedIterator<Item = (InstanceKey, &'c Instance)> {
        let all = self.instances.all(&series.instances);
        all.filter(move |(_, one)| name.is_none_or(|name| one.name == name))
    }

    /// A person's place in an instance: in the meeting or in its lobby.
    pub(crate) fn present<'c>(
        &'c self,
        instance: &'c Instance,
        person: PersonKey,
    ) -> Option<(ParticipantKey, &'c Participant)> {
        let mut all = self.participants.all(&instance.participants);
        all.find(|(_, one)| one.person == person && one.presence != Presence::Left)
    }

    /// Whether a person is in the meeting itself.
    pub(crate) fn is_in(&self, instance: &Instance, person: PersonKey) -> bool {
        let present = self.present(instance, person);
        present.is_some_and(|(_, one)| one.presence == Presence::Joined)
    }

    /// The running instance of a series or of one of its occurrences.
    pub(crate) fn running(&self, series: &Series, name: Option<Timestamp>) -> Option<InstanceKey> {
        let mut instances = self.instances_of(series, name).rev();
        let found = instances.find(|(_, one)| one.ended.is_none());
        found.map(|(key, _)| key)
    }
}
