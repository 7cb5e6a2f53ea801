//! `/userinfo`: the person who signed in, as OpenID Connect describes it.

use serde_json::json;
use webex::id::ResourceId;

use crate::problem::Result;
use crate::request::Call;
use crate::rows::Person;
use crate::rules::shown::{Shown, shown};
use crate::world::World;

/// The permanent id of the person: the uuid alone, which no other call accepts.
pub(super) fn subject(person: &Person) -> String {
    let id = ResourceId::parse(&person.id);
    id.map_or_else(|| person.id.clone(), |id| id.key)
}

pub(super) fn user_info(world: &World, call: &Call) -> Result<Shown> {
    let has = |scope| call.scopes.has(scope);
    let person = world.people.row(call.person)?;
    let name = person.display_name.split_once(' ');
    let (with_profile, with_email) = (has("profile"), has("email"));
    Ok(shown(json!({
        "sub": subject(person),
        "name": with_profile.then_some(&person.display_name),
        "given_name": name.filter(|_| with_profile).map(|(given, _)| given),
        "family_name": name.filter(|_| with_profile).map(|(_, family)| family),
        "preferred_username": with_profile.then_some(&person.email),
        "email": with_email.then_some(&person.email),
        "email_verified": with_email.then_some(true),
    })))
}
