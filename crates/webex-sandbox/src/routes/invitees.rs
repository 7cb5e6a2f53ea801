//! `/meetingInvitees`: the people invited to a series, or to one occurrence of it.

use serde::Deserialize;

use crate::page::Page;
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rules::meetings::invitees::{NewInvitee, check, find, invite, remove, show};
use crate::rules::meetings::{Items, check_named, known, scheduled};
use crate::rules::shown::Shown;
use crate::world::World;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/meetingInvitees", list)
        .post("/meetingInvitees", create)
        .post("/meetingInvitees/bulkInsert", create_many)
        .get("/meetingInvitees/{id}", details)
        .put("/meetingInvitees/{id}", update)
        .delete("/meetingInvitees/{id}", delete)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListInvitees {
    meeting_id: String,
    panelist: Option<bool>,
}

fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: ListInvitees = call.query()?;
    let page = call.few()?;
    let target = known(world, call.host(world)?, &query.meeting_id)?;
    let series = world.meetings.series.row(target.series)?;
    let all = world.meetings.invitees.all(&series.invitees);
    let wanted = all.filter(|(_, one)| {
        let panelist = query.panelist;
        target.has(one.only) && panelist.is_none_or(|wanted| one.is_panelist == wanted)
    });
    let mut wanted: Vec<_> = wanted.collect();
    wanted.sort_by_cached_key(|(_, one)| one.email.to_lowercase());
    Ok(page.cut_sorted(wanted, |key, _| show(world, key)))
}

/// What a host sends for a meeting.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfMeeting<T> {
    meeting_id: String,
    #[serde(flatten)]
    body: T,
}

fn create(world: &mut World, call: &Call) -> Result<Shown> {
    let (person, new): (_, OfMeeting<NewInvitee>) = call.host_and_body(world)?;
    let target = scheduled(world, person, &new.meeting_id)?;
    let added = invite(world, target, vec![new.body])?;
    let shown = added.first().and_then(|key| show(world, *key));
    shown.ok_or_else(Problem::vanished)
}

fn create_many(world: &mut World, call: &Call) -> Result<Page<Shown>> {
    let (person, new): (_, OfMeeting<Items<NewInvitee>>) = call.host_and_body(world)?;
    let new_invitees = new.body.items;
    check_named(&new_invitees, "items must name 1 to 100 invitees.")?;
    let target = scheduled(world, person, &new.meeting_id)?;
    let added = invite(world, target, new_invitees)?;
    let items = added.into_iter().filter_map(|key| show(world, key));
    Ok(Page::whole(items.collect()))
}

fn details(world: &World, call: &Call) -> Result<Shown> {
    let key = find(world, call.host(world)?, call.id(), false)?;
    show(world, key).ok_or_else(Problem::vanished)
}

fn update(world: &mut World, call: &Call) -> Result<Shown> {
    let (person, new): (_, NewInvitee) = call.host_and_body(world)?;
    let key = find(world, person, call.id(), true)?;
    check(&new)?;
    let invitee = world.meetings.invitees.row_mut(key)?;
    invitee.email = new.email.trim().to_owned();
    invitee.display_name = new.display_name.or(invitee.display_name.take());
    invitee.is_co_host = new.co_host.unwrap_or(invitee.is_co_host);
    invitee.is_panelist = new.panelist.unwrap_or(invitee.is_panelist);
    show(world, key).ok_or_else(Problem::vanished)
}

fn delete(world: &mut World, call: &Call) -> Result<()> {
    let key = find(world, call.host(world)?, call.id(), true)?;
    remove(world, key)
}
