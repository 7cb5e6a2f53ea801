//! The people invited to a series, or to one occurrence of it.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::json;
use webex::limits::{MAX_DISPLAY_NAME_CHARS, MAX_INVITEES_COUNT};

use crate::problem::{Problem, Result};
use crate::rows::PersonKey;
use crate::rows::meetings::{Invitee, InviteeKey, Target};
use crate::rules::meetings::{is_host, knows, only_hosts};
use crate::rules::shown::{Shown, shown};
use crate::world::{World, remove_sorted};

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
        "meetingId": invitee.only.map_or(series.id.clone(), |name| series.occurrence_id(name)),
        "panelist": invitee.is_panelist,
    })))
}

/// Checks that all of them can be invited beside those who are, each address once.
pub(crate) fn check_all(
    all: &[NewInvitee],
    mut emails: HashSet<String>,
    invited_count: usize,
    twice: &Problem,
) -> Result<()> {
    Problem::bad_request("A meeting has at most 1000 invitees.")
        .when(invited_count + all.len() > MAX_INVITEES_COUNT)?;
    for new in all {
        check(new)?;
        let is_new = emails.insert(new.email.trim().to_lowercase());
        twice.clone().unless(is_new)?;
    }
    Ok(())
}

/// Invites all of them to a series or an occurrence, or nobody.
pub(crate) fn invite(
    world: &mut World,
    target: Target,
    all: Vec<NewInvitee>,
) -> Result<Vec<InviteeKey>> {
    let series = world.meetings.series.row(target.series)?;
    let invited = world.meetings.invitees.all(&series.invitees);
    let invited = invited.filter(|(_, one)| target.has(one.only));
    let emails = invited.map(|(_, one)| one.email.to_lowercase()).collect();
    let twice = Problem::conflict("The person is already invited.");
    check_all(&all, emails, series.invitees.len(), &twice)?;
    all.into_iter().map(|one| add(world, target, one)).collect()
}

/// Invites a person who has passed the checks.
pub(crate) fn add(world: &mut World, target: Target, new: NewInvitee) -> Result<InviteeKey> {
    let Target { series, name, .. } = target;
    let invitee = world.meetings.invitees.insert_with(|id| Invitee {
        id,
        series,
        only: name,
        email: new.email.trim().to_owned(),
        display_name: new.display_name,
        is_co_host: new.co_host == Some(true),
        is_panelist: new.panelist == Some(true),
    })?;
    let series = world.meetings.series.row_mut(series)?;
    series.invitees.push(invitee);
    Ok(invitee)
}

pub(crate) fn check(new: &NewInvitee) -> Result<()> {
    check_email(&new.email)?;
    check_display_name(new.display_name.as_deref())
}

pub(crate) fn check_email(email: &str) -> Result<()> {
    let email = email.trim();
    Problem::bad_request("email must be an e-mail address.")
        .unless(is_address(email) && email.len() <= MAX_EMAIL_BYTES)
}

/// Whether a text consists of a name and a host, as addresses of mail and of SIP do.
pub(crate) fn is_address(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
}

pub(crate) fn check_display_name(name: Option<&str>) -> Result<()> {
    Problem::check_length(
        "displayName",
        name.unwrap_or_default(),
        MAX_DISPLAY_NAME_CHARS,
    )
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
    missing().unless(knows(world, series, person))?;
    only_hosts().when(is_to_change && !is_host(world, series, person))?;
    Ok(key)
}

pub(crate) fn remove(world: &mut World, key: InviteeKey) -> Result<()> {
    if let Some(invitee) = world.meetings.invitees.remove(key) {
        let series = world.meetings.series.row_mut(invitee.series)?;
        remove_sorted(&mut series.invitees, key);
    }
    Ok(())
}
