//! An endpoint's part for sessions: the handshake, requests inside a session, the messages that a
//! client sends between them, and the end.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures::future::BoxFuture;
use rmcp::model::{
    ClientJsonRpcMessage, ClientRequest, InitializeRequestParams, JsonRpcMessage, RequestId,
    ServerJsonRpcMessage, ServerResult,
};
use rmcp::{ErrorData, ServerHandler};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;

use super::body::{Accepted, malformed, not_allowed};
use super::dispatch::unknown_method;
use super::endpoint::{Asked, Endpoint};
use super::exchange::{Exchange, event, json, stream};
use super::narrowing::narrowing;
use super::refusal::Refusal;
use super::session::{Client, NoRoom, Session};
use super::wire::Outgoing;
use super::{headers, listen, wire};
use crate::call::delivery::receipt;
use crate::identity::Caller;

impl<H: ServerHandler> Endpoint<H> {
    pub(super) fn initialize(
        &self,
        caller: &Caller,
        headers: &HeaderMap,
        id: RequestId,
        params: Option<&RawValue>,
        accepted: Accepted,
    ) -> Result<Response, Refusal> {
        let asked: InitializeRequestParams = params
            .and_then(|params| serde_json::from_str(params.get()).ok())
            .ok_or_else(|| {
                if headers::speaks_modern(headers) {
                    return malformed(unknown_method("initialize"), Some(&id));
                }
                let message = "`params` of initialize need protocolVersion, capabilities and \
                               clientInfo {name, version}.";
                malformed(ErrorData::invalid_params(message, None), Some(&id))
            })?;
        // A version that does not exist is negotiated about.
        let header = headers::single(headers, &headers::PROTOCOL_VERSION)
            .map_err(|error| malformed(error, Some(&id)))?;
        if header.is_some_and(|header| header != asked.protocol_version.as_str()) {
            let message = "MCP-Protocol-Version and the protocolVersion of initialize differ.";
            return Err(malformed(
                ErrorData::invalid_request(message, None),
                Some(&id),
            ));
        }
        let result = self
            .dispatch
            .initialize(&asked)
            .map_err(|error| malformed(error, Some(&id)))?;
        let narrowing = narrowing(headers).map_err(|error| malformed(error, Some(&id)))?;
        let session = self
            .shared
            .sessions
            .open(
                &self.place,
                &caller.principal,
                result.protocol_version.clone(),
                Client::of(asked).wanting(narrowing),
            )
            .map_err(|NoRoom| {
                Refusal::full("All sessions are in use; close one with DELETE, or try again later.")
                    .to(Some(id.clone().into_json_value()))
            })?;
        let message = ServerJsonRpcMessage::response(result.into(), id);
        let message = wire::encode(&message);
        let mut response = match accepted.json {
            true => json(StatusCode::OK, message.into()),
            false => stream(event(&message).into()),
        };
        if let Ok(value) = HeaderValue::from_str(&session.id) {
            response.headers_mut().insert(headers::SESSION_ID, value);
        }
        Ok(response)
    }

    pub(super) async fn in_session(
        &self,
        asked: Asked<'_>,
        accepted: Accepted,
    ) -> Result<Response, Refusal> {
        let session = self.session(&asked.caller, asked.headers, Some(&asked.id))?;
        let exchange = self.begin(session, asked, accepted.events)?;
        Ok(exchange.into_response(accepted, |_| StatusCode::OK).await)
    }

    /// Begins a request of a session. `hears`: the client receives what is sent before the answer.
    pub(super) fn begin(
        &self,
        session: Arc<Session>,
        mut asked: Asked<'_>,
        hears: bool,
    ) -> Result<Exchange, Refusal> {
        let cancel = self.place.removed.child_token();
        let at_work = session
            .begin(asked.id.clone(), cancel.clone())
            .map_err(|NoRoom| {
                let message =
                    "A request with this id is at work in this session, or too many others are.";
                malformed(ErrorData::invalid_request(message, None), Some(&asked.id))
            })?;
        let talks = hears
            && asked.may_answer_late()
            && (asked.may_talk() || session.client.answers() || self.dispatch.logs());
        if let Some(answer) = self.subscribing(&session, &asked, &cancel) {
            let answer = async move {
                let answer = answer.await;
                drop(at_work);
                answer
            };
            return Ok(Exchange::silent(Box::pin(answer), None, receipt().0));
        }
        asked.meta.set_protocol_version(session.version.clone());
        asked.caller.client = Some(session.client.name.clone());
        asked.narrowing = session.client.narrowing.clone();
        // In these versions, losing the connection does not cancel the request.
        Ok(if talks {
            self.talking(asked, Some((session, at_work)), cancel, None)
        } else {
            self.silent(asked, Some(at_work), cancel, None)
        })
    }

