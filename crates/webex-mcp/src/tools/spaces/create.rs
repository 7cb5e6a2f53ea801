//! Makes a space, with the caller as its first member.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::rooms::{self, CreateRoom};

use super::Created;
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Creates (opens, starts, makes, sets up) a new space, also called room, channel or group chat,
/// for a topic or some people; on its own or in a team. You are in it; webex-add-membership brings
/// in the others. Answers its id. To chat with one person just send webex-create-message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Its name.
    title: String,
    /// Its team: id or name.
    team_id: Option<String>,
    /// Only moderators (you) add people.
    is_locked: Option<bool>,
    /// All but moderators only read; needs isLocked.
    is_announcement_only: Option<bool>,
    /// Everybody in the organization may join; needs description.
    is_public: Option<bool>,
    /// What it is for.
    description: Option<String>,
    /// Id of a classification.
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
    type Output = Created;

    async fn call(context: &Context, arguments: Arguments) -> Result<Created, CallError> {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, check};

    #[tokio::test]
    async fn creates_with_one_call_what_was_asked_for() {
        let moderated = json!({"title": "Launch", "isLocked": true, "isAnnouncementOnly": true});
        let public = json!({"title": "Ideas", "isPublic": true, "description": "Anything"});
        let made = json!({"id": "*", "title": "Ideas", "description": "Anything", "isPublic": true, "isLocked": null});
        check::<CreateSpace>(
            &World::new(),
            [
                alice(moderated).answers(json!({"isLocked": true, "isAnnouncementOnly": true})),
                alice(public).answers(made).calls(1),
                alice(json!({"title": "Squad", "teamId": "engineering"}))
                    .answers(json!({"teamId": "*"})),
                alice(json!({"title": "Squad", "teamId": "Sales"})).refused(NotFound, "`teamId`"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_before_anything_is_sent() {
        let cases = [
            (json!({}), "`title`"),
            (json!({"title": " "}), "`title`"),
            (json!({"title": true}), "`title`"),
            (json!({"title": "\u{200b}"}), "`title`: it is empty"),
            (json!({"title": "A", "colour": "red"}), "`colour`"),
            (json!({"title": "A", "isPublic": true}), "`description`"),
            (
                json!({"title": "A", "isAnnouncementOnly": true}),
                "`isAnnouncementOnly`",
            ),
        ];
        let cases =
            cases.map(|(arguments, named)| alice(arguments).refused(InvalidArguments, named));
        check::<CreateSpace>(&World::new(), cases).await;
    }
}
