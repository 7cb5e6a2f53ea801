//! Deletes a space; what that means depends on who asks, so the question says it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::memberships;
use webex::rooms::{self, RoomType};

use super::closing::{Closing, members};
use crate::error::{CallError, Code};
use crate::tool::{Context, Policy, Question, Theirs, Tool};

/// Deletes (removes, closes, gets rid of) a whole space (room, channel, group chat) and everything
/// in it, for good and for all its members. One of a team is archived instead; without the right to
/// it, you only leave: the confirmation names which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// The space: id, link or exact title.
    room_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Removed {
    pub(super) removed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) how: Option<Closing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<Theirs>,
}

pub struct DeleteSpace;

impl Tool for DeleteSpace {
    const NAME: &'static str = "webex-delete-space";
    const TITLE: &'static str = "Delete a space";
    const POLICY: Policy = Policy {
        operations: &[&rooms::DELETE, &rooms::GET, &memberships::LIST],
        ..Policy::DESTROY
    };

    type Arguments = Arguments;
    type Output = Removed;

    async fn call(context: &Context, arguments: Arguments) -> Result<Removed, CallError> {
        let id = &arguments.room_id;
        // Nobody can read it afterwards.
        let room = context.best_effort(context.webex.rooms().get(id)).await;
        let members = match &room {
            Some(room) => context.best_effort(members(context, room)).await,
            None => None,
        };
        context.webex.rooms().delete(id).await?;
        Ok(Removed {
            removed: true,
            how: members.map(|members| members.closing),
            title: room.and_then(|room| room.title().map(Theirs::from)),
        })
    }

    async fn question(
        context: &Context,
        arguments: &Arguments,
    ) -> Result<Option<Question>, CallError> {
        let room = context.webex.rooms().get(&arguments.room_id).await?;
        if room.room_type == Some(RoomType::Direct) {
            return Err(CallError::new(
                Code::InvalidArguments,
                "`roomId`: Webex deletes no direct spaces.",
                "Hide it instead: webex-update-membership with isRoomHidden; nothing was done.",
            ));
        }
        let members = members(context, &room).await?;
        let title = room.title();
        let question = match members.closing {
            Closing::Left => Question::new("Leave ")
                .named("the space", title)
                .and("? You do not moderate it, so it is not deleted and stays for the others."),
            Closing::Archived => Question::new("Archive ")
                .named("the space", title)
                .and(&members.all)
                .and("? It belongs to a team, so it is archived and not deleted."),
            Closing::Deleted => Question::new("Delete ")
                .named("the space", title)
                .and(&members.all)
                .and(", with all its messages and files? This cannot be undone."),
        };
        Ok(Some(question))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{Ambiguous, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check};

    #[tokio::test]
    async fn asks_then_deletes_once() {
        let world = World::new();
        let id = world.space("Project Unicorn").await;
        check::<DeleteSpace>(
            &world,
            [
                bob(json!({"roomId": "Unicorn"})).refused(Ambiguous, "guess"),
                alice(json!({"roomId": id}))
                    .confirmed()
                    .answers(json!({"removed": true, "how": "deleted", "title": "Project Unicorn"}))
                    .calls(7),
                alice(json!({"roomId": id})).refused(NotFound, ""),
                alice(json!({})).refused(InvalidArguments, "`roomId`"),
                alice(json!({"roomId": id, "confirmationToken": "AAAA"}))
                    .refused(InvalidArguments, "confirmation"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn the_answer_says_what_was_done() {
        let world = World::new();
        for (who, title, how) in [
            ("bob", "Project Unicorn", "left"),
            ("alice", "Project Unicorn", "deleted"),
            ("harold", "Engineering", "archived"),
        ] {
            let case = by(who, json!({"roomId": title})).confirmed();
            let told = json!({"removed": true, "how": how, "title": title});
            check::<DeleteSpace>(&world, [case.answers(told)]).await;
        }
    }

    #[tokio::test]
    async fn the_question_says_what_it_means_for_this_caller() {
        let world = World::new();
        for (who, title, words) in [
            (
                "alice",
                "Project Unicorn",
                "Delete the space “Project Unicorn” for all its 8 members, with all its messages",
            ),
            (
                "bob",
                "Project Unicorn",
                "Leave the space “Project Unicorn”? You do not",
            ),
            ("alice", "Leadership", "Leave the space “Leadership”? "),
            (
                "harold",
                "Leadership",
                "Delete the space “Leadership” for all its 3 members, with ",
            ),
            (
                "harold",
                "Engineering",
                "Archive the space “Engineering” for all its ",
            ),
        ] {
            let asked = world
                .call(who, DeleteSpace::NAME, json!({"roomId": title}))
                .await;
            let body = serde_json::to_value(asked.unwrap_err().body()).unwrap();
            let question = body["question"].as_str().unwrap();
            assert!(question.starts_with(words), "{who} {question}");
        }
    }

    #[tokio::test]
    async fn a_direct_space_is_refused_without_a_question() {
        let world = World::new();
        let direct = world
            .facts("alice", "webex-get-space", json!({"type": "direct"}))
            .await;
        let case = alice(json!({"roomId": direct["spaces"][0]["id"]}));
        check::<DeleteSpace>(&world, [case.refused(InvalidArguments, "direct").calls(1)]).await;
    }
}