    /// The answer to a request that changes what a session hears of; `None` for other requests, and
    /// where nothing can be heard.
    fn subscribing(
        &self,
        session: &Arc<Session>,
        asked: &Asked<'_>,
        cancel: &CancellationToken,
    ) -> Option<BoxFuture<'static, Outgoing>> {
        let subscriptions = self.subscriptions.clone()?;
        let (uri, adds) = match &asked.request {
            ClientRequest::SubscribeRequest(asked) => (asked.params.uri.clone(), true),
            ClientRequest::UnsubscribeRequest(asked) => (asked.params.uri.clone(), false),
            _ => return None,
        };
        let (id, caller) = (asked.id.clone(), asked.caller.clone());
        let (watches, cancel) = (session.watches.clone(), cancel.clone());
        Some(Box::pin(async move {
            let done = match adds {
                true => tokio::select! {
                    done = subscriptions.add(&caller, &uri, &watches) => done,
                    () = cancel.cancelled() => {
                        Err(ErrorData::invalid_request("The request was cancelled.", None))
                    }
                },
                false => {
                    watches.remove(&uri);
                    Ok(())
                }
            };
            let message = match done {
                Ok(()) => JsonRpcMessage::response(ServerResult::empty(()), id),
                Err(error) => JsonRpcMessage::error(error, Some(id)),
            };
            Outgoing::new(message, None)
        }))
    }

    /// The stream of a session, on which it hears of what it subscribed to.
    pub(super) async fn listen_in_session(
        &self,
        caller: &Caller,
        request: &Parts,
    ) -> Result<Response, Refusal> {
        let headers = &request.headers;
        let Some(subscriptions) = &self.subscriptions else {
            return Err(not_allowed(false));
        };
        if !headers.contains_key(&headers::SESSION_ID) {
            return Err(not_allowed(true));
        }
        let session = self.session(caller, headers, None)?;
        let place = self.place_of_stream(caller)?;
        let updates = subscriptions.updates(caller, session.watches.clone()).await;
        let updates = updates.ok_or_else(|| {
            Refusal::full("The server cannot read its records now; try again later.")
        })?;
        let at_stream = self.shared.sessions.stream(&session);
        let ends = self.ends(caller, request);
        Ok(listen::in_session(updates, at_stream, place, ends))
    }

    pub(super) fn notified(
        &self,
        caller: &Caller,
        headers: &HeaderMap,
        method: &str,
        params: Option<&RawValue>,
    ) -> Result<Response, Refusal> {
        let header = headers::version(headers).map_err(|error| malformed(error, None))?;
        if !header.is_some_and(headers::is_modern) {
            let session = self.session(caller, headers, None)?;
            if method == "notifications/cancelled"
                && let Some(cancelled) =
                    params.and_then(|params| serde_json::from_str::<Cancelled>(params.get()).ok())
            {
                session.cancel(&cancelled.request_id);
            }
        }
        Ok(StatusCode::ACCEPTED.into_response())
    }

    pub(super) fn replied(
        &self,
        caller: &Caller,
        headers: &HeaderMap,
        id: &RequestId,
        body: &[u8],
    ) -> Result<Response, Refusal> {
        let session = self.session(caller, headers, None)?;
        let reply: ClientJsonRpcMessage =
            serde_json::from_slice(body).map_err(|_| malformed(wire::reply_misfits(), None))?;
        // A reply that comes too late is not an error.
        if let Some((asked, reply_to)) = session.answered(id) {
            let _ = reply_to.try_send(readdressed(reply, asked));
        }
        Ok(StatusCode::ACCEPTED.into_response())
    }

    pub(super) fn delete(&self, caller: &Caller, headers: &HeaderMap) -> Result<Response, Refusal> {
        let header = headers::version(headers).map_err(|error| malformed(error, None))?;
        if header.is_some_and(headers::is_modern) {
            return Err(not_allowed(self.subscriptions.is_some()));
        }
        let session = self.session(caller, headers, None)?;
        self.shared.sessions.close(&session);
        Ok(StatusCode::NO_CONTENT.into_response())
    }

    pub(super) fn session(
        &self,
        caller: &Caller,
        headers: &HeaderMap,
        asked: Option<&RequestId>,
    ) -> Result<Arc<Session>, Refusal> {
        let header = headers::version(headers).map_err(|error| malformed(error, asked))?;
        let id = headers::single(headers, &headers::SESSION_ID)
            .map_err(|error| malformed(error, asked))?;
        let refusal = match id {
            _ if header.is_some_and(headers::is_modern) => Refusal::transport(
                StatusCode::BAD_REQUEST,
                "MCP-Protocol-Version names no version that has sessions; use the one that \
                 initialize answered.",
            ),
            None => Refusal::transport(
                StatusCode::BAD_REQUEST,
                "Mcp-Session-Id is missing: initialize first, or speak 2026-07-28 with its \
                 headers and `_meta`.",
            ),
            Some(id) => match self
                .shared
                .sessions
                .find(id, &self.place.name, &caller.principal)
            {
                // The session's own version counts: some clients always send the same header.
                Some(session) => return Ok(session),
                None => Refusal::transport(
                    StatusCode::NOT_FOUND,
                    "This session does not exist or has ended: initialize again.",
                ),
            },
        };
        Err(refusal.to(asked.map(|id| id.clone().into_json_value())))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cancelled {
    request_id: RequestId,
}

fn readdressed(reply: ClientJsonRpcMessage, id: RequestId) -> ClientJsonRpcMessage {
    match reply {
        JsonRpcMessage::Response(response) => JsonRpcMessage::response(response.result, id),
        JsonRpcMessage::Error(error) => JsonRpcMessage::error(error.error, Some(id)),
        other => other,
    }
}
