//! Meeting invitees: the people invited to each meeting.
//!
//! Reading takes any kind of meeting id. Inviting and changing take a series (for every occurrence)
//! or one scheduled occurrence, and never an instance that is running or has ended. Webex does not
//! support the scheduled meeting of a personal room here at all.

use std::collections::HashSet;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::client::Client;
use crate::error::WebexError;
use crate::limits::{MAX_BULK_INVITEES_COUNT, MAX_DISPLAY_NAME_CHARS};
use crate::meetings::check_no_instance;
use crate::operation::{Operation, Repeat};
use crate::page::Page;

/// `GET /meetingInvitees`; administrators: `meeting:admin_schedule_read`.
pub static LIST: Operation = Operation {
    name: "invitees.list",
    method: Method::GET,
    path: "/meetingInvitees",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

/// `POST /meetingInvitees`; administrators: `meeting:admin_schedule_write`.
pub static CREATE: Operation = Operation {
    name: "invitees.create",
    method: Method::POST,
    path: "/meetingInvitees",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `POST /meetingInvitees/bulkInsert`; administrators: `meeting:admin_schedule_write`.
pub static BULK_INSERT: Operation = Operation {
    name: "invitees.bulk_insert",
    method: Method::POST,
    path: "/meetingInvitees/bulkInsert",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `GET /meetingInvitees/{meetingInviteeId}`; administrators: `meeting:admin_schedule_read`.
pub static GET: Operation = Operation {
    name: "invitees.get",
    method: Method::GET,
    path: "/meetingInvitees/{meetingInviteeId}",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

/// `PUT /meetingInvitees/{meetingInviteeId}`; administrators: `meeting:admin_schedule_write`.
pub static UPDATE: Operation = Operation {
    name: "invitees.update",
    method: Method::PUT,
    path: "/meetingInvitees/{meetingInviteeId}",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `DELETE /meetingInvitees/{meetingInviteeId}`; administrators: `meeting:admin_schedule_write`.
pub static DELETE: Operation = Operation {
    name: "invitees.delete",
    method: Method::DELETE,
    path: "/meetingInvitees/{meetingInviteeId}",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// One person invited to one meeting.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitee {
    /// The invitee's id.
    pub id: String,
    /// The address.
    pub email: Option<String>,
    /// The name; for an existing account, the account's own.
    pub display_name: Option<String>,
    /// May act as the host.
    pub co_host: Option<bool>,
    /// The meeting: a series, an occurrence or an instance.
    pub meeting_id: Option<String>,
    /// The person is a panelist of a webinar.
    pub panelist: Option<bool>,
}

/// Selects invitees, in the order of their addresses.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListInvitees {
    /// The series, occurrence or instance.
    pub meeting_id: String,
    /// Entries per page, at most 100 (Webex's default: 10).
    pub max: Option<u32>,
    /// The host on whose behalf the call acts; for administrators.
    pub host_email: Option<String>,
    /// For a webinar: only its panelists, or only its attendees.
    pub panelist: Option<bool>,
}

/// A person to invite to a series or an occurrence.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateInvitee {
    /// The series or the occurrence.
    pub meeting_id: String,
    /// The host on whose behalf the call acts; for administrators.
    pub host_email: Option<String>,
    /// The person to invite.
    #[serde(flatten)]
    pub invitee: NewInvitee,
}

/// Several people to invite to one series or occurrence at once.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateInvitees {
    /// The series or the occurrence.
    pub meeting_id: String,
    /// The host on whose behalf the call acts; for administrators.
    pub host_email: Option<String>,
    /// The people: 1 to 100, each address once.
    #[serde(rename = "items")]
    pub invitees: Vec<NewInvitee>,
}

/// The properties of a person to invite, or the new properties of an invitee.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewInvitee {
    /// The address.
    pub email: String,
    /// The name of a person without an account, at most 128 characters.
    pub display_name: Option<String>,
    /// May act as the host.
    pub co_host: Option<bool>,
    /// Whether Webex mails the person (Webex's default: yes).
    pub send_email: Option<bool>,
    /// The person is a panelist of a webinar.
    pub panelist: Option<bool>,
}

impl NewInvitee {
    fn check(&self) -> Result<(), WebexError> {
        if self.email.trim().is_empty() {
            return Err(WebexError::invalid("email", "an invitee needs an address"));
        }
        let name = self.display_name.as_deref().unwrap_or_default();
        if name.chars().count() > MAX_DISPLAY_NAME_CHARS {
            let reason = format!("at most {MAX_DISPLAY_NAME_CHARS} characters are allowed");
            return Err(WebexError::invalid("displayName", reason));
        }
        Ok(())
    }
}

/// An invitee's new properties.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateInvitee {
    /// The host on whose behalf the call acts; for administrators.
    pub host_email: Option<String>,
    /// The properties; Webex requires the address even if it does not change.
    #[serde(flatten)]
    pub invitee: NewInvitee,
}

