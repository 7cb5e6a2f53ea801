//! A host's preparations for a meeting: plan, interpreters, breakout sessions, registrants, answers.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use serde_with::skip_serializing_none;
use uuid::Uuid;

use crate::rows::meetings::{InstanceKey, Series, SeriesKey};
use crate::rows::moment;
use crate::table::Key;

pub(crate) type RegistrantKey = Key<Registrant>;

#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SimultaneousInterpretation {
    pub(crate) enabled: bool,
    pub(crate) interpreters: Option<Vec<Interpreter>>,
}

#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Interpreter {
    pub(crate) id: Option<String>,
    #[serde(rename = "languageCode1")]
    pub(crate) language_code_1: String,
    #[serde(rename = "languageCode2")]
    pub(crate) language_code_2: String,
    pub(crate) email: Option<String>,
    pub(crate) display_name: Option<String>,
}

#[skip_serializing_none]
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct BreakoutSession {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) invitees: Option<Vec<String>>,
    #[serde(with = "moment")]
    pub(crate) start_time: Option<Timestamp>,
    #[serde(with = "moment")]
    pub(crate) end_time: Option<Timestamp>,
}

/// An origin of a webinar's registrants.
#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvitationSource {
    pub(crate) id: Option<String>,
    pub(crate) source_id: String,
    pub(crate) source_email: String,
    pub(crate) join_link: Option<String>,
    pub(crate) register_link: Option<String>,
}

#[skip_serializing_none]
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RegistrationForm {
    pub(crate) auto_accept_request: Option<bool>,
    pub(crate) max_register_num: Option<u32>,
    pub(crate) enabled_registration_id: Option<bool>,
    pub(crate) customized_questions: Option<Vec<Question>>,
    pub(crate) rules: Option<Vec<RegistrationRule>>,
    /// The standard questions that it asks, by names such as `requireCity`.
    #[serde(flatten)]
    pub(crate) required: Settings,
}

/// One of the host's own questions.
#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Question {
    pub(crate) id: Option<u64>,
    pub(crate) question: String,
    pub(crate) required: Option<bool>,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) max_length: Option<u32>,
    pub(crate) options: Option<Vec<QuestionOption>>,
    pub(crate) rules: Option<Vec<QuestionRule>>,
}

#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct QuestionOption {
    pub(crate) id: Option<u64>,
    pub(crate) value: String,
}

/// The decision about a registration with a certain answer.
#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QuestionRule {
    pub(crate) condition: String,
    pub(crate) value: String,
    pub(crate) result: String,
    pub(crate) match_case: Option<bool>,
    pub(crate) order: Option<u32>,
}

/// A rule about a question that every form has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RegistrationRule {
    pub(crate) question: String,
    #[serde(flatten)]
    pub(crate) rule: QuestionRule,
}

/// The host's preparations for the meeting itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Setup {
    pub(crate) interpretation: SimultaneousInterpretation,
    pub(crate) breakouts: Vec<BreakoutSession>,
}

impl Setup {
    pub(crate) fn interpreters(&self) -> &[Interpreter] {
        let all = self.interpretation.interpreters.as_deref();
        all.unwrap_or_default()
    }

