//! The people of the demo company, and the spaces that they share.

use crate::rows::{PersonStatus, Role};

/// A person who exists from the start.
#[derive(Debug)]
pub(super) struct Seeded {
    /// The name in scripts, before the `@` of the address, and in the token `sandbox-<name>`.
    pub(super) name: &'static str,
    pub(super) display_name: &'static str,
    pub(super) title: &'static str,
    pub(super) role: Role,
}

const fn person(
    name: &'static str,
    display_name: &'static str,
    title: &'static str,
    role: Role,
) -> Seeded {
    Seeded {
        name,
        display_name,
        title,
        role,
    }
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

/// Carol Diaz and Caroline Meyer share the start of their names on purpose: "Carol" fits both.
pub(super) const PEOPLE: &[Seeded] = &[
    person("alice", "Alice Johnson", "Product Manager", Role::User),
    person("bob", "Bob Smith", "Backend Engineer", Role::User),
    person("carol", "Carol Diaz", "Product Designer", Role::User),
    person(
        "dave",
        "Dave Miller",
        "Site Reliability Engineer",
        Role::User,
    ),
    person(
        "harold",
        "Harold Weber",
        "Chief Technology Officer",
        Role::User,
    ),
    person("ada", "Ada Okafor", "IT Administrator", Role::Administrator),
    person(
        "grace",
        "Grace Lindqvist",
        "Compliance Officer",
        Role::ComplianceOfficer,
    ),
    person(
        "caroline",
        "Caroline Meyer",
        "Head of Customer Success",
        Role::User,
    ),
    person("erin", "Erin Novak", "Quality Engineer", Role::User),
    person("frank", "Frank Osei", "Frontend Engineer", Role::User),
    person("ci-bot", "CI Bot", "Build robot", Role::Bot),
];

/// The person with a second token, `sandbox-<name>-read`, which has few scopes.
pub(super) const READER: &str = "alice";
pub(super) const READING: &[&str] = &[
    "spark:kms",
    "spark:memberships_read",
    "spark:messages_read",
    "spark:people_read",
    "spark:rooms_read",
    "spark:team_memberships_read",
    "spark:teams_read",
];

/// The only team, its members with the founder first, and the space that every team has.
pub(super) const TEAM: &str = "Engineering";
pub(super) const TEAM_MEMBERS: &[&str] =
    &["harold", "alice", "bob", "carol", "dave", "erin", "frank"];
pub(super) const TEAM_GENERAL_SPACE: &str = "General";

/// A space that exists from the start.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) title: &'static str,
    /// The first member created it.
    pub(super) members: &'static [&'static str],
    /// The moderators; a space that has any is moderated.
    pub(super) moderators: &'static [&'static str],
    pub(super) is_announcement_only: bool,
    pub(super) is_in_team: bool,
    /// A space with a description is public.
    pub(super) description: Option<&'static str>,
    pub(super) script: &'static str,
}

const PLAIN: Space = Space {
    title: "",
    members: &[],
    moderators: &[],
    is_announcement_only: false,
    is_in_team: false,
    description: None,
    script: "",
};

/// Design Review and Design System share the start of their titles on purpose: "Design" fits both.
pub(super) const SPACES: &[Space] = &[
    Space {
        title: TEAM_GENERAL_SPACE,
        members: TEAM_MEMBERS,
        moderators: &["harold"],
        is_in_team: true,
        script: include_str!("general.chat"),
        ..PLAIN
    },
    Space {
        title: "Engineering",
        members: &["harold", "alice", "bob", "carol", "dave", "erin", "frank"],
        is_in_team: true,
        script: include_str!("engineering.chat"),
        ..PLAIN
    },
    Space {
        title: "Project Unicorn",
        members: &[
            "alice", "bob", "carol", "dave", "harold", "caroline", "erin", "frank",
        ],
        script: include_str!("project_unicorn.chat"),
        ..PLAIN
    },
    Space {
        title: "Leadership",
        members: &["harold", "alice", "caroline"],
        moderators: &["harold"],
        script: include_str!("leadership.chat"),
        ..PLAIN
    },
    Space {
        title: CI_SPACE,
        members: &["dave", "alice", "bob", "erin", "frank", "ci-bot"],
        ..PLAIN
    },
    Space {
        title: STANDUP_SPACE,
        members: &["alice", "bob", "carol", "dave", "erin", "frank"],
        ..PLAIN
    },
    Space {
        title: "Design Review",
        members: &["carol", "alice", "caroline", "frank"],
        script: include_str!("design_review.chat"),
        ..PLAIN
    },
    Space {
        title: "Design System",
        members: &["carol", "alice", "frank"],
        script: include_str!("design_system.chat"),
        ..PLAIN
    },
    Space {
        title: "Customer Feedback",
        members: &["caroline", "alice", "bob", "carol", "erin"],
        description: Some("What customers tell us, in their words. Open to everybody."),
        script: include_str!("customer_feedback.chat"),
        ..PLAIN
    },
    Space {
        title: "Incident Response",
        members: &["dave", "alice", "bob", "erin", "frank", "harold"],
        script: include_str!("incident_response.chat"),
        ..PLAIN
    },
    Space {
        title: "Announcements",
        members: &[
            "harold", "ada", "alice", "bob", "carol", "dave", "grace", "caroline", "erin", "frank",
        ],
        moderators: &["harold", "ada"],
        is_announcement_only: true,
        script: include_str!("announcements.chat"),
        ..PLAIN
    },
];

pub(super) const CI_SPACE: &str = "CI/CD";
pub(super) const STANDUP_SPACE: &str = "Daily Standup";
pub(super) const DIRECT_SCRIPT: &str = include_str!("direct.chat");

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
