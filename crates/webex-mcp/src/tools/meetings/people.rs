//! Who is in a meeting, and who waits to be let in.

use schemars::JsonSchema;
use serde::Serialize;
use webex::participants::{ListParticipants, Participant, ParticipantState};

use crate::error::{CallError, Code};
use crate::limits::LIST_MAX_ENTRIES;
use crate::tool::{Context, Theirs};

/// Present where it was asked for.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct People {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) participants: Option<Vec<Person>>,
    /// In the lobby.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) waiting: Option<Vec<Person>>,
    /// It has not started, or the user is no host of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not_told: Option<bool>,
    /// There are more: webex-get-meeting-participant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) has_more: Option<bool>,
}

/// Somebody in a meeting or its lobby.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// For the tools about participants.
    pub(super) participant_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<String>,
    /// joined, or end: has left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<String>,
}

impl From<Participant> for Person {
    fn from(one: Participant) -> Self {
        Person {
            participant_id: one.id,
            name: one.display_name.map(Theirs::from),
            email: one.email,
            state: one.state.map(|state| state.to_string()),
        }
    }
}

/// Those of the instance, or of the last one of a series or an occurrence.
///
/// # Errors
/// Those of reading, but for a meeting whose participants Webex does not tell.
pub async fn people(
    context: &Context,
    meeting_id: &str,
    host_email: Option<String>,
) -> Result<People, CallError> {
    let query = ListParticipants {
        meeting_id: meeting_id.to_owned(),
        max: Some(LIST_MAX_ENTRIES),
        host_email,
        ..ListParticipants::default()
    };
    let listed = context.webex.participants().list(&query).await;
    let page = match listed.map_err(CallError::from) {
        Ok(page) => page,
        // Webex says the same for both.
        Err(error) if error.code == Code::NotFound => {
            return Ok(People {
                not_told: Some(true),
                ..People::default()
            });
        }
        Err(error) => return Err(error),
    };
    let waits = |one: &Participant| one.state == Some(ParticipantState::Lobby);
    let (waiting, present): (Vec<_>, Vec<_>) = page.items.into_iter().partition(waits);
    Ok(People {
        participants: Some(present.into_iter().map(Person::from).collect()),
        waiting: Some(waiting.into_iter().map(Person::from).collect()),
        not_told: None,
        has_more: page.next.is_some().then_some(true),
    })
}
