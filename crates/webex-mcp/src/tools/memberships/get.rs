//! Reads one membership, or lists the members of a space, or the caller's own memberships.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::memberships::{self, ListMemberships};
use webex::rooms;

use super::{Membership, Named, lone, titles};
use crate::error::CallError;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};

/// Lists the members of a space: who is in a room, channel or group chat (everyone's name, address
/// and id), and who moderates it; or whether one person is in it. Without a space: your own
/// memberships. In a team: webex-get-team-membership.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// One membership's id; stands alone.
    membership_id: Option<String>,
    /// The space: id, link or title.
    room_id: Option<String>,
    /// Only this person, in that space: id or full name.
    person_id: Option<String>,
    /// Only this person, in that space: e-mail address.
    #[schemars(extend("format" = "email"))]
    person_email: Option<String>,
    #[serde(flatten)]
    part: Part,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Memberships {
    pub(super) memberships: Vec<Membership>,
    pub(super) page: PageInfo,
    #[serde(skip)]
    pub(super) is_of_one_person: bool,
}

pub struct GetMembership;

impl Tool for GetMembership {
    const NAME: &'static str = "webex-get-membership";
    const TITLE: &'static str = "List who is in a space";
    const POLICY: Policy = Policy {
        operations: &[&memberships::GET, &memberships::LIST],
        courtesy: &[&rooms::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Memberships;

    async fn call(context: &Context, arguments: Arguments) -> Result<Memberships, CallError> {
        let room = arguments.room_id.as_deref();
        let id = arguments.membership_id.as_deref();
        let person_id = arguments.person_id.as_deref();
        let email = arguments.person_email.as_deref();
        if id.or(person_id).or(email).is_some() {
            let named = Named::new(id, room, person_id, email)?;
            if let Named::Id(_) = named {
                if arguments.part != Part::default() {
                    return Err(lone());
                }
                return Ok(Memberships {
                    memberships: vec![Membership::of(named.read(context).await?, None)],
                    page: PageInfo::whole(1),
                    is_of_one_person: true,
                });
            }
        }
        let part = context.opened(&arguments.part)?;
        let query = ListMemberships {
            room_id: arguments.room_id.clone(),
            person_id: arguments.person_id.clone(),
            person_email: arguments.person_email.clone(),
            max: Some(part.page_size),
        };
        let memberships = context.webex.memberships();
        let (first, titles) = (|| memberships.list(&query), titles(context, room).await);
        let entry = |found| Some(Membership::listed(found, room, &titles));
        let listed = context.listed(&memberships::LIST, &query, part, first, entry);
        let (memberships, page) = listed.await?;
        Ok(Memberships {
            memberships,
            page,
            is_of_one_person: person_id.or(email).is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, check, with};

    #[tokio::test]
    async fn lists_members_one_member_and_ones_own() {
        let world = World::new();
        let room = world.space("Leadership").await;
        let members = json!({"memberships": [{"name": "*", "roomId": null}, {}, {}], "page": {"returned": 3, "cursor": null}});
        let harold = json!({"memberships": [{"name": "Harold Weber", "isModerator": true}]});
        let nobody = json!({"memberships": [], "page": {"returned": 0, "cursor": null}});
        let of = |who: &str| json!({"roomId": room, "personId": world.person(who)});
        let by_email = json!({"roomId": room, "personEmail": "harold@example.com"});
        check::<GetMembership>(
            &world,
            [
                alice(json!({"roomId": room})).answers(members).calls(1),
                alice(of("harold")).answers(harold.clone()).calls(1),
                alice(by_email).answers(harold),
                alice(of("bob")).answers(nobody),
                alice(json!({"max": 1}))
                    .answers(json!({"memberships": [{"roomId": "*", "space": "*"}], "page": {"cursor": "*"}})),
                bob(json!({"roomId": room})).refused(NotFound, ""),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn reads_one_by_its_id_and_goes_on_by_cursor() {
        let world = World::new();
        let asked = json!({"roomId": "Leadership", "max": 2});
        let page = world
            .facts("alice", GetMembership::NAME, asked.clone())
            .await;
        let id = &page["memberships"][0]["id"];
        let rest = with(asked, "cursor", page["page"]["cursor"].clone());
        check::<GetMembership>(
            &world,
            [
                alice(json!({"membershipId": id}))
                    .answers(json!({"memberships": [{"id": id, "roomId": "*"}]}))
                    .calls(1),
                alice(rest)
                    .answers(json!({"memberships": [{}], "page": {"cursor": null}}))
                    .calls(1),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_before_anything_is_sent() {
        let world = World::new();
        let room = world.space("Leadership").await;
        let person = world.person("bob");
        let cases = [
            (json!({"personId": person}), "`roomId`"),
            (json!({"personEmail": "bob@example.com"}), "`roomId`"),
            (
                json!({"roomId": room, "personId": person, "personEmail": "bob@example.com"}),
                "`personId`",
            ),
            (
                json!({"membershipId": "M", "roomId": room}),
                "`membershipId`",
            ),
            (
                json!({"membershipId": "M", "personId": person}),
                "`membershipId`",
            ),
            (json!({"membershipId": "M", "max": 2}), "`membershipId`"),
            (json!({"roomId": room, "cursor": "AAAA"}), "`cursor`"),
            (json!({"roomId": room, "max": 0}), "`max`"),
        ];
        let cases =
            cases.map(|(arguments, named)| alice(arguments).refused(InvalidArguments, named));
        check::<GetMembership>(&world, cases).await;
    }
}
