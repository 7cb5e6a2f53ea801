//! `/userinfo`: who signed in, as OpenID Connect says it.

use axum::Json;
use axum::extract::State;
use webex::id::ResourceId;
use webex::oauth::UserInfo;

use crate::Sandbox;
use crate::problem::Problem;
use crate::rows::Person;
use crate::rules::caller::Caller;

/// Who it is, for ever; the bare uuid, which no other call takes.
pub(super) fn subject(person: &Person) -> String {
    let id = ResourceId::parse(&person.id);
    id.map_or_else(|| person.id.clone(), |id| id.key)
}

pub(super) async fn user_info(
    State(sandbox): State<Sandbox>,
    caller: Caller,
) -> Result<Json<UserInfo>, Problem> {
    let has = |scope| caller.scopes.has(scope);
    sandbox.read(|world| {
        let person = world.person(caller.person)?;
        let mut info = UserInfo {
            sub: subject(person),
            ..UserInfo::default()
        };
        if has("profile") {
            let name = person.display_name.split_once(' ');
            info.name = Some(person.display_name.clone());
            info.given_name = name.map(|(given, _)| given.to_owned());
            info.family_name = name.map(|(_, family)| family.to_owned());
            info.preferred_username = Some(person.email.clone());
        }
        if has("email") {
            info.email = Some(person.email.clone());
            info.email_verified = Some(true);
        }
        Ok(Json(info))
    })
}
