//! One MCP endpoint: reads what is posted to it, finds which protocol era it belongs to, and
//! answers.
//!
//! Requests of 2026-07-28 need no session; those of older clients belong to a session that
//! `initialize` opened. Both reach the same handler.

use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Request};
use axum::response::{IntoResponse as _, Response};
use rmcp::model::{
    ClientJsonRpcMessage, ClientRequest, GetExtensions as _, GetMeta as _, InitializeRequestParams,
    JsonRpcMessage, ProtocolVersion, RequestId, RequestMetaObject,
};
use rmcp::service::{RequestContext, serve_directly_with_ct};
use rmcp::{Peer, RoleServer, ServerHandler, Service as _};
use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;

use super::body::{Accepted, collect, malformed, negotiate, not_allowed, status_of};
use super::conversation::Conversation;
use super::dispatch::{Dispatch, unknown_method};
use super::exchange::{Beside, Exchange};
use super::narrowing::{add_query, narrowing};
use super::refusal::Refusal;
use super::said::Said;
use super::session::{AtWork, Place, Session, SessionBounds, Sessions};
use super::subscriptions::Subscriptions;
use super::wire::{self, Outgoing, Posted};
use super::{headers, silence, tasks};
use crate::edge::limits;
use crate::edge::shares::{ShareBounds, Shares};
use crate::identity::{Caller, Principal};
use crate::servers::narrowing::Narrowing;
use crate::servers::registry::Following;

const LISTEN: &str = "subscriptions/listen";

/// How much all endpoints of a process may hold together.
#[derive(Debug, Clone, Copy)]
pub struct SharedBounds {
    pub sessions: SessionBounds,
    pub listen_streams: ShareBounds,
    /// Bytes of bodies that are arriving.
    pub body_bytes: ShareBounds,
}

impl Default for SharedBounds {
    fn default() -> Self {
        SharedBounds {
            sessions: SessionBounds::default(),
            listen_streams: ShareBounds {
                in_all: limits::LISTEN_STREAMS_MAX,
                each: limits::LISTEN_STREAMS_PER_PRINCIPAL,
            },
            body_bytes: ShareBounds {
                in_all: limits::BODIES_MAX_BYTES,
                each: limits::BODIES_PER_PRINCIPAL_BYTES,
            },
        }
    }
}

impl SharedBounds {
    /// The bounds of a process with only one principal, which may use everything.
    pub fn for_one_principal() -> Self {
        let mut bounds = SharedBounds::default();
        bounds.listen_streams.each = bounds.listen_streams.in_all;
        bounds.body_bytes.each = bounds.body_bytes.in_all;
        bounds
    }
}

/// What the endpoints of a process share: sessions, places for streams, and the signal to end.
#[derive(Debug)]
pub struct Shared {
    pub(super) sessions: Sessions,
    pub(super) streams: Shares<Principal>,
    bodies: Shares<Principal>,
    pub(super) drain: CancellationToken,
}

impl Shared {
    /// Cancelling `drain` means that the process is to end: it closes the streams.
    pub fn new(bounds: SharedBounds, drain: CancellationToken) -> Arc<Self> {
        Arc::new(Shared {
            sessions: Sessions::new(bounds.sessions),
            streams: Shares::new(bounds.listen_streams),
            bodies: Shares::new(bounds.body_bytes),
            drain,
        })
    }
}

/// A handler behind a path.
pub struct Endpoint<H> {
    pub(super) place: Place,
    pub(super) follow: Option<Follow>,
    /// Absent where resources cannot be subscribed to.
    pub(super) subscriptions: Option<Arc<Subscriptions>>,
    pub(super) dispatch: Dispatch<H>,
    pub(super) shared: Arc<Shared>,
    /// The peer of a client that cannot be reached, for requests that send nothing before their
    /// answer.
    nobody: Peer<RoleServer>,
}

/// Starts to follow the tools of an endpoint's server.
pub(super) type Follow = Box<dyn Fn() -> Following + Send + Sync>;

impl<H> std::fmt::Debug for Endpoint<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint")
            .field("name", &self.place.name)
            .finish_non_exhaustive()
    }
}

