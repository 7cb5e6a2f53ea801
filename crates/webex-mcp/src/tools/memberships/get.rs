//! Reads one membership, or lists the members of a space, or the caller's own memberships.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::memberships::{self, ListMemberships};

use super::{Membership, Named};
use crate::error::CallError;
use crate::limits;
use crate::tool::{Context, PageInfo, Policy, Tool, alone};

/// Lists the members of a space (roomId), says whether one person is in it (with personId or
/// personEmail), or reads one membership. Without arguments: the user's own memberships.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Goes with nothing else.
    membership_id: Option<String>,
    /// Space: id, link or title.
    room_id: Option<String>,
    /// Only this person, id or name; needs roomId.
    person_id: Option<String>,
    /// Only this address; needs roomId.
    #[schemars(extend("format" = "email"))]
    person_email: Option<String>,
    /// Default 20.
    #[schemars(range(min = 1, max = 100))]
    max: Option<u32>,
    /// page.cursor of the answer before.
    cursor: Option<String>,
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
                let others = [
                    ("max", arguments.max.is_some()),
                    ("cursor", arguments.cursor.is_some()),
                ];
                alone("membershipId", &others)?;
                return Ok(Memberships {
                    memberships: vec![Membership::of(named.read(context).await?, None)],
                    page: context.page::<()>(1, None)?,
                });
            }
        }
        let query = ListMemberships {
            room_id: arguments.room_id.clone(),
            person_id: arguments.person_id.clone(),
            person_email: arguments.person_email.clone(),
            max: Some(arguments.max.unwrap_or(limits::LIST_DEFAULT_ENTRIES)),
        };
        let memberships = context.webex.memberships();
        let first = memberships.list(&query);
        let cursor = arguments.cursor.as_deref();
        let (found, page) = context.listed(&memberships::LIST, cursor, first).await?;
        let memberships = found.into_iter().map(|found| Membership::of(found, room));
        Ok(Memberships {
            memberships: memberships.collect(),
            page,
        })
    }
}
