//! Asks a person: which reference is meant, and whether something may be done. Decisions travel
//! sealed. A call that waits for a person holds no place, and the person's time does not count
//! against its deadline.

mod answers;
mod owner;
mod pages;
mod question;
mod rehearsal;
mod state;
mod underway;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::admission::Place;
use super::arguments::{self, Asked as Arguments};
use super::references::{self, Names, Undecided};
use super::{Call, Dispatcher, Reply};
use crate::error::{CallError, Code, Confirmation, Details};
use crate::journal::Intent;
use crate::seal::Sealer;
use crate::servers::Otherwise;
use crate::servers::listed::Listed;
use crate::tool::{Effect, Question, Reasons};

use self::answers::settle;
pub(super) use self::owner::{Looking, Says};
pub(super) use self::pages::Sent;
pub use self::question::{Ask, Elicit, Form, Response, Round, unreadable_answer};
pub(super) use self::question::{declined, not_chosen};
use self::state::{Asked, Decided, Offered};
pub(super) use self::underway::Underway;

/// The state that a call brought back from an earlier round, if any; an error where it does not
/// open.
pub(super) type Returning = Option<Result<Decided, CallError>>;

/// The result of asking.
enum Asking {
    Answered(Response),
    Later(Reply),
    Impossible,
}

/// Seals and opens decisions, and ends open questions when the server stops.
#[derive(Debug)]
pub(super) struct Consents {
    sealer: Arc<Sealer>,
    closing: CancellationToken,
}

impl Consents {
    pub(super) fn new(sealer: Arc<Sealer>) -> Self {
        Consents {
            sealer,
            closing: CancellationToken::new(),
        }
    }

    /// Ends every question that waits for a person.
    pub(super) fn close(&self) {
        self.closing.cancel();
    }

    /// Returns once they are ended.
    pub(super) async fn closed(&self) {
        self.closing.cancelled().await;
    }

    /// Opens the state that the call brings back, if it was sealed for this very call.
    pub(super) fn returning(&self, call: &Call, tool: &Listed) -> Returning {
        let state = match &call.ask {
            Ask::Rounds {
                previous: Some(round),
            } => Some(round.state.as_str()),
            _ => arguments::confirmation(&call.arguments),
        };
        Some(self.opened(call, tool, state?))
    }

    fn opened(&self, call: &Call, tool: &Listed, state: &str) -> Result<Decided, CallError> {
        let (principal, name) = (&call.caller.principal, tool.entry.name);
        let decided = state::open(&self.sealer, principal, name, state)?;
        match decided.digest == arguments::digest_as_given(name, &call.arguments) {
            true => Ok(decided),
            false => Err(of_another_call()),
        }
    }

    /// Continues with the decisions of earlier rounds, or starts with none.
    ///
    /// # Errors
    /// `invalid_arguments` where the state belongs to another call.
    pub(super) fn open(
        &self,
        call: Box<Call>,
        tool: Arc<Listed>,
        asked: Arguments,
        place: Place,
        returning: Returning,
    ) -> Result<Underway, CallError> {
        let policy_version = &*call.server.policy_version;
        let fresh = || Decided::new(asked.digest, policy_version);
        let decided = match returning.transpose()? {
            // The rules have changed since: decisions under the old rules are asked again.
            Some(decided) if decided.policy_version != policy_version => fresh(),
            Some(decided) => decided,
            None => fresh(),
        };
        Ok(Underway::fresh(call, tool, asked, place, decided))
    }

    fn seal(&self, underway: &Underway) -> Result<String, CallError> {
        let principal = &underway.call.caller.principal;
        let tool = underway.tool.entry.name;
        state::seal(&self.sealer, principal, tool, &underway.decided)
    }
}

impl Dispatcher {
    /// Replaces names and links by ids. If several things fit, the user is asked. A reply ends the
    /// call here.
    pub(super) async fn resolve(
        &self,
        underway: &mut Underway,
    ) -> Result<Option<Reply>, CallError> {
        self.take_up_choice(underway).await?;
        // Each turn settles one reference, so there are at most as many turns as references.
        for _ in 0..=references::count(&underway.call.arguments) {
            let found = self.references(underway).await?;
            let Some(Undecided {
                argument,
                thing,
                given,
                candidates,
                error,
            }) = found
            else {
                return Ok(None);
            };
            let title = underway.tool.entry.title;
            let form = Form::choose(title, thing, &given, &candidates);
            let offered: Vec<_> = candidates.into_iter().map(Offered::from).collect();
            underway.decided.asked = Some(Asked::Choice {
                argument: argument.clone(),
                offered: offered.clone(),
            });
            match self.ask(underway, form).await? {
                Asking::Answered(response) if matches!(response, Response::Accepted(_)) => {
                    if !settle(underway, argument, offered, &response) {
                        return Err(error);
                    }
                }
                Asking::Answered(_) => return Err(not_chosen()),
                Asking::Later(reply) => return Ok(Some(reply)),
                Asking::Impossible => return Err(error),
            }
        }
        Err(CallError::internal("a reference stayed undecided"))
    }

    async fn references(&self, underway: &mut Underway) -> Result<Option<Undecided>, CallError> {
        let effect = underway.effect();
        let call = &mut underway.call;
        let (scope, declared) = (call.server.scope.as_ref(), references::OPERATIONS);
        let (client, _passage) = self.parts.gate.open(&call.caller, declared, scope, None)?;
        let client = client.with_deadline(super::opening::deadline(crate::tool::Span::Call));
        // A name that is the only one within a scope is not so elsewhere.
        let own = scope.map(|_| Names::default());
        let looking = references::Looking {
            names: own.as_ref().unwrap_or(&self.names),
            client: &client,
            caller: &call.caller,
            effect,
        };
        let settled = &mut underway.decided.references;
        looking
            .resolve(&mut call.arguments, settled, &mut underway.met)
            .await
    }

