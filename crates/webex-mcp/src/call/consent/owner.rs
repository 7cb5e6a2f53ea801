//! Asks the owner of a running work, by a call that looks at it: in the way that its client supports,
//! as before an effect.

use serde_json::{Map, Value};

use super::state::{self, Asked, Decided};
use super::{Ask, Form, Returning};
use crate::call::admission::Place;
use crate::call::{Call, Dispatcher, Reply, arguments};
use crate::error::{CallError, Code};
use crate::servers::Otherwise;
use crate::servers::listed::WORK_ARGUMENT;
use crate::tool::Question;

/// A call that looks at a work.
#[derive(Debug)]
pub(in crate::call) struct Looking {
    pub call: Box<Call>,
    pub tool: &'static str,
    /// Of its arguments, as they were given.
    pub digest: [u8; 32],
    pub place: Option<Place>,
    pub returning: Returning,
}

/// What comes of asking.
#[derive(Debug)]
pub(in crate::call) enum Says {
    Answered(bool),
    Later(Reply),
    /// The client cannot ask: this token is the yes.
    Token(String),
    /// Not this time.
    Nothing,
    /// Not by this client.
    Nobody,
}

impl Dispatcher {
    /// Whether the caller can answer the question of a work, or pass it on to somebody who can.
    pub(in crate::call) fn is_askable(call: &Call) -> bool {
        takes_token(call) || !matches!(call.ask, Ask::Nobody)
    }

    /// Asks the owner of the work with this id.
    pub(in crate::call) async fn ask_owner(
        &self,
        looking: &mut Looking,
        id: &str,
        question: &Question,
    ) -> Result<Says, CallError> {
        let call = &looking.call;
        let previous = match &call.ask {
            Ask::Rounds {
                previous: Some(round),
            } => round.response.as_ref(),
            _ => None,
        };
        let decided = looking.returning.take().transpose()?;
        // The rules have changed since: the owner is asked again.
        let current = &*call.server.policy_version;
        let decided = decided.filter(|decided| decided.policy_version == current);
        match (decided.and_then(|decided| decided.asked), previous) {
            (Some(Asked::Token), _) if takes_token(call) => return Ok(Says::Answered(true)),
            (Some(Asked::Confirmation), Some(response)) => {
                if let Some(is_agreed) = response.verdict() {
                    return Ok(Says::Answered(is_agreed));
                }
            }
            _ => {}
        }
        let form = Form::confirm(question);
        match &call.ask {
            Ask::Rounds { .. } => {
                let state = self.sealed(looking, looking.digest, Asked::Confirmation)?;
                Ok(Says::Later(Reply::Ask { form, state }))
            }
            Ask::Session(session) => {
                let place = &mut looking.place;
                let answered = self.ask_in_session(call, place, &**session, &form).await;
                match answered {
                    Ok(response) => {
                        let verdict = response.verdict();
                        Ok(verdict.map_or(Says::Nothing, Says::Answered))
                    }
                    // The question stays open: the user did not see it, or not in time, or what they said
                    // could not be read.
                    Err(error) if matches!(error.code, Code::Declined | Code::InvalidArguments) => {
                        Ok(Says::Nothing)
                    }
                    Err(error) => Err(error),
                }
            }
            Ask::Nobody if takes_token(call) => {
                let alone = Map::from_iter([(WORK_ARGUMENT.to_owned(), Value::from(id))]);
                let digest = arguments::digest_as_given(looking.tool, &alone);
                let token = self.sealed(looking, digest, Asked::Token)?;
                Ok(Says::Token(token))
            }
            Ask::Nobody => Ok(Says::Nobody),
        }
    }

    /// The work asks once, so what is sealed here is used up by its answer.
    fn sealed(
        &self,
        looking: &Looking,
        digest: [u8; 32],
        asked: Asked,
    ) -> Result<String, CallError> {
        let call = &looking.call;
        let decided = Decided {
            asked: Some(asked),
            ..Decided::new(digest, &call.server.policy_version)
        };
        let sealer = &self.consents.sealer;
        state::seal(sealer, &call.caller.principal, looking.tool, &decided)
    }
}

fn takes_token(call: &Call) -> bool {
    call.server.confirmation.otherwise == Otherwise::Token
}
