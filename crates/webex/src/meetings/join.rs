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

/// `POST /meetings/join`: links to join a meeting. It changes nothing.
pub static JOIN: Operation = Operation {
    name: "meetings.join",
    method: Method::POST,
    path: "/meetings/join",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

/// A reference to a meeting.
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

/// A request for links to join a meeting.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JoinMeeting {
    /// The meeting.
    #[serde(flatten)]
    pub meeting: MeetingReference,
    /// The address of the person who joins; without address and name, the token's owner joins.
    pub email: Option<String>,
    /// The name of that person, at most 128 characters; needs `email`.
    pub display_name: Option<String>,
    /// The meeting's password, for callers that are not allowed to see it.
    pub password: Option<Password>,
    /// How long the link is valid, 1 to 60 minutes.
    pub expiration_minutes: Option<u32>,
    /// The registration id, if the webinar requires one.
    pub registration_id: Option<Password>,
    /// The host on whose behalf the call acts; for admins and service apps, and not for webinars.
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
            return Err(WebexError::invalid(
                "email",
                "it is required together with displayName",
            ));
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

/// Links that work only in a browser. Anyone who has one can join.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JoinLinks {
    /// Starts the meeting; for hosts and cohosts only.
    pub start_link: Option<Password>,
    /// Joins the meeting.
    pub join_link: Option<Password>,
    /// The end of their validity.
    #[serde(default, with = "crate::timestamp::option")]
    pub expiration: Option<Timestamp>,
}

/// With `joinDirectly`, Webex would redirect to the meeting itself and not answer with links.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WithoutRedirect<'a> {
    #[serde(flatten)]
    join: &'a JoinMeeting,
    join_directly: bool,
}

impl Meetings<'_> {
    /// Requests links to join a meeting; the call itself joins nobody.
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
