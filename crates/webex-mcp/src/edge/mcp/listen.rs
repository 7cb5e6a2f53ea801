//! `subscriptions/listen`: a stream that names the changes it reports, reports them, and ends
//! properly.
//!
//! A stream holds its share, an id and a timer. The SDK's version would hold a service loop with
//! its queues, several times as much, and there may be ten thousand streams.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use rmcp::model::{
    NotificationMetaObject, RequestId, ServerJsonRpcMessage, ServerResult, SubscriptionFilter,
    SubscriptionsAcknowledgedNotification, SubscriptionsAcknowledgedNotificationParams,
    SubscriptionsListenResult, ToolListChangedNotification,
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::exchange::{COMMENT, event, stream};
use super::session::AtStream;
use super::subscriptions::{Updates, updated};
use super::wire;
use crate::edge::limits;
use crate::edge::shares::Share;
use crate::identity::Principal;
use crate::servers::registry::Following;

/// The signals that end a stream on purpose.
#[derive(Debug, Clone)]
pub(super) struct Ends {
    /// The process is to end.
    pub(super) drain: CancellationToken,
    /// The virtual server was removed.
    pub(super) removed: CancellationToken,
}

/// What a stream reports.
#[derive(Default)]
pub(super) struct Reports {
    pub(super) tools: Option<Following>,
    pub(super) resources: Option<Updates>,
}

impl Reports {
    /// The next change. Dropping the future loses none.
    async fn next(&mut self) -> Change {
        tokio::select! {
            () = tools_changed(&mut self.tools) => Change::Tools,
            uri = resource_changed(&mut self.resources) => Change::Resource(uri),
        }
    }
}

enum Change {
    Tools,
    Resource(Arc<str>),
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
        (Stage::Acknowledge(acknowledgement), reports, place),
        move |(stage, mut reports, place)| {
            let (ends, id, close) = (ends.clone(), id.clone(), close.clone());
            async move {
                let (piece, next) = match stage {
                    Stage::Acknowledge(piece) => (piece, Stage::Quiet),
                    Stage::Quiet => tokio::select! {
                        biased;
                        () = ends.drain.cancelled() => (close, Stage::Closed),
                        () = ends.removed.cancelled() => (close, Stage::Closed),
                        change = reports.next() => {
                            let message = match change {
                                Change::Tools => changed(id),
                                Change::Resource(uri) => updated(&uri, Some(id)),
                            };
                            (event(&wire::encode(&message)), Stage::Quiet)
                        }
                        () = tokio::time::sleep(limits::LISTEN_KEEP_ALIVE) => {
                            (COMMENT, Stage::Quiet)
                        }
                    },
                    Stage::Closed => return None,
                };
                Some((Ok::<_, Infallible>(piece), (next, reports, place)))
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
        (Some(COMMENT), updates, at_stream, place),
        move |(first, mut updates, at_stream, place)| {
            let ends = ends.clone();
            async move {
                let piece = match first {
                    // A client learns at once that the stream is open.
                    Some(first) => first,
                    None => tokio::select! {
                        biased;
                        () = ends.drain.cancelled() => return None,
                        () = ends.removed.cancelled() => return None,
                        () = at_stream.ended() => return None,
                        uri = updates.next() => event(&wire::encode(&updated(&uri, None))),
                        () = tokio::time::sleep(limits::LISTEN_KEEP_ALIVE) => COMMENT,
                    },
                };
                Some((
                    Ok::<_, Infallible>(piece),
                    (None, updates, at_stream, place),
                ))
            }
        },
    );
    stream(Body::from_stream(messages))
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
