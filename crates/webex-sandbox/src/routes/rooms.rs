//! `/rooms`: spaces and direct rooms.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::page::{Cursor, Page};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::{Room, RoomKey, RoomKind};
use crate::rules::meetings::create;
use crate::rules::meetings::show::{SITE, web_link};
use crate::rules::rooms::{
    NewRoom, OFFICER_SCOPE, Update, announce_room, change, close, open, show,
};
use crate::rules::shown::{Shown, shown};
use crate::rules::sight::own_team;
use crate::world::World;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/rooms", list)
        .post("/rooms", create)
        .get("/rooms/{id}", details)
        .put("/rooms/{id}", update)
        .delete("/rooms/{id}", delete)
        .get_made("/rooms/{id}/meetingInfo", meeting_info)
}

fn create(world: &mut World, call: &Call) -> Result<Shown> {
    let new: NewRoom = call.body()?;
    let key = open(world, call.person, new)?;
    Ok(show(world, world.rooms.row(key)?, call.person))
}

fn details(world: &World, call: &Call) -> Result<Shown> {
    let known = || world.known_room(call, call.id(), "spark-compliance:rooms_read");
    let key = world.public_room(call.id()).map_or_else(known, Ok)?;
    Ok(show(world, world.rooms.row(key)?, call.person))
}

fn delete(world: &mut World, call: &Call) -> Result<()> {
    let key = world.own_room(call.person, call.id())?;
    close(world, call.person, key)
}

fn update(world: &mut World, call: &Call) -> Result<Shown> {
    let update: Update = call.body()?;
    let key = world.known_room(call, call.id(), OFFICER_SCOPE)?;
    change(world, call, key, update)?;
    announce_room(world, "updated", call.person, key)?;
    Ok(show(world, world.rooms.row(key)?, call.person))
}

/// Numbers that nobody has: 555-01xx is reserved for fiction.
const TOLL_FREE_NUMBER: &str = "+1-800-555-0100";
const TOLL_NUMBER: &str = "+1-408-555-0101";

/// Data for a meeting in a room, which Webex declared obsolete. The room's
/// standing meeting is in the calendar after the first request for it.
fn meeting_info(world: &mut World, call: &Call) -> Result<Shown> {
    let id = call.id();
    let room = world.own_room(call.person, id)?;
    let key = create::of_room(world, room)?;
    let series = world.meetings.series.row(key)?;
    Ok(shown(json!({
        "roomId": id,
        "meetingLink": web_link(series),
        "sipAddress": format!("{}@{SITE}", series.number),
        "meetingId": series.id,
        "meetingNumber": series.number,
        "callInTollFreeNumber": TOLL_FREE_NUMBER,
        "callInTollNumber": TOLL_NUMBER,
    })))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    team_id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<RoomKind>,
    org_public_spaces: Option<bool>,
    sort_by: Option<Sort>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sort {
    Id,
    #[default]
    LastActivity,
    Created,
}

impl Sort {
    /// Newest first; ids are hashes, so any stable order can serve as the order of ids.
    fn cursor(self, key: RoomKey, room: &Room) -> Cursor {
        let sort = match self {
            Sort::Id => 0,
            Sort::LastActivity => room.last_activity.as_millisecond(),
            Sort::Created => room.created.as_millisecond(),
        };
        let ordinal = key.ordinal();
        Cursor { sort, ordinal }
    }
}

/// The caller's own rooms, or the public ones, in one of three orders.
fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: List = call.query()?;
    let page = call.many()?;
    let is_public_list = query.org_public_spaces == Some(true);
    let sort = query.sort_by.unwrap_or_default();
    let window = call.window(Timestamp::MAX)?;
    let is_narrowed = query.team_id.is_some() || query.kind.is_some() || query.sort_by.is_some();
    Problem::bad_request("orgPublicSpaces cannot be combined with teamId, type or sortBy.")
        .when(is_public_list && is_narrowed)?;
    let team = query.team_id.as_deref();
    let team = team.map(|id| own_team(world, call.person, id));
    let team = team.transpose()?;
    let is_wanted = |room: &Room| {
        query.kind.is_none_or(|kind| room.kind == kind) && (team.is_none() || room.team == team)
    };
    let rooms: Vec<(RoomKey, &Room)> = if is_public_list {
        // A generated space that somebody has made public is stored.
        let public = world.rooms.iter();
        let is_in = |room: &Room| room.made_public.is_some_and(|made| window.contains(&made));
        public.filter(|(_, room)| is_in(room)).collect()
    } else {
        let own = world.people.row(call.person)?.rooms.iter();
        let own = own.filter_map(|key| Some((*key, world.rooms.get(*key)?)));
        own.filter(|(_, room)| is_wanted(room)).collect()
    };
    let rooms = rooms.into_iter();
    let rooms = rooms.map(|(key, room)| (sort.cursor(key, room), room));
    let rest = rooms.filter(|(cursor, _)| page.after.is_none_or(|after| *cursor < after));
    let mut rest: Vec<(Cursor, &Room)> = rest.collect();
    rest.sort_unstable_by_key(|(cursor, _)| Reverse(*cursor));
    let shown = |room| Some(show(world, room, call.person));
    Ok(page.cut(rest.into_iter(), shown))
}
