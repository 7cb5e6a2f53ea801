//! Changes of one member of a space or team, as Webex takes them.

use webex::memberships::{self, CreateMembership, UpdateMembership};
use webex::team_memberships::{self, CreateTeamMembership, UpdateTeamMembership};
use webex::{Operation, WebexError};

use super::members::{Change, Place};
use crate::tool::Context;

/// What a synchronization of members does in Webex.
pub const OPERATIONS: &[&Operation] = &[
    &memberships::LIST,
    &memberships::CREATE,
    &memberships::UPDATE,
    &memberships::DELETE,
    &team_memberships::LIST,
    &team_memberships::CREATE,
    &team_memberships::UPDATE,
    &team_memberships::DELETE,
];

impl Place {
    pub async fn put_in(&self, context: &Context, change: &Change) -> Result<(), WebexError> {
        let person_email = Some(change.email.clone());
        let is_moderator = change.is_moderator.filter(|is_one| *is_one);
        match self {
            Place::Space(id) => {
                let new = CreateMembership {
                    room_id: id.clone(),
                    person_email,
                    is_moderator,
                    ..CreateMembership::default()
                };
                context.webex.memberships().create(&new).await.map(drop)
            }
            Place::Team(id) => {
                let new = CreateTeamMembership {
                    team_id: id.clone(),
                    person_email,
                    is_moderator,
                    ..CreateTeamMembership::default()
                };
                let memberships = context.webex.team_memberships();
                memberships.create(&new).await.map(drop)
            }
        }
    }

    pub async fn take_out(&self, context: &Context, membership_id: &str) -> Result<(), WebexError> {
        match self {
            Place::Space(_) => context.webex.memberships().delete(membership_id).await,
            Place::Team(_) => context.webex.team_memberships().delete(membership_id).await,
        }
    }

    /// Only direct spaces are hidden, and their members have no roles.
    pub async fn set_role(
        &self,
        context: &Context,
        membership_id: &str,
        is_moderator: bool,
    ) -> Result<(), WebexError> {
        match self {
            Place::Space(_) => {
                let wanted = UpdateMembership {
                    is_moderator,
                    is_room_hidden: false,
                };
                let memberships = context.webex.memberships();
                memberships.update(membership_id, &wanted).await.map(drop)
            }
            Place::Team(_) => {
                let wanted = UpdateTeamMembership { is_moderator };
                let memberships = context.webex.team_memberships();
                memberships.update(membership_id, &wanted).await.map(drop)
            }
        }
    }
}
