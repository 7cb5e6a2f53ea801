//! `subscriptions/listen`: a stream that names the changes it reports, reports them, and ends
//! properly.
//!
//! A stream holds its share, an id and a timer. The SDK's version would hold a service loop with
//! its queues, several times as much, and there may be ten thousand streams.

use std::convert::Infallible;

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

enum Stage {
    Acknowledge(Bytes),
    Quiet,
    Closed,
}

/// Opens the stream: the acknowledgement first, comments while it is quiet, a notification when the
/// tools have changed, and at the end the result that says it was closed on purpose. Changes that
/// come faster than the client reads are reported once.
pub(super) fn open(
    id: RequestId,
    accepted: SubscriptionFilter,
    server_info: &Value,
    place: Share<Principal>,
    ends: Ends,
    following: Option<Following>,
) -> Response {
    let acknowledgement = event(&wire::encode(&acknowledge(id.clone(), accepted)));
    let change = following
        .as_ref()
        .map(|_| event(&wire::encode(&changed(id.clone()))));
    let close = event(&wire::encode(&closed(id, server_info)));
    let messages = futures::stream::unfold(
        (Stage::Acknowledge(acknowledgement), following, place),
        move |(stage, mut following, place)| {
            let (ends, change, close) = (ends.clone(), change.clone(), close.clone());
            async move {
                let (piece, next) = match stage {
                    Stage::Acknowledge(piece) => (piece, Stage::Quiet),
                    Stage::Quiet => tokio::select! {
                        biased;
                        () = ends.drain.cancelled() => (close, Stage::Closed),
                        () = ends.removed.cancelled() => (close, Stage::Closed),
                        () = tools_changed(&mut following) => {
                            (change.unwrap_or(COMMENT), Stage::Quiet)
                        }
                        () = tokio::time::sleep(limits::LISTEN_KEEP_ALIVE) => {
                            (COMMENT, Stage::Quiet)
                        }
                    },
                    Stage::Closed => return None,
                };
                Some((Ok::<_, Infallible>(piece), (next, following, place)))
            }
        },
    );
    stream(Body::from_stream(messages))
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
