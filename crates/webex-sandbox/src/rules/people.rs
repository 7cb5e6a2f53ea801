//! People: their form in answers, and their names.

use jiff::Timestamp;
use serde::Serialize;

use crate::problem::{Problem, Result};
use crate::rows::meetings::Due;
use crate::rows::{Person, PersonKey, PersonStatus, Role};
use crate::world::World;

/// A person of the demo company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DemoPerson {
    /// The Webex id.
    pub id: String,
    /// First and last name.
    pub display_name: String,
    /// The only e-mail address.
    pub email: String,
    /// The bearer token, `sandbox-<first name>`.
    pub token: String,
    /// The person's job in the company.
    pub title: String,
}

impl Person {
    pub(crate) fn demo(&self) -> DemoPerson {
        DemoPerson {
            id: self.id.clone(),
            display_name: self.display_name.clone(),
            email: self.email.clone(),
            token: self.token.clone(),
            title: self.profile.title.clone().unwrap_or_default(),
        }
    }

    /// Whether the person can sign in to applications: bots have only a token.
    pub(crate) fn consents(&self) -> bool {
        self.role != Role::Bot && self.may_sign_in
    }

    /// First and last name: as given, or else taken from the display name.
    pub(crate) fn names(&self) -> (String, Option<String>) {
        let profile = &self.profile;
        if let Some(first) = &profile.first_name {
            return (first.clone(), profile.last_name.clone());
        }
        match self.display_name.split_once(' ') {
            Some((first, last)) => (first.to_owned(), Some(last.to_owned())),
            None => (self.display_name.clone(), profile.last_name.clone()),
        }
    }

    pub(crate) fn is_pending(&self) -> bool {
        self.is_invited && self.last_activity == self.created
    }
}

impl Role {
    /// The role as Webex names it to administrators.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Role::Administrator => Some("full-administrator"),
            Role::ComplianceOfficer => Some("compliance-officer"),
            Role::User | Role::Bot => None,
        }
    }
}

pub(crate) fn missing() -> Problem {
    Problem::not_found("Could not find the person.")
}

pub(crate) fn check_free(world: &World, email: &str, owner: Option<PersonKey>) -> Result<()> {
    let other = world.person_by_email(email);
    Problem::conflict("A person has this email address already.")
        .when(other.is_some() && other != owner)
}

/// The demo company administers only its own organization.
pub(crate) fn check_organization(world: &World, org_id: Option<&str>) -> Result<()> {
    Problem::forbidden("Only partners administer another organization.")
        .unless(org_id.is_none_or(|org| org == world.organization_id))
}

/// A person who did something within ten minutes is active.
const ACTIVE_SECS: i64 = 10 * 60;

/// Presence: the chosen status, or else the current activity, or else the time since the last
/// activity.
pub(crate) fn status(world: &World, person: &Person, now: Timestamp) -> PersonStatus {
    let idle_secs = person.last_activity.duration_until(now).as_secs();
    if person.is_pending() {
        PersonStatus::Pending
    } else if let Some(chosen) = person.chosen_status {
        chosen
    } else if is_in_meeting(world, person) {
        PersonStatus::Meeting
    } else if idle_secs <= ACTIVE_SECS {
        PersonStatus::Active
    } else {
        PersonStatus::Inactive
    }
}

/// Every running meeting has its end on the agenda.
fn is_in_meeting(world: &World, person: &Person) -> bool {
    let calendar = &world.meetings;
    let key = world.people.find(&person.id);
    let mut running = calendar.agenda.iter().filter_map(|(_, due)| match due {
        Due::End(instance) => calendar.instances.get(*instance),
        Due::Start(..) | Due::Publish(_) => None,
    });
    key.is_some_and(|key| running.any(|instance| calendar.is_in(instance, key)))
}
