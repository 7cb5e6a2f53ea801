//! A change of one participant: what Webex is told, what a person is asked, and whether it happened.

use schemars::JsonSchema;
use serde::Serialize;
use webex::participants::{Participant as Present, ParticipantState, UpdateParticipant};

use super::Participant;
use crate::error::{CallError, Code};
use crate::tool::{Question, Theirs};

/// A participant after a change.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Changed {
    /// false: Webex accepted it, and the person is not so yet.
    pub(super) done: bool,
    #[serde(flatten)]
    pub(super) participant: Participant,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) meeting: Option<Theirs>,
}

/// What Webex is told to do.
///
/// # Errors
/// `invalid_arguments` for nothing, and for a change of somebody who is removed.
pub fn change(
    muted: Option<bool>,
    admit: Option<bool>,
    expel: Option<bool>,
) -> Result<UpdateParticipant, CallError> {
    let (admits, expels) = (admit == Some(true), expel == Some(true));
    let wrong = match (muted.is_some() || admits, expels) {
        (false, false) => "nothing to do; give muted, or admit or expel as true",
        (true, true) => "expel removes the person: leave out muted and admit, or leave out expel",
        _ => {
            return Ok(UpdateParticipant {
                muted,
                admit: admits.then_some(true),
                expel: expels.then_some(true),
            });
        }
    };
    Err(CallError::invalid("expel", wrong))
}

/// Whether the participant is as was wanted. What Webex does not tell counts as done.
pub fn is_done(change: &UpdateParticipant, after: &Present) -> bool {
    let is_muted = |wanted| after.muted.is_none_or(|muted| muted == wanted);
    let is_in = match &after.state {
        Some(ParticipantState::Joined | ParticipantState::BreakoutSession) => Some(true),
        Some(ParticipantState::End | ParticipantState::Lobby) => Some(false),
        _ => None,
    };
    let waits = after.state == Some(ParticipantState::Lobby);
    if change.expel == Some(true) {
        return is_in != Some(true) && !waits;
    }
    change.muted.is_none_or(is_muted) && (change.admit.is_none() || is_in != Some(false))
}

/// Nobody is asked about somebody who is not there.
///
/// # Errors
/// `conflict` for a person who has left.
pub fn check_there(participant: &Present) -> Result<(), CallError> {
    match participant.state {
        Some(ParticipantState::End) => Err(CallError::new(
            Code::Conflict,
            "This person is not in the meeting any more.",
            "Nothing has to be done; webex-get-meeting-participant with meetingId lists who is there.",
        )),
        _ => Ok(()),
    }
}

/// The question before it.
pub fn asked(
    change: &UpdateParticipant,
    participant: Present,
    meeting: Option<Theirs>,
) -> Question {
    let (name, email) = (participant.display_name, participant.email);
    if change.expel == Some(true) {
        return Question::new("Remove ")
            .person(name, email.as_deref())
            .named(" from the running meeting", meeting)
            .and("? Whoever is removed can join again only if the meeting lets them in.");
    }
    let words = match (change.muted, change.admit) {
        (Some(true), Some(true)) => "Let in and mute ",
        (Some(false), Some(true)) => "Let in and unmute ",
        (Some(true), None) => "Mute ",
        (Some(false), None) => "Unmute ",
        _ => "Let in ",
    };
    Question::new(words)
        .person(name, email.as_deref())
        .named(" in the meeting", meeting)
        .and("?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_webex_accepted_and_did_not_do_is_seen() {
        let after = |muted, state: ParticipantState| Present {
            muted,
            state: Some(state),
            ..Present::default()
        };
        let (joined, lobby) = (ParticipantState::Joined, ParticipantState::Lobby);
        for (asked, after, done) in [
            (
                change(Some(true), None, None),
                after(Some(true), joined.clone()),
                true,
            ),
            (
                change(Some(true), None, None),
                after(Some(false), joined.clone()),
                false,
            ),
            (
                change(Some(true), None, None),
                after(None, joined.clone()),
                true,
            ),
            (
                change(None, Some(true), None),
                after(None, lobby.clone()),
                false,
            ),
            (
                change(None, Some(true), None),
                after(None, joined.clone()),
                true,
            ),
            (
                change(Some(true), Some(true), None),
                after(Some(true), lobby.clone()),
                false,
            ),
            (change(None, None, Some(true)), after(None, joined), false),
            (change(None, None, Some(true)), after(None, lobby), false),
            (
                change(None, None, Some(true)),
                after(None, ParticipantState::End),
                true,
            ),
            (change(None, None, Some(true)), Present::default(), true),
        ] {
            let asked = asked.unwrap();
            assert_eq!(is_done(&asked, &after), done, "{asked:?} {after:?}");
        }
    }

    #[test]
    fn a_question_says_what_is_done_to_whom() {
        for (muted, admit, words) in [
            (Some(true), None, "Mute “Bob” in the meeting “Standup”?"),
            (Some(false), None, "Unmute “Bob” in"),
            (None, Some(true), "Let in “Bob” in"),
            (Some(true), Some(true), "Let in and mute “Bob” in"),
        ] {
            let bob = Present {
                display_name: Some("Bob".into()),
                ..Present::default()
            };
            let change = change(muted, admit, None).unwrap();
            let question = asked(&change, bob, Some("Standup".into()));
            assert!(
                question.as_str().starts_with(words),
                "{}",
                question.as_str()
            );
        }
    }
}
