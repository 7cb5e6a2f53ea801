//! What the routes for memberships of rooms and of teams share.

use serde::Deserialize;

use crate::page::{First, Page, PageRequest};
use crate::problem::Result;
use crate::request::Call;
use crate::rows::PersonKey;
use crate::rules::belonging::{Belonging, known};
use crate::rules::shown::Shown;
use crate::table::Key;
use crate::world::World;

pub(crate) fn shown<M: Belonging>(world: &World, key: Key<M>) -> Result<Shown> {
    let membership = M::table(world).row(key)?;
    Ok(membership.show(world))
}

pub(crate) fn details<M: Belonging>(world: &World, call: &Call) -> Result<Shown> {
    shown(world, known::<M>(world, call, call.id())?)
}

/// One page of memberships, oldest first.
pub(crate) fn cut<M: Belonging>(
    world: &World,
    page: PageRequest,
    keys: impl Iterator<Item = Key<M>>,
) -> Page<Shown> {
    let mut keys: Vec<Key<M>> = keys.collect();
    keys.sort_unstable();
    let rows = M::table(world).all(&keys);
    page.cut_rows(First::Oldest, rows, |(_, row)| Some(row.show(world)))
}

/// The person to add, and in which role.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Newcomer {
    person_id: Option<String>,
    person_email: Option<String>,
    #[serde(default)]
    pub(crate) is_moderator: bool,
}

impl Newcomer {
    pub(crate) fn person(&self, world: &World) -> Result<PersonKey> {
        world.person_named(self.person_id.as_deref(), self.person_email.as_deref())
    }
}
