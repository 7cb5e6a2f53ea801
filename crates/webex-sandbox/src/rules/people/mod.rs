//! People: their form in answers, and their names.

pub(crate) mod presence;

use serde::Serialize;

use crate::problem::{Problem, Result};
use crate::rows::{Person, PersonKey, Role};
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
}

impl Person {
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
    /// The roles as Webex names them to administrators.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        let name = match self {
            Role::Administrator => Some("full-administrator"),
            Role::ComplianceOfficer => Some("compliance-officer"),
            Role::User | Role::Bot => None,
        };
        name.into_iter()
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
