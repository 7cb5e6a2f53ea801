//! Recordings as administrators, compliance officers and service apps with group access see them.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::{Recording, RecordingFormat, RecordingStatus, Recordings, ServiceType};
use crate::error::WebexError;
use crate::limits::MAX_RECORDINGS_WINDOW_DAYS;
use crate::operation::{Call, Operation, Repeat};
use crate::page::{AskedAgain, Page};
use crate::timestamp::{check_span, check_window};

/// `GET /admin/recordings`; compliance officers: `spark-compliance:meetings_read`.
pub static LIST: Operation = Operation {
    name: "recordings.admin_list",
    method: Method::GET,
    path: "/admin/recordings",
    repeat: Repeat::Read,
    scopes: &["meeting:admin_recordings_read"],
};

/// `DELETE /admin/recordings/{recordingId}`
pub static DELETE: Operation = Operation {
    name: "recordings.admin_delete",
    method: Method::DELETE,
    path: "/admin/recordings/{recordingId}",
    repeat: Repeat::Write,
    scopes: &["meeting:admin_recordings_write"],
};

/// `GET /group/recordings`, for service apps.
pub static GROUP_LIST: Operation = Operation {
    name: "recordings.group_list",
    method: Method::GET,
    path: "/group/recordings",
    repeat: Repeat::Read,
    scopes: &["meeting:group_meeting_read"],
};

/// `GET /group/recordings/{recordingId}`, for service apps.
pub static GROUP_GET: Operation = Operation {
    name: "recordings.group_get",
    method: Method::GET,
    path: "/group/recordings/{recordingId}",
    repeat: Repeat::Read,
    scopes: &["meeting:group_meeting_read"],
};

/// Selects recordings of a site, newest first.
///
/// Without `from` and `to`, those of the last 7 days; one of them alone gives 7 days; both may be
/// at most 30 days apart.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListSiteRecordings {
    /// Entries per page, 1 to 100 (Webex's default: 10).
    pub max: Option<u32>,
    /// Only recordings created at this time or later.
    #[serde(default, with = "crate::timestamp::option")]
    pub from: Option<Timestamp>,
    /// Only recordings created before this time.
    #[serde(default, with = "crate::timestamp::option")]
    pub to: Option<Timestamp>,
    /// Only of this series, occurrence or instance; site and window are then ignored.
    pub meeting_id: Option<String>,
    /// Only on this site; on the caller's preferred site if absent.
    pub site_url: Option<String>,
    /// Only of meetings with this tag; only the application that set a tag sees it.
    pub integration_tag: Option<String>,
    /// Only recordings whose topic contains this text, ignoring case.
    pub topic: Option<String>,
    /// Only recordings in this format.
    pub format: Option<RecordingFormat>,
    /// Only recordings of this kind of meeting.
    pub service_type: Option<ServiceType>,
    /// Only available ones (Webex's default), those in the bin, or purged ones.
    pub status: Option<RecordingStatus>,
    /// The IANA time zone for the times in Webex's answer, sent as a header. The parsed times do
    /// not depend on it.
    #[serde(skip)]
    pub timezone: Option<String>,
}

/// The person whose recordings a service app reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupHost {
    /// A person's id, as Webex returned it or as its uuid.
    Person(String),
    /// A person's address, which is sent as a header.
    Email(String),
}

/// Selects recordings of a person in the app's group: only available ones of meetings that the
/// person hosted.
///
/// The window is that of [`ListSiteRecordings`].
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListGroupRecordings {
    /// Entries per page, 1 to 100 (Webex's default: 10).
    pub max: Option<u32>,
    /// Only recordings created at this time or later.
    #[serde(default, with = "crate::timestamp::option")]
    pub from: Option<Timestamp>,
    /// Only recordings created before this time.
    #[serde(default, with = "crate::timestamp::option")]
    pub to: Option<Timestamp>,
    /// Only on this site; on the person's preferred site if absent.
    pub site_url: Option<String>,
    /// Only of meetings with this tag; only the application that set a tag sees it.
    pub integration_tag: Option<String>,
    /// Only recordings whose topic contains this text, ignoring case.
    pub topic: Option<String>,
    /// Only recordings in this format.
    pub format: Option<RecordingFormat>,
    /// Only recordings of this kind of meeting.
    pub service_type: Option<ServiceType>,
    /// The IANA time zone for the times in Webex's answer, sent as a header. The parsed times do
    /// not depend on it.
    #[serde(skip)]
    pub timezone: Option<String>,
}

