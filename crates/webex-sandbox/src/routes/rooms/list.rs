//! `GET /rooms`: the caller's own rooms, or the public ones, in one of three orders.

use serde::Deserialize;

use crate::page::{Cursor, Page};
use crate::problem::{Problem, Result};
use crate::request::Call;
use crate::rows::{Room, RoomKey, RoomKind};
use crate::rules::rooms::show;
use crate::rules::shown::Shown;
use crate::rules::sight::own_team;
use crate::world::World;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    team_id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    org_public_spaces: Option<String>,
    sort_by: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Id,
    LastActivity,
    Created,
}

impl Sort {
    fn parse(text: Option<&str>) -> Result<Self> {
        match text {
            None | Some("lastactivity") => Ok(Sort::LastActivity),
            Some("id") => Ok(Sort::Id),
            Some("created") => Ok(Sort::Created),
            Some(_) => Err(Problem::bad_request(
                "sortBy must be id, lastactivity or created.",
            )),
        }
    }

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

pub(crate) fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: List = call.query()?;
    let page = call.many()?;
    let sort = Sort::parse(query.sort_by.as_deref())?;
    let is_public_list = query.org_public_spaces.as_deref() == Some("true");
    let is_narrowed = query.team_id.is_some() || query.kind.is_some() || query.sort_by.is_some();
    Problem::bad_request("orgPublicSpaces cannot be combined with teamId, type or sortBy.")
        .when(is_public_list && is_narrowed)?;
    let kind = match query.kind.as_deref() {
        None => None,
        Some("direct") => Some(RoomKind::Direct),
        Some("group") => Some(RoomKind::Group),
        Some(_) => return Err(Problem::bad_request("type must be direct or group.")),
    };
    let team = query.team_id.as_deref();
    let team = team.map(|id| own_team(world, call.person, id));
    let team = team.transpose()?;
    let is_wanted = |room: &Room| {
        kind.is_none_or(|kind| room.kind == kind) && (team.is_none() || room.team == team)
    };
    let rooms: Vec<(RoomKey, &Room)> = if is_public_list {
        // A generated space that somebody has made public is stored.
        let public = world.rooms.iter().filter(|(_, room)| room.is_public);
        public.collect()
    } else {
        let own = world.people.row(call.person)?.rooms.iter();
        let own = own.filter_map(|key| Some((*key, world.rooms.get(*key)?)));
        own.filter(|(_, room)| is_wanted(room)).collect()
    };
    let rooms = rooms.into_iter();
    let found = rooms.map(|(key, room)| (sort.cursor(key, room), key));
    let mut found: Vec<(Cursor, RoomKey)> = found.collect();
    found.sort_unstable_by_key(|(cursor, _)| std::cmp::Reverse(*cursor));
    let start = match page.after {
        Some(after) => found.partition_point(|(cursor, _)| *cursor >= after),
        None => 0,
    };
    let rest = found.into_iter().skip(start);
    Ok(page.cut(rest, |key| {
        Some(show(world, world.rooms.get(key)?, call.person))
    }))
}
