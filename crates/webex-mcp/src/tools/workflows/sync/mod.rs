//! Makes the members of a space or team those of a list, or takes one person out of many spaces.

mod asking;
mod members;
pub mod membership_lists;
mod membership_writes;
mod render;
mod roster;

use schemars::JsonSchema;
use serde::Deserialize;
use webex::{rooms, teams};

use crate::error::CallError;
use crate::limits::{CSV_TEXT_MAX_CHARS, SYNC_MAX_MEMBERS};
use crate::tool::{Context, DestroysBy, Policy, Question, Span, Tool, plan};
use members::Syncing;
use membership_writes::OPERATIONS;
use render::Synced;

/// Makes the members of a space (room) or team equal to a list: adds who is missing, removes the
/// rest. Or takes one person, such as a former contractor, out of many spaces. Removals, and
/// more than 10 changes, are planned first. From one space: webex-remove-membership.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// The space: id, link or title.
    pub(super) room_id: Option<String>,
    /// The team: id or name.
    pub(super) team_id: Option<String>,
    /// All who are to be in it, by e-mail; you always stay.
    #[schemars(length(max = SYNC_MAX_MEMBERS), inner(email))]
    pub(super) emails: Option<Vec<String>>,
    /// Or as CSV: email, displayName, moderator.
    #[schemars(length(max = CSV_TEXT_MAX_CHARS))]
    pub(super) csv: Option<String>,
    /// Instead of csv: uploadId of a CSV file sent with webex-upload-file.
    #[schemars(length(max = 64))]
    pub(super) upload_id: Option<String>,
    /// true: emails may be empty.
    pub(super) allow_empty: Option<bool>,
    /// true: removes nobody.
    pub(super) keep_others: Option<bool>,
    /// Who leaves roomIds: e-mail address.
    #[schemars(extend("format" = "email"))]
    pub(super) remove_email: Option<String>,
    /// With removeEmail, the spaces: ids, links or titles.
    #[schemars(length(max = SYNC_MAX_MEMBERS))]
    pub(super) room_ids: Option<Vec<String>>,
    /// true: only plans.
    pub(super) dry_run: Option<bool>,
    /// To apply a plan, alone.
    pub(super) plan_id: Option<String>,
}

pub struct SyncMemberships;

impl Tool for SyncMemberships {
    const NAME: &'static str = "webex-sync-memberships";
    const TITLE: &'static str = "Make members equal to a list";
    const POLICY: Policy = Policy {
        span: Span::Work,
        destroys_by: &[DestroysBy::Given("planId")],
        operations: OPERATIONS,
        courtesy: &[&rooms::GET, &teams::GET],
        ..Policy::DESTROY
    };

    type Arguments = Arguments;
    type Output = Synced;

    async fn call(context: &Context, arguments: Arguments) -> Result<Synced, CallError> {
        match arguments.plan()? {
            Some(id) => plan::apply::<Syncing>(context, id).await,
            None => Syncing::begun(context, arguments).await,
        }
    }

    async fn question(
        context: &Context,
        arguments: &Arguments,
    ) -> Result<Option<Question>, CallError> {
        let at_once = Syncing::at_once(context, arguments.clone());
        plan::question(context, arguments.plan()?, at_once).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use webex::memberships::ListMemberships;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound, TooLarge};
    use crate::text::whole_id;
    use crate::tools::check::{World, alice, bob, check, with};

    async fn sync(world: &World, arguments: Value) -> Value {
        world.facts("alice", SyncMemberships::NAME, arguments).await
    }

    /// A space of Alice's with these members beside her.
    async fn space(world: &World, title: &str, members: &[&str]) -> String {
        let made = json!({"title": title});
        let made = world.facts("alice", "webex-create-space", made).await;
        let id = made["id"].as_str().unwrap().to_owned();
        for member in members {
            let email = format!("{member}@example.com");
            let add = json!({"roomId": id, "personEmail": email});
            world.facts("alice", "webex-add-membership", add).await;
        }
        id
    }

    async fn members(world: &World, room_id: &str) -> Vec<String> {
        let query = ListMemberships {
            room_id: whole_id("ROOM", room_id),
            ..Default::default()
        };
        let listed = world.client("alice").memberships().list(&query).await;
        let emails = listed.unwrap().items.into_iter();
        let mut emails: Vec<_> = emails.filter_map(|one| one.person_email).collect();
        emails.sort();
        emails
    }

