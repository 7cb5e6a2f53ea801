//! Memberships: who is in which space. What they look like in answers, and how one is named.

mod add;
mod get;
mod remove;
mod render;
mod roles;
mod update;

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;
use webex::memberships::{self as api, ListMemberships};
use webex::rooms::{ListRooms, RoomOrder};

use crate::error::{CallError, Code};
use crate::limits::{NAME_LOOKUP_PAGE_ENTRIES, RESOURCE_MEMBERS};
use crate::tool::member::{Member, Space};
use crate::tool::{Address, Context, Entry, Question, Row, ShortId, Theirs, lengths, one_person};

pub const TOOLS: &[Entry] = &[
    Entry::of::<add::AddMembership>(),
    Entry::of::<get::GetMembership>(),
    Entry::of::<update::UpdateMembership>(),
    Entry::of::<remove::RemoveMembership>(),
];

pub const RESOURCES: &[Entry] = &[Entry::at::<get::GetMembership>(&Address {
    with: &[("max", RESOURCE_MEMBERS)],
    ..Address::new(
        "webex://spaces/{roomId}/members",
        "Members of a space",
        "Who is in a space and who moderates it. roomId: its id or title.",
    )
})];

/// A membership as an answer tells it; what is absent is unknown or false.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// Short id.
    id: ShortId,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person_email: Option<String>,
    /// The person's.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_moderator: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_room_hidden: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    /// In a list of one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    space: Option<Theirs>,
    #[serde(skip)]
    is_own: bool,
}

impl Membership {
    /// The facts of Webex's membership; `known_room` is left out, it was in the question.
    fn of(membership: api::Membership, known_room: Option<&str>) -> Self {
        Membership {
            id: membership.id.into(),
            room_id: ShortId::other_than(membership.room_id, known_room),
            person_id: membership.person_id.map(ShortId::from),
            person_email: membership.person_email,
            name: membership.person_display_name.map(Theirs::from),
            is_moderator: membership.is_moderator.filter(|is| *is),
            is_room_hidden: membership.is_room_hidden.filter(|is| *is),
            created: membership.created.map(|time| time.to_string()),
            space: None,
            is_own: false,
        }
    }

    /// The same in a list; without a space it lists the caller's own, with these titles.
    fn listed(
        membership: api::Membership,
        known_room: Option<&str>,
        titles: &HashMap<String, String>,
    ) -> Self {
        let room_id = membership.room_id.as_ref();
        let title = room_id.and_then(|id| titles.get(id));
        Membership {
            space: title.map(|title| Theirs::from(title.as_str())),
            is_own: known_room.is_none(),
            ..Membership::of(membership, known_room)
        }
    }
}

impl Membership {
    /// What the person is beyond a member, to go on with.
    fn role(&self) -> &'static str {
        match (self.is_moderator, self.is_room_hidden) {
            (Some(true), Some(true)) => ", moderator, has hidden the space",
            (Some(true), _) => ", moderator",
            (_, Some(true)) => ", has hidden the space",
            _ => "",
        }
    }
}

/// A membership after a change.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Changed {
    #[serde(flatten)]
    membership: Membership,
    #[serde(skip_serializing_if = "Option::is_none")]
    space: Option<Theirs>,
    /// Moderation was taken away.
    #[serde(skip)]
    is_dismissed: bool,
}

/// The person of a membership.
fn member(membership: api::Membership, space: Option<Theirs>) -> Member<Space> {
    Member {
        name: membership.person_display_name.map(Theirs::from),
        person_email: membership.person_email,
        of: Space { space },
    }
}

impl Changed {
    fn new(membership: Membership, space: Option<Theirs>, is_moderator: Option<bool>) -> Self {
        Changed {
            membership,
            space,
            is_dismissed: is_moderator == Some(false),
        }
    }
}

impl Row for Membership {
    fn bytes(&self) -> usize {
        let plain = [
            self.room_id.as_deref(),
            self.person_id.as_deref(),
            self.person_email.as_deref(),
            self.created.as_deref(),
        ];
        let theirs = [&self.name, &self.space].into_iter().flatten();
        let theirs: usize = theirs.map(Theirs::shown_bytes).sum();
        self.id.len() + lengths(plain) + theirs
    }
}

