//! Finds messages of a space by what they say.

use std::ops::ControlFlow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::messages;

use super::filters::Filters;
use super::scan::scan;
use super::terms::Terms;
use super::{Message, check_thread};
use crate::error::CallError;
use crate::limits::SEARCH_MAX_MESSAGES;
use crate::tool::{Context, PageInfo, Part, Policy, Rows, Tool};

/// Searches what was said in one space (room, channel, chat): finds the messages (posts) in which
/// people talked about something, by its words, mentioned you, or sent files. Answers the matches,
/// newest first, and until when it looked: 1,000 a call. Without words: webex-get-message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// The space: id, link or title.
    room_id: String,
    /// Words that all occur, at most 16.
    query: Option<String>,
    #[serde(flatten)]
    filters: Filters,
    /// true: only with a file; false: only without.
    has_files: Option<bool>,
    #[serde(flatten)]
    part: Part,
}

/// What was found, and how far was looked.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Matches {
    pub(super) messages: Vec<Message>,
    /// Messages looked at.
    pub(super) read: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) read_back_to: Option<String>,
    pub(super) page: PageInfo,
}

#[derive(Debug)]
pub struct SearchMessages;

impl Tool for SearchMessages {
    const NAME: &'static str = "webex-search-messages";
    const TITLE: &'static str = "Search messages for words";
    const POLICY: Policy = Policy {
        operations: &[&messages::LIST, &messages::GET],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Matches;

    async fn call(context: &Context, arguments: Arguments) -> Result<Matches, CallError> {
        let goes_on_before: Option<String> = context.position(arguments.part.cursor.as_deref())?;
        let (filters, room_id) = (&arguments.filters, arguments.room_id);
        filters.check()?;
        let asked = filters.asked(Some(&room_id));
        let query = filters.query(room_id.clone(), goes_on_before);
        let terms = Terms::new(arguments.query.as_deref(), arguments.has_files)?;
        let (mut found, mut too_old) = (Rows::new(arguments.part.entries()), false);
        let scanned = scan(context, query, SEARCH_MAX_MESSAGES, |message| {
            too_old = filters.ends_at(&message);
            if !too_old && terms.fit(&message) {
                found.push(Message::listed(message, asked));
            }
            match too_old || found.is_full() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        let scanned = scanned.await?;
        check_thread(context, scanned.read == 0, asked).await?;
        let next = scanned.last_id.filter(|_| scanned.more && !too_old);
        Ok(Matches {
            page: context.page(found.rows.len(), next.as_ref())?,
            messages: found.rows,
            read: scanned.read,
            read_back_to: scanned.last_created.map(|time| time.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, by, check, with};

    #[tokio::test]
    async fn finds_by_words_and_marks() {
        let world = World::new();
        let room = world.space("Project Unicorn").await;
        let search = json!({"roomId": room});
        let query = |words: &str| with(search.clone(), "query", words);
        let plan = json!([{"text": "*", "files": "*", "from": "alice@example.com"}]);
        let cases = [
            alice(query("PLAN launch attached"))
                .answers(json!({"messages": plan, "page": {"cursor": null}}))
                .calls(1),
            alice(with(query("plan"), "hasFiles", true))
                .answers(json!({"messages": [{"files": "*"}, {"files": "*"}]}))
                .calls(1),
            alice(query("nobody wrote this"))
                .answers(json!({"messages": [], "readBackTo": "*", "page": {"returned": 0}}))
                .calls(1),
            alice(with(query("launch"), "after", "2026-01-01T00:00:00Z"))
                .answers(json!({"messages": []}))
                .calls(1),
            alice(query(&"plan ".repeat(400_000))).refused(
                InvalidArguments,
                "`query`: it may have at most 512 characters",
            ),
            alice(query(&"plan ".repeat(17)))
                .refused(InvalidArguments, "`query`: it may have at most 16 words"),
            alice(with(search.clone(), "cursor", "x".repeat(12_289)))
                .refused(InvalidArguments, "`cursor`: it may have at most 12288"),
            alice(json!({"roomId": "x".repeat(1_025)}))
                .refused(InvalidArguments, "`roomId`: it may have at most 1024"),
            alice(with(
                with(search.clone(), "after", "2026-01-02T00:00:00Z"),
                "before",
                "2026-01-01T00:00:00Z",
            ))
            .refused(InvalidArguments, "`after`"),
            alice(with(search.clone(), "hasFiles", 1)).refused(InvalidArguments, "`hasFiles`"),
            alice(json!({"query": "x"})).refused(InvalidArguments, "`roomId`"),
            alice(with(search.clone(), "hasFiles", "yes")).refused(InvalidArguments, "`hasFiles`"),
            alice(with(search.clone(), "cursor", "x")).refused(InvalidArguments, "`cursor`"),
            alice(with(search.clone(), "max", 1_000)).refused(InvalidArguments, "`max`"),
            by("ada", search.clone()).refused(NotFound, "").calls(1),
        ];
        check::<SearchMessages>(&world, cases).await;
    }

    #[tokio::test]
    async fn looks_no_further_than_the_budget_and_goes_on_from_there() {
        let world = World::new();
        let room = world.space("Design System").await;
        let client = world.client("alice");
        let post = async |text: String| {
            let to = messages::Destination::Room(room.clone());
            let mut message = messages::CreateMessage::to(to);
            message.text = Some(text);
            client.messages().create(&message).await.unwrap();
        };
        for number in 0..SEARCH_MAX_MESSAGES + 5 {
            post(format!("needle{} {number}", number % 500)).await;
        }
        let search = |words: &str, cursor: &Value| {
            let search = json!({"roomId": room, "query": words, "max": 2, "cursor": cursor});
            world.facts("alice", SearchMessages::NAME, search)
        };
        // 0, 500 and 1000 fit: the newest two are found at once, the oldest lies beyond the budget.
        let first = search("needle0", &Value::Null).await;
        assert_eq!(first["messages"][0]["text"], "needle0 1000");
        assert_eq!(first["messages"][1]["text"], "needle0 500");
        assert_eq!(first["read"], 505);
        let second = search("needle0", &first["page"]["cursor"]).await;
        assert_eq!(second["messages"][0]["text"], "needle0 0");
        assert_eq!(second["page"]["cursor"], Value::Null);

        let far = search("wireframe tokens", &Value::Null).await;
        assert_eq!(far["read"], SEARCH_MAX_MESSAGES);
        assert_eq!(far["messages"], json!([]));
        let rest = search("wireframe tokens", &far["page"]["cursor"]).await;
        assert!(rest["read"].as_u64().unwrap() < 100, "{rest}");
        assert_eq!(rest["page"]["cursor"], Value::Null);
    }
}
