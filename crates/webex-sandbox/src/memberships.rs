//! `/memberships`: who is in which room, who moderates, and how people come and go.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use webex::memberships::Membership as Wire;

use crate::Sandbox;
use crate::belonging::{self, Belonging, Members, Newcomer, known, shown};
use crate::events::{self, Happening};
use crate::page::{Page, PageRequest, Paging};
use crate::problem::Problem;
use crate::request::{Caller, JsonBody, Query};
use crate::table::Table;
use crate::team_memberships;
use crate::webhooks::announce;
use crate::world::{Membership, MembershipKey, PersonKey, RoomKey, RoomKind, World};

const OFFICERS_READ: &str = Membership::OFFICER_SCOPES[0];
const OFFICERS_WRITE: &str = Membership::OFFICER_SCOPES[1];

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/memberships", get(list).post(create))
        .route(
            "/memberships/{id}",
            get(belonging::details::<Membership>)
                .put(update)
                .delete(delete),
        )
}

impl Belonging for Membership {
    const OFFICER_SCOPES: [&'static str; 2] = [
        "spark-compliance:memberships_read",
        "spark-compliance:memberships_write",
    ];
    const MISSING: &'static str = "Could not find a membership with provided ID.";
    type Wire = Wire;

    fn table(world: &World) -> &Table<Self> {
        &world.memberships
    }

    fn is_moderator(&self) -> bool {
        self.is_moderator
    }

    fn members<'w>(&self, world: &'w World) -> Option<&'w Members<Self>> {
        Some(&world.rooms.get(self.room)?.members)
    }

    fn show(&self, world: &World) -> Wire {
        let room = world.rooms.get(self.room);
        let person = world.people.get(self.person);
        Wire {
            id: self.id.clone(),
            room_id: room.map(|room| room.id.clone()),
            person_id: person.map(|person| person.id.clone()),
            person_email: person.map(|person| person.email.clone()),
            person_display_name: person.map(|person| person.display_name.clone()),
            person_org_id: Some(world.organization_id.clone()),
            is_moderator: Some(self.is_moderator),
            is_room_hidden: Some(self.is_room_hidden),
            room_type: room.map(|room| room.kind.as_str().into()),
            is_monitor: Some(false),
            created: Some(self.created),
            ..Wire::default()
        }
    }
}

/// Puts a person into a room and tells the webhooks.
pub(crate) fn join(
    world: &mut World,
    actor: PersonKey,
    room: RoomKey,
    person: PersonKey,
    is_moderator: bool,
) -> Result<MembershipKey, Problem> {
    let now = world.now;
    let key = world.memberships.insert_with(|id| Membership {
        id,
        room,
        person,
        is_moderator,
        is_room_hidden: false,
        created: now,
    })?;
    world.room_mut(room)?.members.insert(person, key);
    if let Some(person) = world.people.get_mut(person) {
        person.rooms.insert(room);
    }
    announce_membership(world, "created", actor, key)?;
    Ok(key)
}

/// Makes a member a moderator, or no moderator, and tells the webhooks.
pub(crate) fn appoint(
    world: &mut World,
    actor: PersonKey,
    key: MembershipKey,
    is_moderator: bool,
) -> Result<(), Problem> {
    if let Some(membership) = world.memberships.get_mut(key) {
        membership.is_moderator = is_moderator;
    }
    announce_membership(world, "updated", actor, key)
}

/// Takes a person out of a room; who leaves the General space of a team leaves the team.
pub(crate) fn depart(
    world: &mut World,
    actor: PersonKey,
    room: RoomKey,
    person: PersonKey,
) -> Result<(), Problem> {
    match world.team_of_general(room) {
        Some(team) => team_memberships::exit(world, actor, team, person),
        None => leave(world, actor, room, person),
    }
}

/// Takes a person out of a room and tells the webhooks, those of the person included.
pub(crate) fn leave(
    world: &mut World,
    actor: PersonKey,
    room: RoomKey,
    person: PersonKey,
) -> Result<(), Problem> {
    let members = &world.room(room)?.members;
    let key = *members.get(&person).ok_or_else(Problem::vanished)?;
    announce_membership(world, "deleted", actor, key)?;
    world.memberships.remove(key);
    world.room_mut(room)?.members.remove(&person);
    if let Some(person) = world.people.get_mut(person) {
        person.rooms.remove(&room);
    }
    Ok(())
}

/// Writes down what happened to a membership, and tells the webhooks of the room's members.
pub(crate) fn announce_membership(
    world: &mut World,
    event: &'static str,
    actor: PersonKey,
    key: MembershipKey,
) -> Result<(), Problem> {
    let membership = world.membership(key)?;
    let shown = membership.show(world);
    let room = world.room(membership.room)?;
    let audience: Vec<PersonKey> = room.members.keys().copied().collect();
    let happening = Happening::Membership(Box::new(shown.clone()));
    events::record(world, event, actor, happening)?;
    announce(world, "memberships", event, actor, &audience, |_| {
        serde_json::to_value(shown).ok()
    });
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    room_id: Option<String>,
    person_id: Option<String>,
    person_email: Option<String>,
}

async fn list(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<List>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let page = paging.many()?;
    let page = sandbox.read(|world| find(world, &caller, &query, page))?;
    Ok(page.answer(&caller))
}