/// What the spaces are called that the caller used last, by id; for a list of
/// the caller's own memberships.
async fn titles(context: &Context, room_id: Option<&str>) -> HashMap<String, String> {
    if room_id.is_some() {
        return HashMap::new();
    }
    let query = ListRooms {
        sort_by: Some(RoomOrder::LastActivity),
        max: Some(NAME_LOOKUP_PAGE_ENTRIES),
        ..ListRooms::default()
    };
    let rooms = context.webex.rooms();
    let page = context.best_effort(rooms.list(&query)).await;
    let rooms = page.into_iter().flat_map(|page| page.items);
    let titled = rooms.filter_map(|room| Some((room.id.clone(), room.title()?.to_owned())));
    titled.collect()
}

/// What is asked before somebody is taken out of a space, or the caller leaves it.
async fn removal(context: &Context, membership: api::Membership) -> Result<Question, CallError> {
    let space = match &membership.room_id {
        Some(id) => context.courtesy(context.webex.rooms().get(id)).await?,
        None => None,
    };
    let title = space.as_ref().and_then(|space| space.title());
    let me = context.own_id().await;
    if me.is_some() && me == membership.person_id {
        let question = Question::new("Leave ").named("the space", title);
        return Ok(question.and("?"));
    }
    let (name, address) = (membership.person_display_name, membership.person_email);
    let question = Question::new("Remove ").person(name, address.as_deref());
    let question = question.named(" from the space", title).and("?");
    // Of a space without moderation any member removes others.
    let is_moderated = space.as_ref().and_then(|space| space.is_locked) == Some(true);
    let room_id = membership.room_id.as_deref();
    match is_moderated && context.moderates(me.as_deref(), room_id).await == Some(false) {
        true => context.without_role(question, "the moderators of the space"),
        false => Ok(question),
    }
}

/// One membership, as a caller names it.
#[derive(Debug)]
enum Named {
    Id(String),
    /// A person in a space.
    Of(ListMemberships),
}

impl Named {
    /// # Errors
    /// `invalid_arguments` unless it is a membership's id, or a space with one person.
    fn new(
        id: Option<&str>,
        room_id: Option<&str>,
        person_id: Option<&str>,
        person_email: Option<&str>,
    ) -> Result<Self, CallError> {
        if let Some(id) = id {
            return match room_id.or(person_id).or(person_email) {
                Some(_) => Err(lone()),
                None => Ok(Named::Id(id.to_owned())),
            };
        }
        if room_id.is_none() {
            let (field, missing) = match person_id.or(person_email) {
                Some(_) => (
                    "roomId",
                    "the space is missing; give it, or membershipId alone",
                ),
                None => (
                    "membershipId",
                    "a membership is missing; give membershipId, or roomId and one of personId, personEmail",
                ),
            };
            return Err(CallError::invalid(field, missing));
        }
        one_person(person_id, person_email)?;
        Ok(Named::Of(ListMemberships {
            room_id: room_id.map(str::to_owned),
            person_id: person_id.map(str::to_owned),
            person_email: person_email.map(str::to_owned),
            max: None,
        }))
    }

    /// Reads it.
    async fn read(&self, context: &Context) -> Result<api::Membership, CallError> {
        let memberships = context.webex.memberships();
        match self {
            Named::Id(id) => Ok(memberships.get(id).await?),
            Named::Of(query) => {
                let mut found = memberships.list(query).await?.items.into_iter();
                found.next().ok_or_else(|| {
                    CallError::new(
                        Code::NotFound,
                        "This person is not a member of the space.",
                        "List the members with webex-get-membership and roomId.",
                    )
                })
            }
        }
    }
}

fn lone() -> CallError {
    CallError::invalid(
        "membershipId",
        "it names one membership; leave out space, person and page, or leave it out instead",
    )
}
