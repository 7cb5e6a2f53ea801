//! Rounds with the user: taking up what was decided, settling references, getting a "yes".

use serde_json::{Map, Value};

use super::admit::Place;
use super::ask::{self, Ask, Asked, Decided, Form, Response};
use super::confirm::States;
use super::resolve::{self, Undecided};
use super::{Call, Dispatcher, Reply};
use crate::error::{CallError, Candidate, Code, Confirmation, Details};
use crate::servers::listed::{CONFIRMATION_ARGUMENT, Listed};
use crate::tool::{Context, Effect, Question};

/// What a call gathers on its way.
pub(super) struct Underway<'a> {
    pub call: &'a Call,
    pub tool: &'a Listed,
    pub arguments: Map<String, Value>,
    pub decided: Decided,
    pub states: States,
    pub place: Option<Place>,
}

/// A stage goes on, or ends the call here.
pub(super) enum Step<T> {
    On(T),
    End(Reply),
}

/// What came of asking.
enum Asking {
    Answered(Response),
    Later(Reply),
    Impossible,
}

impl Dispatcher {
    /// Takes up what earlier rounds decided, or begins with nothing decided.
    pub(super) fn open_round<'a>(
        &self,
        call: &'a Call,
        tool: &'a Listed,
        mut arguments: Map<String, Value>,
        place: Option<Place>,
    ) -> Result<Underway<'a>, CallError> {
        let token = arguments.remove(CONFIRMATION_ARGUMENT);
        let states = States::new(
            self.sealer.clone(),
            &call.caller.principal,
            tool.entry.name,
            &arguments,
        );
        let state = match (&call.ask, &token) {
            (
                Ask::Rounds {
                    previous: Some(round),
                },
                _,
            ) => Some(round.state.as_str()),
            (_, Some(Value::String(token))) => Some(token.as_str()),
            _ => None,
        };
        let decided = match state {
            Some(state) => states.open(state)?,
            None => Decided::default(),
        };
        Ok(Underway {
            call,
            tool,
            arguments,
            decided,
            states,
            place,
        })
    }

    pub(super) async fn resolve(
        &self,
        underway: &mut Underway<'_>,
        client: &webex::Client,
    ) -> Result<Step<()>, CallError> {
        take_up_choice(underway)?;
        let exact_only = underway.tool.entry.policy.effect == Effect::Destroy;
        let principal = &underway.call.caller.principal;
        // Each turn settles one reference; there are no more turns than references.
        for _ in 0..=underway.arguments.len() {
            let undecided = resolve::resolve(
                &self.names,
                client,
                principal,
                exact_only,
                &mut underway.arguments,
                &mut underway.decided.references,
            )
            .await?;
            let Some(undecided) = undecided else {
                return Ok(Step::On(()));
            };
            let Undecided {
                argument,
                candidates,
                error,
            } = undecided;
            let form = Form::choose(argument, &candidates);
            let offered: Vec<_> = candidates
                .into_iter()
                .map(|Candidate { id, .. }| id)
                .collect();
            underway.decided.asked = Some(Asked::Choice {
                argument: argument.into(),
                offered: offered.clone(),
            });
            match self.ask(underway, form).await? {
                Asking::Answered(Response::Accepted(content)) => {
                    let chosen =
                        Response::Accepted(content).chosen(offered.iter().map(String::as_str));
                    underway
                        .decided
                        .references
                        .insert(argument.into(), chosen.ok_or(error)?);
                }
                Asking::Answered(_) => return Err(ask::declined()),
                Asking::Later(reply) => return Ok(Step::End(reply)),
                Asking::Impossible => return Err(error),
            }
        }
        Err(CallError::internal("a reference stayed undecided"))
    }

    pub(super) async fn confirm(
        &self,
        underway: &mut Underway<'_>,
        context: &Context,
    ) -> Result<Step<()>, CallError> {
        if underway.tool.entry.policy.effect != Effect::Destroy {
            return Ok(Step::On(()));
        }
        match (&underway.decided.asked, &underway.call.ask) {
            (Some(Asked::Token), _) => return self.burn(underway),
            (
                Some(Asked::Confirmation),
                Ask::Rounds {
                    previous: Some(round),
                },
            ) => match &round.response {
                Some(response) if response.confirmed() => return self.burn(underway),
                Some(_) => return Err(ask::declined()),
                None => {}
            },
            _ => {}
        }
        let arguments = Value::Object(underway.arguments.clone());
        let question = (underway.tool.entry.question)(context, arguments).await?;
        underway.decided.asked = Some(Asked::Confirmation);
        match self.ask(underway, Form::confirm(&question)).await? {
            Asking::Answered(response) if response.confirmed() => self.burn(underway),
            Asking::Answered(_) => Err(ask::declined()),
            Asking::Later(reply) => Ok(Step::End(reply)),
            Asking::Impossible => {
                underway.decided.asked = Some(Asked::Token);
                Err(self.confirmation_required(underway, question)?)
            }
        }
    }

    fn burn(&self, underway: &Underway<'_>) -> Result<Step<()>, CallError> {
        // Without a nonce nothing was handed out that could come back a second time.
        if let Some(nonce) = underway.decided.nonce {
            self.used.burn(nonce)?;
        }
        Ok(Step::On(()))
    }

    /// Asks in the way this client can be asked.
    async fn ask(&self, underway: &mut Underway<'_>, form: Form) -> Result<Asking, CallError> {
        match &underway.call.ask {
            Ask::Rounds { .. } => {
                let state = underway.states.seal(&mut underway.decided)?;
                Ok(Asking::Later(Reply::Ask { form, state }))
            }
            Ask::Session(session) => {
                // A person who thinks holds no place.
                underway.place = None;
                let response = session.ask(&form).await?;
                underway.place = Some(self.gate.admit(&underway.call.caller.principal).await?);
                Ok(Asking::Answered(response))
            }
            Ask::Nobody => Ok(Asking::Impossible),
        }
    }

    fn confirmation_required(
        &self,
        underway: &mut Underway<'_>,
        question: Question,
    ) -> Result<CallError, CallError> {
        Ok(CallError::new(
            Code::ConfirmationRequired,
            "This cannot be undone, so it has to be confirmed first.",
            "Tell the user what will happen; if they agree, repeat the call with the same arguments and confirmationToken.",
        )
        .with_details(Details::Confirmation(Confirmation {
            confirmation_token: underway.states.seal(&mut underway.decided)?,
            effect: question.effect,
            name: question.name,
        })))
    }
}

/// An answer to an earlier choice settles that reference.
fn take_up_choice(underway: &mut Underway<'_>) -> Result<(), CallError> {
    let Ask::Rounds {
        previous: Some(round),
    } = &underway.call.ask
    else {
        return Ok(());
    };
    if let Some(Asked::Choice { argument, offered }) = &underway.decided.asked
        && let Some(response) = &round.response
    {
        if !matches!(response, Response::Accepted(_)) {
            return Err(ask::declined());
        }
        // An answer that was not offered is no answer: the question is asked again.
        if let Some(id) = response.chosen(offered.iter().map(String::as_str)) {
            underway.decided.references.insert(argument.clone(), id);
        }
    }
    Ok(())
}