    /// Asks for the "yes" that the server requires, and says why where that is not what the tool
    /// does. A reply ends the call here, with a question.
    pub(super) async fn consent(
        &self,
        underway: &mut Underway,
        reasons: &Reasons,
    ) -> Result<Option<Reply>, CallError> {
        if let Some(decision) = self.taken_up(underway).await? {
            return Ok(agreed(underway, decision));
        }
        let Some(question) = self.question(underway, reasons).await? else {
            return Ok(None);
        };
        let question = reasons.told(question);
        underway.decided.asked = Some(Asked::Confirmation);
        match self.ask(underway, Form::confirm(&question)).await? {
            Asking::Answered(response) => match response.verdict() {
                Some(true) => Ok(agreed(underway, "confirmed by form")),
                Some(false) => Err(declined()),
                None => Err(unreadable_answer()),
            },
            Asking::Later(reply) => Ok(Some(reply)),
            Asking::Impossible if otherwise(underway) == Otherwise::Token => {
                underway.decided.asked = Some(Asked::Token);
                Err(self.confirmation_required(underway, question)?)
            }
            Asking::Impossible => Err(nobody_to_ask()),
        }
    }

    /// What the user is asked; `None` where the call turns out to do nothing that the server asks about.
    async fn question(
        &self,
        underway: &Underway,
        reasons: &Reasons,
    ) -> Result<Option<Question>, CallError> {
        let Underway {
            call, tool, met, ..
        } = underway;
        let (context, _passage) = self.context(call, tool, met, None, None)?;
        let arguments = serde_json::Value::Object(underway.call.arguments.clone());
        let question = underway.tool.entry.question(&context, &arguments).await?;
        if !question.is_needless() {
            return Ok(Some(question));
        }
        let is_asked = !reasons.is_empty() || call.server.confirmation.asks(Effect::Write);
        Ok(match is_asked {
            true => Some(tool.entry.plain_question(&context, &arguments).await),
            false => None,
        })
    }

    /// Asks in the way that this client supports.
    async fn ask(&self, underway: &mut Underway, form: Form) -> Result<Asking, CallError> {
        match &underway.call.ask {
            Ask::Rounds { .. } => {
                let state = self.consents.seal(underway)?;
                Ok(Asking::Later(Reply::Ask { form, state }))
            }
            Ask::Session(session) => {
                let place = &mut underway.place;
                let asked = self.ask_in_session(&underway.call, place, &**session, &form);
                asked.await.map(Asking::Answered)
            }
            Ask::Nobody => Ok(Asking::Impossible),
        }
    }

    /// The call holds no place while the person thinks; another one is reserved for after the answer.
    async fn ask_in_session(
        &self,
        call: &Call,
        place: &mut Option<Place>,
        session: &dyn Elicit,
        form: &Form,
    ) -> Result<Response, CallError> {
        let reserved = self.parts.admission.reserve(call)?;
        *place = None;
        let response = tokio::select! {
            biased;
            () = self.consents.closing.cancelled() => return Err(closing()),
            response = session.ask(form) => response?,
        };
        *place = Some(reserved);
        Ok(response)
    }

    fn confirmation_required(
        &self,
        underway: &Underway,
        question: Question,
    ) -> Result<CallError, CallError> {
        Ok(CallError::new(
            Code::ConfirmationRequired,
            "This has to be confirmed first, and this client cannot show the user a question.",
            "Ask the user the question given here; if they agree, repeat the call with the same arguments and confirmationToken.",
        )
        .with_details(Details::Confirmation(Confirmation {
            confirmation_token: self.consents.seal(underway)?,
            question: question.into_theirs(),
        })))
    }

    /// The journal's entry for a call that may now be done.
    pub(super) fn intent(&self, underway: &Underway) -> Intent {
        let call = &underway.call;
        let caller = &call.caller;
        let display = caller.display.as_deref();
        let display = display.unwrap_or(caller.principal.as_str());
        Intent {
            call: call.id,
            tenant: caller.tenant.clone(),
            principal: self.pseudonym(caller),
            display: Some(display.to_owned()),
            client: caller.client.clone(),
            server: call.server.slug.clone(),
            tool: underway.tool.entry.name.into(),
            effect: underway.effect().name(),
            arguments_digest: self.parts.digests.digest(&underway.asked.digest),
            key: call.key.clone(),
            nonce: underway.nonce,
            decision: underway.decision,
            policy_version: call.server.policy_version.clone(),
            correlation: call.correlation.clone(),
            keeps_outcome: !caller.is_shared,
        }
    }
}

fn otherwise(underway: &Underway) -> Otherwise {
    underway.call.server.confirmation.otherwise
}

/// Goes on with the call; the journal's first line uses up the confirmation.
fn agreed(underway: &mut Underway, decision: &'static str) -> Option<Reply> {
    underway.decision = decision;
    underway.nonce = Some(underway.decided.nonce);
    None
}

fn nobody_to_ask() -> CallError {
    CallError::new(
        Code::Forbidden,
        "This server does it only after a person has agreed, and this client cannot show a question; nothing was done.",
        "Ask the user to do it in a Webex app, or in a client that can show questions (MCP elicitation).",
    )
}

fn of_another_call() -> CallError {
    state::unusable("It was not given for this call with these arguments.")
}

fn closing() -> CallError {
    CallError::new(
        Code::Unavailable,
        "The server is stopping, so the question was withdrawn; nothing was done.",
        "Call again in a minute if it is still wanted.",
    )
}