fn find(
    world: &World,
    caller: &Caller,
    query: &List,
    page: PageRequest,
) -> Result<Page<Wire>, Problem> {
    let names_person = query.person_id.is_some() || query.person_email.is_some();
    let person = match names_person {
        true => {
            Some(world.person_named(query.person_id.as_deref(), query.person_email.as_deref())?)
        }
        false => None,
    };
    let keys: Vec<MembershipKey> = match (&query.room_id, person) {
        (Some(id), person) => {
            let room = world.room(world.known_room(caller, id, OFFICERS_READ)?)?;
            let members = room.members.iter();
            let wanted =
                members.filter(|(member, _)| person.is_none_or(|person| person == **member));
            wanted.map(|(_, key)| *key).collect()
        }
        (None, Some(person)) if caller.may(OFFICERS_READ) => memberships_of(world, person)?,
        (None, Some(_)) => {
            return Err(Problem::bad_request(
                "roomId is required with personId or personEmail.",
            ));
        }
        (None, None) => memberships_of(world, caller.person)?,
    };
    Ok(belonging::cut(world, page, keys.into_iter()))
}

fn memberships_of(world: &World, person: PersonKey) -> Result<Vec<MembershipKey>, Problem> {
    let rooms = world.person(person)?.rooms.iter();
    let memberships = rooms.filter_map(|room| world.rooms.get(*room)?.members.get(&person));
    Ok(memberships.copied().collect())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    room_id: Option<String>,
    #[serde(flatten)]
    newcomer: Newcomer,
}

async fn create(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    JsonBody(new): JsonBody<Create>,
) -> Result<Json<Wire>, Problem> {
    sandbox.write(&caller, |world| {
        let room_id = new.room_id.as_deref();
        let room_id = room_id.ok_or_else(|| Problem::bad_request("roomId is required."))?;
        let room = world.own_room(caller.person, room_id)?;
        check_may_manage(world, caller.person, room)?;
        let (person, is_moderator) = (new.newcomer.person(world)?, new.newcomer.is_moderator);
        if world.room(room)?.members.contains_key(&person) {
            return Err(Problem::conflict("The person is already in the room."));
        }
        // Who joins the General space of a team joins the team.
        if let Some(team) = world.team_of_general(room) {
            team_memberships::enter(world, caller.person, team, person, is_moderator)?;
        } else {
            join(world, caller.person, room, person, is_moderator)?;
        }
        let key = world.room(room)?.members.get(&person).copied();
        shown(world, key.ok_or_else(Problem::vanished)?)
    })
}

fn check_may_manage(world: &World, actor: PersonKey, room: RoomKey) -> Result<(), Problem> {
    let room = world.room(room)?;
    if room.kind == RoomKind::Direct {
        return Err(Problem::bad_request(
            "The people of a direct room cannot be changed.",
        ));
    }
    if room.is_locked && !world.is_moderator(actor, room) {
        return Err(Problem::forbidden(
            "Only a moderator may change who is in a moderated space.",
        ));
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    is_moderator: Option<bool>,
    is_room_hidden: Option<bool>,
}

async fn update(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(update): JsonBody<Update>,
) -> Result<Json<Wire>, Problem> {
    let (Some(is_moderator), Some(is_room_hidden)) = (update.is_moderator, update.is_room_hidden)
    else {
        return Err(Problem::bad_request(
            "isModerator and isRoomHidden are required.",
        ));
    };
    sandbox.write(&caller, |world| {
        let key = known(world, &caller, &id)?;
        let membership = world.membership(key)?;
        let (room, person) = (membership.room, membership.person);
        if is_moderator != membership.is_moderator {
            check_may_manage(world, caller.person, room)?;
        }
        if is_room_hidden != membership.is_room_hidden {
            check_may_hide(world, caller.person, person, room)?;
        }
        let team = world.team_of_general(room);
        if let Some(team) = team.filter(|_| is_moderator != membership.is_moderator) {
            team_memberships::appoint(world, caller.person, team, person, is_moderator)?;
        } else {
            if let Some(membership) = world.memberships.get_mut(key) {
                membership.is_room_hidden = is_room_hidden;
            }
            appoint(world, caller.person, key, is_moderator)?;
        }
        shown(world, key)
    })
}

/// Only a direct room can be hidden, and only from oneself.
fn check_may_hide(
    world: &World,
    actor: PersonKey,
    person: PersonKey,
    room: RoomKey,
) -> Result<(), Problem> {
    if actor != person {
        return Err(Problem::forbidden(
            "A room can be hidden only from oneself.",
        ));
    }
    match world.room(room)?.kind {
        RoomKind::Direct => Ok(()),
        RoomKind::Group => Err(Problem::bad_request("Only a direct room can be hidden.")),
    }
}

async fn delete(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    sandbox.write(&caller, |world| {
        let key = known(world, &caller, &id)?;
        let membership = world.membership(key)?;
        let (room, person) = (membership.room, membership.person);
        if world.room(room)?.kind == RoomKind::Direct {
            return Err(Problem::bad_request("Nobody can leave a direct room."));
        }
        if person != caller.person && !caller.may(OFFICERS_WRITE) {
            check_may_manage(world, caller.person, room)?;
        }
        depart(world, caller.person, room, person)?;
        Ok(StatusCode::NO_CONTENT)
    })
}
