//! `subscriptions/listen`: a stream that names the changes it reports, reports them, and ends
//! properly.
//!
//! A stream holds its share, an id and a timer. The SDK's version would hold a service loop with
//! its queues, several times as much, and there may be ten thousand streams.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use axum::response::Response;
use bytes::Bytes;
use rmcp::ServerHandler;
use rmcp::model::{
    NotificationMetaObject, RequestId, ServerJsonRpcMessage, ServerResult, SubscriptionFilter,
    SubscriptionsAcknowledgedNotification, SubscriptionsAcknowledgedNotificationParams,
    SubscriptionsListenResult, ToolListChangedNotification,
};
use serde_json::Value;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::endpoint::{Asked, Endpoint};
use super::exchange::{COMMENT, event, stream};
use super::refusal::Refusal;
use super::session::AtStream;
use super::subscriptions::{Updates, updated};
use super::wire;
use crate::auth::{Admission, Standing};
use crate::edge::limits;
use crate::edge::shares::Share;
use crate::identity::{Caller, Principal};
use crate::servers::registry::Following;

/// What ends a stream on purpose.
#[derive(Debug)]
pub(super) struct Ends {
    /// The process is to end.
    pub(super) drain: CancellationToken,
    /// The virtual server was removed.
    pub(super) removed: CancellationToken,
    /// Its caller would no longer be let in. `None` where nobody was asked to say who they are.
    standing: Option<Standing>,
}

impl Ends {
    /// What a stream says next: the change, or a comment if it is quiet until then. `None` once it has to
    /// end. Before anything is said, its caller is looked at again.
    async fn or(&mut self, change: impl Future<Output = Bytes>) -> Option<Bytes> {
        let Ends {
            drain,
            removed,
            standing,
        } = self;
        let said = async {
            let piece = timeout(limits::LISTEN_KEEP_ALIVE, change).await;
            let holds = match standing {
                // Boxed: the memory of a look is not held while the stream is quiet.
                Some(standing) => Box::pin(standing.holds()).await,
                None => true,
            };
            holds.then(|| piece.unwrap_or(COMMENT))
        };
        tokio::select! {
            biased;
            () = drain.cancelled() => None,
            () = removed.cancelled() => None,
            piece = said => piece,
        }
    }
}

impl<H: ServerHandler> Endpoint<H> {
    /// Opens a stream of what is served of a subscription.
    pub(super) async fn listen(
        &self,
        asked: Asked<'_>,
        mut served: SubscriptionFilter,
        ends: Ends,
    ) -> Result<Response, Refusal> {
        let place = self.place_of_stream(&asked.caller).map_err(|refusal| {
            let id = asked.id.clone();
            refusal.to(Some(id.into_json_value()))
        })?;
        let wanted = served.resource_subscriptions.take();
        let opened = match (&self.subscriptions, wanted) {
            (Some(subscriptions), Some(uris)) => subscriptions.open(&asked.caller, uris).await,
            _ => None,
        };
        let (resources, uris) = opened.unzip();
        served.resource_subscriptions = uris;
        let hears = served.tools_list_changed == Some(true);
        let following = self.follow.as_ref().filter(|_| hears);
        let reports = Reports {
            tools: following.map(|follow| follow()),
            resources,
        };
        let info = self.dispatch.server_info();
        Ok(open(asked.id, served, info, place, ends, reports))
    }

    pub(super) fn place_of_stream(&self, caller: &Caller) -> Result<Share<Principal>, Refusal> {
        let share = self.shared.streams.take(&caller.principal, 1);
        share.ok_or_else(|| {
            Refusal::full("All streams are in use; poll tools/list, or try again later.")
        })
    }

    /// What ends a stream of this caller, whose request this is.
    pub(super) fn ends(&self, caller: &Caller, request: &Parts) -> Ends {
        let admission = request.extensions.get::<Admission>();
        Ends {
            drain: self.shared.drain.clone(),
            removed: self.place.removed.clone(),
            standing: admission.map(|it| it.standing(&request.headers, caller)),
        }
    }
}

/// What a stream reports.
#[derive(Default)]
pub(super) struct Reports {
    pub(super) tools: Option<Following>,
    pub(super) resources: Option<Updates>,
}

