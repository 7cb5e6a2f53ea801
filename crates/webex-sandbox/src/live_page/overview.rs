//! GET `/_sandbox/overview`: the time, the people, the spaces and the meetings.

use std::cmp::Reverse;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Sandbox;
use crate::live_page::{LookAs, Viewer};
use crate::problem::Problem;
use crate::request::Query;
use crate::rows::meetings::{Due, InstanceKey, Presence, Series};
use crate::rows::{Room, RoomKey, RoomKind};
use crate::rules::meetings;
use crate::world::World;

/// Nobody looks for themselves in a longer list; a generated world has more.
const MAX_PEOPLE: usize = 200;

/// Spaces by last activity: what just happened is among the first.
const MAX_SPACES: usize = 200;

/// Meetings that run or come next.
const MAX_MEETINGS: usize = 12;

/// What is searched for them on the agenda, most of which may be other people's.
const MAX_AGENDA_ENTRIES: usize = 2_000;

/// Names in one line: a meeting's participants, and the members of a direct room.
const MAX_NAMES: usize = 20;

#[derive(Debug, Deserialize)]
pub(super) struct Ask {
    #[serde(flatten)]
    look_as: LookAs,
    /// Text in the titles of the spaces that are wanted.
    find: Option<String>,
    /// The id of the space that is open, which may not be among those found.
    space: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Overview {
    now: Timestamp,
    people: Vec<Someone>,
    people_count: usize,
    spaces: Vec<Space>,
    /// How many there are of those that are wanted.
    space_count: usize,
    /// The space that is open, if the viewer is in it.
    space: Option<Space>,
    meetings: Vec<Meeting>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Someone {
    id: String,
    name: String,
    title: String,
    email: String,
    /// With it the page acts as this person.
    token: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Space {
    id: String,
    title: String,
    kind: &'static str,
    team: Option<String>,
    is_read_only: bool,
    member_count: usize,
    message_count: usize,
    last_activity: Timestamp,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Meeting {
    id: String,
    title: String,
    host: String,
    is_running: bool,
    start: Timestamp,
    end: Timestamp,
    present: Vec<String>,
    waiting: Vec<String>,
}

pub(super) async fn answer(
    State(sandbox): State<Sandbox>,
    Query(ask): Query<Ask>,
) -> Result<Json<Overview>, Problem> {
    // Meetings happen by the clock, also while nobody calls the API.
    sandbox.catch_up("");
    let now = sandbox.clock().now();
    sandbox.read(|world| {
        let viewer = ask.look_as.viewer(world)?;
        let find = ask.find.as_deref().unwrap_or_default();
        let (spaces, space_count) = spaces(world, viewer, find);
        Ok(Json(Overview {
            now,
            people: people(world),
            people_count: world.people.total(),
            spaces,
            space_count,
            space: open_space(world, viewer, ask.space.as_deref()),
            meetings: meetings_ahead(world, viewer),
        }))
    })
}

fn people(world: &World) -> Vec<Someone> {
    let people = world.people.own().take(MAX_PEOPLE);
    let people = people.map(|(_, person)| {
        let person = person.demo();
        Someone {
            id: person.id,
            name: person.display_name,
            title: person.title,
            email: person.email,
            token: person.token,
        }
    });
    people.collect()
}

fn open_space(world: &World, viewer: Viewer, id: Option<&str>) -> Option<Space> {
    let room = world.rooms.get(world.rooms.find(id?)?)?;
    viewer.is_in(room).then(|| space(world, room, viewer))
}

/// The spaces with this in their title that were active last, and how many there are.
fn spaces(world: &World, viewer: Viewer, find: &str) -> (Vec<Space>, usize) {
    let rooms: Vec<(RoomKey, &Room)> = match viewer {
        Viewer::Everybody => world.rooms.iter().collect(),
        Viewer::Person(person) => {
            let person = world.people.get(person);
            let keys = person.into_iter().flat_map(|person| &person.rooms);
            keys.filter_map(|key| Some((*key, world.rooms.get(*key)?)))
                .collect()
        }
    };
    let find = find.trim().to_lowercase();
    let fits =
        |room: &Room| find.is_empty() || title(world, room, viewer).to_lowercase().contains(&find);
    let mut rooms: Vec<_> = rooms
        .into_iter()
        .filter(|(_, room)| fits(room))
        .map(|(key, room)| (room.last_activity, key, room))
        .collect();
    rooms.sort_unstable_by_key(|(last_activity, key, _)| Reverse((*last_activity, *key)));
    let count = rooms.len();
    let shown = rooms.into_iter().take(MAX_SPACES);
    let shown = shown.map(|(_, _, room)| space(world, room, viewer));
    (shown.collect(), count)
}

fn space(world: &World, room: &Room, viewer: Viewer) -> Space {
    let team = room.team.and_then(|team| world.teams.get(team));
    Space {
        id: room.id.clone(),
        title: title(world, room, viewer),
        kind: room.kind.as_str(),
        team: team.map(|team| team.name.clone()),
        is_read_only: room.is_read_only,
        member_count: room.members.len(),
        message_count: viewer.messages(world, room).len(),
        last_activity: room.last_activity,
    }
}

/// A direct room bears the other person's name, or both names for who is neither.
fn title(world: &World, room: &Room, viewer: Viewer) -> String {
    if room.kind == RoomKind::Group {
        return room.title.clone();
    }
    let others = room
        .members
        .keys()
        .filter(|key| Viewer::Person(**key) != viewer);
    let names = others.filter_map(|key| Some(world.people.get(*key)?.display_name.as_str()));
    let names: Vec<&str> = names.take(MAX_NAMES).collect();
    match names.is_empty() {
        true => room.title.clone(),
        false => names.join(" and "),
    }
}

/// What runs, then what comes next: the agenda has the end of the one and the start of the other.
fn meetings_ahead(world: &World, viewer: Viewer) -> Vec<Meeting> {
    let agenda = world.meetings.agenda.iter().take(MAX_AGENDA_ENTRIES);
    let found = agenda.filter_map(|(_, due)| match due {
        Due::End(key) => running(world, viewer, *key),
        Due::Start(key, name) => {
            let series = world.meetings.series.get(*key)?;
            let occurrence = series.occurrence(*name)?;
            known(world, viewer, series).then(|| Meeting {
                id: series.occurrence_id(*name),
                title: occurrence.title.to_owned(),
                host: host(world, series),
                is_running: false,
                start: occurrence.start,
                end: occurrence.end,
                present: Vec::new(),
                waiting: Vec::new(),
            })
        }
        Due::Publish(_) => None,
    });
    let mut found: Vec<Meeting> = found.collect();
    found.sort_by_key(|meeting| (!meeting.is_running, meeting.start));
    found.truncate(MAX_MEETINGS);
    found
}

fn running(world: &World, viewer: Viewer, key: InstanceKey) -> Option<Meeting> {
    let instance = world.meetings.instances.get(key)?;
    let series = world.meetings.series.get(instance.series)?;
    if !known(world, viewer, series) {
        return None;
    }
    let names = |wanted: Presence| {
        let participants = instance.participants.iter();
        let participants = participants.filter_map(|key| world.meetings.participants.get(*key));
        let wanted = participants.filter(|one| one.presence == wanted);
        let names =
            wanted.filter_map(|one| Some(world.people.get(one.person)?.display_name.clone()));
        names.take(MAX_NAMES).collect()
    };
    Some(Meeting {
        id: instance.id.clone(),
        title: instance.title.clone(),
        host: host(world, series),
        is_running: true,
        start: instance.started,
        end: instance.planned_end,
        present: names(Presence::Joined),
        waiting: names(Presence::Lobby),
    })
}

fn known(world: &World, viewer: Viewer, series: &Series) -> bool {
    match viewer {
        Viewer::Everybody => true,
        // Webex has no meetings for bots.
        Viewer::Person(_) if viewer.is_bot(world) => false,
        Viewer::Person(person) => meetings::knows(world, series, person),
    }
}

fn host(world: &World, series: &Series) -> String {
    let host = world.people.get(series.host);
    host.map_or_else(String::new, |host| host.display_name.clone())
}
