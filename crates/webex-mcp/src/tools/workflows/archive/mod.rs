//! Exports inactive spaces, and leaves or deletes them.

mod archiving;
mod inactive;
mod render;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use webex::{contents, memberships, messages, rooms};

use crate::error::CallError;
use crate::tool::plan::{self, Plan as _};
use crate::tool::{Context, DestroysBy, Policy, Question, Span, Tool};
use archiving::Archiving;
use render::Archived;

/// Cleans up many old spaces (rooms, channels) that nobody uses any more: saves each to a file,
/// then deletes or leaves it. Plans first, and the user confirms the planId. Only a file:
/// webex-export-space; one space: webex-delete-space.
#[derive(Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Unused since this time (2026-01-05T09:00:00Z).
    pub(super) inactive_since: Option<Timestamp>,
    /// Instead: for so many days, at most 3650; no default.
    #[schemars(range(min = 1, max = 3650))]
    pub(super) inactive_days: Option<u32>,
    /// Only spaces with these words in the title.
    pub(super) title: Option<String>,
    /// true: only those you moderate.
    pub(super) is_moderator: Option<bool>,
    /// delete: for everybody; leave: they stay for the others.
    #[schemars(extend("enum" = ["leave", "delete"]))]
    pub(super) then: Option<String>,
    /// false: without people's files.
    pub(super) with_files: Option<bool>,
    /// To apply a plan, alone.
    pub(super) plan_id: Option<String>,
}

pub struct ArchiveSpaces;

impl Tool for ArchiveSpaces {
    const NAME: &'static str = "webex-archive-spaces";
    const TITLE: &'static str = "Archive inactive spaces";
    const POLICY: Policy = Policy {
        span: Span::Work,
        destroys_by: &[DestroysBy::Given("planId")],
        operations: &[
            &rooms::LIST,
            &rooms::GET,
            &rooms::DELETE,
            &memberships::LIST,
            &memberships::DELETE,
            &messages::LIST,
            &contents::GET,
        ],
        ..Policy::DESTROY
    };

    type Arguments = Arguments;
    type Output = Archived;

    async fn call(context: &Context, arguments: Arguments) -> Result<Archived, CallError> {
        context.needs_lasting_files()?;
        match arguments.plan()? {
            Some(id) => plan::apply::<Archiving>(context, id).await,
            None => {
                let archiving = Archiving::new(context, arguments).await?;
                archiving.shown(context, None).await
            }
        }
    }