impl Reports {
    /// The message about the next change. Dropping the future loses none.
    async fn next(&mut self, id: RequestId) -> Bytes {
        let message = tokio::select! {
            () = tools_changed(&mut self.tools) => changed(id),
            uri = resource_changed(&mut self.resources) => updated(&uri, Some(id)),
        };
        event(&wire::encode(&message))
    }
}

enum Stage {
    Acknowledge(Bytes),
    Quiet,
    Closed,
}

/// Opens the stream: the acknowledgement first, comments while it is quiet, a notification when the
/// tools or a resource have changed, and at the end the result that says it was closed on purpose. Changes that
/// come faster than the client reads are reported once.
pub(super) fn open(
    id: RequestId,
    accepted: SubscriptionFilter,
    server_info: &Value,
    place: Share<Principal>,
    ends: Ends,
    reports: Reports,
) -> Response {
    let acknowledgement = event(&wire::encode(&acknowledge(id.clone(), accepted)));
    let close = event(&wire::encode(&closed(id.clone(), server_info)));
    let messages = futures::stream::unfold(
        (Stage::Acknowledge(acknowledgement), reports, place, ends),
        move |(stage, mut reports, place, mut ends)| {
            let (id, close) = (id.clone(), close.clone());
            async move {
                let (piece, next) = match stage {
                    Stage::Acknowledge(piece) => (piece, Stage::Quiet),
                    Stage::Quiet => match ends.or(reports.next(id)).await {
                        Some(piece) => (piece, Stage::Quiet),
                        None => (close, Stage::Closed),
                    },
                    Stage::Closed => return None,
                };
                Some((Ok::<_, Infallible>(piece), (next, reports, place, ends)))
            }
        },
    );
    stream(Body::from_stream(messages))
}

/// The stream of a session: comments while it is quiet, and a notification when a resource has
/// changed. It ends with the session, or when the client opens another one.
pub(super) fn in_session(
    updates: Updates,
    at_stream: AtStream,
    place: Share<Principal>,
    ends: Ends,
) -> Response {
    let messages = futures::stream::unfold(
        (Some(COMMENT), updates, at_stream, place, ends),
        |(first, mut updates, at_stream, place, mut ends)| async move {
            let piece = match first {
                // A client learns at once that the stream is open.
                Some(first) => first,
                None => tokio::select! {
                    biased;
                    () = at_stream.ended() => return None,
                    piece = ends.or(told(&mut updates)) => piece?,
                },
            };
            let next = (None, updates, at_stream, place, ends);
            Some((Ok::<_, Infallible>(piece), next))
        },
    );
    stream(Body::from_stream(messages))
}

/// The message about the next change on the stream of a session.
async fn told(updates: &mut Updates) -> Bytes {
    let uri = updates.next().await;
    event(&wire::encode(&updated(&uri, None)))
}

async fn resource_changed(updates: &mut Option<Updates>) -> Arc<str> {
    match updates {
        Some(updates) => updates.next().await,
        None => std::future::pending().await,
    }
}

/// Returns when the tools have changed; never returns where their changes are not followed.
async fn tools_changed(following: &mut Option<Following>) {
    match following {
        Some(following) => following.tools_changed().await,
        None => std::future::pending().await,
    }
}

fn changed(id: RequestId) -> ServerJsonRpcMessage {
    let mut notification = ToolListChangedNotification::default();
    let mut meta = NotificationMetaObject::new();
    meta.set_subscription_id(id);
    notification.extensions.insert(meta);
    ServerJsonRpcMessage::notification(notification.into())
}

fn acknowledge(id: RequestId, accepted: SubscriptionFilter) -> ServerJsonRpcMessage {
    let mut notification = SubscriptionsAcknowledgedNotification::new(
        SubscriptionsAcknowledgedNotificationParams::new(accepted),
    );
    let mut meta = NotificationMetaObject::new();
    meta.set_subscription_id(id);
    notification.extensions.insert(meta);
    ServerJsonRpcMessage::notification(notification.into())
}

fn closed(id: RequestId, server_info: &Value) -> ServerJsonRpcMessage {
    let mut result = SubscriptionsListenResult::complete(id.clone());
    if let Ok(info) = serde_json::from_value(server_info.clone()) {
        result.meta.set_server_info(info);
    }
    ServerJsonRpcMessage::response(ServerResult::SubscriptionsListenResult(result), id)
}
