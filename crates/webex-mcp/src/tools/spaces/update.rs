//! Changes a space's title, description or modes.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::rooms::{self, UpdateRoom};

use super::Space;
use crate::error::{CallError, Code};
use crate::tool::{Context, Policy, Tool};

/// Changes a space; what is left out stays. Reads the space first where title is left out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Space: id, link or title.
    room_id: String,
    /// New title.
    #[schemars(length(min = 1))]
    title: Option<String>,
    /// Moderated.
    is_locked: Option<bool>,
    /// Only moderators post; needs a moderated space.
    is_announcement_only: Option<bool>,
    /// Nobody posts; compliance officers only.
    is_read_only: Option<bool>,
    /// New description; empty clears it.
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
    type Output = Space;

    async fn call(context: &Context, arguments: Arguments) -> Result<Space, CallError> {
        check(&arguments)?;
        let id = &arguments.room_id;
        let title = match arguments.title {
            Some(title) => title,
            None => present_title(context, id).await?,
        };
        let room = UpdateRoom {
            title,
            is_locked: arguments.is_locked,
            is_announcement_only: arguments.is_announcement_only,
            is_read_only: arguments.is_read_only,
            // Webex takes an empty description for none given; a space clears it.
            description: arguments.description.map(|text| match text.as_str() {
                "" => " ".to_owned(),
                _ => text,
            }),
            ..UpdateRoom::default()
        };
        Ok(context.webex.rooms().update(id, &room).await?.into())
    }
}

fn check(arguments: &Arguments) -> Result<(), CallError> {
    let (locked, announces) = (arguments.is_locked, arguments.is_announcement_only);
    let flags = locked.or(announces).or(arguments.is_read_only);
    if flags.is_none() && arguments.title.is_none() && arguments.description.is_none() {
        return Err(CallError::invalid(
            "title",
            "nothing to change; give title, description, isLocked, isAnnouncementOnly or isReadOnly",
        ));
    }
    if announces == Some(true) && locked == Some(false) {
        return Err(CallError::invalid(
            "isAnnouncementOnly",
            "it needs a moderated space, so isLocked cannot be false",
        ));
    }
    Ok(())
}

/// Webex demands the title of every change.
async fn present_title(context: &Context, room_id: &str) -> Result<String, CallError> {
    let room = context.webex.rooms().get(room_id).await?;
    room.title().map(str::to_owned).ok_or_else(|| {
        CallError::new(
            Code::Unavailable,
            "Webex cannot tell the present title at the moment, and demands it.",
            "Repeat the call in a minute, or with title.",
        )
    })
}
