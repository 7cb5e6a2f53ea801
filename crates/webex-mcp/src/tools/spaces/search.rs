//! Finds spaces by words of their title, reading the caller's spaces within a budget.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::rooms::{self, Room};

use super::scan::{Scan, scan};
use super::{Listing, Space};
use crate::error::CallError;
use crate::limits;
use crate::text;
use crate::tool::{Context, PageInfo, Part, Policy, Tool, query_words};

/// Finds spaces (rooms, channels, group chats) by words of their title or name: whether there is
/// one about a topic. Answers title, kind and id; looks through 3,000 a call. All of yours:
/// webex-get-space; messages: webex-search-messages.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Words or parts of the title, at most 16.
    query: String,
    #[serde(flatten)]
    listing: Listing,
    #[serde(flatten)]
    part: Part,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Found {
    pub(super) spaces: Vec<Space>,
    /// Spaces looked at.
    pub(super) read: usize,
    pub(super) page: PageInfo,
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
        let words = query_words(&arguments.query)?;
        if words.is_empty() {
            return Err(CallError::invalid("query", "it needs a word of the title"));
        }
        let fits = |room: &Room| {
            let title = room.title().map(text::fold).unwrap_or_default();
            words.iter().all(|word| title.contains(word.as_str()))
        };
        let Part { cursor, .. } = &arguments.part;
        let start = context.position(cursor.as_deref())?.unwrap_or_default();
        let max = arguments.part.entries();
        let first = arguments.listing.first(limits::NAME_LOOKUP_PAGE_ENTRIES);
        let Scan { spaces, read, next } = scan(context, &first, start, max, fits).await?;
        let page = context.page(spaces.len(), next.as_ref())?;
        Ok(Found { spaces, read, page })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Code::InvalidArguments;
    use crate::tools::check::{World, alice, bob, check, with};

    #[tokio::test]
    async fn finds_all_words_in_any_order_and_case() {
        let one = |title: &str| json!({"spaces": [{"title": title}], "page": {"cursor": null}});
        check::<SearchSpaces>(
            &World::new(),
            [
                alice(json!({"query": "unicorn PROJECT"}))
                    .answers(one("Project Unicorn"))
                    .calls(1),
                alice(json!({"query": "design sys"})).answers(one("Design System")),
                alice(json!({"query": "design"})).answers(json!({"spaces": [{}, {}], "read": "*"})),
                bob(json!({"query": "design"}))
                    .answers(json!({"spaces": [], "page": {"returned": 0}})),
                alice(json!({"query": "alice", "type": "group"})).answers(json!({"spaces": []})),
                alice(json!({})).refused(InvalidArguments, "`query`"),
                alice(json!({"query": " "})).refused(InvalidArguments, "`query`"),
                alice(json!({"query": "design ".repeat(300_000)})).refused(
                    InvalidArguments,
                    "`query`: it may have at most 512 characters",
                ),
                alice(json!({"query": "design ".repeat(17)}))
                    .refused(InvalidArguments, "`query`: it may have at most 16 words"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn goes_on_where_it_stopped() {
        let world = World::new();
        let asked = json!({"query": "e", "max": 100});
        let all = world.facts("alice", SearchSpaces::NAME, asked).await;
        let all = all["spaces"].as_array().unwrap();
        let (mut found, mut cursor) = (Vec::new(), Value::Null);
        for _ in 0..=all.len() {
            let asked = json!({"query": "e", "max": 2, "cursor": cursor});
            let page = world.facts("alice", SearchSpaces::NAME, asked).await;
            found.extend(page["spaces"].as_array().unwrap().iter().cloned());
            cursor = page["page"]["cursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        assert!(all.len() > 4);
        assert_eq!((&found, cursor), (all, Value::Null));
    }

    #[tokio::test]
    async fn reads_beyond_one_page_of_webex() {
        let world = World::new();
        let client = world.client("alice");
        for number in 0..limits::NAME_LOOKUP_PAGE_ENTRIES {
            let room = webex::rooms::CreateRoom {
                title: format!("Bulk {number}"),
                ..Default::default()
            };
            client.rooms().create(&room).await.unwrap();
        }
        // The spaces of the demo company are older: they come last, on the second page.
        let asked = json!({"query": "design", "sortBy": "created", "max": 1});
        let first = world
            .facts("alice", SearchSpaces::NAME, asked.clone())
            .await;
        assert!(first["read"].as_u64() > Some(u64::from(limits::NAME_LOOKUP_PAGE_ENTRIES)));
        let next = with(asked, "cursor", first["page"]["cursor"].clone());
        let one = json!({"spaces": [{"title": "*"}]});
        check::<SearchSpaces>(&world, [alice(next.clone()).answers(one).calls(1)]).await;
        let second = world.facts("alice", SearchSpaces::NAME, next).await;
        assert_ne!(first["spaces"], second["spaces"]);
    }
}
