//! Finds spaces by words of their title, reading the caller's spaces within a budget.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::rooms::{self, Room};

use super::scan::{Scan, scan};
use super::{Listing, Space};
use crate::error::CallError;
use crate::limits;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};

/// Finds the user's spaces with all words of query in the title. Reads up to 3,000 spaces a call.
/// All spaces: webex-get-space.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Words of the title, or parts.
    query: String,
    #[serde(flatten)]
    listing: Listing,
    #[serde(flatten)]
    part: Part,
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
        let Part { cursor, .. } = &arguments.part;
        let start = context.position(cursor.as_deref())?.unwrap_or_default();
        let max = arguments.part.entries() as usize;
        let first = arguments.listing.first(limits::NAME_LOOKUP_PAGE_ENTRIES);
        let Scan { spaces, read, next } = scan(context, &first, start, max, fits).await?;
        let page = context.page(spaces.len(), next.as_ref())?;
        Ok(Found { spaces, read, page })
    }
}