    async fn question(
        context: &Context,
        arguments: &Arguments,
    ) -> Result<Option<Question>, CallError> {
        let never = std::future::ready(Ok(None::<Archiving>));
        plan::question(context, arguments.plan()?, never).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use webex_sandbox::Fault;

    use super::*;
    use crate::error::Code::{Conflict, InvalidArguments, NotConfigured, NotFound};
    use crate::tools::check::{World, alice, bob, check, with};

    async fn world() -> World {
        World::new().with_files().await
    }

    /// Spaces of Alice's with a message each, in which nothing happens any more.
    async fn old(world: &World, count: usize) -> Vec<String> {
        let mut made = Vec::new();
        for number in 0..count {
            let room = json!({"title": format!("Old {number}")});
            let room = world.facts("alice", "webex-create-space", room).await;
            let id = room["id"].as_str().unwrap().to_owned();
            say(world, &id, "the last word").await;
            made.push(id);
        }
        let hour = std::time::Duration::from_secs(60 * 60);
        world.sandbox.clock().advance(hour);
        made
    }

    async fn say(world: &World, room: &str, text: &str) {
        let message = json!({"roomId": room, "text": text});
        world.facts("alice", "webex-create-message", message).await;
    }

    /// The rule under which only these spaces fall.
    fn rule(then: &str) -> Value {
        json!({"inactiveSince": "2026-01-05T09:30:00Z", "title": "old ", "then": then})
    }

    async fn archive(world: &World, arguments: Value) -> Value {
        world.facts("alice", ArchiveSpaces::NAME, arguments).await
    }

    /// Applies a plan, to which the user agrees.
    async fn apply(world: &World, plan: &Value) -> Value {
        let apply = json!({"planId": plan["planId"]});
        world.confirmed("alice", ArchiveSpaces::NAME, apply).await
    }

    /// The titles of such spaces that Alice is in.
    async fn titles(world: &World, is_such: impl Fn(&rooms::Room) -> bool) -> Vec<String> {
        let alice = world.client("alice");
        let rooms = alice.rooms().list(&Default::default()).await.unwrap().items;
        let rooms = rooms.into_iter().filter(is_such);
        let titles = rooms.filter_map(|room| room.title().map(str::to_owned));
        titles.collect()
    }

    async fn old_titles(world: &World) -> Vec<String> {
        let is_old = |room: &rooms::Room| room.title().is_some_and(|it| it.starts_with("Old "));
        titles(world, is_old).await
    }

    #[tokio::test]
    async fn a_plan_is_shown_agreed_to_and_applied() {
        let world = world().await;
        old(&world, 2).await;
        let plan = archive(&world, rule("delete")).await;
        assert_eq!(
            (&plan["status"], &plan["more"]),
            (&json!("planned"), &json!(false))
        );
        let first = &plan["spaces"][0];
        assert_eq!(
            (
                &first["title"],
                &first["members"],
                &first["messages"],
                &first["then"]
            ),
            (&json!("Old 0"), &json!("1"), &json!("1"), &json!("delete"))
        );
        let apply = json!({"planId": plan["planId"]});
        let asked = world
            .call("alice", ArchiveSpaces::NAME, apply.clone())
            .await;
        let asked = serde_json::to_value(asked.unwrap_err().body()).unwrap();
        assert_eq!(
            asked["question"],
            "Export 2 spaces, then delete with all messages and files: 2? They are “Old 0”, “Old 1”. This cannot be undone."
        );
        assert_eq!(old_titles(&world).await.len(), 2);
        let fate =
            json!({"became": "deleted", "messages": "1", "artifactId": "*", "expiresAt": "*"});
        let done = json!({"status": "finished", "archived": 2, "kept": 0, "spaces": [fate, fate]});
        check::<ArchiveSpaces>(
            &world,
            [
                bob(apply.clone()).refused(NotFound, "`planId`"),
                alice(apply.clone()).confirmed().answers(done),
                alice(apply.clone()).refused(Conflict, "`planId`"),
            ],
        )
        .await;
        assert!(old_titles(&world).await.is_empty());
        let again = archive(&world, rule("delete")).await;
        assert_eq!(
            (&again["planId"], &again["spaces"]),
            (&Value::Null, &json!([]))
        );
    }

    #[tokio::test]
    async fn its_files_are_the_owners() {
        let world = world().await;
        old(&world, 1).await;
        let plan = archive(&world, rule("leave")).await;
        let done = apply(&world, &plan).await;
        assert_eq!(done["spaces"][0]["became"], "left", "{done}");
        let file = json!({"artifactId": done["spaces"][0]["artifactId"]});
        let text = world
            .facts("alice", "webex-get-artifact", file.clone())
            .await;
        assert!(
            text["text"].as_str().unwrap().contains("the last word"),
            "{text}"
        );
        let others = world.call("bob", "webex-get-artifact", file).await;
        assert_eq!(others.unwrap_err().code, NotFound);
    }

    #[tokio::test]
    async fn a_space_that_is_used_again_is_kept() {
        let world = world().await;
        let rooms = old(&world, 2).await;
        let plan = archive(&world, rule("delete")).await;
        say(&world, &rooms[0], "not yet").await;
        let again = apply(&world, &plan).await;
        assert_eq!(
            (&again["status"], &again["hasChanged"], &again["kept"]),
            (&json!("planned"), &json!(true), &json!(1))
        );
        let spaces = again["spaces"].as_array().unwrap();
        let told: Vec<_> = spaces
            .iter()
            .map(|one| (&one["title"], &one["became"]))
            .collect();
        let (old, used) = (json!("Old 1"), json!("Old 0"));
        assert_eq!(told, [(&old, &json!("planned")), (&used, &json!("kept"))]);
        assert_eq!(old_titles(&world).await.len(), 2);
        let done = apply(&world, &again).await;
        assert_eq!(done["archived"], 1, "{done}");
        assert_eq!(old_titles(&world).await, ["Old 0"]);
    }

    #[tokio::test]
    async fn each_space_that_falls_out_of_a_plan_is_named_with_the_reason() {
        let world = world().await;
        let rooms = old(&world, 3).await;
        let client = world.client("alice");
        for (at, change, why) in [
            (
                0,
                json!({"text": "not yet"}),
                "It was used again since the plan.",
            ),
            (
                1,
                json!({"title": "Young"}),
                "It has another title since the plan.",
            ),
            (
                2,
                json!(null),
                "You are not in it any more, or it is deleted.",
            ),
        ] {
            let room = crate::tools::check::whole("ROOM", &json!(rooms[at]));
            let mut only = rule("delete");
            only["title"] = json!(format!("old {at}"));
            let plan = archive(&world, only).await;
            match (change["text"].is_string(), change["title"].as_str()) {
                (true, _) => say(&world, &room, "not yet").await,
                (false, Some(title)) => {
                    let update = json!({"roomId": room, "title": title});
                    world.facts("alice", "webex-update-space", update).await;
                }
                (false, None) => client.rooms().delete(&room).await.unwrap(),
            }
            let apply = json!({"planId": plan["planId"]});
            let told = world
                .try_confirmed("alice", ArchiveSpaces::NAME, apply.clone())
                .await
                .unwrap();
            let answered = told.facts.to_value();
            assert_eq!(
                (
                    &answered["planId"],
                    &answered["kept"],
                    &answered["spaces"][0]["became"]
                ),
                (&Value::Null, &json!(1), &json!("kept")),
                "{answered}"
            );
            assert_eq!(answered["spaces"][0]["title"], format!("Old {at}"));
            let told_why = answered["spaces"][0]["why"].as_str().unwrap();
            assert!(told_why.starts_with(why), "{told_why}");
            for words in ["nothing was done", &format!("> Old {at}"), why] {
                assert!(told.text.contains(words), "{words}: {}", told.text);
            }
            // Nothing is left of the plan, so nobody is asked about it again.
            let again = [alice(apply).refused(NotFound, "took its place")];
            check::<ArchiveSpaces>(&world, again).await;
        }
    }

    #[tokio::test]
    async fn nothing_is_closed_without_its_file() {
        let world = world().await;
        old(&world, 2).await;
        let plan = archive(&world, rule("delete")).await;
        // The messages are read once for the plan that is compared, and then for the file.
        let faults = world.sandbox.faults();
        let fine = Fault::Slow { delay_ms: 0 };
        faults.next_on(2, "GET", "/v1/messages", fine);
        faults.next_on(1, "GET", "/v1/messages", Fault::status(403));
        let done = apply(&world, &plan).await;
        assert_eq!(
            (&done["archived"], &done["kept"]),
            (&json!(1), &json!(1)),
            "{done}"
        );
        assert_eq!(
            (
                &done["spaces"][0]["became"],
                &done["spaces"][0]["artifactId"]
            ),
            (&json!("kept"), &Value::Null)
        );
        assert_eq!(old_titles(&world).await, ["Old 0"]);
        // What ends it early leaves the rest as it is.
        let plan = archive(&world, rule("delete")).await;
        faults.next_on(1, "GET", "/v1/messages", Fault::Slow { delay_ms: 0 });
        faults.next_on(1, "GET", "/v1/messages", Fault::status(401));
        let apply = json!({"planId": plan["planId"]});
        let refused = world
            .try_confirmed("alice", ArchiveSpaces::NAME, apply)
            .await;
        assert!(refused.is_err(), "{refused:?}");
        assert_eq!(old_titles(&world).await, ["Old 0"]);
    }

    #[tokio::test]
    async fn without_room_for_a_file_its_space_stays_and_the_reason_is_told() {
        let world = World::new().with_room_for(600).await;
        old(&world, 3).await;
        let plan = archive(&world, rule("delete")).await;
        let done = apply(&world, &plan).await;
        assert_eq!(done["status"], "incomplete", "{done}");
        let because = done["endedBecause"].as_str().unwrap();
        assert!(because.contains("as many files"), "{because}");
        let archived = done["archived"].as_u64().unwrap();
        assert!((1..3).contains(&archived), "{done}");
        assert_eq!(old_titles(&world).await.len() as u64, 3 - archived);
    }

    #[tokio::test]
    async fn nothing_is_archived_into_files_that_do_not_last() {
        let world = World::new().with_fleeting_files().await;
        check::<ArchiveSpaces>(
            &world,
            [
                alice(rule("delete")).refused(NotConfigured, "end with its process"),
                alice(json!({"planId": "0"})).refused(NotFound, "`planId`"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn what_would_harm_is_refused() {
        let world = world().await;
        let invalid = |arguments, field: &str| alice(arguments).refused(InvalidArguments, field);
        check::<ArchiveSpaces>(
            &world,
            [
                invalid(json!({"inactiveDays": 90}), "`then`"),
                invalid(json!({"then": "leave"}), "`inactiveDays`"),
                invalid(json!({"then": "archive", "inactiveDays": 90}), "`then`"),
                invalid(
                    json!({"then": "leave", "inactiveDays": 0}),
                    "`inactiveDays`",
                ),
                invalid(with(rule("leave"), "inactiveDays", 3), "`inactiveDays`"),
                invalid(
                    json!({"then": "leave", "inactiveSince": "2999-01-01T00:00:00Z"}),
                    "`inactiveSince`",
                ),
                invalid(json!({"planId": "0", "then": "leave"}), "`planId`"),
                alice(json!({"planId": "0"})).refused(NotFound, "`planId`"),
            ],
        )
        .await;
        // Direct chats and what somebody else moderates are never in a plan.
        let all = json!({"inactiveSince": "2026-02-01T00:00:00Z", "then": "delete"});
        let plan = archive(&world, all).await;
        let is_direct = |room: &rooms::Room| room.room_type == Some(rooms::RoomType::Direct);
        let direct = titles(&world, is_direct).await;
        assert!(
            !direct.is_empty() && plan["notYours"].as_u64() > Some(0),
            "{plan}"
        );
        for space in plan["spaces"].as_array().unwrap() {
            assert!(
                !direct.contains(&space["title"].as_str().unwrap_or_default().to_owned()),
                "{space}"
            );
        }
    }
}
