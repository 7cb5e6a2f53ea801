//! Makes a member moderator or not, and hides or shows a direct space.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::memberships;

use super::{Membership, Named};
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Changes a membership; what is left out stays. Reads it first unless membershipId and both flags
/// are given.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Or roomId with a person.
    membership_id: Option<String>,
    /// Space: id, link or title.
    room_id: Option<String>,
    /// Person: id or name.
    person_id: Option<String>,
    /// Or their address.
    #[schemars(extend("format" = "email"))]
    person_email: Option<String>,
    /// Moderates the space.
    is_moderator: Option<bool>,
    /// Hides a direct space in the app.
    is_room_hidden: Option<bool>,
}

pub struct UpdateMembership;

impl Tool for UpdateMembership {
    const NAME: &'static str = "webex-update-membership";
    const TITLE: &'static str = "Change a membership";
    const POLICY: Policy = Policy {
        operations: &[&memberships::GET, &memberships::LIST, &memberships::UPDATE],
        idempotent: true,
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Membership;

    async fn call(context: &Context, arguments: Arguments) -> Result<Membership, CallError> {
        let room = arguments.room_id.as_deref();
        let named = Named::new(
            arguments.membership_id.as_deref(),
            room,
            arguments.person_id.as_deref(),
            arguments.person_email.as_deref(),
        )?;
        let flags = (arguments.is_moderator, arguments.is_room_hidden);
        let (id, is_moderator, is_room_hidden) = match (named, flags) {
            (_, (None, None)) => {
                return Err(CallError::invalid(
                    "isModerator",
                    "nothing to change; give isModerator, isRoomHidden or both",
                ));
            }
            (Named::Id(id), (Some(is_moderator), Some(is_room_hidden))) => {
                (id, is_moderator, is_room_hidden)
            }
            (named, (is_moderator, is_room_hidden)) => {
                let present = named.read(context).await?;
                let or = |wanted: Option<bool>, present: Option<bool>| {
                    wanted.or(present).unwrap_or_default()
                };
                (
                    present.id,
                    or(is_moderator, present.is_moderator),
                    or(is_room_hidden, present.is_room_hidden),
                )
            }
        };
        let flags = memberships::UpdateMembership {
            is_moderator,
            is_room_hidden,
        };
        let changed = context.webex.memberships().update(&id, &flags).await?;
        Ok(Membership::of(changed, room))
    }
}
