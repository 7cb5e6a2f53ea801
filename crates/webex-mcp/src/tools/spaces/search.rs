//! Finds spaces by words of their title, reading the caller's spaces within a budget.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::rooms::{self, ListRooms, Room, RoomOrder, RoomType};

use super::Space;
use super::scan::{Scan, scan};
use crate::error::CallError;
use crate::limits;
use crate::tool::{Context, PageInfo, Policy, Tool};

/// Finds the user's spaces whose title has all words of query, in any case and order. Reads up to
/// 3,000 spaces a call; page.cursor goes on. To list spaces without a query: webex-get-space.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Words, or parts of words, of the title.
    #[schemars(length(min = 1))]
    query: String,
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

#[derive(Debug, Serialize, JsonSchema)]
pub struct Found {
    spaces: Vec<Space>,
    /// Spaces looked at.
    read: usize,
    page: PageInfo,
}

pub struct SearchSpaces;

impl Tool for SearchSpaces {
    const NAME: &'static str = "webex-search-spaces";
    const TITLE: &'static str = "Search spaces by title";
    const POLICY: Policy = Policy {
        operations: &[&rooms::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Found;

    async fn call(context: &Context, arguments: Arguments) -> Result<Found, CallError> {
        let query = arguments.query.to_lowercase();
        let words: Vec<&str> = query.split_whitespace().collect();
        if words.is_empty() {
            return Err(CallError::invalid("query", "it needs a word of the title"));
        }
        let fits = |room: &Room| {
            let title = room.title().map(str::to_lowercase).unwrap_or_default();
            words.iter().all(|word| title.contains(word))
        };
        let first = ListRooms {
            room_type: arguments.kind,
            team_id: arguments.team_id,
            sort_by: arguments.sort_by.or(Some(RoomOrder::LastActivity)),
            max: Some(limits::NAME_LOOKUP_PAGE_ENTRIES),
            ..ListRooms::default()
        };
        let max = arguments.max.unwrap_or(limits::LIST_DEFAULT_ENTRIES) as usize;
        let start = context
            .position(arguments.cursor.as_deref())?
            .unwrap_or_default();
        let Scan { spaces, read, next } = scan(context, &first, start, max, fits).await?;
        let page = context.page(spaces.len(), next.as_ref())?;
        Ok(Found { spaces, read, page })
    }
}
