//! Memberships: who is in which space. What they look like in answers, and how one is named.

mod add;
mod get;
mod remove;
mod render;
mod update;

use schemars::JsonSchema;
use serde::Serialize;
use webex::memberships::{self as api, ListMemberships};

use crate::error::{CallError, Code};
use crate::limits::RESOURCE_MEMBERS;
use crate::tool::{Address, Context, Entry, Row, ShortId, Theirs, lengths, one_person};

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
    /// Short; every tool takes it.
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
    /// In a list of the caller's own.
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
            is_own: false,
        }
    }

    /// The same in a list; without a space it lists the caller's own.
    fn listed(membership: api::Membership, known_room: Option<&str>) -> Self {
        Membership {
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
}

/// Whom and which space a write was about, as far as that is known.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Member {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    space: Option<Theirs>,
}

impl Member {
    fn of(membership: api::Membership, space: Option<Theirs>) -> Self {
        Member {
            name: membership.person_display_name.map(Theirs::from),
            person_email: membership.person_email,
            space,
        }
    }
}

impl Member {
    /// Somebody who was a member before, as far as the arguments told who that is.
    fn asked_for(context: &Context, asked: api::CreateMembership, space: Option<Theirs>) -> Self {
        let met = asked.person_id.as_deref().and_then(|id| context.met(id));
        Member {
            name: met.map(|met| met.name.clone()),
            person_email: asked.person_email.or_else(|| met?.email.clone()),
            space,
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
        self.id.len() + lengths(plain) + self.name.as_ref().map_or(0, Theirs::shown_bytes)
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
