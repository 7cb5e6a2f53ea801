//! What memberships of rooms and of teams share: members and moderators.

use std::collections::BTreeMap;

use crate::problem::{Problem, Result};
use crate::rows::PersonKey;
use crate::rules::caller::Caller;
use crate::rules::shown::Shown;
use crate::table::{Key, Row, Table};
use crate::world::World;

/// The members of one room or team.
pub(crate) type Members<M> = BTreeMap<PersonKey, Key<M>>;

/// A person's place in a room or a team.
pub(crate) trait Belonging: Row + Sized + 'static {
    /// The scopes with which compliance officers read it and change it.
    const OFFICER_SCOPES: [&'static str; 2];
    /// The error for an id that nobody has, or that the caller may not know.
    const MISSING: &'static str;

    fn table(world: &World) -> &Table<Self>;
    fn is_moderator(&self) -> bool;
    /// All memberships of the same room or team.
    fn members<'w>(&self, world: &'w World) -> Option<&'w Members<Self>>;
    fn show(&self, world: &World) -> Shown;
}

/// The membership, if the caller is a member too or is a compliance officer.
pub(crate) fn known<M: Belonging>(world: &World, caller: &Caller, id: &str) -> Result<Key<M>> {
    let missing = || Problem::not_found(M::MISSING);
    let table = M::table(world);
    let (key, membership) = table.named(id).ok_or_else(missing)?;
    let is_officer = M::OFFICER_SCOPES.iter().any(|scope| caller.may(scope));
    let members = membership.members(world);
    let is_member = members.is_some_and(|members| members.contains_key(&caller.person));
    missing().unless(is_officer || is_member)?;
    Ok(key)
}

pub(crate) fn moderates<M: Belonging>(
    world: &World,
    members: &Members<M>,
    person: PersonKey,
) -> bool {
    let membership = members
        .get(&person)
        .and_then(|key| M::table(world).get(*key));
    membership.is_some_and(M::is_moderator)
}
