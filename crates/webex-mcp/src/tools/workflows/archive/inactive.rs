//! Spaces that nobody has used for a while, with what closing them would do.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::memberships::ListMemberships;
use webex::messages::{self, ListMessages};
use webex::rooms::{self, ListRooms, Room, RoomOrder, RoomType};

use crate::error::{CallError, Code};
use crate::limits;
use crate::text::fold;
use crate::tool::Context;
use crate::tools::workflows::sync::membership_lists::me;

/// Which spaces are meant, and what is to become of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Nothing has happened in them since.
    pub before: Timestamp,
    /// Words that stand in their titles.
    pub title: Option<String>,
    pub is_moderator: bool,
    pub then: Then,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Then {
    Leave,
    Delete,
}

// A description of a variant would make an enumeration that not every host reads.
/// delete: gone for everybody; archive: of a team, closed, and kept by Webex; leave: it stays for
/// the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Closing {
    Delete,
    Archive,
    Leave,
}

/// How many there are, or at least how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub counted: usize,
    pub is_all: bool,
}

/// One of these spaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Space {
    pub room_id: String,
    pub title: Option<String>,
    pub last_activity: Timestamp,
    pub members: Count,
    pub messages: Count,
    pub closing: Closing,
    /// The caller's own.
    pub membership_id: String,
}

/// The spaces that nobody has used for longest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inactive {
    pub spaces: Vec<Space>,
    /// Spaces of the rule that the caller cannot read, or not close in the way that was asked for.
    pub not_yours: usize,
    /// There are more: for a later plan.
    pub more: bool,
}

impl Inactive {
    pub fn has(&self, space: &Space) -> bool {
        let mut spaces = self.spaces.iter();
        spaces.any(|known| known.room_id == space.room_id)
    }
}

impl Rule {
    fn fits(&self, room: &Room) -> bool {
        let words = self.title.as_deref().map(fold);
        let title = room.title().map(fold).unwrap_or_default();
        room.room_type == Some(RoomType::Group)
            && room.last_activity.is_some_and(|last| last < self.before)
            && words.is_none_or(|words| title.contains(&*words))
    }

    /// # Errors
    /// Whatever Webex refuses.
    pub async fn find(&self, context: &Context) -> Result<Inactive, CallError> {
        let (mut rooms, mut more) = self.rooms(context).await?;
        rooms.sort_by(|one, other| {
            let key = |room: &Room| (room.last_activity, room.id.clone());
            key(one).cmp(&key(other))
        });
        let me = me(context).await?;
        let (mut spaces, mut not_yours) = (Vec::new(), 0);
        for (looked_at, room) in rooms.into_iter().enumerate() {
            let is_full = spaces.len() >= limits::ARCHIVE_MAX_SPACES;
            if is_full || looked_at >= limits::ARCHIVE_MAX_LOOKED_AT {
                more = true;
                break;
            }
            match self.looked_at(context, &me, room).await {
                Ok(Some(space)) => spaces.push(space),
                Ok(None) => not_yours += 1,
                // One space that cannot be read is not in the way of the others.
                Err(error) => match error.code {
                    Code::Forbidden | Code::NotFound | Code::Gone => not_yours += 1,
                    _ => return Err(error),
                },
            }
        }
        Ok(Inactive {
            spaces,
            not_yours,
            more,
        })
    }

    /// A space of an earlier plan as it is now, and why it is in none any more.
    ///
    /// # Errors
    /// What Webex refuses, other than that the space cannot be seen.
    pub async fn spared(
        &self,
        context: &Context,
        mut space: Space,
    ) -> Result<(Space, &'static str), CallError> {
        let read = || async { Ok(context.webex.rooms().get(&space.room_id).await?) };
        let room = match context.next_read(read).await {
            Ok(room) => room,
            Err(error) => match error.code {
                Code::Forbidden | Code::NotFound | Code::Gone => {
                    return Ok((space, "You are not in it any more, or it is deleted."));
                }
                _ => return Err(error),
            },
        };
        space.last_activity = room.last_activity.unwrap_or(space.last_activity);
        let why = if space.last_activity >= self.before {
            "It was used again since the plan."
        } else if !self.fits(&room) {
            "It has another title since the plan."
        } else {
            "You cannot read it, or not close it so, any more."
        };
        Ok((space, why))
    }

