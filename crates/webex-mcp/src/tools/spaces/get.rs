//! Reads one space, or lists the caller's.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::rooms;

use super::{Listing, Spaces};
use crate::error::CallError;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};

/// Lists all spaces (rooms, channels, group chats, conversations) that you are in, with the most
/// recent activity at the top, by type or by team; or tells about one, such as whether it is
/// moderated. Answers title, kind and id. By words of the title: webex-search-spaces; its people:
/// webex-get-membership.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// One space: id, link or title.
    room_id: Option<String>,
    #[serde(flatten)]
    listing: Listing,
    #[serde(flatten)]
    part: Part,
}

pub struct GetSpace;

impl Tool for GetSpace {
    const NAME: &'static str = "webex-get-space";
    const TITLE: &'static str = "List your spaces and chats, or read one";
    const POLICY: Policy = Policy {
        operations: &[&rooms::GET, &rooms::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Spaces;

    async fn call(context: &Context, arguments: Arguments) -> Result<Spaces, CallError> {
        let Arguments {
            room_id,
            listing,
            part,
        } = arguments;
        let rooms = context.webex.rooms();
        let Some(id) = room_id else {
            let part = context.opened(&part)?;
            let query = listing.first(part.page_size);
            let first = || rooms.list(&query);
            let entry = |room: rooms::Room| Some(room.into());
            let listed = context.listed(&rooms::LIST, &query, part, first, entry);
            let (spaces, page) = listed.await?;
            return Ok(Spaces { spaces, page });
        };
        if listing != Listing::default() || part != Part::default() {
            return Err(CallError::invalid(
                "roomId",
                "it names one space; leave out every other argument, or leave it out for a list",
            ));
        }
        Ok(Spaces {
            spaces: vec![rooms.get(&id).await?.into()],
            page: PageInfo::whole(1),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound, Unauthorized};
    use crate::tools::check::{World, alice, bob, by, check, with};

    #[tokio::test]
    async fn reads_one_by_id_or_title() {
        let world = World::new();
        let id = world.space("Leadership").await;
        let one = json!({"spaces": [{"id": id, "title": "Leadership", "isLocked": true}], "page": {"returned": 1, "cursor": null}});
        check::<GetSpace>(
            &world,
            [
                alice(json!({"roomId": id})).answers(one.clone()).calls(1),
                alice(json!({"roomId": "leadership"}))
                    .answers(one.clone())
                    .calls(2),
                alice(json!({"roomId": "leadership"})).answers(one).calls(1),
                bob(json!({"roomId": id})).refused(NotFound, ""),
                by("nobody", json!({"roomId": id})).refused(Unauthorized, "token"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_before_anything_is_sent() {
        let world = World::new();
        let id = world.space("Leadership").await;
        let cases = [
            (json!({"roomId": id, "max": 5}), "`roomId`"),
            (json!({"roomId": id, "type": "group"}), "`roomId`"),
            (json!({"type": "secret"}), "`type`"),
            (json!({"sortBy": "title"}), "`sortBy`"),
            (json!({"max": 0}), "`max`"),
            (json!({"max": 101}), "`max`"),
            (json!({"max": "many"}), "`max`"),
            (json!({"cursor": "AAAA"}), "`cursor`"),
            (json!({"title": "Leadership"}), "`title`"),
        ];
        let cases =
            cases.map(|(arguments, named)| alice(arguments).refused(InvalidArguments, named));
        check::<GetSpace>(&world, cases).await;
    }

    #[tokio::test]
    async fn lists_to_the_end_page_by_page_with_the_same_filters() {
        let world = World::new();
        let name = GetSpace::NAME;
        let whole = world
            .facts("alice", name, json!({"max": 100, "type": "group"}))
            .await;
        let whole = whole["spaces"].as_array().unwrap();
        let (mut seen, mut cursor) = (Vec::new(), Value::Null);
        for _ in 0..whole.len() {
            let asked = json!({"max": 3, "type": "group", "cursor": cursor});
            let page = world.facts("alice", name, asked).await;
            seen.extend(page["spaces"].as_array().unwrap().iter().cloned());
            cursor = page["page"]["cursor"].clone();
            if cursor.is_null() {
                break;
            }
            let other = json!({"type": "direct", "cursor": cursor});
            check::<GetSpace>(
                &world,
                [
                    alice(other).refused(InvalidArguments, "`cursor`"),
                    bob(json!({"type": "group", "cursor": cursor}))
                        .refused(InvalidArguments, "`cursor`"),
                ],
            )
            .await;
        }
        assert!(whole.len() > 6);
        assert_eq!((&seen, cursor), (whole, Value::Null));
        let of_team = with(json!({"max": 1}), "teamId", "Engineering");
        let general = json!({"spaces": [{"teamId": "*"}], "page": {"returned": 1}});
        check::<GetSpace>(&world, [alice(of_team).answers(general)]).await;
    }
}
