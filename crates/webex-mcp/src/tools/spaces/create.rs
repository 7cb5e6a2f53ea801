//! Makes a space, with the caller as its first member.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::rooms::{self, CreateRoom};

use super::Space;
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Creates a group space with the user in it. Add people with webex-add-membership. For a
/// conversation with one person, just message them: webex-create-message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Title.
    #[schemars(length(min = 1))]
    title: String,
    /// Team to put it in: id or name.
    team_id: Option<String>,
    /// Moderated; the user moderates.
    is_locked: Option<bool>,
    /// Only moderators post; needs isLocked.
    is_announcement_only: Option<bool>,
    /// Anyone in the organization may find and join it; needs description.
    is_public: Option<bool>,
    /// What it is for.
    description: Option<String>,
    /// Classification of its contents.
    classification_id: Option<String>,
}

pub struct CreateSpace;

impl Tool for CreateSpace {
    const NAME: &'static str = "webex-create-space";
    const TITLE: &'static str = "Create a space";
    const POLICY: Policy = Policy {
        operations: &[&rooms::CREATE],
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Space;

    async fn call(context: &Context, arguments: Arguments) -> Result<Space, CallError> {
        let Arguments {
            is_locked,
            is_announcement_only,
            ..
        } = arguments;
        if is_announcement_only == Some(true) && is_locked != Some(true) {
            return Err(CallError::invalid(
                "isAnnouncementOnly",
                "it needs isLocked: true as well",
            ));
        }
        let room = CreateRoom {
            title: arguments.title,
            team_id: arguments.team_id,
            classification_id: arguments.classification_id,
            is_locked,
            is_public: arguments.is_public,
            description: arguments.description,
            is_announcement_only,
        };
        Ok(context.webex.rooms().create(&room).await?.into())
    }
}