impl Recordings<'_> {
    /// Lists the recordings of a whole site; for administrators and compliance officers.
    /// Scope: `meeting:admin_recordings_read`.
    pub async fn list_site(
        &self,
        query: &ListSiteRecordings,
    ) -> Result<Page<Recording>, WebexError> {
        self.0.page(query.asked_again()?).await
    }

    /// Deletes anyone's recording permanently, without the bin; for administrators. Compliance
    /// officers still see it. Scope: `meeting:admin_recordings_write`.
    pub async fn delete_site(&self, recording_id: &str) -> Result<(), WebexError> {
        self.0.done(DELETE.call().id(recording_id)?).await
    }

    /// Lists the recordings of a person in the app's group; for service apps. Later pages:
    /// [`crate::Client::next_page`] with `(host, query)`. Scope: `meeting:group_meeting_read`.
    pub async fn list_group(
        &self,
        host: &GroupHost,
        query: &ListGroupRecordings,
    ) -> Result<Page<Recording>, WebexError> {
        self.0.page((host, query).asked_again()?).await
    }

    /// Reads a recording of a person in the app's group, with direct download links; for service
    /// apps.
    /// Scope: `meeting:group_meeting_read`.
    pub async fn get_group(
        &self,
        host: &GroupHost,
        recording_id: &str,
        timezone: Option<&str>,
    ) -> Result<Recording, WebexError> {
        let (person_id, email) = host.check()?;
        let call = GROUP_GET
            .call()
            .id(recording_id)?
            .query(&[("personId", person_id)])?
            .header("hostEmail", email)?
            .time_zone(timezone)?;
        self.0.reply(call).await
    }
}

impl GroupHost {
    /// The id for the query or the address for the header; one of them is set.
    fn check(&self) -> Result<(Option<&str>, Option<&str>), WebexError> {
        let (field, text) = match self {
            Self::Person(id) => ("personId", id),
            Self::Email(email) => ("hostEmail", email),
        };
        if text.trim().is_empty() {
            return Err(WebexError::invalid(field, "it is needed"));
        }
        Ok(match self {
            Self::Person(id) => (Some(id), None),
            Self::Email(email) => (None, Some(email)),
        })
    }
}

impl AskedAgain for ListSiteRecordings {
    fn asked_again(&self) -> Result<Call<'_>, WebexError> {
        if self.meeting_id.is_none() {
            check_days(self.from, self.to)?;
        }
        let call = LIST.call().query(self)?;
        call.time_zone(self.timezone.as_deref())
    }
}

impl AskedAgain for (&GroupHost, &ListGroupRecordings) {
    fn asked_again(&self) -> Result<Call<'_>, WebexError> {
        #[skip_serializing_none]
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Parameters<'a> {
            person_id: Option<&'a str>,
            #[serde(flatten)]
            query: &'a ListGroupRecordings,
        }

        let (host, query) = *self;
        check_days(query.from, query.to)?;
        let (person_id, email) = host.check()?;
        let parameters = Parameters { person_id, query };
        let call = GROUP_LIST.call().query(&parameters)?;
        call.header("hostEmail", email)?
            .time_zone(query.timezone.as_deref())
    }
}

fn check_days(from: Option<Timestamp>, to: Option<Timestamp>) -> Result<(), WebexError> {
    check_window("from", from, to)?;
    check_span("from", from, to, MAX_RECORDINGS_WINDOW_DAYS)
}