/// A request that was read, with its kind and its origin.
pub(super) struct Asked<'a> {
    pub(super) id: RequestId,
    pub(super) request: ClientRequest,
    pub(super) meta: RequestMetaObject,
    pub(super) headers: &'a HeaderMap,
    pub(super) caller: Caller,
    /// It wants to hear of tasks.
    watches_tasks: bool,
    /// What its headers say beyond MCP.
    said: Option<Said>,
    /// The tools that the client wants.
    pub(super) narrowing: Option<Arc<Narrowing>>,
}

impl<H: ServerHandler> Endpoint<H> {
    /// Must be called inside a Tokio runtime. `name` keeps this endpoint's sessions apart from
    /// others'.
    pub fn new(name: impl Into<Arc<str>>, handler: Arc<H>, shared: Arc<Shared>) -> Self {
        let place = Place {
            name: name.into(),
            removed: CancellationToken::new(),
        };
        Endpoint::at(place, None, None, handler, shared)
    }

    /// An endpoint that may be removed, whose tools may change, as `follow` reports, and whose
    /// resources may be subscribed to.
    pub(super) fn at(
        place: Place,
        follow: Option<Follow>,
        subscriptions: Option<Arc<Subscriptions>>,
        handler: Arc<H>,
        shared: Arc<Shared>,
    ) -> Self {
        Endpoint {
            place,
            follow,
            subscriptions,
            dispatch: Dispatch::new(handler),
            shared,
            nobody: silence::nobody(),
        }
    }

    /// Answers one HTTP request of a caller that was let in.
    pub async fn answer(&self, caller: Caller, request: Request<Body>) -> Response {
        let (mut parts, body) = request.into_parts();
        if let Err(refusal) = add_query(&mut parts.headers, parts.uri.query()) {
            return refusal.into_response();
        }
        let answered = match parts.method {
            Method::POST => self.post(caller, &parts, body).await,
            Method::GET => self.listen_in_session(&caller, &parts).await,
            Method::DELETE => self.delete(&caller, &parts.headers),
            _ => Err(not_allowed(self.subscriptions.is_some())),
        };
        answered.unwrap_or_else(Refusal::into_response)
    }

    async fn post(&self, caller: Caller, parts: &Parts, body: Body) -> Result<Response, Refusal> {
        let headers = &parts.headers;
        let accepted = negotiate(headers)?;
        let body = collect(body, &self.shared.bodies, &caller.principal).await?;
        if wire::is_batch(&body) {
            return self.batch(&caller, headers, &body, accepted).await;
        }
        match wire::read(&body).map_err(|error| malformed(error, None))? {
            Posted::Request { id, method, params } if method == "initialize" => {
                self.initialize(&caller, headers, id, params, accepted)
            }
            Posted::Request { id, method, .. }
                if wire::is_removed(&method) && headers::speaks_modern(headers) =>
            {
                Err(malformed(unknown_method(&method), Some(&id)))
            }
            Posted::Request { id, method, params } => {
                let asked = Asked::of(id, &method, params, &body, headers, caller)?;
                if asked.stands_for_itself()? {
                    self.modern(asked, parts, accepted).await
                } else {
                    self.in_session(asked, accepted).await
                }
            }
            Posted::Notification { method, params } => {
                self.notified(&caller, headers, &method, params)
            }
            Posted::Reply { id } => self.replied(&caller, headers, &id, &body),
        }
    }

    async fn modern(
        &self,
        mut asked: Asked<'_>,
        parts: &Parts,
        accepted: Accepted,
    ) -> Result<Response, Refusal> {
        headers::agree(asked.headers, &asked.request, &asked.meta)
            .map_err(|error| malformed(error, Some(&asked.id)))?;
        asked.narrowing =
            narrowing(asked.headers).map_err(|error| malformed(error, Some(&asked.id)))?;
        if let ClientRequest::SubscriptionsListenRequest(listen) = &asked.request {
            if asked.watches_tasks && self.dispatch.makes_tasks() {
                tasks::declared(&asked.meta).map_err(|error| malformed(error, Some(&asked.id)))?;
            }
            let Some(served) = self.dispatch.accept(&listen.params.notifications) else {
                return Err(malformed(unknown_method(LISTEN), Some(&asked.id)));
            };
            let ends = self.ends(&asked.caller, parts);
            // Boxed: the future of every request would have room for it, and is moved as a whole.
            return Box::pin(self.listen(asked, served, ends)).await;
        }
        let cancel = self.place.removed.child_token();
        let exchange = if accepted.events && asked.may_talk() {
            self.talking(asked, None, cancel.clone(), Some(cancel))
        } else {
            self.silent(asked, None, cancel.clone(), Some(cancel))
        };
        Ok(exchange.into_response(accepted, status_of).await)
    }

