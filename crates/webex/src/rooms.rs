//! Rooms, which the apps call spaces: list, create, read, update, delete, and their meeting.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::client::Client;
use crate::error::{FieldErrors, WebexError, delivered};
use crate::open_enum::open_enum;
use crate::operation::{Operation, Repeat};
use crate::page::Page;

/// `GET /rooms`
pub static LIST: Operation = Operation {
    name: "rooms.list",
    method: Method::GET,
    path: "/rooms",
    repeat: Repeat::Read,
    scopes: &["spark:rooms_read"],
};

/// `POST /rooms`
pub static CREATE: Operation = Operation {
    name: "rooms.create",
    method: Method::POST,
    path: "/rooms",
    repeat: Repeat::Write,
    scopes: &["spark:rooms_write"],
};

/// `GET /rooms/{roomId}`
pub static GET: Operation = Operation {
    name: "rooms.get",
    method: Method::GET,
    path: "/rooms/{roomId}",
    repeat: Repeat::Read,
    scopes: &["spark:rooms_read"],
};

/// `PUT /rooms/{roomId}`
pub static UPDATE: Operation = Operation {
    name: "rooms.update",
    method: Method::PUT,
    path: "/rooms/{roomId}",
    repeat: Repeat::Write,
    scopes: &["spark:rooms_write"],
};

/// `DELETE /rooms/{roomId}`
pub static DELETE: Operation = Operation {
    name: "rooms.delete",
    method: Method::DELETE,
    path: "/rooms/{roomId}",
    repeat: Repeat::Write,
    scopes: &["spark:rooms_write"],
};

/// `GET /rooms/{roomId}/meetingInfo`, which Webex declared obsolete for 2025-01-31.
pub static MEETING_INFO: Operation = Operation {
    name: "rooms.meeting_info",
    method: Method::GET,
    path: "/rooms/{roomId}/meetingInfo",
    repeat: Repeat::Read,
    scopes: &["spark:rooms_read"],
};

open_enum! {
    /// The type of a room: two people, or any number.
    RoomType {
        /// Two people.
        Direct = "direct",
        /// Any number of people.
        Group = "group",
    }
}

open_enum! {
    /// The order of a list of rooms.
    RoomOrder {
        /// By id.
        Id = "id",
        /// By last activity, latest first.
        LastActivity = "lastactivity",
        /// By creation, latest first.
        Created = "created",
    }
}

/// A room.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Room {
    /// The room's id, which changes when the room moves to another region.
    pub id: String,
    /// The title, which may be ciphertext: see [`Room::title`].
    pub title: Option<String>,
    /// Direct or group.
    #[serde(rename = "type")]
    pub room_type: Option<RoomType>,
    /// The room is moderated.
    pub is_locked: Option<bool>,
    /// The team it belongs to.
    pub team_id: Option<String>,
    /// The time of the last activity.
    #[serde(default, with = "crate::timestamp::option")]
    pub last_activity: Option<Timestamp>,
    /// The person who made it.
    pub creator_id: Option<String>,
    /// The time of creation.
    #[serde(default, with = "crate::timestamp::option")]
    pub created: Option<Timestamp>,
    /// The organization that owns it.
    pub owner_id: Option<String>,
    /// The classification of its contents.
    pub classification_id: Option<String>,
    /// Only moderators post.
    pub is_announcement_only: Option<bool>,
    /// Nobody can post (set by a compliance officer).
    pub is_read_only: Option<bool>,
    /// Anyone in the organization may find and join it.
    pub is_public: Option<bool>,
    /// The time when it became public.
    #[serde(default, with = "crate::timestamp::option")]
    pub made_public: Option<Timestamp>,
    /// The purpose.
    pub description: Option<String>,
    /// Fields that Webex could not deliver.
    pub errors: Option<FieldErrors>,
}

impl Room {
    /// The title, unless Webex could not decrypt it.
    pub fn title(&self) -> Option<&str> {
        delivered(&self.title, &self.errors, "title")
    }

    /// The description, unless Webex could not decrypt it.
    pub fn description(&self) -> Option<&str> {
        delivered(&self.description, &self.errors, "description")
    }
}

/// The data for a meeting in a room.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomMeeting {
    /// The room.
    pub room_id: String,
    /// The meeting's URL, for a browser.
    pub meeting_link: Option<String>,
    /// The SIP address.
    pub sip_address: Option<String>,
    /// The meeting's number.
    pub meeting_number: Option<String>,
    /// The meeting's id.
    pub meeting_id: Option<String>,
    /// The number for calling in free of charge.
    pub call_in_toll_free_number: Option<String>,
    /// The number for calling in.
    pub call_in_toll_number: Option<String>,
}

