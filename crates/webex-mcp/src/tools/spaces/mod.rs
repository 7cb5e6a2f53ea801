//! Spaces, which Webex's API calls rooms: what they look like in answers.

mod closing;
mod create;
mod delete;
mod get;
mod render;
mod scan;
mod search;
mod update;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::rooms::{ListRooms, Room, RoomOrder, RoomType};

use crate::limits::RESOURCES_LISTED;
use crate::tool::{Address, Entry, Members, PageInfo, Row, ShortId, Theirs, lengths};

pub const TOOLS: &[Entry] = &[
    Entry::of::<create::CreateSpace>(),
    Entry::of::<get::GetSpace>(),
    Entry::of::<update::UpdateSpace>(),
    Entry::of::<delete::DeleteSpace>(),
    Entry::of::<search::SearchSpaces>(),
];

const SPACE: Address = Address::new(
    "webex://spaces/{roomId}",
    "A space",
    "One space (room, channel): title, kind, team and id. roomId: its id or title.",
);

pub const RESOURCES: &[Entry] = &[
    Entry::at::<get::GetSpace>(&Address {
        with: &[("max", RESOURCES_LISTED)],
        members: Some(Members {
            field: "spaces",
            address: &SPACE,
            id_kind: "ROOM",
        }),
        ..Address::new(
            "webex://spaces",
            "My latest spaces",
            "The spaces that you used last, with their titles and ids.",
        )
    }),
    Entry::at::<get::GetSpace>(&SPACE),
];

/// A space as an answer tells it; what is absent is unknown, unset or false.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Space {
    /// Short id.
    id: ShortId,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Theirs>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_locked: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_announcement_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_read_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_public: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_activity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
}

impl From<Room> for Space {
    fn from(room: Room) -> Self {
        Space {
            title: room.title().map(Theirs::from),
            description: room.description().map(Theirs::from),
            id: room.id.into(),
            kind: room.room_type.map(|kind| kind.to_string()),
            team_id: room.team_id.map(ShortId::from),
            is_locked: room.is_locked.filter(|is| *is),
            is_announcement_only: room.is_announcement_only.filter(|is| *is),
            is_read_only: room.is_read_only.filter(|is| *is),
            is_public: room.is_public.filter(|is| *is),
            last_activity: room.last_activity.map(|time| time.to_string()),
            created: room.created.map(|time| time.to_string()),
        }
    }
}

/// A space that was made.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Created(Space);

impl From<Room> for Created {
    fn from(room: Room) -> Self {
        Created(room.into())
    }
}

/// A space after a change.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Changed(Space);

impl From<Room> for Changed {
    fn from(room: Room) -> Self {
        Changed(room.into())
    }
}

impl Row for Space {
    fn bytes(&self) -> usize {
        let plain = [
            self.kind.as_deref(),
            self.team_id.as_deref(),
            self.last_activity.as_deref(),
            self.created.as_deref(),
        ];
        let theirs = [&self.title, &self.description].into_iter().flatten();
        self.id.len() + lengths(plain) + theirs.map(Theirs::shown_bytes).sum::<usize>()
    }
}

/// Spaces, and how far the list goes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Spaces {
    spaces: Vec<Space>,
    page: PageInfo,
}

/// Which of the caller's spaces a list has, and in which order.
#[derive(Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Listing {
    /// Only group spaces, or only direct chats.
    #[serde(rename = "type")]
    #[schemars(with = "Option<String>", extend("enum" = ["direct", "group"]))]
    kind: Option<RoomType>,
    /// Only spaces of this team: id or name.
    team_id: Option<String>,
    /// The order: lastactivity (default), created, or id.
    #[schemars(with = "Option<String>", extend("enum" = ["id", "lastactivity", "created"]))]
    sort_by: Option<RoomOrder>,
}

impl Listing {
    /// Asks Webex for its first page, of up to `max`.
    fn first(self, max: u32) -> ListRooms {
        ListRooms {
            room_type: self.kind,
            team_id: self.team_id,
            sort_by: self.sort_by.or(Some(RoomOrder::LastActivity)),
            max: Some(max),
            ..ListRooms::default()
        }
    }
}