    #[tokio::test]
    async fn a_plan_is_shown_agreed_to_and_applied() {
        let world = World::new();
        let room = space(&world, "Launch", &["bob", "carol"]).await;
        let wanted = json!({"roomId": room, "emails": [" Bob@example.com", "dave@example.com"]});
        let plan = sync(&world, wanted.clone()).await;
        assert_eq!(plan["status"], "planned");
        assert_eq!(
            (&plan["staying"], plan["changes"].as_array().unwrap().len()),
            (&json!(2), 2)
        );
        let apply = json!({"planId": plan["planId"]});
        let asked = world
            .call("alice", SyncMemberships::NAME, apply.clone())
            .await;
        let asked = serde_json::to_value(asked.unwrap_err().body()).unwrap();
        assert_eq!(
            asked["question"],
            "Add 1 person and remove 1 person in the space “Launch”? Added: dave@example.com. Removed: carol@example.com."
        );
        assert_eq!(members(&world, &room).await.len(), 3);
        let done =
            json!({"status": "finished", "added": 1, "removed": 1, "failed": 0, "title": "Launch"});
        check::<SyncMemberships>(&world, [alice(apply).confirmed().answers(done)]).await;
        let now = ["alice@example.com", "bob@example.com", "dave@example.com"];
        assert_eq!(members(&world, &room).await, now);
        // Nothing is left to change.
        let again = sync(&world, wanted).await;
        assert_eq!(
            (&again["planId"], &again["staying"]),
            (&Value::Null, &json!(3))
        );
    }

    #[tokio::test]
    async fn members_who_changed_meanwhile_are_shown_first() {
        let world = World::new();
        let room = space(&world, "Launch", &["bob", "carol"]).await;
        let plan = sync(
            &world,
            json!({"roomId": room, "emails": ["bob@example.com"]}),
        )
        .await;
        let add = json!({"roomId": room, "personEmail": "dave@example.com"});
        world.facts("alice", "webex-add-membership", add).await;
        let again = json!({"status": "planned", "hasChanged": true, "planId": "*", "removed": 0});
        let apply = json!({"planId": plan["planId"]});
        let table = [
            alice(apply.clone()).confirmed().answers(again),
            // The new plan is in its place.
            alice(apply).refused(NotFound, "took its place"),
        ];
        check::<SyncMemberships>(&world, table).await;
        assert_eq!(members(&world, &room).await.len(), 4);
    }

    #[tokio::test]
    async fn what_is_settled_meanwhile_is_named_with_the_reason() {
        let world = World::new();
        let room = space(&world, "Launch", &["bob"]).await;
        let other = space(&world, "Landing", &["bob"]).await;
        for asked in [
            json!({"roomId": room, "emails": [], "allowEmpty": true}),
            json!({"removeEmail": "bob@example.com", "roomIds": [other]}),
        ] {
            let plan = sync(&world, asked.clone()).await;
            let place = asked["roomId"].as_str().unwrap_or(&other);
            let gone = json!({"roomId": place, "personEmail": "bob@example.com"});
            world
                .confirmed("alice", "webex-remove-membership", gone)
                .await;
            let apply = json!({"planId": plan["planId"]});
            let told = world
                .try_confirmed("alice", SyncMemberships::NAME, apply)
                .await;
            let told = told.unwrap();
            let answered = told.facts.to_value();
            let change = &answered["changes"][0];
            assert_eq!(
                (&answered["planId"], &change["email"], &change["became"]),
                (&Value::Null, &json!("bob@example.com"), &json!("notNeeded")),
                "{answered}"
            );
            let why = "Is no member any more";
            assert!(change["why"].as_str().unwrap().starts_with(why), "{change}");
            for words in ["nothing was done", "remove bob@example.com: notNeeded", why] {
                assert!(told.text.contains(words), "{words}: {}", told.text);
            }
        }
    }

    #[tokio::test]
    async fn the_two_members_of_a_direct_space_stay() {
        let world = World::new();
        let room = space(&world, "Launch", &["bob"]).await;
        let note = json!({"toPersonEmail": "bob@example.com", "text": "hi"});
        let note = world.facts("alice", "webex-create-message", note).await;
        let direct = note["roomId"].as_str().unwrap();
        let refused = |asked: Value| {
            let asked = with(asked, "roomId", direct);
            alice(asked)
                .refused(InvalidArguments, "`roomId`: it is a direct space")
                .calls(1)
        };
        check::<SyncMemberships>(
            &world,
            [
                refused(json!({"emails": ["carol@example.com"]})),
                refused(json!({"emails": [], "allowEmpty": true, "dryRun": true})),
                refused(json!({"csv": "email\ncarol@example.com\n", "keepOthers": true})),
            ],
        )
        .await;
        // Of many spaces, those are left out, and it is said.
        let gone = |rooms: Value| json!({"removeEmail": "bob@example.com", "roomIds": rooms});
        let none = json!({"removed": 0, "failed": 0, "directSpaces": 1, "changes": []});
        let plan = sync(&world, gone(json!([direct, room]))).await;
        assert_eq!(
            (
                &plan["directSpaces"],
                &plan["notMemberOf"],
                &plan["changes"][0]["space"]
            ),
            (&json!(1), &Value::Null, &json!("Launch")),
            "{plan}"
        );
        let apply = json!({"planId": plan["planId"]});
        let told =
            json!({"removed": 1, "failed": 0, "directSpaces": 1, "changes": [{"space": "Launch"}]});
        check::<SyncMemberships>(
            &world,
            [
                alice(apply).confirmed().answers(told),
                alice(gone(json!([direct]))).answers(none),
            ],
        )
        .await;
        assert_eq!(members(&world, direct).await.len(), 2);
    }

