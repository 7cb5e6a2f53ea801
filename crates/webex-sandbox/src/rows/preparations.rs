//! What belongs to a meeting besides its times: interpreters, breakout sessions, registrants, answers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use webex::meetings::breakouts::BreakoutSession;
use webex::meetings::interpreters::SimultaneousInterpretation;
use webex::meetings::invitation_sources::InvitationSource;
use webex::meetings::registrants::Registrant as RegistrantWire;
use webex::meetings::registration::RegistrationForm;
use webex::meetings::surveys::SurveyResult as SurveyResultWire;

use crate::rows::meetings::{InstanceKey, Series, SeriesKey};
use crate::table::Key;

pub(crate) type RegistrantKey = Key<Registrant>;
pub(crate) type SurveyResultKey = Key<SurveyResult>;

/// What the host prepared for the meeting itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Setup {
    pub(crate) interpretation: SimultaneousInterpretation,
    pub(crate) breakouts: Vec<BreakoutSession>,
}

/// Everything that was prepared for a series.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Preparations {
    pub(crate) setup: Setup,
    /// Of the occurrences that were prepared on their own.
    pub(crate) own_setups: BTreeMap<Timestamp, Setup>,
    pub(crate) registration: Option<RegistrationForm>,
    pub(crate) sources: Vec<InvitationSource>,
    /// Parts so far, from which their ids are made.
    pub(crate) parts: u64,
}

impl Series {
    /// What was prepared for an occurrence, or for the series.
    pub(crate) fn setup(&self, occurrence: Option<Timestamp>) -> &Setup {
        let own = occurrence.and_then(|name| self.preparations.own_setups.get(&name));
        own.unwrap_or(&self.preparations.setup)
    }

    /// The same to be changed; an occurrence goes its own way from then on.
    pub(crate) fn setup_mut(&mut self, occurrence: Option<Timestamp>) -> &mut Setup {
        let Preparations {
            setup, own_setups, ..
        } = &mut self.preparations;
        match occurrence {
            Some(name) => own_setups.entry(name).or_insert_with(|| setup.clone()),
            None => setup,
        }
    }

    /// A new id for something that is prepared.
    pub(crate) fn new_part_id(&mut self) -> String {
        self.preparations.parts += 1;
        let name = format!("{}/{}", self.id, self.preparations.parts);
        let uuid = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
        uuid.simple().to_string()
    }
}

/// Somebody who filled in the form of a series or of one occurrence of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Registrant {
    pub(crate) series: SeriesKey,
    /// The occurrence, of those who registered for it alone.
    pub(crate) only: Option<Timestamp>,
    pub(crate) wire: RegistrantWire,
}

impl Registrant {
    pub(crate) fn is_of(&self, occurrence: Option<Timestamp>) -> bool {
        self.only.is_none() || self.only == occurrence
    }
}

/// What one person answered after a webinar.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SurveyResult {
    pub(crate) instance: InstanceKey,
    pub(crate) wire: SurveyResultWire,
}

/// A telephone that rings; nobody in the sandbox answers it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Callout {
    pub(crate) id: String,
    pub(crate) instance: InstanceKey,
    pub(crate) rings_until: Timestamp,
}

impl Callout {
    pub(crate) fn rings(&self, now: Timestamp) -> bool {
        now < self.rings_until
    }
}
