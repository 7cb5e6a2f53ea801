//! Changes a space's title, description or modes.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::rooms::{self, UpdateRoom};

use super::Changed;
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Renames a space (changes how a room, channel or group chat is called), or changes its
/// description, or whether it is locked, for announcements only or read-only. The rest stays. Roles
/// in it: webex-update-membership.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// The space: id, link or title.
    room_id: String,
    /// Its new name.
    title: Option<String>,
    /// true: moderated; false: not.
    is_locked: Option<bool>,
    /// All but moderators only read; needs isLocked.
    is_announcement_only: Option<bool>,
    /// Everybody only reads; for compliance officers.
    is_read_only: Option<bool>,
    /// Empty clears it.
    #[schemars(length(min = 0))]
    description: Option<String>,
}

pub struct UpdateSpace;

impl Tool for UpdateSpace {
    const NAME: &'static str = "webex-update-space";
    const TITLE: &'static str = "Change a space";
    const POLICY: Policy = Policy {
        operations: &[&rooms::GET, &rooms::UPDATE],
        idempotent: true,
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Changed;

    async fn call(context: &Context, arguments: Arguments) -> Result<Changed, CallError> {
        check(&arguments)?;
        let id = &arguments.room_id;
        let title = match arguments.title {
            Some(title) => title,
            // Webex demands the title. One that it cannot tell is empty here, and asked for.
            None => {
                let present = context.webex.rooms().get(id).await?;
                present.title().unwrap_or_default().to_owned()
            }
        };
        let room = UpdateRoom {
            title,
            is_locked: arguments.is_locked,
            is_announcement_only: arguments.is_announcement_only,
            is_read_only: arguments.is_read_only,
            description: arguments.description.map(clearing),
            ..UpdateRoom::default()
        };
        Ok(context.webex.rooms().update(id, &room).await?.into())
    }
}

/// Webex takes an empty description for none given; a blank clears it.
fn clearing(text: String) -> String {
    if text.is_empty() { " ".into() } else { text }
}

fn check(arguments: &Arguments) -> Result<(), CallError> {
    let (locked, announces) = (arguments.is_locked, arguments.is_announcement_only);
    let flags = locked.or(announces).or(arguments.is_read_only);
    let texts = arguments.title.as_ref().or(arguments.description.as_ref());
    let (field, right) = if flags.is_none() && texts.is_none() {
        ("title", "there is nothing to change: give something new")
    } else if announces == Some(true) && locked == Some(false) {
        (
            "isAnnouncementOnly",
            "it needs a moderated space, so isLocked cannot be false",
        )
    } else {
        return Ok(());
    };
    Err(CallError::invalid(field, right))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{Forbidden, InvalidArguments};
    use crate::tools::check::{World, alice, check};

    #[tokio::test]
    async fn changes_what_is_named_and_reads_first_only_without_title() {
        let world = World::new();
        let made = json!({"title": "Old", "description": "Text"});
        let made = world.facts("alice", "webex-create-space", made).await;
        let id = &made["id"];
        let named = json!({"roomId": id, "title": "New"});
        let cleared = json!({"roomId": id, "description": "", "isLocked": true});
        check::<UpdateSpace>(
            &world,
            [
                alice(named)
                    .answers(json!({"title": "New", "description": "Text"}))
                    .calls(1),
                alice(cleared)
                    .answers(json!({"title": "New", "description": null, "isLocked": true}))
                    .calls(2),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_what_changes_nothing_or_is_not_allowed() {
        let world = World::new();
        let own = world.space("Project Unicorn").await;
        let led = world.space("Leadership").await;
        let contradiction = json!({"roomId": own, "isLocked": false, "isAnnouncementOnly": true});
        check::<UpdateSpace>(
            &world,
            [
                alice(json!({"roomId": own})).refused(InvalidArguments, "`title`"),
                alice(json!({"title": "A"})).refused(InvalidArguments, "`roomId`"),
                alice(json!({"roomId": own, "title": " "})).refused(InvalidArguments, "`title`"),
                alice(json!({"roomId": own, "isPublic": true}))
                    .refused(InvalidArguments, "`isPublic`"),
                alice(contradiction).refused(InvalidArguments, "`isAnnouncementOnly`"),
                alice(json!({"roomId": led, "title": "Mine"})).refused(Forbidden, ""),
                alice(json!({"roomId": own, "isReadOnly": true})).refused(Forbidden, ""),
            ],
        )
        .await;
    }
}
