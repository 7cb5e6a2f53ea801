//! Session types: the kinds of meetings that a site lets its users schedule.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::lenient;
use crate::meetings::Meetings;
use crate::open_enum::open_enum;
use crate::operation::{Operation, Repeat};
use crate::page::Page;

/// `GET /meetings/sessionTypes`.
pub static LIST: Operation = Operation {
    name: "meeting_session_types.list",
    method: Method::GET,
    path: "/meetings/sessionTypes",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

/// `GET /meetings/sessionTypes/{sessionTypeId}`.
pub static GET: Operation = Operation {
    name: "meeting_session_types.get",
    method: Method::GET,
    path: "/meetings/sessionTypes/{sessionTypeId}",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

open_enum! {
    /// The kind of event that a session type is for.
    SessionKind {
        /// A meeting.
        Meeting = "meeting",
        /// A webinar.
        Webinar = "webinar",
        /// A meeting whose media stay within the organization.
        PrivateMeeting = "privateMeeting",
    }
}

/// A session type.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionType {
    /// The id, which scheduling takes as a number.
    #[serde(default, deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The kind of event that it is for.
    #[serde(rename = "type")]
    pub kind: Option<SessionKind>,
    /// The most attendees.
    pub attendees_capacity: Option<u32>,
}

/// Selects whose session types.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionTypesOf {
    /// The host on whose behalf the call acts; for admins.
    pub host_email: Option<String>,
    /// The Webex site.
    pub site_url: Option<String>,
}

impl Meetings<'_> {
    /// Lists the session types that a user may schedule with. Scope: `meeting:schedules_read`.
    pub async fn list_session_types(
        &self,
        of: &SessionTypesOf,
    ) -> Result<Page<SessionType>, WebexError> {
        self.0.page(LIST.call().query(of)?).await
    }

    /// Reads one session type. Scope: `meeting:schedules_read`.
    pub async fn get_session_type(
        &self,
        session_type_id: &str,
        of: &SessionTypesOf,
    ) -> Result<SessionType, WebexError> {
        let call = GET.call().id(session_type_id)?.query(of)?;
        self.0.reply(call).await
    }
}
