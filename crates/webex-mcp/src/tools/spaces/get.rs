//! Reads one space, or lists the caller's.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::rooms;

use super::{Listing, Spaces};
use crate::error::CallError;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};

/// Reads one space by roomId, or without it lists the user's spaces. By part of a title:
/// webex-search-spaces. Who is in it: webex-get-membership.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Space: id, link or title; stands alone.
    room_id: Option<String>,
    #[serde(flatten)]
    listing: Listing,
    #[serde(flatten)]
    part: Part,
}

pub struct GetSpace;

impl Tool for GetSpace {
    const NAME: &'static str = "webex-get-space";
    const TITLE: &'static str = "Read or list spaces";
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
            let query = listing.first(part.entries());
            let first = rooms.list(&query);
            let (rooms, page) = context.listed(&rooms::LIST, &part, first).await?;
            let spaces = rooms.into_iter().map(Into::into).collect();
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
