//! One invitee, as arguments name it: by its id, or by a person and a meeting.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::invitees::Invitee;

use super::{all_invitees, check_scheduled};
use crate::error::{CallError, Code};
use crate::tool::{Context, email_address};
use crate::tools::meetings::unread_person;

/// Which invitee is meant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Which {
    /// From webex-get-meeting-invitee, in place of meetingId and a person.
    meeting_invitee_id: Option<String>,
    /// Id, number, link or title; for one date: title 2026-01-06.
    meeting_id: Option<String>,
    /// Person's e-mail address, with meetingId.
    #[schemars(extend("format" = "email"))]
    email: Option<String>,
    /// Person's id or full name, with meetingId.
    person_id: Option<String>,
}

impl Which {
    /// Checks that one invitee is named in one way.
    ///
    /// # Errors
    /// `invalid_arguments`, also for an instance, whose invitees nobody can change.
    pub fn check(&self) -> Result<(), CallError> {
        let person = self.email.as_ref().or(self.person_id.as_ref());
        let (field, wrong) = match (&self.meeting_invitee_id, &self.meeting_id) {
            (Some(_), meeting) if meeting.as_ref().or(person).is_some() => (
                "meetingInviteeId",
                "it names one invitee; leave out meeting and person, or leave it out instead",
            ),
            (Some(_), _) => return Ok(()),
            (None, None) if person.is_some() => (
                "meetingId",
                "the meeting is missing; give it, or meetingInviteeId alone",
            ),
            (None, None) => (
                "meetingInviteeId",
                "an invitee is missing; give meetingInviteeId, or meetingId and one of email, personId",
            ),
            (None, Some(_)) => match (&self.email, &self.person_id) {
                (None, None) => ("email", "a person is missing; give email or personId"),
                (Some(_), Some(_)) => ("email", "give email or personId, not both"),
                _ => return check_scheduled(self.meeting_id.as_deref()),
            },
        };
        Err(CallError::invalid(field, wrong))
    }

    /// The meeting, where the invitee is named by it.
    pub fn meeting(&self) -> Option<&str> {
        self.meeting_id.as_deref()
    }

    /// Reads the invitee.
    ///
    /// # Errors
    /// `not_found` where the person is not invited; `conflict` where the person is invited to the
    /// whole series and one occurrence was named: Webex has no smaller change.
    pub async fn find(&self, context: &Context) -> Result<Invitee, CallError> {
        self.check()?;
        let Some(meeting_id) = &self.meeting_id else {
            let id = self.meeting_invitee_id.as_deref().unwrap_or_default();
            return Ok(context.webex.invitees().get(id, None).await?);
        };
        let addresses = match (&self.email, &self.person_id) {
            (Some(email), _) => vec![email.clone()],
            (None, person_id) => addresses(context, person_id.as_deref()).await?,
        };
        let is_meant = |invitee: &Invitee| {
            let email = invitee.email.as_deref().unwrap_or_default();
            addresses.iter().any(|one| one.eq_ignore_ascii_case(email))
        };
        let mut all = all_invitees(context, meeting_id).await?.into_iter();
        let found = all.find(is_meant).ok_or_else(not_invited)?;
        match &found.meeting_id {
            Some(of) if of != meeting_id => Err(of_the_series()),
            _ => Ok(found),
        }
    }
}

/// The addresses of a person.
async fn addresses(context: &Context, person_id: Option<&str>) -> Result<Vec<String>, CallError> {
    let person_id = person_id.unwrap_or_default();
    if let Some(email) = context.met(person_id).and_then(|met| met.email.clone()) {
        return Ok(vec![email]);
    }
    // Who is found among the invitees is named by their address.
    if let Some(email) = email_address(person_id) {
        return Ok(vec![email]);
    }
    let person = context.webex.people().get(person_id).await;
    let person = person.map_err(unread_person)?;
    Ok(person.emails.unwrap_or_default())
}

fn not_invited() -> CallError {
    CallError::new(
        Code::NotFound,
        "This person is not invited to the meeting.",
        "List who is with webex-get-meeting-invitee and meetingId.",
    )
}

fn of_the_series() -> CallError {
    CallError::new(
        Code::Conflict,
        "This person is invited to the whole series, and not to this occurrence alone.",
        "Webex changes such an invitation for every meeting of the series at once: if the user wants that, pass the id or the title of the series. Nothing was changed.",
    )
}
