//! Reads one membership, or lists the members of a space, or the caller's own memberships.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::memberships::{self, ListMemberships};

use super::{Membership, Named, lone};
use crate::error::CallError;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};

/// Lists the members of a space, or whether one person is in it; without roomId the user's own
/// memberships; by membershipId one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Stands alone.
    membership_id: Option<String>,
    /// Space: id, link or title.
    room_id: Option<String>,
    /// Person: id or name; needs roomId.
    person_id: Option<String>,
    /// Or their address.
    #[schemars(extend("format" = "email"))]
    person_email: Option<String>,
    #[serde(flatten)]
    part: Part,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Memberships {
    memberships: Vec<Membership>,
    page: PageInfo,
}

pub struct GetMembership;

impl Tool for GetMembership {
    const NAME: &'static str = "webex-get-membership";
    const TITLE: &'static str = "Read or list memberships";
    const POLICY: Policy = Policy {
        operations: &[&memberships::GET, &memberships::LIST],
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
                });
            }
        }
        let query = ListMemberships {
            room_id: arguments.room_id.clone(),
            person_id: arguments.person_id.clone(),
            person_email: arguments.person_email.clone(),
            max: Some(arguments.part.entries()),
        };
        let memberships = context.webex.memberships();
        let first = memberships.list(&query);
        let part = &arguments.part;
        let (found, page) = context.listed(&memberships::LIST, part, first).await?;
        let memberships = found.into_iter().map(|found| Membership::of(found, room));
        Ok(Memberships {
            memberships: memberships.collect(),
            page,
        })
    }
}
