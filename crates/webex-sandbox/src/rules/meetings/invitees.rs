//! The people invited to a series, or to one occurrence of it.

use std::collections::HashSet;

use serde_json::json;
use webex::limits::{MAX_DISPLAY_NAME_CHARS, MAX_INVITEES_COUNT};

use crate::problem::{Problem, Result};
use crate::rows::PersonKey;
use crate::rows::meetings::{Invitee, InviteeKey, Place};
use crate::rules::meetings::{is_host, knows};
use crate::rules::shown::{Shown, shown};
use crate::world::World;
use serde::Deserialize;

/// The longest e-mail address.
const MAX_EMAIL_BYTES: usize = 254;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NewInvitee {
    pub(crate) email: String,
    pub(crate) display_name: Option<String>,
    pub(crate) co_host: Option<bool>,
    pub(crate) panelist: Option<bool>,
}

pub(crate) fn show(world: &World, key: InviteeKey) -> Option<Shown> {
    let invitee = world.meetings.invitees.get(key)?;
    let series = world.meetings.series.get(invitee.series)?;
    let person = world.person_by_email(&invitee.email);
    let person = person.and_then(|person| world.people.get(person));
    let registered = person.map(|person| &person.display_name);
    let name = invitee.display_name.as_ref().or(registered);
    Some(shown(json!({
        "id": invitee.id,
        "email": invitee.email,
        "displayName": name.unwrap_or(&invitee.email),
        "coHost": invitee.is_co_host,
        "meetingId": match invitee.only {
            Some(name) => series.occurrence_id(name),
            None => series.id.clone(),
        },
        "panelist": invitee.is_panelist,
    })))
}

/// Checks that all of them can be invited, each address once: if one cannot, nobody is invited.
pub(crate) fn check_all(world: &World, place: Place, all: &[NewInvitee]) -> Result<()> {
    let (key, only) = place;
    let series = world.meetings.series.row(key)?;
    Problem::bad_request("A meeting has at most 1000 invitees.")
        .when(series.invitees.len() + all.len() > MAX_INVITEES_COUNT)?;
    let invited = world.meetings.invitees.all(&series.invitees);
    let invited = invited.filter(|(_, one)| one.is_of(only));
    let mut emails: HashSet<String> = invited.map(|(_, one)| one.email.to_lowercase()).collect();
    for new in all {
        check(new)?;
        Problem::conflict("The person is already invited.")
            .unless(emails.insert(new.email.trim().to_lowercase()))?;
    }
    Ok(())
}

/// Invites a person who has passed the checks.
pub(crate) fn add(world: &mut World, place: Place, new: NewInvitee) -> Result<InviteeKey> {
    let (key, only) = place;
    let invitee = world.meetings.invitees.insert_with(|id| Invitee {
        id,
        series: key,
        only,
        email: new.email.trim().to_owned(),
        display_name: new.display_name,
        is_co_host: new.co_host == Some(true),
        is_panelist: new.panelist == Some(true),
    })?;
    world.meetings.series.row_mut(key)?.invitees.push(invitee);
    Ok(invitee)
}

pub(crate) fn check(new: &NewInvitee) -> Result<()> {
    check_email(&new.email)?;
    check_display_name(new.display_name.as_deref())
}

pub(crate) fn check_email(email: &str) -> Result<()> {
    let email = email.trim();
    let parts = email.split_once('@');
    let is_address = parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    Problem::bad_request("email must be an e-mail address.")
        .unless(is_address && email.len() <= MAX_EMAIL_BYTES)
}

pub(crate) fn check_display_name(name: Option<&str>) -> Result<()> {
    let name = name.unwrap_or_default();
    Problem::bad_request("displayName is longer than 128 characters.")
        .when(name.chars().count() > MAX_DISPLAY_NAME_CHARS)
}

/// The invitee, if the caller may see the meeting or, if required, change it.
pub(crate) fn find(
    world: &World,
    person: PersonKey,
    id: &str,
    is_to_change: bool,
) -> Result<InviteeKey> {
    let missing = || Problem::not_found("Could not find an invitee with provided ID.");
    let (key, invitee) = world.meetings.invitees.named(id).ok_or_else(missing)?;
    let series = world.meetings.series.row(invitee.series)?;
    match (knows(world, series, person), is_host(world, series, person)) {
        (false, _) => Err(missing()),
        (true, false) if is_to_change => {
            Err(Problem::forbidden("Only the host and cohosts can do this."))
        }
        _ => Ok(key),
    }
}

pub(crate) fn remove(world: &mut World, key: InviteeKey) {
    let Some(invitee) = world.meetings.invitees.remove(key) else {
        return;
    };
    if let Some(series) = world.meetings.series.get_mut(invitee.series) {
        crate::world::remove_sorted(&mut series.invitees, key);
    }
}