    #[tokio::test]
    async fn a_few_are_added_at_once_and_a_team_is_synced_too() {
        let world = World::new();
        let room = space(&world, "Launch", &[]).await;
        let add = json!({"roomId": room, "emails": ["bob@example.com", "nobody@nowhere.example"]});
        let added = sync(&world, add).await;
        assert_eq!((&added["added"], &added["failed"]), (&json!(1), &json!(1)));
        let team = world
            .facts("alice", "webex-create-team", json!({"name": "Launchers"}))
            .await;
        let of_team = json!({"teamId": "Launchers", "emails": ["bob@example.com"]});
        assert_eq!(sync(&world, of_team).await["added"], 1);
        let empty = json!({"teamId": team["id"], "emails": [], "allowEmpty": true});
        let plan = sync(&world, empty).await;
        let apply = json!({"planId": plan["planId"]});
        let gone = json!({"removed": 1, "staying": 1});
        check::<SyncMemberships>(&world, [alice(apply).confirmed().answers(gone)]).await;
    }

    #[tokio::test]
    async fn one_person_leaves_many_spaces() {
        let world = World::new();
        let rooms = [
            space(&world, "One", &["carol"]).await,
            space(&world, "Two", &["bob"]).await,
            space(&world, "Three", &["bob", "carol"]).await,
        ];
        let twice = [&rooms[..], &rooms[..1]].concat();
        let gone = json!({"removeEmail": "carol@example.com", "roomIds": twice});
        let plan = sync(&world, gone).await;
        let space = |at: usize| plan["changes"][at]["space"].clone();
        assert_eq!((space(0), space(1)), (json!("One"), json!("Three")));
        assert_eq!(plan["staying"], Value::Null);
        assert_eq!(plan["notMemberOf"], 1);
        let apply = json!({"planId": plan["planId"]});
        let asked = world.call("alice", SyncMemberships::NAME, apply.clone());
        let asked = serde_json::to_value(asked.await.unwrap_err().body()).unwrap();
        let question = asked["question"].as_str().unwrap();
        assert!(
            question.ends_with("2 spaces: “One”, “Three”?"),
            "{question}"
        );
        let removed =
            json!({"removed": 2, "changes": [{"roomId": "*", "space": "One"}, {"space": "Three"}]});
        check::<SyncMemberships>(&world, [alice(apply).confirmed().answers(removed)]).await;
        for (room, left) in rooms.iter().zip([1, 2, 2]) {
            assert_eq!(members(&world, room).await.len(), left, "{room}");
        }
    }

    #[tokio::test]
    async fn more_changes_than_an_answer_can_show_are_refused() {
        let world = World::new();
        let room = space(&world, "Launch", &["bob"]).await;
        let all: Vec<_> = (0..SYNC_MAX_MEMBERS)
            .map(|number| format!("new{number}@example.com"))
            .collect();
        let adding = json!({"roomId": room, "emails": all, "keepOthers": true});
        let plan = sync(&world, adding.clone()).await;
        assert_eq!(plan["changes"].as_array().unwrap().len(), SYNC_MAX_MEMBERS);
        let with_removal = with(adding, "keepOthers", false);
        check::<SyncMemberships>(
            &world,
            [alice(with_removal).refused(TooLarge, "1,000 changes")],
        )
        .await;
    }

    #[tokio::test]
    async fn what_would_harm_is_refused() {
        let world = World::new();
        let list = json!({"roomId": "Project Unicorn", "emails": ["bob@example.com"]});
        let gone = json!({"removeEmail": "bob@example.com", "roomIds": ["Project Unicorn"]});
        let invalid = |arguments, field: &str| alice(arguments).refused(InvalidArguments, field);
        check::<SyncMemberships>(
            &world,
            [
                invalid(
                    json!({"roomId": world.space("Engineering").await, "emails": []}),
                    "`emails`: an empty list",
                ),
                invalid(json!({"emails": ["bob@example.com"]}), "`roomId`"),
                invalid(
                    json!({"removeEmail": "bob", "roomIds": []}),
                    "`removeEmail`",
                ),
                invalid(json!({"removeEmail": "bob@example.com"}), "`roomIds`"),
                alice(with(list.clone(), "teamId", "No such team"))
                    .refused(NotFound, "`teamId`")
                    .calls(2),
                alice(with(list.clone(), "removeEmail", "bob@example.com"))
                    .refused(InvalidArguments, "`removeEmail`")
                    .calls(1),
                alice(with(gone, "emails", json!([])))
                    .refused(InvalidArguments, "`removeEmail`")
                    .calls(1),
                invalid(json!({"planId": "0", "dryRun": true}), "`planId`"),
                bob(json!({"planId": "0"})).refused(NotFound, "`planId`"),
            ],
        )
        .await;
    }
}
