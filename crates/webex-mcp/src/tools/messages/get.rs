//! Reads one message, or lists those of a space.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::messages;

use super::listing::Listing;
use super::{Message, Messages, check_thread};
use crate::error::CallError;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};

/// Reads what people are saying: lists the latest (last, new) messages or posts in a space (room,
/// channel, group chat) or in your direct chat with one person, newest first; or one message by its
/// id. Answers who wrote what and when, with ids and the URLs of attached files. By words:
/// webex-search-messages; one thread: webex-get-thread.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// One message: id or link; stands alone.
    message_id: Option<String>,
    #[serde(flatten)]
    listing: Listing,
    #[serde(flatten)]
    part: Part,
}

#[derive(Debug)]
pub struct GetMessage;

impl Tool for GetMessage {
    const NAME: &'static str = "webex-get-message";
    const TITLE: &'static str = "Read the latest messages of a space or chat";
    const POLICY: Policy = Policy {
        operations: &[&messages::GET, &messages::LIST, &messages::LIST_DIRECT],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Messages;

    async fn call(context: &Context, arguments: Arguments) -> Result<Messages, CallError> {
        match &arguments.message_id {
            Some(id) if arguments.is_one() => one(context, id).await,
            Some(_) => Err(CallError::invalid(
                "messageId",
                "it names one message; leave out every other argument, or leave it out for a list",
            )),
            None => list(context, &arguments.listing, &arguments.part).await,
        }
    }
}

impl Arguments {
    fn is_one(&self) -> bool {
        self.listing == Listing::default() && self.part == Part::default()
    }
}

async fn one(context: &Context, id: &str) -> Result<Messages, CallError> {
    let message = context.webex.messages().get(id).await?;
    Ok(Messages {
        room_id: None,
        messages: vec![Message::whole(message)],
        page: PageInfo::whole(1),
    })
}

async fn list(context: &Context, listing: &Listing, part: &Part) -> Result<Messages, CallError> {
    listing.check()?;
    let part = context.opened(part)?;
    let query = listing.query(part.page_size);
    let first = || listing.first(context, query.clone());
    // Webex knows no lower bound: the list ends where the first older message stands.
    let entry = |item| {
        let is_past = listing.filters.ends_at(&item);
        (!is_past).then(|| Message::listed(item, listing.asked()))
    };
    let listed = context.listed(&messages::LIST, &query, part, first, entry);
    let (mut messages, page) = listed.await.map_err(|error| listing.explained(error))?;
    check_thread(context, messages.is_empty(), listing.asked()).await?;
    let rooms = messages.iter_mut().map(|message| message.room_id.take());
    Ok(Messages {
        room_id: rooms.fold(None, Option::or),
        messages,
        page,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Code::{Forbidden, InvalidArguments, NotFound, RateLimited};
    use crate::tools::check::{World, alice, by, check, with};

    #[tokio::test]
    async fn an_address_that_nobody_has_is_named_as_the_cause() {
        let world = World::new();
        let unknown = json!({"personEmail": "eve@example.com"});
        let error = world.call("alice", GetMessage::NAME, unknown).await;
        let error = error.unwrap_err();
        assert_eq!(error.code, NotFound);
        assert!(error.advice.contains("nobody has it"), "{}", error.advice);
    }

    #[tokio::test]
    async fn an_empty_thread_is_told_from_what_is_no_thread() {
        let world = World::new();
        let room = world.space("Project Unicorn").await;
        let words = json!({"roomId": room, "text": "a question"});
        let first = world.facts("bob", "webex-create-message", words).await;
        let reply = json!({"roomId": room, "parentId": first["id"], "text": "an answer"});
        let list = json!({"roomId": room, "parentId": first["id"]});
        let none = json!({"messages": []});
        check::<GetMessage>(&world, [alice(list.clone()).answers(none).calls(2)]).await;
        let reply = world.facts("bob", "webex-create-message", reply).await;
        let of_reply = json!({"roomId": room, "parentId": reply["id"]});
        let nowhere = webex::id::encode("us", "MESSAGE", uuid::Uuid::nil());
        let nowhere = json!({"roomId": room, "parentId": nowhere});
        check::<GetMessage>(
            &world,
            [
                alice(list)
                    .answers(json!({"messages": [{"text": "an answer"}]}))
                    .calls(1),
                alice(of_reply.clone())
                    .refused(InvalidArguments, "it is itself a reply")
                    .calls(2),
                alice(nowhere).refused(NotFound, ""),
            ],
        )
        .await;
        let error = world.call("alice", "webex-search-messages", of_reply).await;
        let error = error.unwrap_err();
        assert_eq!(error.code, InvalidArguments, "{}", error.message);
        assert!(
            error.message.contains("itself a reply"),
            "{}",
            error.message
        );
    }

    #[tokio::test]
    async fn without_a_direct_chat_that_is_said() {
        let world = World::new();
        let dave = json!({"personId": world.person("dave")});
        let case = alice(dave).refused(NotFound, "You have no direct messages");
        check::<GetMessage>(&world, [case]).await;
    }

    #[tokio::test]
    async fn reads_one_or_a_list() {
        let world = World::new();
        let room = world.space("Project Unicorn").await;
        let direct = json!({"personEmail": "bob@example.com", "max": 2});
        let (one, list) = (json!({"messageId": "x"}), json!({"roomId": room}));
        let newest = json!({"roomId": room, "max": 1});
        let found = world.facts("alice", GetMessage::NAME, newest).await;
        let id = &found["messages"][0]["id"];
        let thread = json!({"messages": [{"id": "*", "roomId": null}], "page": {"cursor": "*"}});
        let cases = [
            alice(json!({"messageId": id}))
                .answers(json!({"messages": [{"id": id, "roomId": room, "text": "*"}]}))
                .calls(1),
            alice(json!({"roomId": room, "max": 1}))
                .answers(thread)
                .calls(1),
            alice(direct)
                .answers(json!({"roomId": "*", "messages": [{"roomId": null}, {"roomId": null}]}))
                .calls(2),
            alice(json!({"personId": world.person("harold"), "max": 1}))
                .answers(json!({"messages": [{"from": "alice@example.com"}]}))
                .calls(2),
            alice(json!({"roomId": room, "beforeMessage": id, "max": 1}))
                .answers(json!({"messages": [{"id": "*"}]}))
                .calls(1),
            alice(json!({})).refused(InvalidArguments, "`roomId`"),
            alice(with(one.clone(), "roomId", room.as_str()))
                .refused(InvalidArguments, "`messageId`"),
            alice(with(one, "max", 5)).refused(InvalidArguments, "`messageId`"),
            alice(with(list.clone(), "personEmail", "bob@example.com"))
                .refused(InvalidArguments, "`roomId`"),
            alice(with(list.clone(), "max", 0)).refused(InvalidArguments, "`max`"),
            alice(with(list.clone(), "max", 101)).refused(InvalidArguments, "`max`"),
            alice(with(list.clone(), "before", "yesterday")).refused(InvalidArguments, "`before`"),
            alice(with(
                with(list.clone(), "after", "2026-01-02T01:00:00+01:00"),
                "before",
                "2026-01-02T00:00:00Z",
            ))
            .refused(InvalidArguments, "`after`"),
            alice(with(list.clone(), "cursor", "made-up")).refused(InvalidArguments, "`cursor`"),
            alice(with(list.clone(), "room", "x")).refused(InvalidArguments, "`room`"),
            by("ada", list).refused(NotFound, "").calls(1),
        ];
        check::<GetMessage>(&world, cases).await;
    }

    #[tokio::test]
    async fn pages_and_bounds_give_every_message_once() {
        let world = World::new();
        let room = world.space("Project Unicorn").await;
        let all = world.facts(
            "alice",
            GetMessage::NAME,
            json!({"roomId": room, "max": 100}),
        );
        let all = all.await["messages"].as_array().unwrap().clone();
        assert!(all.len() >= 50 && all.len() < 100, "{}", all.len());

        let (mut paged, mut cursor) = (Vec::new(), Value::Null);
        for _ in 0..all.len() {
            let page = json!({"roomId": room, "max": 7, "cursor": cursor});
            world.sandbox.faults().forget_calls();
            let page = world.facts("alice", GetMessage::NAME, page).await;
            assert_eq!(world.sandbox.faults().calls().len(), 1);
            paged.extend(page["messages"].as_array().unwrap().clone());
            cursor = page["page"]["cursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!(paged, all);

        // The bounds are exclusive on both sides.
        let between = json!({
            "roomId": room, "max": 100,
            "after": all[9]["created"], "before": all[2]["created"],
        });
        let between = world.facts("alice", GetMessage::NAME, between).await;
        assert_eq!(between["messages"].as_array().unwrap(), &all[3..9]);
        assert_eq!(between["page"], json!({"returned": 6, "cursor": null}));
    }

    #[tokio::test]
    async fn what_webex_refuses_is_told() {
        let world = World::new();
        let room = world.space("CI/CD").await;
        let list = json!({"roomId": room});
        let bot = world.call("ci-bot", GetMessage::NAME, list.clone()).await;
        let bot = bot.unwrap_err();
        assert_eq!(bot.code, Forbidden);
        assert!(bot.advice.contains("mentionedPeople"), "{}", bot.advice);
        let mine = with(list.clone(), "mentionedPeople", "me");
        world.facts("ci-bot", GetMessage::NAME, mine).await;

        let throttled = webex_sandbox::Fault::Status {
            code: 429,
            retry_after_secs: Some(3_600),
            html: true,
        };
        world.sandbox.faults().next(1, throttled);
        let error = world.call("alice", GetMessage::NAME, list).await;
        let error = error.unwrap_err();
        assert_eq!(error.code, RateLimited);
        assert_eq!(error.body().retry_after_seconds, Some(3_600));
    }
}
