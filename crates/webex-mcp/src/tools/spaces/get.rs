//! Reads one space, or lists the caller's.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::rooms::{self, ListRooms, RoomOrder, RoomType};

use super::Spaces;
use crate::error::CallError;
use crate::limits;
use crate::tool::{Context, Policy, Tool, alone};

/// Reads one space by roomId, or without it lists the user's spaces. By part of a title:
/// webex-search-spaces. Who is in it: webex-get-membership.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Space: id, link or title; goes with nothing else.
    room_id: Option<String>,
    /// Only such spaces.
    #[serde(rename = "type")]
    #[schemars(with = "Option<String>", extend("enum" = ["direct", "group"]))]
    kind: Option<RoomType>,
    /// Only of this team: id or name.
    team_id: Option<String>,
    /// Default lastactivity.
    #[schemars(with = "Option<String>", extend("enum" = ["id", "lastactivity", "created"]))]
    sort_by: Option<RoomOrder>,
    /// Default 20.
    #[schemars(range(min = 1, max = 100))]
    max: Option<u32>,
    /// page.cursor of the answer before.
    cursor: Option<String>,
}

pub struct GetSpace;

impl Tool for GetSpace {
    const NAME: &'static str = "webex-get-space";
    const TITLE: &'static str = "Read or list spaces";
    const POLICY: Policy = Policy {
        operations: &[&rooms::GET, &rooms::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Spaces;

    async fn call(context: &Context, arguments: Arguments) -> Result<Spaces, CallError> {
        if let Some(id) = &arguments.room_id {
            let others = [
                ("type", arguments.kind.is_some()),
                ("teamId", arguments.team_id.is_some()),
                ("sortBy", arguments.sort_by.is_some()),
                ("max", arguments.max.is_some()),
                ("cursor", arguments.cursor.is_some()),
            ];
            alone("roomId", &others)?;
            let room = context.webex.rooms().get(id).await?;
            return Ok(Spaces {
                spaces: vec![room.into()],
                page: context.page::<()>(1, None)?,
            });
        }
        let query = ListRooms {
            room_type: arguments.kind,
            team_id: arguments.team_id,
            sort_by: arguments.sort_by.or(Some(RoomOrder::LastActivity)),
            max: Some(arguments.max.unwrap_or(limits::LIST_DEFAULT_ENTRIES)),
            ..ListRooms::default()
        };
        let rooms = context.webex.rooms();
        let (rooms, page) = context
            .listed(
                &rooms::LIST,
                arguments.cursor.as_deref(),
                rooms.list(&query),
            )
            .await?;
        let spaces = rooms.into_iter().map(Into::into).collect();
        Ok(Spaces { spaces, page })
    }
}