    pub(crate) fn interpreters_mut(&mut self) -> &mut Vec<Interpreter> {
        self.interpretation.interpreters.get_or_insert_default()
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Preparations {
    pub(crate) setup: Setup,
    /// The setups of the occurrences that have their own.
    pub(crate) own_setups: BTreeMap<Timestamp, Setup>,
    pub(crate) registration: Option<RegistrationForm>,
    pub(crate) sources: Vec<InvitationSource>,
    /// The number of parts so far, from which their ids are made.
    pub(crate) parts: u64,
}

impl Series {
    /// The setup of an occurrence, or else of the series.
    pub(crate) fn setup(&self, occurrence: Option<Timestamp>) -> &Setup {
        let own = occurrence.and_then(|name| self.preparations.own_setups.get(&name));
        own.unwrap_or(&self.preparations.setup)
    }

    /// The setup, for changing; an occurrence has its own from then on.
    pub(crate) fn setup_mut(&mut self, occurrence: Option<Timestamp>) -> &mut Setup {
        let all = &mut self.preparations;
        match occurrence {
            Some(name) => all
                .own_setups
                .entry(name)
                .or_insert_with(|| all.setup.clone()),
            None => &mut all.setup,
        }
    }

    pub(crate) fn new_part_id(&mut self) -> String {
        self.preparations.parts += 1;
        let name = format!("{}/{}", self.id, self.preparations.parts);
        let uuid = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
        uuid.simple().to_string()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum RegistrantStatus {
    Approved,
    Pending,
    Rejected,
}

#[skip_serializing_none]
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Answers {
    pub(crate) customized_questions: Option<Vec<CustomizedAnswers>>,
    /// The answers to standard questions, by their names.
    #[serde(flatten)]
    pub(crate) told: Settings,
}

impl Answers {
    pub(crate) fn email(&self) -> &str {
        let email = self.told.get("email").and_then(Value::as_str);
        email.unwrap_or_default()
    }
}

#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomizedAnswers {
    pub(crate) question_id: Option<u64>,
    #[serde(default)]
    pub(crate) answers: Vec<CustomizedAnswer>,
}

#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomizedAnswer {
    pub(crate) option_id: Option<u64>,
    pub(crate) answer: String,
}

/// A registration in the form of its answer.
#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Registration {
    pub(crate) id: String,
    pub(crate) status: RegistrantStatus,
    #[serde(default, with = "moment")]
    pub(crate) registration_time: Option<Timestamp>,
    pub(crate) registration_id: Option<String>,
    #[serde(flatten)]
    pub(crate) form: Answers,
}

/// A person who filled in the form of a series or of one occurrence of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Registrant {
    pub(crate) series: SeriesKey,
    /// The occurrence, if the person registered only for that one.
    pub(crate) only: Option<Timestamp>,
    pub(crate) wire: Registration,
}

/// The answers in the form of Webex's answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Survey {
    pub(crate) id: String,
    pub(crate) survey_name: String,
    pub(crate) meeting_id: String,
    pub(crate) email: String,
    pub(crate) display_name: String,
    #[serde(with = "moment")]
    pub(crate) create_time: Option<Timestamp>,
    pub(crate) questions: Vec<Value>,
}

/// One person's answers after a webinar.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SurveyResult {
    pub(crate) instance: InstanceKey,
    pub(crate) wire: Survey,
}

/// A telephone that rings; nobody in the sandbox answers it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Callout {
    pub(crate) id: String,
    pub(crate) instance: InstanceKey,
    pub(crate) rings_until: Timestamp,
}

/// A host's settings of a meeting, or the fields of a form, by name.
pub(crate) type Settings = Map<String, Value>;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ScheduledType {
    #[default]
    Meeting,
    Webinar,
    PersonalRoomMeeting,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TrackingCode {
    pub(crate) name: String,
    pub(crate) value: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) title: String,
    pub(crate) agenda: Option<String>,
    pub(crate) password: String,
    pub(crate) start: Timestamp,
    pub(crate) length: SignedDuration,
    pub(crate) timezone: String,
    pub(crate) recurrence: Option<String>,
    #[serde(deserialize_with = "known_or_meeting")]
    pub(crate) scheduled_type: ScheduledType,
    pub(crate) room_id: Option<String>,
    /// Started at once for its room, and in no list of what is planned.
    #[serde(default)]
    pub(crate) is_adhoc: bool,
    pub(crate) tracking_codes: Option<Vec<TrackingCode>>,
    pub(crate) settings: Settings,
}

/// World files of an earlier version may have any text here.
fn known_or_meeting<'de, D: Deserializer<'de>>(from: D) -> Result<ScheduledType, D::Error> {
    let written = Value::deserialize(from)?;
    Ok(serde_json::from_value(written).unwrap_or_default())
}

#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Controls {
    pub(crate) locked: Option<bool>,
    pub(crate) recording_started: Option<bool>,
    pub(crate) recording_paused: Option<bool>,
}
