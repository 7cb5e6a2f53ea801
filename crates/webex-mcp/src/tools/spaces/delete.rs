//! Deletes a space; what that means depends on who asks, so the question says it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::WebexError;
use webex::memberships::{self, ListMemberships};
use webex::rooms::{self, Room, RoomType};

use crate::error::{CallError, Code};
use crate::tool::{Context, Policy, Question, Tool};

/// Deletes a space for all. A team's space is archived instead; who does not moderate it only
/// leaves. The confirmation reads the space first and says which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Id, link or exact title.
    room_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Removed {
    /// Deleted, archived or left, as confirmed.
    removed: bool,
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
        context.webex.rooms().delete(&arguments.room_id).await?;
        Ok(Removed { removed: true })
    }

    async fn question(context: &Context, arguments: &Arguments) -> Result<Question, CallError> {
        let room = context.webex.rooms().get(&arguments.room_id).await?;
        if room.room_type == Some(RoomType::Direct) {
            return Err(CallError::new(
                Code::InvalidArguments,
                "`roomId`: Webex deletes no direct spaces.",
                "Hide it instead: webex-update-membership with isRoomHidden; nothing was done.",
            ));
        }
        let effect = match (may_close(context, &room).await?, &room.team_id) {
            (false, _) => {
                "You do not moderate this space, so you only leave it; it stays for the others."
            }
            (true, Some(_)) => {
                "This archives the space, which belongs to a team, for all its members."
            }
            (true, None) => {
                "This deletes the space with all its messages and files for all its members; it cannot be undone."
            }
        };
        Ok(Question::plain(effect).about("Space", room.title()))
    }
}

/// Moderators, and the creator of a space without moderation, close it; others only leave.
async fn may_close(context: &Context, room: &Room) -> Result<bool, WebexError> {
    let memberships = context.webex.memberships();
    // Without a space in the query Webex lists the caller's own, which says who that is.
    let own = ListMemberships {
        max: Some(1),
        ..ListMemberships::default()
    };
    let own = memberships.list(&own).await?.items.into_iter().next();
    let me = own.and_then(|own| own.person_id);
    if room.is_locked != Some(true) && me.is_some() && room.creator_id == me {
        return Ok(true);
    }
    let query = ListMemberships {
        room_id: Some(room.id.clone()),
        person_id: me,
        ..ListMemberships::default()
    };
    let own = memberships.list(&query).await?.items;
    Ok(own.iter().any(|own| own.is_moderator == Some(true)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{Ambiguous, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, check};

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
                    .answers(json!({"removed": true}))
                    .calls(3),
                alice(json!({"roomId": id})).refused(NotFound, ""),
                alice(json!({})).refused(InvalidArguments, "`roomId`"),
                alice(json!({"roomId": id, "confirmationToken": "AAAA"}))
                    .refused(InvalidArguments, "confirmation"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn the_question_says_what_it_means_for_this_caller() {
        let world = World::new();
        for (who, title, words) in [
            ("alice", "Project Unicorn", "deletes the space"),
            ("bob", "Project Unicorn", "only leave"),
            ("alice", "Leadership", "only leave"),
            ("harold", "Leadership", "deletes the space"),
            ("harold", "Engineering", "archives"),
        ] {
            let asked = world
                .call(who, DeleteSpace::NAME, json!({"roomId": title}))
                .await;
            let body = serde_json::to_value(asked.unwrap_err().body()).unwrap();
            assert_eq!(body["about"][0]["name"], title);
            assert!(
                body["effect"].as_str().unwrap().contains(words),
                "{who} {body}"
            );
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
