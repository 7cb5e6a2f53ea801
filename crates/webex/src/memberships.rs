//! Memberships: the people in each room.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::client::Client;
use crate::error::{FieldErrors, WebexError};
use crate::operation::{Operation, Repeat};
use crate::page::Page;
use crate::rooms::RoomType;

/// `GET /memberships`
pub static LIST: Operation = Operation {
    name: "memberships.list",
    method: Method::GET,
    path: "/memberships",
    repeat: Repeat::Read,
    scopes: &["spark:memberships_read"],
};

/// `POST /memberships`
pub static CREATE: Operation = Operation {
    name: "memberships.create",
    method: Method::POST,
    path: "/memberships",
    repeat: Repeat::Write,
    scopes: &["spark:memberships_write"],
};

/// `GET /memberships/{membershipId}`
pub static GET: Operation = Operation {
    name: "memberships.get",
    method: Method::GET,
    path: "/memberships/{membershipId}",
    repeat: Repeat::Read,
    scopes: &["spark:memberships_read"],
};

/// `PUT /memberships/{membershipId}`
pub static UPDATE: Operation = Operation {
    name: "memberships.update",
    method: Method::PUT,
    path: "/memberships/{membershipId}",
    repeat: Repeat::Write,
    scopes: &["spark:memberships_write"],
};

/// `DELETE /memberships/{membershipId}`
pub static DELETE: Operation = Operation {
    name: "memberships.delete",
    method: Method::DELETE,
    path: "/memberships/{membershipId}",
    repeat: Repeat::Write,
    scopes: &["spark:memberships_write"],
};

/// One person in one room.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// The membership's id.
    pub id: String,
    /// The room.
    pub room_id: Option<String>,
    /// The person.
    pub person_id: Option<String>,
    /// The person's address.
    pub person_email: Option<String>,
    /// The person's name.
    pub person_display_name: Option<String>,
    /// The person's organization.
    pub person_org_id: Option<String>,
    /// The person moderates the room.
    pub is_moderator: Option<bool>,
    /// The person hides the (direct) room in the apps.
    pub is_room_hidden: Option<bool>,
    /// Direct or group.
    pub room_type: Option<RoomType>,
    /// A monitoring bot; deprecated by Webex.
    pub is_monitor: Option<bool>,
    /// The time of creation.
    #[serde(default, with = "crate::timestamp::option")]
    pub created: Option<Timestamp>,
    /// Fields that Webex could not deliver.
    pub errors: Option<FieldErrors>,
}

/// A person to add to a room; needs the person's id or address.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateMembership {
    /// The room.
    pub room_id: String,
    /// The person.
    pub person_id: Option<String>,
    /// The person's address.
    pub person_email: Option<String>,
    /// The person becomes a moderator.
    pub is_moderator: Option<bool>,
}

/// A membership's properties; Webex requires both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateMembership {
    /// The person moderates the room.
    pub is_moderator: bool,
    /// The person hides the (direct) room in the apps.
    pub is_room_hidden: bool,
}

/// Selects memberships; without a room, the caller's own.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListMemberships {
    /// Only of this room.
    pub room_id: Option<String>,
    /// Only of this person; needs the room.
    pub person_id: Option<String>,
    /// Only of the person with this address; needs the room.
    pub person_email: Option<String>,
    /// Entries per page (Webex's default: 100).
    pub max: Option<u32>,
}

/// The calls of this noun. A failed call returns a [`WebexError`]; after `Invalid` and `Foreign`,
/// nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct Memberships<'a>(pub(crate) &'a Client);

impl Memberships<'_> {
    /// Lists the members of a room, or the memberships of the token's owner. Scope:
    /// `spark:memberships_read`.
    pub async fn list(&self, query: &ListMemberships) -> Result<Page<Membership>, WebexError> {
        self.0.page(LIST.call().query(query)?).await
    }

    /// Adds a person to a room. Scope: `spark:memberships_write`.
    pub async fn create(&self, membership: &CreateMembership) -> Result<Membership, WebexError> {
        if membership.room_id.is_empty() {
            return Err(WebexError::invalid("roomId", "it is empty"));
        }
        if membership.person_id.is_some() == membership.person_email.is_some() {
            return Err(WebexError::invalid(
                "personId",
                "give either personId or personEmail",
            ));
        }
        self.0.reply(CREATE.call().json(membership)?).await
    }

    /// Reads one membership. Scope: `spark:memberships_read`.
    pub async fn get(&self, membership_id: &str) -> Result<Membership, WebexError> {
        self.0.reply(GET.call().id(membership_id)?).await
    }

    /// Changes a membership. Scope: `spark:memberships_write`.
    pub async fn update(
        &self,
        membership_id: &str,
        membership: &UpdateMembership,
    ) -> Result<Membership, WebexError> {
        self.0
            .reply(UPDATE.call().id(membership_id)?.json(membership)?)
            .await
    }

    /// Removes a person from a room. Scope: `spark:memberships_write`.
    pub async fn delete(&self, membership_id: &str) -> Result<(), WebexError> {
        self.0.done(DELETE.call().id(membership_id)?).await
    }
}
