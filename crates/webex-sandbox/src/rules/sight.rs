//! Visibility: finds rows by their ids for a caller, and refuses as Webex does.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::problem::{Problem, Result};
use crate::rows::{Message, PersonKey, Role, Room, RoomKey, RoomKind, TeamKey};
use crate::rules::caller::Caller;
use crate::table::Key;
use crate::world::World;

fn missing_team() -> Problem {
    Problem::not_found("Could not find a team with provided ID.")
}

fn missing_room() -> Problem {
    Problem::not_found("Could not find a room with provided ID.")
}

/// The team, if this person is a member.
pub(crate) fn own_team(world: &World, person: PersonKey, id: &str) -> Result<TeamKey> {
    let key = world.teams.find(id).ok_or_else(missing_team)?;
    missing_team().unless(world.teams.row(key)?.members.contains_key(&person))?;
    Ok(key)
}

/// The team, if the caller may know it: as a member, or with a scope of compliance officers.
pub(crate) fn known_team(world: &World, caller: &Caller, id: &str, scope: &str) -> Result<TeamKey> {
    match caller.may(scope) {
        true => world.teams.find(id).ok_or_else(missing_team),
        false => own_team(world, caller.person, id),
    }
}

/// Whether the caller may know the members of a room or team: as one of them, or with one of these
/// scopes of compliance officers.
pub(crate) fn may_know<M>(
    caller: &Caller,
    members: &BTreeMap<PersonKey, Key<M>>,
    officer_scopes: &[&str],
) -> bool {
    let is_officer = officer_scopes.iter().any(|scope| caller.may(scope));
    is_officer || members.contains_key(&caller.person)
}

/// The person whom a request adds to a room or team, and in which role.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Newcomer {
    pub(crate) person_id: Option<String>,
    pub(crate) person_email: Option<String>,
    #[serde(default)]
    pub(crate) is_moderator: bool,
}

impl World {
    /// The person with an id or, if none is given, with an e-mail address.
    pub(crate) fn person_named(&self, id: Option<&str>, email: Option<&str>) -> Result<PersonKey> {
        let (found, missing) = match (id, email) {
            (Some(id), None) => (self.people.find(id), "Could not find the person."),
            (None, Some(email)) => (
                self.person_by_email(email),
                "Failed to find user with specified email address.",
            ),
            _ => return Err(Problem::bad_request("Give either personId or personEmail.")),
        };
        found.ok_or_else(|| Problem::not_found(missing))
    }

    pub(crate) fn is_compliance_officer(&self, person: PersonKey) -> bool {
        let person = self.people.get(person);
        person.is_some_and(|person| person.role == Role::ComplianceOfficer)
    }

    /// The team to which this General space belongs.
    pub(crate) fn team_of_general(&self, key: RoomKey) -> Option<TeamKey> {
        let team = self.rooms.get(key)?.team?;
        (self.teams.get(team)?.general == Some(key)).then_some(team)
    }

    /// The room, if the caller may know it: as a member, or with a scope of compliance officers.
    pub(crate) fn known_room(&self, caller: &Caller, id: &str, scope: &str) -> Result<RoomKey> {
        match caller.may(scope) {
            true => self.rooms.find(id).ok_or_else(missing_room),
            false => self.own_room(caller.person, id),
        }
    }

    /// The room, if it is public: anyone can find it and join it.
    pub(crate) fn public_room(&self, id: &str) -> Option<RoomKey> {
        let (key, room) = self.rooms.named(id)?;
        room.is_public.then_some(key)
    }

    /// The room, if this person is a member.
    pub(crate) fn own_room(&self, person: PersonKey, id: &str) -> Result<RoomKey> {
        let key = self.rooms.find(id).ok_or_else(missing_room)?;
        missing_room().unless(self.rooms.row(key)?.members.contains_key(&person))?;
        Ok(key)
    }

    pub(crate) fn is_moderator(&self, person: PersonKey, room: &Room) -> bool {
        let key = room.members.get(&person);
        let membership = key.and_then(|key| self.memberships.get(*key));
        membership.is_some_and(|membership| membership.is_moderator)
    }

    /// Whether the caller may see a message: with a compliance officer's scope, or as a person.
    pub(crate) fn shows(&self, caller: &Caller, message: &Message) -> bool {
        let officers = [
            "spark-compliance:messages_read",
            "spark-compliance:messages_write",
        ];
        officers.iter().any(|scope| caller.may(scope)) || self.sees(caller.person, message)
    }

    /// Whether a person may see a message: members may; bots in groups only messages that mention
    /// them or that they wrote.
    pub(crate) fn sees(&self, person: PersonKey, message: &Message) -> bool {
        let Some(room) = self.rooms.get(message.room) else {
            return false;
        };
        if !room.members.contains_key(&person) {
            return false;
        }
        // A generated person without changes is not a bot.
        let kept = self.people.kept(person);
        let is_bot = kept.is_some_and(|person| person.role == Role::Bot);
        !is_bot
            || room.kind == RoomKind::Direct
            || message.author == person
            || message.mentioned.contains(&person)
    }
}
