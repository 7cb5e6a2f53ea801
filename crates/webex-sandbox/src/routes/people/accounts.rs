//! `POST`, `PUT` and `DELETE` of people: how administrators manage accounts.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::problem::{Problem, Result};
use crate::request::Call;
use crate::routes::people::{show, whole};
use crate::rows::{Person, PersonKey, Profile, Role};
use crate::rules::memberships;
use crate::rules::people::{check_free, check_organization, missing};
use crate::world::World;

/// A name or an address; longer ones are not realistic.
const MAX_NAME_CHARS: usize = 256;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    emails: Option<Vec<String>>,
    display_name: Option<String>,
    org_id: Option<String>,
    roles: Option<Vec<String>>,
    login_enabled: Option<bool>,
    phone_numbers: Option<Vec<Value>>,
    extension: Option<String>,
    location_id: Option<String>,
    #[serde(flatten)]
    profile: Profile,
}

fn wants_little(call: &Call) -> Result<bool> {
    Ok(call.parameter("minResponse")?.as_deref() == Some("true"))
}

impl Account {
    /// What Webex would refuse for any account.
    fn check(&self, world: &World) -> Result<()> {
        check_organization(world, self.org_id.as_deref())?;
        let numbers = self.phone_numbers.as_ref();
        let has_numbers = numbers.is_some_and(|all| !all.is_empty());
        let reason = "phoneNumbers, extension and locationId need a Webex Calling license.";
        Problem::bad_request(reason)
            .when(has_numbers || self.extension.is_some() || self.location_id.is_some())?;
        let profile = &self.profile;
        let names = [&self.display_name, &profile.first_name, &profile.last_name];
        let mut names = names.into_iter().flatten();
        Problem::bad_request("A name is longer than 256 characters.")
            .when(names.any(|name| name.chars().count() > MAX_NAME_CHARS))
    }

    /// The single address, if one was given.
    fn email(&self) -> Result<Option<&str>> {
        let emails = self.emails.as_deref().unwrap_or_default();
        Problem::bad_request("Only one email address is allowed per person.")
            .when(emails.len() > 1)?;
        let email = emails.first().map(String::as_str);
        Problem::bad_request("emails must hold an e-mail address.")
            .unless(email.is_none_or(is_address))?;
        Ok(email)
    }

    /// The single role that the sandbox gives to a person, if roles were given.
    fn role(&self) -> Result<Option<Role>> {
        let Some(roles) = &self.roles else {
            return Ok(None);
        };
        Problem::bad_request("In this sandbox a person has one role at most.")
            .when(roles.len() > 1)?;
        let Some(name) = roles.first() else {
            return Ok(Some(Role::User));
        };
        let mut all = [Role::Administrator, Role::ComplianceOfficer].into_iter();
        let role = all.find(|role| role.name() == Some(name.as_str()));
        Problem::bad_request("There is no such role.").when(role.is_none())?;
        Ok(role)
    }
}

fn is_address(email: &str) -> bool {
    let parts = email.split_once('@');
    let is_whole = parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    let is_plain = !email.contains(|c: char| c.is_whitespace() || c.is_control() || c == ',');
    is_whole && is_plain && email.chars().count() <= MAX_NAME_CHARS
}

pub(crate) fn create(world: &mut World, call: &Call) -> Result<Response> {
    let account: Account = call.body()?;
    let view = whole(call);
    let key = add(world, account)?;
    let person = world.people.row(key)?;
    Ok(match wants_little(call)? {
        true => Json(json!({"id": person.id})).into_response(),
        false => Json(show(world, person, view)).into_response(),
    })
}

fn add(world: &mut World, account: Account) -> Result<PersonKey> {
    account.check(world)?;
    let email = Problem::required(account.email()?, "emails")?.to_owned();
    check_free(world, &email, None)?;
    let role = account.role()?.unwrap_or(Role::User);
    let display_name = account.display_name.filter(|name| !name.trim().is_empty());
    let profile = account.profile;
    let parts = [profile.first_name.as_deref(), profile.last_name.as_deref()];
    let parts: Vec<&str> = parts.into_iter().flatten().map(str::trim).collect();
    let display_name = display_name.unwrap_or_else(|| parts.join(" ").trim().to_owned());
    Problem::bad_request("displayName, firstName or lastName is required.")
        .when(display_name.is_empty())?;
    let (token, now) = (free_token(world, &email), world.now);
    Ok(world.add_person(|id| Person {
        display_name,
        email,
        token,
        role,
        profile,
        may_sign_in: account.login_enabled.unwrap_or(true),
        is_invited: true,
        ..Person::new(id, now)
    })?)
}

/// `sandbox-<name before the @>`, or `sandbox-<address>` if that token is already used.
fn free_token(world: &World, email: &str) -> String {
    let name = email.split('@').next().unwrap_or(email).to_lowercase();
    let short = format!("sandbox-{name}");
    match world.own_access(&short, world.now).is_some() {
        true => format!("sandbox-{}", email.to_lowercase()),
        false => short,
    }
}

fn account_of(world: &World, id: &str) -> Result<PersonKey> {
    let key = world.people.find(id).ok_or_else(missing)?;
    match world.people.row(key)?.role {
        Role::Bot => Err(Problem::forbidden("A bot is not an account of people.")),
        _ => Ok(key),
    }
}

pub(crate) fn update(world: &mut World, call: &Call) -> Result<Response> {
    let account: Account = call.body()?;
    let view = whole(call);
    let key = account_of(world, call.id())?;
    change(world, call.person, key, account)?;
    Ok(match wants_little(call)? {
        true => StatusCode::NO_CONTENT.into_response(),
        false => Json(show(world, world.people.row(key)?, view)).into_response(),
    })
}

/// Replaces the details of a person: absent ones are removed, except for address, role and sign-in.
fn change(world: &mut World, actor: PersonKey, key: PersonKey, account: Account) -> Result<()> {
    account.check(world)?;
    let email = account.email()?.map(str::to_owned);
    if let Some(email) = &email {
        check_free(world, email, Some(key))?;
    }
    let role = account.role()?;
    world.tokens.check_space()?;
    let name = account.display_name.unwrap_or_default();
    Problem::bad_request("displayName is required.").when(name.trim().is_empty())?;
    let before = world.people.row(key)?;
    let loses_role = role.is_some_and(|role| role != before.role);
    Problem::forbidden("Administrators cannot lock themselves out.")
        .when(actor == key && (loses_role || account.login_enabled == Some(false)))?;
    if let Some(email) = email {
        world.move_email(key, email);
    }
    let now = world.now;
    let person = world.people.row_mut(key)?;
    person.display_name = name;
    person.profile = account.profile;
    person.may_sign_in = account.login_enabled.unwrap_or(person.may_sign_in);
    person.last_modified = now;
    let Some(role) = role else {
        return Ok(());
    };
    person.role = role;
    Ok(world.grant_own_token(key)?)
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Result<()> {
    let key = account_of(world, call.id())?;
    Problem::forbidden("Administrators cannot remove themselves.").when(key == call.person)?;
    for membership in memberships::of_person(world, key)? {
        memberships::announce_membership(world, "deleted", call.person, membership)?;
    }
    world.remove_person(key).ok_or_else(Problem::vanished)?;
    Ok(())
}
