//! The people of the demo company, the spaces that they share, and their calendar: `company.json`.

use serde::Deserialize;

use crate::rows::{PersonStatus, Role};
use crate::rules::meetings::create::NewMeeting;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Company {
    /// Carol Diaz and Caroline Meyer share the start of their names on purpose: "Carol" fits both.
    pub(super) people: Vec<Seeded>,
    /// The person with a second token, `sandbox-<name>-read`, which has few scopes.
    pub(super) reader: &'static str,
    #[serde(borrow)]
    pub(super) reading: Vec<&'static str>,
    /// The only team, and its members with the founder first.
    pub(super) team: &'static str,
    #[serde(borrow)]
    pub(super) team_members: Vec<&'static str>,
    /// Design Review and Design System share the start of their titles on purpose: "Design" fits
    /// both.
    pub(super) spaces: Vec<Space>,
    pub(super) meetings: Vec<Meeting>,
}

impl Company {
    pub(super) fn read() -> serde_json::Result<Self> {
        serde_json::from_str(include_str!("company.json"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Seeded {
    /// The name in scripts, before the `@` of the address, and in the token `sandbox-<name>`.
    pub(super) name: &'static str,
    pub(super) display_name: &'static str,
    pub(super) title: &'static str,
    pub(super) role: Role,
}

impl Seeded {
    pub(super) fn email(&self) -> String {
        let host = match self.role {
            Role::Bot => "webex.bot",
            _ => "example.com",
        };
        format!("{}@{host}", self.name)
    }

    /// One of them is traveling, so that there is somebody who will not answer soon.
    pub(super) fn chosen_status(&self) -> Option<PersonStatus> {
        (self.name == "harold").then_some(PersonStatus::OutOfOffice)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Space {
    pub(super) title: &'static str,
    /// The first member created it.
    #[serde(borrow)]
    pub(super) members: Vec<&'static str>,
    /// The moderators; a space that has any is moderated.
    #[serde(borrow, default)]
    pub(super) moderators: Vec<&'static str>,
    #[serde(default)]
    pub(super) is_announcement_only: bool,
    #[serde(default)]
    pub(super) is_in_team: bool,
    /// A space with a description is public.
    pub(super) description: Option<&'static str>,
    /// The name of its conversation.
    script: &'static str,
}

impl Space {
    pub(super) fn script(&self) -> &'static str {
        let script = SCRIPTS.iter().find(|(name, _)| self.script == *name);
        script.map_or("", |(_, script)| script)
    }
}

/// A meeting that was scheduled when the company's calendar began.
#[derive(Debug, Deserialize)]
pub(super) struct Meeting {
    pub(super) host: &'static str,
    /// Its first start, written as in scripts, in the company's time zone.
    pub(super) when: &'static str,
    pub(super) minutes: i64,
    /// Everything else about it besides its time zone.
    pub(super) plan: NewMeeting,
    #[serde(borrow)]
    pub(super) invited: Vec<&'static str>,
    /// Who said what in it.
    #[serde(borrow, default)]
    pub(super) said: Vec<(&'static str, &'static str)>,
}

/// The space that every team has.
pub(super) const TEAM_GENERAL_SPACE: &str = "General";
pub(super) const DIRECT_SCRIPT: &str = include_str!("direct.chat");

macro_rules! scripts {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!($name, ".chat")))),*]
    };
}

const SCRIPTS: &[(&str, &str)] = scripts![
    "announcements",
    "ci",
    "customer_feedback",
    "daily_standup",
    "design_review",
    "design_system",
    "engineering",
    "general",
    "incident_response",
    "leadership",
    "project_unicorn",
];

macro_rules! files {
    ($($name:literal: $content_type:literal),* $(,)?) => {
        &[$(($name, $content_type, include_bytes!(concat!("files/", $name)).as_slice())),*]
    };
}

/// Name, type and bytes of the files in the conversations.
pub(super) const FILES: &[(&str, &str, &[u8])] = files![
    "budget-draft.csv": "text/csv",
    "checkout-metrics.csv": "text/csv",
    "components-changelog.txt": "text/plain",
    "feedback-summary.csv": "text/csv",
    "incident-2041.txt": "text/plain",
    "incident-2043.txt": "text/plain",
    "launch-plan.csv": "text/csv",
    "logo.png": "image/png",
    "on-call-rota.csv": "text/csv",
    "payment-step.png": "image/png",
    "release-checklist.pdf": "application/pdf",
    "survey-results.csv": "text/csv",
    "test-plan.csv": "text/csv",
    "wireframe.png": "image/png",
];
