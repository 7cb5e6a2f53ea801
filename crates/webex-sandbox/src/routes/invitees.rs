//! `/meetingInvitees`: the people invited to a series, or to one occurrence of it.

use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use webex::limits::MAX_BULK_INVITEES_COUNT;

use crate::Sandbox;
use crate::page::{Page, Paging};
use crate::problem::{Problem, Result};
use crate::request::{Context, JsonBody, Query};
use crate::routes::meetings::{Hosted, OnBehalf};
use crate::rules::meetings::invitees::{NewInvitee, add, check, check_all, find, remove, show};
use crate::rules::meetings::{acting, known, missing, place};
use crate::rules::shown::Shown;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/meetingInvitees", get(list).post(create))
        .route("/meetingInvitees/bulkInsert", post(create_many))
        .route(
            "/meetingInvitees/{id}",
            get(details).put(update).delete(delete),
        )
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListInvitees {
    meeting_id: String,
    panelist: Option<bool>,
    #[serde(flatten)]
    paging: Paging,
}

async fn list(caller: OnBehalf, Query(query): Query<ListInvitees>) -> Result<Response> {
    let page = query.paging.few()?;
    caller.list(|world, person| {
        let target = known(world, person, &query.meeting_id)?;
        let (series, name) = world.meetings.place_of(target).ok_or_else(missing)?;
        let series = world.meetings.series.row(series)?;
        let invitees = world.meetings.invitees_of(series).filter(|(_, one)| {
            let wanted = query.panelist;
            one.is_of(name) && wanted.is_none_or(|wanted| one.is_panelist == wanted)
        });
        let keys = invitees.map(|(key, _)| key);
        Ok(page.cut_keys(keys, |key| show(world, key)))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateInvitee {
    meeting_id: String,
    host_email: Option<String>,
    #[serde(flatten)]
    invitee: NewInvitee,
}

async fn create(context: Context, JsonBody(new): JsonBody<CreateInvitee>) -> Result<Json<Shown>> {
    context.write(|world| {
        let person = acting(world, &context, new.host_email.as_deref())?;
        let (series, only) = place(world, person, &new.meeting_id)?;
        check_all(world, series, only, std::slice::from_ref(&new.invitee))?;
        let key = add(world, series, only, new.invitee)?;
        show(world, key).map(Json).ok_or_else(Problem::vanished)
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateInvitees {
    meeting_id: String,
    host_email: Option<String>,
    items: Vec<NewInvitee>,
}

/// Adds all or none: one invalid address refuses all of them.
async fn create_many(
    context: Context,
    JsonBody(new): JsonBody<CreateInvitees>,
) -> Result<Response> {
    Problem::bad_request("items must name 1 to 100 invitees.")
        .unless((1..=MAX_BULK_INVITEES_COUNT).contains(&new.items.len()))?;
    let items = context.write(|world| {
        let person = acting(world, &context, new.host_email.as_deref())?;
        let (series, only) = place(world, person, &new.meeting_id)?;
        check_all(world, series, only, &new.items)?;
        let added = new.items.into_iter();
        let added: Result<Vec<_>, _> = added.map(|one| add(world, series, only, one)).collect();
        let items = added?.into_iter().filter_map(|key| show(world, key));
        Ok(items.collect())
    })?;
    Ok(Page::whole(items).answer(&context))
}

async fn details(context: Context, Path(id): Path<String>) -> Result<Json<Shown>> {
    context.read(|world| {
        let key = find(world, context.person, &id, false)?;
        show(world, key).map(Json).ok_or_else(Problem::vanished)
    })
}

async fn update(
    context: Context,
    Path(id): Path<String>,
    JsonBody(update): JsonBody<Hosted<NewInvitee>>,
) -> Result<Json<Shown>> {
    context.write(|world| {
        let person = acting(world, &context, update.host_email.as_deref())?;
        let key = find(world, person, &id, true)?;
        let new = update.body;
        check(&new)?;
        let invitee = world.meetings.invitees.row_mut(key)?;
        invitee.email = new.email.trim().to_owned();
        invitee.display_name = new.display_name.or(invitee.display_name.take());
        invitee.is_co_host = new.co_host.unwrap_or(invitee.is_co_host);
        invitee.is_panelist = new.panelist.unwrap_or(invitee.is_panelist);
        show(world, key).map(Json).ok_or_else(Problem::vanished)
    })
}

async fn delete(caller: OnBehalf, Path(id): Path<String>) -> Result<StatusCode> {
    caller.write(|world, person| {
        let key = find(world, person, &id, true)?;
        remove(world, key);
        Ok(StatusCode::NO_CONTENT)
    })
}
