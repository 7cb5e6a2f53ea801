//! Joining: links that let a person into a meeting without signing in.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::limits::{MAX_DISPLAY_NAME_CHARS, MAX_JOIN_LINK_MINUTES};
use crate::meetings::rules::check_chars;
use crate::meetings::{Meetings, Password};
use crate::operation::{Operation, Repeat};

/// `POST /meetings/join`: links to join a meeting.
pub static JOIN: Operation = Operation {
    name: "meetings.join",
    method: Method::POST,
    path: "/meetings/join",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_read"],
};

/// The one way in which a meeting is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MeetingReference {
    /// By its id, of any kind.
    MeetingId(String),
    /// By its number.
    MeetingNumber(String),
    /// By its link.
    WebLink(String),
}

/// Who joins which meeting.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JoinMeeting {
    /// The meeting.
    #[serde(flatten)]
    pub meeting: MeetingReference,
    /// Who joins; without it, and without a name, the token's owner.
    pub email: Option<String>,
    /// Their name, at most 128 characters; needs `email`.
    pub display_name: Option<String>,
    /// The meeting's password, where who asks is not privileged to see it.
    pub password: Option<Password>,
    /// How long the link is valid, 1 to 60 minutes.
    pub expiration_minutes: Option<u32>,
    /// What a registrant got, where a webinar wants it.
    pub registration_id: Option<Password>,
    /// On whose behalf, for admins and service apps; not for webinars.
    pub host_email: Option<String>,
    /// The join link asks people to sign in.
    pub create_join_link_as_web_link: Option<bool>,
    /// The start link asks people to sign in.
    pub create_start_link_as_web_link: Option<bool>,
}

impl JoinMeeting {
    /// Joins as the token's owner.
    pub fn new(meeting: MeetingReference) -> Self {
        Self {
            meeting,
            email: None,
            display_name: None,
            password: None,
            expiration_minutes: None,
            registration_id: None,
            host_email: None,
            create_join_link_as_web_link: None,
            create_start_link_as_web_link: None,
        }
    }

    fn check(&self) -> Result<(), WebexError> {
        let name = self.display_name.as_deref();
        check_chars("displayName", name, MAX_DISPLAY_NAME_CHARS)?;
        if name.is_some() && self.email.is_none() {
            return Err(WebexError::invalid("email", "who gives a name needs it"));
        }
        let minutes = self.expiration_minutes;
        if minutes.is_some_and(|minutes| !(1..=MAX_JOIN_LINK_MINUTES).contains(&minutes)) {
            return Err(WebexError::invalid(
                "expirationMinutes",
                "it must lie between 1 and 60",
            ));
        }
        Ok(())
    }
}

/// Links that work in a browser only. Who has one is in.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JoinLinks {
    /// Starts the meeting; for hosts and cohosts only.
    pub start_link: Option<Password>,
    /// Joins the meeting.
    pub join_link: Option<Password>,
    /// Until when they are valid.
    #[serde(default, with = "crate::timestamp::option")]
    pub expiration: Option<Timestamp>,
}

/// With `joinDirectly` Webex would redirect to the meeting itself instead of answering.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WithoutRedirect<'a> {
    #[serde(flatten)]
    join: &'a JoinMeeting,
    join_directly: bool,
}

impl Meetings<'_> {
    /// Asks for links to join a meeting; nobody joins by this call.
    /// Scope: `meeting:schedules_read`.
    pub async fn join(&self, join: &JoinMeeting) -> Result<JoinLinks, WebexError> {
        join.check()?;
        let body = WithoutRedirect {
            join,
            join_directly: false,
        };
        self.0.reply(JOIN.call().json(&body)?).await
    }
}