    pub(super) fn silent(
        &self,
        asked: Asked<'_>,
        at_work: Option<AtWork>,
        cancel: CancellationToken,
        leaving: Option<CancellationToken>,
    ) -> Exchange {
        let mut context = RequestContext::new(asked.id.clone(), self.nobody.clone());
        context.ct = cancel;
        context.meta = asked.meta;
        let beside = Beside::of(&mut context.extensions, asked.caller);
        let (receipt, aside, challenge) = (beside.receipt, beside.aside, beside.challenge);
        if let Some(said) = asked.said {
            context.extensions.insert(said);
        }
        if let Some(narrowing) = asked.narrowing {
            context.extensions.insert(narrowing);
        }
        let (dispatch, id, request) = (self.dispatch.clone(), asked.id, asked.request);
        let answer = async move {
            let result = dispatch.handle_request(request, context).await;
            drop(at_work);
            let message = match result {
                Ok(result) => JsonRpcMessage::response(result, id),
                Err(error) => JsonRpcMessage::error(error, Some(id)),
            };
            Outgoing::new(message, aside.take())
        };
        Exchange::silent(Box::pin(answer), leaving, receipt).challenged_by(challenge)
    }

    pub(super) fn talking(
        &self,
        asked: Asked<'_>,
        session: Option<(Arc<Session>, AtWork)>,
        cancel: CancellationToken,
        leaving: Option<CancellationToken>,
    ) -> Exchange {
        let mut request = asked.request;
        *request.get_meta_mut() = asked.meta;
        let beside = Beside::of(request.extensions_mut(), asked.caller);
        let (receipt, aside, challenge) = (beside.receipt, beside.aside, beside.challenge);
        if let Some(said) = asked.said {
            request.extensions_mut().insert(said);
        }
        if let Some(narrowing) = asked.narrowing {
            request.extensions_mut().insert(narrowing);
        }
        let peer = match &session {
            Some((session, _)) => session.client.info(session.version.clone()),
            None => InitializeRequestParams::default()
                .with_protocol_version(ProtocolVersion::V_2026_07_28),
        };
        let message = ClientJsonRpcMessage::request(request, asked.id);
        let (conversation, messages) = Conversation::new(message, aside, session);
        let running =
            serve_directly_with_ct(self.dispatch.clone(), conversation, Some(peer), cancel);
        // The loop ends with its answer, or when its token is cancelled.
        tokio::spawn(running.waiting());
        Exchange::talking(messages, leaving, receipt).challenged_by(challenge)
    }
}

impl<'a> Asked<'a> {
    /// `body` is the whole message.
    pub(super) fn of(
        id: RequestId,
        method: &str,
        params: Option<&RawValue>,
        body: &[u8],
        headers: &'a HeaderMap,
        caller: Caller,
    ) -> Result<Self, Refusal> {
        let (request, meta) =
            wire::typed(method, params, body).map_err(|error| malformed(error, Some(&id)))?;
        Ok(Asked {
            id,
            request,
            meta,
            watches_tasks: method == LISTEN && tasks::are_watched(params),
            said: Said::of(headers),
            narrowing: None,
            headers,
            caller,
        })
    }

    fn stands_for_itself(&self) -> Result<bool, Refusal> {
        let header =
            headers::version(self.headers).map_err(|error| malformed(error, Some(&self.id)))?;
        Ok(header.is_some_and(headers::is_modern)
            || self.meta.protocol_version().is_some()
            || matches!(self.request, ClientRequest::DiscoverRequest(_)))
    }

    pub(super) fn may_answer_late(&self) -> bool {
        matches!(
            self.request,
            ClientRequest::CallToolRequest(_)
                | ClientRequest::GetPromptRequest(_)
                | ClientRequest::ReadResourceRequest(_)
        )
    }

    /// Whether the client asked for messages before the answer: only then may the handler send any.
    pub(super) fn may_talk(&self) -> bool {
        self.may_answer_late()
            && (self.meta.get_progress_token().is_some() || self.meta.log_level().is_some())
    }
}
