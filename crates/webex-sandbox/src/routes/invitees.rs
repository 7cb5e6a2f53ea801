//! `/meetingInvitees`: the people invited to a series, or to one occurrence of it.

use serde::Deserialize;
use webex::limits::MAX_BULK_INVITEES_COUNT;

use crate::page::{First, Page};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::meetings::Place;
use crate::rules::meetings::invitees::{NewInvitee, add, check, check_all, find, remove, show};
use crate::rules::meetings::{known, missing, place};
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
    let person = call.host(world)?;
    let target = known(world, person, &query.meeting_id)?;
    let (series, name) = world.meetings.place_of(target).ok_or_else(missing)?;
    let series = world.meetings.series.row(series)?;
    let invitees = world
        .meetings
        .invitees
        .all(&series.invitees)
        .filter(|(_, one)| {
            let wanted = query.panelist;
            one.is_of(name) && wanted.is_none_or(|wanted| one.is_panelist == wanted)
        });
    Ok(page.cut_rows(First::Oldest, invitees, |(key, _)| show(world, key)))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateInvitee {
    meeting_id: String,
    #[serde(flatten)]
    invitee: NewInvitee,
}

fn create(world: &mut World, call: &Call) -> Result<Shown> {
    let (person, new): (_, CreateInvitee) = call.host_and_body(world)?;
    let place = place(world, person, &new.meeting_id)?;
    let added = invite(world, place, vec![new.invitee])?;
    added.into_iter().next().ok_or_else(Problem::vanished)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateInvitees {
    meeting_id: String,
    items: Vec<NewInvitee>,
}

fn create_many(world: &mut World, call: &Call) -> Result<Page<Shown>> {
    let (person, new): (_, CreateInvitees) = call.host_and_body(world)?;
    Problem::bad_request("items must name 1 to 100 invitees.")
        .unless((1..=MAX_BULK_INVITEES_COUNT).contains(&new.items.len()))?;
    let place = place(world, person, &new.meeting_id)?;
    invite(world, place, new.items).map(Page::whole)
}

/// Adds all or none: one invalid address refuses all of them.
fn invite(world: &mut World, place: Place, all: Vec<NewInvitee>) -> Result<Vec<Shown>> {
    check_all(world, place, &all)?;
    let added = all.into_iter().map(|one| {
        let key = add(world, place, one)?;
        show(world, key).ok_or_else(Problem::vanished)
    });
    added.collect()
}

fn details(world: &World, call: &Call) -> Result<Shown> {
    let key = find(world, call.person, call.id(), false)?;
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
    let person = call.host(world)?;
    let key = find(world, person, call.id(), true)?;
    remove(world, key);
    Ok(())
}
