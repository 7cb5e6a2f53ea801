//! A peer for clients that cannot be reached.
//!
//! The SDK makes a peer only for a running service. A request that sends nothing before its answer
//! does not need its own; all of them share this one, whose service has ended.

use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::service::serve_directly;
use rmcp::transport::Transport;
use rmcp::{Peer, RoleServer, ServerHandler};

struct Silence;

impl ServerHandler for Silence {}

#[derive(Debug, thiserror::Error)]
#[error("nobody listens")]
struct Unheard;

impl Transport<RoleServer> for Silence {
    type Error = Unheard;

    fn send(
        &mut self,
        _message: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), Unheard>> + Send + 'static {
        std::future::ready(Err(Unheard))
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        None
    }

    async fn close(&mut self) -> Result<(), Unheard> {
        Ok(())
    }
}

/// The peer; sending to it fails at once. Must be called inside a Tokio runtime.
pub(super) fn nobody() -> Peer<RoleServer> {
    serve_directly(Silence, Silence, None).peer().clone()
}
