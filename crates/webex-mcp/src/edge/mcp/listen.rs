//! `subscriptions/listen`: a stream that says what it will tell, tells it, and is closed properly.
//!
//! It holds its share, an id and a timer. The SDK's own would hold a service loop with its queues,
//! several times as much, and there may be ten thousand of them.

use std::convert::Infallible;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use rmcp::model::{
    NotificationMetaObject, RequestId, ServerJsonRpcMessage, ServerResult, SubscriptionFilter,
    SubscriptionsAcknowledgedNotification, SubscriptionsAcknowledgedNotificationParams,
    SubscriptionsListenResult,
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::exchange::{COMMENT, event, stream};
use super::wire;
use crate::edge::limits;
use crate::edge::shares::Share;
use crate::identity::Principal;

enum Stage {
    Acknowledge(Bytes),
    Quiet,
    Closed,
}

/// Opens the stream: the acknowledgement first, comments while it is quiet, and when the server
/// drains the result that says it was closed on purpose. No list changes yet, so nothing is told.
pub(super) fn open(
    id: RequestId,
    accepted: SubscriptionFilter,
    server_info: &Value,
    place: Share<Principal>,
    drain: CancellationToken,
) -> Response {
    let acknowledgement = event(&wire::encode(&acknowledge(id.clone(), accepted)));
    let close = event(&wire::encode(&closed(id, server_info)));
    let messages = futures::stream::unfold(
        (Stage::Acknowledge(acknowledgement), place),
        move |(stage, place)| {
            let (drain, close) = (drain.clone(), close.clone());
            async move {
                let (piece, next) = match stage {
                    Stage::Acknowledge(piece) => (piece, Stage::Quiet),
                    Stage::Quiet => {
                        let quiet =
                            tokio::time::timeout(limits::LISTEN_KEEP_ALIVE, drain.cancelled());
                        match quiet.await {
                            Ok(()) => (close, Stage::Closed),
                            Err(_) => (COMMENT, Stage::Quiet),
                        }
                    }
                    Stage::Closed => return None,
                };
                Some((Ok::<_, Infallible>(piece), (next, place)))
            }
        },
    );
    stream(Body::from_stream(messages))
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
