//! The door for a client that started this process: one caller, JSON-RPC on stdin and stdout.

use std::sync::Arc;

use rmcp::service::serve_server_with_ct;
use rmcp::transport::stdio_pipes;
use tokio_util::sync::CancellationToken;

use super::dispatch::Dispatch;
use super::handler::Handler;

/// The conversation could not begin, or broke off.
#[derive(Debug, thiserror::Error)]
#[error("the client on standard input did not speak MCP, or left in the middle of a message")]
pub struct Broken;

/// Serves until the client closes standard input, or `drain` is cancelled. Nothing but JSON-RPC
/// may be written to standard output meanwhile.
///
/// # Errors
/// [`Broken`] where no conversation came about.
pub async fn serve_stdio(handler: Arc<Handler>, drain: CancellationToken) -> Result<(), Broken> {
    let dispatch = Dispatch::new(handler);
    match serve_server_with_ct(dispatch, stdio_pipes(), drain.clone()).await {
        Ok(running) => {
            // How it ended is the client's affair: it closed its end, or we are draining.
            let _ = running.waiting().await;
            Ok(())
        }
        Err(error) if drain.is_cancelled() || closed(&error) => Ok(()),
        Err(error) => {
            tracing::debug!(%error, "no conversation on standard input");
            Err(Broken)
        }
    }
}

fn closed(error: &rmcp::service::ServerInitializeError) -> bool {
    matches!(
        error,
        rmcp::service::ServerInitializeError::ConnectionClosed(_)
    )
}