/// The options for removing an invitee.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteInvitee {
    /// The host on whose behalf the call acts; for administrators.
    pub host_email: Option<String>,
    /// Whether Webex mails the person (Webex's default: yes).
    pub send_email: Option<bool>,
}

/// The calls of this noun. A failed call returns a [`WebexError`]; after `Invalid` and `Foreign`,
/// nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct Invitees<'a>(pub(crate) &'a Client);

impl Invitees<'_> {
    /// Lists the people invited to a meeting. Scope: `meeting:schedules_read`.
    pub async fn list(&self, query: &ListInvitees) -> Result<Page<Invitee>, WebexError> {
        check_meeting(&query.meeting_id)?;
        self.0.page(LIST.call().query(query)?).await
    }

    /// Invites one person. Scope: `meeting:schedules_write`.
    pub async fn create(&self, invitee: &CreateInvitee) -> Result<Invitee, WebexError> {
        check_meeting(&invitee.meeting_id)?;
        check_no_instance(&invitee.meeting_id)?;
        invitee.invitee.check()?;
        self.0.reply(CREATE.call().json(invitee)?).await
    }

    /// Invites up to 100 people at once. Scope: `meeting:schedules_write`.
    pub async fn create_many(&self, invitees: &CreateInvitees) -> Result<Vec<Invitee>, WebexError> {
        #[derive(Deserialize)]
        struct Created {
            items: Vec<Invitee>,
        }

        check_meeting(&invitees.meeting_id)?;
        check_no_instance(&invitees.meeting_id)?;
        check_many(&invitees.invitees)?;
        let created: Created = self.0.reply(BULK_INSERT.call().json(invitees)?).await?;
        Ok(created.items)
    }

    /// Reads one invitee. With `host_email`, an administrator acts on behalf of that host.
    /// Scope: `meeting:schedules_read`.
    pub async fn get(
        &self,
        invitee_id: &str,
        host_email: Option<&str>,
    ) -> Result<Invitee, WebexError> {
        let call = GET.call().id(invitee_id)?;
        self.0
            .reply(call.query(&[("hostEmail", host_email)])?)
            .await
    }

    /// Changes an invitee of a series or an occurrence. Scope: `meeting:schedules_write`.
    pub async fn update(
        &self,
        invitee_id: &str,
        invitee: &UpdateInvitee,
    ) -> Result<Invitee, WebexError> {
        invitee.invitee.check()?;
        self.0
            .reply(UPDATE.call().id(invitee_id)?.json(invitee)?)
            .await
    }

    /// Withdraws an invitation, which cannot be undone: for a series from all its occurrences, for
    /// an occurrence only from that one. Scope: `meeting:schedules_write`.
    pub async fn delete(&self, invitee_id: &str, query: &DeleteInvitee) -> Result<(), WebexError> {
        self.0
            .done(DELETE.call().id(invitee_id)?.query(query)?)
            .await
    }
}

fn check_meeting(meeting_id: &str) -> Result<(), WebexError> {
    if meeting_id.is_empty() {
        return Err(WebexError::invalid("meetingId", "it is needed"));
    }
    Ok(())
}

fn check_many(invitees: &[NewInvitee]) -> Result<(), WebexError> {
    if !(1..=MAX_BULK_INVITEES_COUNT).contains(&invitees.len()) {
        let reason = format!("1 to {MAX_BULK_INVITEES_COUNT} fit into one request; send several");
        return Err(WebexError::invalid("items", reason));
    }
    let mut emails = HashSet::with_capacity(invitees.len());
    for invitee in invitees {
        invitee.check()?;
        if !emails.insert(invitee.email.to_lowercase()) {
            return Err(WebexError::invalid("email", "an address is in it twice"));
        }
    }
    Ok(())
}
