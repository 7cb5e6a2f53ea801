//! Invitation sources: where a webinar's registrants came from. Each source has its own links.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::meetings::{Meetings, Password};
use crate::operation::{Operation, Repeat};
use crate::page::Page;

/// `GET /meetings/{meetingId}/invitationSources`.
pub static LIST: Operation = Operation {
    name: "meeting_invitation_sources.list",
    method: Method::GET,
    path: "/meetings/{meetingId}/invitationSources",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

/// `POST /meetings/{meetingId}/invitationSources`.
pub static CREATE: Operation = Operation {
    name: "meeting_invitation_sources.create",
    method: Method::POST,
    path: "/meetings/{meetingId}/invitationSources",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// A source.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvitationSource {
    /// The id; assigned by Webex.
    pub id: Option<String>,
    /// The name that the source gives itself.
    pub source_id: String,
    /// The address.
    pub source_email: String,
    /// The link for joining through this source.
    pub join_link: Option<Password>,
    /// The link for registering through this source.
    pub register_link: Option<Password>,
}

/// Sources to create.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateInvitationSources {
    /// The host on whose behalf the call acts; for admins.
    pub host_email: Option<String>,
    /// The person on whose behalf the call acts; for admins.
    pub person_id: Option<String>,
    /// The sources, with name and address only.
    pub items: Vec<InvitationSource>,
}

impl Meetings<'_> {
    /// Creates sources for a scheduled webinar. Scope: `meeting:schedules_write`.
    pub async fn create_invitation_sources(
        &self,
        meeting_id: &str,
        sources: &CreateInvitationSources,
    ) -> Result<Page<InvitationSource>, WebexError> {
        if sources.items.is_empty() {
            return Err(WebexError::invalid("items", "name at least one source"));
        }
        let call = CREATE.call().id(meeting_id)?.json(sources)?;
        self.0.page(call).await
    }

    /// Lists the sources of a scheduled webinar; `host_email` and `person_id` say on whose behalf.
    /// Scope: `meeting:schedules_read`.
    pub async fn list_invitation_sources(
        &self,
        meeting_id: &str,
        host_email: Option<&str>,
        person_id: Option<&str>,
    ) -> Result<Page<InvitationSource>, WebexError> {
        let call = LIST
            .call()
            .id(meeting_id)?
            .header("hostEmail", host_email)?
            .header("personId", person_id)?;
        self.0.page(call).await
    }
}