/// A room to make.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateRoom {
    /// The title.
    pub title: String,
    /// The team to which the room will belong.
    pub team_id: Option<String>,
    /// The classification of its contents.
    pub classification_id: Option<String>,
    /// The room is moderated.
    pub is_locked: Option<bool>,
    /// Anyone in the organization may find it; needs a description.
    pub is_public: Option<bool>,
    /// The purpose.
    pub description: Option<String>,
    /// Only moderators post; needs `is_locked`.
    pub is_announcement_only: Option<bool>,
}

/// A room's new properties; an absent one stays as it is, but Webex requires the title.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateRoom {
    /// The title, required even if it does not change.
    pub title: String,
    /// The classification of its contents.
    pub classification_id: Option<String>,
    /// The team to which the room will belong; only for rooms that have none.
    pub team_id: Option<String>,
    /// The room is moderated.
    pub is_locked: Option<bool>,
    /// Anyone in the organization may find it; needs a description.
    pub is_public: Option<bool>,
    /// The purpose; a single space clears it.
    pub description: Option<String>,
    /// Only moderators post; needs `is_locked`.
    pub is_announcement_only: Option<bool>,
    /// Nobody can post; for compliance officers and direct rooms.
    pub is_read_only: Option<bool>,
}

/// Selects rooms.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListRooms {
    /// Only rooms of this team.
    pub team_id: Option<String>,
    /// Only direct or only group rooms.
    #[serde(rename = "type")]
    pub room_type: Option<RoomType>,
    /// The public rooms of the organization; cannot be combined with team, type or order.
    pub org_public_spaces: Option<bool>,
    /// Only public rooms that became public at this time or later.
    #[serde(default, with = "crate::timestamp::option")]
    pub from: Option<Timestamp>,
    /// Only public rooms that became public until this time.
    #[serde(default, with = "crate::timestamp::option")]
    pub to: Option<Timestamp>,
    /// The order.
    pub sort_by: Option<RoomOrder>,
    /// Entries per page, 1 to 1000 (Webex's default: 100).
    pub max: Option<u32>,
}

impl ListRooms {
    fn check(&self) -> Result<(), WebexError> {
        let others = [
            ("teamId", self.team_id.is_some()),
            ("type", self.room_type.is_some()),
            ("sortBy", self.sort_by.is_some()),
        ];
        let conflict = others.into_iter().find(|(_, is_set)| *is_set);
        match conflict {
            Some((field, _)) if self.org_public_spaces.is_some() => Err(WebexError::invalid(
                field,
                "it cannot be combined with orgPublicSpaces",
            )),
            _ => Ok(()),
        }
    }
}

/// The calls of this noun. A failed call returns a [`WebexError`]; after `Invalid` and `Foreign`,
/// nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct Rooms<'a>(pub(crate) &'a Client);

impl Rooms<'_> {
    /// Lists the rooms that the token's owner is in. Scope: `spark:rooms_read`.
    pub async fn list(&self, query: &ListRooms) -> Result<Page<Room>, WebexError> {
        query.check()?;
        self.0.page(LIST.call().query(query)?).await
    }

    /// Makes a room, with the token's owner as its first member. Scope: `spark:rooms_write`.
    pub async fn create(&self, room: &CreateRoom) -> Result<Room, WebexError> {
        check_title(&room.title)?;
        let described = room
            .description
            .as_ref()
            .is_some_and(|text| !text.trim().is_empty());
        if room.is_public == Some(true) && !described {
            return Err(WebexError::invalid(
                "description",
                "a public room needs one",
            ));
        }
        self.0.reply(CREATE.call().json(room)?).await
    }

    /// Reads one room. Scope: `spark:rooms_read`.
    pub async fn get(&self, room_id: &str) -> Result<Room, WebexError> {
        self.0.reply(GET.call().id(room_id)?).await
    }

    /// Changes a room. Scope: `spark:rooms_write`.
    pub async fn update(&self, room_id: &str, room: &UpdateRoom) -> Result<Room, WebexError> {
        check_title(&room.title)?;
        self.0.reply(UPDATE.call().id(room_id)?.json(room)?).await
    }

    /// Deletes a room, which cannot be undone. A team's room is archived instead; in a moderated
    /// room, a member who is not a moderator only leaves it. Scope: `spark:rooms_write`.
    pub async fn delete(&self, room_id: &str) -> Result<(), WebexError> {
        self.0.done(DELETE.call().id(room_id)?).await
    }

    /// Reads the data for a meeting in a room. Webex declared this obsolete: a 404 may mean that it
    /// was removed.
    /// Scope: `spark:rooms_read`.
    pub async fn meeting_info(&self, room_id: &str) -> Result<RoomMeeting, WebexError> {
        self.0.reply(MEETING_INFO.call().id(room_id)?).await
    }
}

fn check_title(title: &str) -> Result<(), WebexError> {
    if title.trim().is_empty() {
        return Err(WebexError::invalid("title", "a room needs a title"));
    }
    Ok(())
}
