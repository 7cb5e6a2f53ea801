//! Who is to be let in from the lobby, and what becomes of each.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;
use webex::limits::MAX_ADMITTED_COUNT;
use webex::participants::{AdmitParticipant, Participant, ParticipantState};

use super::waits;
use crate::tool::Theirs;

/// What became of one person.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Entrant {
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display_name: Option<Theirs>,
    pub(super) outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    Admitted,
    AlreadyIn,
    HasLeft,
    NotFound,
}

/// Everybody who was named, or who waits; as many as Webex lets in at once.
#[derive(Debug)]
pub struct Entrants {
    pub all: Vec<Entrant>,
    /// How many wait in the lobby before it.
    pub waiting: usize,
}

impl Entrants {
    pub fn of(present: Vec<Participant>, named: Option<Vec<String>>) -> Self {
        let waiting = present.iter().filter(|one| waits(one)).count();
        let all = match named {
            None => {
                let waiting = present.into_iter().filter(waits);
                waiting
                    .take(MAX_ADMITTED_COUNT)
                    .map(Entrant::from)
                    .collect()
            }
            Some(ids) => {
                let by_id = present.into_iter().map(|one| (one.id.clone(), one));
                let mut by_id: HashMap<_, _> = by_id.collect();
                let mut all: Vec<Entrant> = Vec::with_capacity(ids.len());
                for id in ids {
                    match by_id.remove(&id) {
                        Some(one) => all.push(one.into()),
                        // Named twice, or not in this meeting.
                        None if all.iter().any(|known| known.id == id) => {}
                        None => all.push(Entrant::unknown(id)),
                    }
                }
                all
            }
        };
        Entrants { all, waiting }
    }

    /// Those whom Webex is asked to let in.
    pub fn chosen(&self) -> Vec<AdmitParticipant> {
        let all = self.all.iter();
        let chosen = all.filter(|one| one.outcome == Outcome::Admitted);
        let chosen = chosen.map(|one| AdmitParticipant {
            participant_id: one.id.clone(),
            breakout_session_id: None,
        });
        chosen.collect()
    }

    pub fn count(&self, outcome: Outcome) -> usize {
        let all = self.all.iter();
        all.filter(|one| one.outcome == outcome).count()
    }
}

impl Entrant {
    fn unknown(id: String) -> Self {
        Entrant {
            id,
            email: None,
            display_name: None,
            outcome: Outcome::NotFound,
        }
    }
}

impl From<Participant> for Entrant {
    fn from(one: Participant) -> Self {
        Entrant {
            id: one.id,
            email: one.email,
            display_name: one.display_name.map(Theirs::from),
            outcome: match one.state {
                Some(ParticipantState::Lobby) => Outcome::Admitted,
                Some(ParticipantState::End) => Outcome::HasLeft,
                _ => Outcome::AlreadyIn,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_let_in_than_webex_takes_at_once() {
        let waiting = |at| Participant {
            id: format!("p{at}"),
            state: Some(ParticipantState::Lobby),
            ..Participant::default()
        };
        let left = Participant {
            state: Some(ParticipantState::End),
            ..waiting(200)
        };
        let mut all: Vec<_> = (0..130).map(waiting).collect();
        all.push(left);
        let entrants = Entrants::of(all.clone(), None);
        assert_eq!((entrants.waiting, entrants.chosen().len()), (130, 100));
        let named = Entrants::of(all, Some(vec!["p200".into(), "p7".into()]));
        let outcomes: Vec<_> = named.all.iter().map(|one| one.outcome).collect();
        assert_eq!(outcomes, [Outcome::HasLeft, Outcome::Admitted]);
    }
}