    /// The spaces that fit by what a list says of them, and whether there are more than it has.
    async fn rooms(&self, context: &Context) -> Result<(Vec<Room>, bool), CallError> {
        let query = ListRooms {
            room_type: Some(RoomType::Group),
            sort_by: Some(RoomOrder::LastActivity),
            max: Some(limits::NAME_LOOKUP_PAGE_ENTRIES),
            ..ListRooms::default()
        };
        let first = || async { Ok(context.webex.rooms().list(&query).await?) };
        let mut page = context.next_read(first).await?;
        let mut fitting = Vec::new();
        for _ in 0..limits::ARCHIVE_READ_PAGES {
            let items = std::mem::take(&mut page.items);
            fitting.extend(items.into_iter().filter(|room| self.fits(room)));
            let Some(next) = page.next.take() else {
                return Ok((fitting, false));
            };
            let next = || async { Ok(context.webex.next_page(&rooms::LIST, &next).await?) };
            page = context.next_read(next).await?;
        }
        Ok((fitting, true))
    }

    /// The space with what a person wants to know before it is closed; `None` where the caller may
    /// not close it so.
    async fn looked_at(
        &self,
        context: &Context,
        me: &str,
        room: Room,
    ) -> Result<Option<Space>, CallError> {
        let of_room = ListMemberships {
            room_id: Some(room.id.clone()),
            max: Some(limits::LIST_MAX_ENTRIES),
            ..ListMemberships::default()
        };
        let all = || async { Ok(context.webex.memberships().list(&of_room).await?) };
        let all = context.next_read(all).await?;
        let members = Count {
            counted: all.items.len(),
            is_all: all.next.is_none(),
        };
        let is_mine = |one: &webex::memberships::Membership| one.person_id.as_deref() == Some(me);
        let mine = match all.items.into_iter().find(is_mine) {
            Some(mine) => Some(mine),
            None => {
                let mine = ListMemberships {
                    person_id: Some(me.to_owned()),
                    ..of_room
                };
                let mine = || async { Ok(context.webex.memberships().list(&mine).await?) };
                context.next_read(mine).await?.items.into_iter().next()
            }
        };
        let (Some(mine), Some(last_activity)) = (mine, room.last_activity) else {
            return Ok(None);
        };
        let is_creator = room.creator_id.as_deref() == Some(me) && room.is_locked != Some(true);
        let is_moderator = mine.is_moderator == Some(true);
        let closing = match (self.then, is_moderator || is_creator, &room.team_id) {
            (Then::Leave, ..) => Closing::Leave,
            // Webex would only take the caller out of it.
            (Then::Delete, false, _) => return Ok(None),
            (Then::Delete, true, Some(_)) => Closing::Archive,
            (Then::Delete, true, None) => Closing::Delete,
        };
        if self.is_moderator && !is_moderator {
            return Ok(None);
        }
        Ok(Some(Space {
            messages: messages_of(context, &room.id).await?,
            title: room.title().map(str::to_owned),
            room_id: room.id,
            last_activity,
            members,
            closing,
            membership_id: mine.id,
        }))
    }
}

async fn messages_of(context: &Context, room_id: &str) -> Result<Count, CallError> {
    let query = ListMessages {
        max: Some(limits::SCAN_PAGE_MESSAGES),
        ..ListMessages::in_room(room_id)
    };
    let first = || async { Ok(context.webex.messages().list(&query).await?) };
    let page: webex::Page<messages::Message> = context.next_read(first).await?;
    Ok(Count {
        counted: page.items.len(),
        is_all: page.next.is_none(),
    })
}
