//! Adds a person to a space; one who is in it already stays, which is success as well.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::memberships::{self, CreateMembership};

use super::one_person;
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Adds a person to a space; a member stays as they are: change them with webex-update-membership.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Space: id, link or title.
    room_id: String,
    /// Person: id or name.
    person_id: Option<String>,
    /// Or their address.
    #[schemars(extend("format" = "email"))]
    person_email: Option<String>,
    /// As a moderator.
    is_moderator: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Added {
    /// The membership's, where it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Was one before; nothing changed.
    already_member: bool,
}

pub struct AddMembership;

impl Tool for AddMembership {
    const NAME: &'static str = "webex-add-membership";
    const TITLE: &'static str = "Add a person to a space";
    const POLICY: Policy = Policy {
        operations: &[&memberships::CREATE],
        idempotent: true,
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Added;

    async fn call(context: &Context, arguments: Arguments) -> Result<Added, CallError> {
        one_person(
            arguments.person_id.as_deref(),
            arguments.person_email.as_deref(),
        )?;
        let membership = CreateMembership {
            room_id: arguments.room_id,
            person_id: arguments.person_id,
            person_email: arguments.person_email,
            is_moderator: arguments.is_moderator,
        };
        match context.webex.memberships().create(&membership).await {
            Ok(membership) => Ok(Added {
                id: Some(membership.id),
                already_member: false,
            }),
            Err(error) if error.status() == Some(409) => Ok(Added {
                id: None,
                already_member: true,
            }),
            Err(error) => Err(error.into()),
        }
    }
}
