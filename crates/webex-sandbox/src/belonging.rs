//! What memberships of rooms and of teams have in common: who belongs to what, and who moderates it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};

use crate::Sandbox;
use crate::page::{Page, PageRequest};
use crate::problem::Problem;
use crate::request::Caller;
use crate::table::{Key, Row, Table};
use crate::world::{PersonKey, World};

/// Who belongs to one room or team.
pub(crate) type Members<M> = BTreeMap<PersonKey, Key<M>>;

/// A person's place in a room or a team.
pub(crate) trait Belonging: Row + Sized + 'static {
    /// With which compliance officers read it, and with which they change it.
    const OFFICER_SCOPES: [&'static str; 2];
    /// What is said of an id that nobody has, or that the caller may not know.
    const MISSING: &'static str;
    /// The form in which it is answered.
    type Wire: Serialize;

    fn table(world: &World) -> &Table<Self>;
    fn is_moderator(&self) -> bool;
    /// Everybody in the same room or team.
    fn members<'w>(&self, world: &'w World) -> Option<&'w Members<Self>>;
    fn show(&self, world: &World) -> Self::Wire;
}

/// The membership, if the caller belongs there as well or is a compliance officer.
pub(crate) fn known<M: Belonging>(
    world: &World,
    caller: &Caller,
    id: &str,
) -> Result<Key<M>, Problem> {
    let missing = || Problem::not_found(M::MISSING);
    let table = M::table(world);
    let key = table.find(id).ok_or_else(missing)?;
    let membership = table.get(key).ok_or_else(missing)?;
    let is_officer = M::OFFICER_SCOPES.iter().any(|scope| caller.may(scope));
    let members = membership.members(world);
    let is_member = members.is_some_and(|members| members.contains_key(&caller.person));
    match is_officer || is_member {
        true => Ok(key),
        false => Err(missing()),
    }
}

/// Whether a person is among the moderators.
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

pub(crate) fn shown<M: Belonging>(world: &World, key: Key<M>) -> Result<Json<M::Wire>, Problem> {
    let membership = M::table(world).get(key).ok_or_else(Problem::vanished)?;
    Ok(Json(membership.show(world)))
}

pub(crate) async fn details<M: Belonging>(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<M::Wire>, Problem> {
    sandbox.read(|world| shown(world, known::<M>(world, &caller, &id)?))
}

/// One page of memberships, oldest first.
pub(crate) fn cut<M: Belonging>(
    world: &World,
    page: PageRequest,
    keys: impl Iterator<Item = Key<M>>,
) -> Page<M::Wire> {
    let mut keys: Vec<Key<M>> = keys.collect();
    keys.sort_unstable();
    page.cut_keys(keys, |key| Some(M::table(world).get(key)?.show(world)))
}

/// Whom to add, and as what.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Newcomer {
    person_id: Option<String>,
    person_email: Option<String>,
    #[serde(default)]
    pub(crate) is_moderator: bool,
}

impl Newcomer {
    pub(crate) fn person(&self, world: &World) -> Result<PersonKey, Problem> {
        world.person_named(self.person_id.as_deref(), self.person_email.as_deref())
    }
}
