//! What deleting a space does: to how many people, and whether the caller's word closes it at all.

use schemars::JsonSchema;
use serde::Serialize;
use webex::WebexError;
use webex::memberships::{ListMemberships, Membership};
use webex::rooms::Room;

use crate::limits::LIST_MAX_ENTRIES;
use crate::tool::Context;

// What Webex does with a space at the caller's word. Published with the answer, which needs no words
// on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Closing {
    Deleted,
    Archived,
    Left,
}

/// Who is affected when a space is deleted.
#[derive(Debug)]
pub struct Members {
    /// In words, to go on with.
    pub all: String,
    pub closing: Closing,
}

pub async fn members(context: &Context, room: &Room) -> Result<Members, WebexError> {
    let api = context.webex.memberships();
    // Without a space in the query Webex lists the caller's own, which says who that is.
    let own = ListMemberships {
        max: Some(1),
        ..ListMemberships::default()
    };
    let in_room = ListMemberships {
        room_id: Some(room.id.clone()),
        max: Some(LIST_MAX_ENTRIES),
        ..ListMemberships::default()
    };
    let (own, all) = tokio::try_join!(api.list(&own), api.list(&in_room))?;
    let me = own.items.into_iter().next().and_then(|own| own.person_id);
    let is_mine = |one: &Membership| me.is_some() && one.person_id == me;
    let is_creator = me.is_some() && room.creator_id == me;
    // Others than moderators, and the creator of a space without moderation, only leave it.
    let is_closed_by_caller = match all.items.iter().find(|one| is_mine(one)) {
        _ if is_creator && room.is_locked != Some(true) => true,
        Some(mine) => mine.is_moderator == Some(true),
        None => {
            let mine = ListMemberships {
                person_id: me,
                ..in_room
            };
            let mine = api.list(&mine).await?.items;
            mine.iter().any(|mine| mine.is_moderator == Some(true))
        }
    };
    let all = match (all.items.len(), all.next) {
        (0 | 1, None) => String::new(),
        (count, None) => format!(" for all its {count} members"),
        (count, Some(_)) => format!(" for all its members, of whom there are more than {count}"),
    };
    let closing = match (is_closed_by_caller, &room.team_id) {
        (false, _) => Closing::Left,
        (true, Some(_)) => Closing::Archived,
        (true, None) => Closing::Deleted,
    };
    Ok(Members { all, closing })
}
