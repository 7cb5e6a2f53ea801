//! A caller that lacks scopes which its person can still give: the person is sent to our page, and the
//! call goes on once they have consented there.

use std::sync::Arc;

use uuid::Uuid;

use super::consent::{Sent, declined};
use super::find::{authorize, find};
use super::{Call, Dispatcher, Reply, arguments};
use crate::auth;
use crate::broker::Broker;
use crate::error::{CallError, Cause, Code, Details, MoreScopes, Page};
use crate::identity::{Caller, Credential};
use crate::servers::listed::Listed;
use crate::tool::Kind;

impl Dispatcher {
    /// A caller needs a credential, and the tool's scopes if its own are known. A reply ends the call
    /// here, with a page for its user.
    pub(super) async fn authorized(
        &self,
        call: &mut Call,
        tool: &Listed,
    ) -> Result<Option<Reply>, CallError> {
        let Err(refused) = authorize(call, tool) else {
            return Ok(None);
        };
        let needed = tool.entry.policy.scopes();
        let Some(broker) = &self.parts.broker else {
            return Err(refused);
        };
        // Nothing is lacking where the refusal is about something else.
        let is_lacking = !call.caller.lacks(&needed).is_empty();
        if !is_lacking || call.caller.obtainable.is_none() || call.caller.is_beyond(&needed) {
            return Err(refused);
        }
        let unreadable = |_| unreadable();
        let is_alive = broker.read_again(&mut call.caller).await;
        if !is_alive.map_err(unreadable)? {
            return Err(auth::lost());
        }
        let Err(refused) = authorize(call, tool) else {
            return Ok(None);
        };
        if call.kind == Kind::Completion || call.caller.is_beyond(&needed) {
            return Err(refused);
        }
        // What the client brings back is compared with the typed arguments.
        arguments::give_types(tool, call);
        let sent = match self.consents.visited(call, tool) {
            Some(sent) => sent,
            None => self.send_for_more(broker, call, tool).await?,
        };
        match sent {
            Sent::Goes(nonce) => {
                // A call that waits for a person holds no place, and there are only so many of them.
                let _reserved = self.parts.admission.reserve(call)?;
                let waiting = broker.widened(&mut call.caller, &needed, nonce);
                let is_declined = tokio::select! {
                    waited = waiting => waited.map_err(unreadable)?,
                    () = self.consents.closed() => false,
                };
                if is_declined {
                    return Err(declined());
                }
                match authorize(call, tool) {
                    Err(_) if !call.caller.is_beyond(&needed) => Err(unfinished()),
                    authorized => authorized.map(|()| None),
                }
            }
            Sent::Declines => Err(declined()),
            Sent::Later(reply) => Ok(Some(reply)),
            Sent::Impossible => {
                let (caller, slug) = (&call.caller, &call.server.slug);
                let scopes = (caller.lacks(&needed), needed);
                Err(self.more_scopes(caller, slug, Some(tool), scopes))
            }
        }
    }

    async fn send_for_more(
        &self,
        broker: &Broker,
        call: &Call,
        tool: &Listed,
    ) -> Result<Sent, CallError> {
        let missing = call.caller.lacks(&tool.entry.policy.scopes());
        let (nonce, slug) = (Uuid::new_v4(), &call.server.slug);
        let Some(url) = broker.link_of(nonce, &call.caller, slug, &missing) else {
            return Ok(Sent::Impossible);
        };
        self.send_to(call, tool, (page(Some(tool), url), nonce))
            .await
    }

    /// The refusal of a call whose person can give what it lacks, with the ways to that.
    fn more_scopes(
        &self,
        caller: &Caller,
        slug: &str,
        tool: Option<&Listed>,
        (missing, needed): (Vec<&'static str>, Vec<&'static str>),
    ) -> CallError {
        let broker = self.parts.broker.as_ref();
        let url = broker.and_then(|broker| broker.link(caller, slug, &missing));
        let page = url.map(|url| page(tool, url));
        let advice = match page {
            Some(_) => {
                "Ask the user to open the page in url and to accept there; then repeat the call."
            }
            None => {
                "Ask the user to sign in again through the client, with the scopes in missingScopes."
            }
        };
        let more = MoreScopes {
            missing,
            needed,
            page,
            by_client: caller.can_sign_in_again(),
        };
        CallError::new(Code::Forbidden, LACKS, advice).with_details(Details::MoreScopes(more))
    }

    /// An error of a call with a grant, in words that fit it: its person may give the scopes that only
    /// the run of the tool showed to be missing; and where Webex refused the token, the person has to
    /// sign in again, unless only its renewal failed.
    pub(super) async fn of_grant(&self, error: CallError, with: Option<WithGrant>) -> CallError {
        let (Some(broker), Some(with)) = (&self.parts.broker, with) else {
            return error;
        };
        if let Some(Details::MissingScopes(missing)) = error.details.as_deref()
            && !with.caller.lacks(missing).is_empty()
            && !with.caller.is_beyond(missing)
        {
            let tool = with.tool.as_ref();
            let mut needed = tool.map_or_else(Vec::new, |it| it.entry.policy.scopes());
            needed.extend(missing);
            needed.sort_unstable();
            needed.dedup();
            let (tool, scopes) = (with.tool.as_deref(), (missing.clone(), needed));
            return self.more_scopes(&with.caller, &with.slug, tool, scopes);
        }
        let is_of_webex = matches!(error.cause.as_deref(), Some(Cause::Webex(_)));
        if error.code != Code::Unauthorized || !is_of_webex {
            return error;
        }
        let told = match broker.is_lost(&with.caller).await {
            Ok(true) => auth::lost(),
            Ok(false) => auth::not_renewed(),
            Err(_) => unreadable(),
        };
        CallError {
            tracking_id: error.tracking_id,
            cause: error.cause,
            ..told
        }
    }
}

/// Of a call that acts with a grant: what words its errors.
pub(super) struct WithGrant {
    caller: Caller,
    slug: Arc<str>,
    tool: Option<Arc<Listed>>,
}

impl WithGrant {
    pub(super) fn of(call: &Call) -> Option<Self> {
        let is_grant = matches!(call.caller.credential, Some(Credential::Grant(..)));
        is_grant.then(|| WithGrant {
            caller: call.caller.clone(),
            slug: call.server.slug.clone(),
            tool: find(call),
        })
    }
}

/// Where the person of a call gives what it lacks.
fn page(tool: Option<&Listed>, url: String) -> Page {
    let title = tool.map_or("This", |tool| tool.entry.title);
    let why = format!("{title} needs more access to Webex than you have given.");
    Page::new(&why, url, "see what it asks for, and accept there")
}

const LACKS: &str = "The sign-in to Webex lacks a scope that this needs.";

fn unfinished() -> CallError {
    CallError::new(
        Code::Forbidden,
        "The user has not given more access on the page yet.",
        "Ask the user whether they have; once they have accepted there and signed in, repeat the call.",
    )
}

fn unreadable() -> CallError {
    CallError::new(
        Code::Unavailable,
        "The sign-ins to Webex cannot be read at the moment.",
        "Call again in a minute; if it stays so, tell the operator.",
    )
}
