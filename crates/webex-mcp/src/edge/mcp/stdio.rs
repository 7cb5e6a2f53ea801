//! The stdio transport, for a client that started this process: one caller, JSON-RPC on stdin and
//! stdout.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, GetExtensions as _, RequestId, ServerJsonRpcMessage,
};
use rmcp::service::{ServerInitializeError, serve_server_with_ct};
use rmcp::transport::{IntoTransport, Transport, stdio_pipes};
use rmcp::{RoleServer, ServerHandler};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::dispatch::Dispatch;
use super::exchange::DeliverySlot;
use super::handler::Handler;
use crate::call::delivery::{Delivered, Receipt, receipt};

/// The conversation could not begin, or it broke off.
#[derive(Debug, thiserror::Error)]
#[error("the client on standard input did not speak MCP, or left in the middle of a message")]
pub struct Broken;

/// Serves until the client closes standard input or `drain` is cancelled; the first also cancels
/// `drain`. Requests that were read before are still answered, for at most `patience`. Meanwhile
/// nothing else may write to standard output.
///
/// # Errors
/// [`Broken`] where the client never completed a handshake.
pub async fn serve_stdio(
    handler: Arc<Handler>,
    drain: CancellationToken,
    patience: Duration,
) -> Result<(), Broken> {
    converse(handler, stdio_pipes(), drain, patience).await
}

/// A transport that waits at its end for unsent answers, and that knows which answers arrived.
struct Draining<T> {
    inner: T,
    drain: CancellationToken,
    patience: Duration,
    owed: Arc<Owed>,
}

/// Requests that were read and not yet answered, each with the receipt of its answer.
#[derive(Default)]
struct Owed {
    receipts: Mutex<HashMap<RequestId, Receipt>>,
    changed: Notify,
}

impl Owed {
    fn enter(&self, id: RequestId) -> Delivered {
        let (receipt, delivered) = receipt();
        self.receipts.lock().insert(id, receipt);
        delivered
    }

    fn leave(&self, id: Option<&RequestId>) -> Option<Receipt> {
        let receipt = self.receipts.lock().remove(id?);
        self.changed.notify_waiters();
        receipt
    }

    async fn none_left(&self) {
        loop {
            let changed = self.changed.notified();
            if self.receipts.lock().is_empty() {
                return;
            }
            changed.await;
        }
    }
}

impl<T: Transport<RoleServer>> Draining<T> {
    /// Adds the answer that this message needs, or removes it if the message cancels a request.
    fn read(&self, message: &mut ClientJsonRpcMessage) {
        match message {
            ClientJsonRpcMessage::Request(request) => {
                let slot = DeliverySlot::of(self.owed.enter(request.id.clone()));
                request.request.extensions_mut().insert(slot);
            }
            ClientJsonRpcMessage::Notification(notification) => {
                if let ClientNotification::CancelledNotification(cancelled) =
                    &notification.notification
                {
                    drop(self.owed.leave(cancelled.params.request_id.as_ref()));
                }
            }
            _ => {}
        }
    }
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for Draining<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), T::Error>> + Send + 'static {
        let answers = match &message {
            ServerJsonRpcMessage::Response(response) => Some(response.id.clone()),
            ServerJsonRpcMessage::Error(error) => error.id.clone(),
            _ => None,
        };
        let owed = self.owed.clone();
        let sending = self.inner.send(message);
        async move {
            let sent = sending.await;
            if let Some(receipt) = owed.leave(answers.as_ref())
                && sent.is_ok()
            {
                receipt.confirm();
            }
            sent
        }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        let received = tokio::select! {
            biased;
            () = self.drain.cancelled() => None,
            received = self.inner.receive() => received,
        };
        if let Some(mut message) = received {
            self.read(&mut message);
            return Some(message);
        }
        self.drain.cancel();
        let answered = tokio::time::timeout(self.patience, self.owed.none_left());
        if answered.await.is_err() {
            tracing::warn!("the process ends before everything was answered");
        }
        None
    }

    async fn close(&mut self) -> Result<(), T::Error> {
        self.inner.close().await
    }
}

async fn converse<H, T, E, A>(
    handler: Arc<H>,
    transport: T,
    drain: CancellationToken,
    patience: Duration,
) -> Result<(), Broken>
where
    H: ServerHandler,
    T: IntoTransport<RoleServer, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    let transport = Draining {
        inner: transport.into_transport(),
        drain,
        patience,
        owed: Arc::default(),
    };
    // The transport ends the conversation; cancelling a token would end it before the last answers.
    let never = CancellationToken::new();
    match serve_server_with_ct(Dispatch::new(handler), transport, never).await {
        Ok(running) => {
            // How it ended does not matter: the client closed its end, or we are draining.
            let _ = running.waiting().await;
            Ok(())
        }
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => {
            Ok(())
        }
        Err(error) => {
            tracing::debug!(%error, "no conversation on standard input");
            Err(Broken)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rmcp::model::{Implementation, ServerCapabilities, ServerConfig};
    use serde_json::{Value, json};
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, split};

    struct Small;

    impl ServerHandler for Small {
        fn get_info(&self) -> ServerConfig {
            ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
                .with_server_info(Implementation::new("small", "1"))
        }
    }

    /// Sends these lines, closes its end, and returns what came back.
    async fn dialogue(lines: &[Value]) -> (Result<(), Broken>, Vec<Value>) {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let served = tokio::spawn(converse(
            Arc::new(Small),
            split(theirs),
            CancellationToken::new(),
            Duration::from_secs(5),
        ));
        let (read, mut write) = split(ours);
        for line in lines {
            write
                .write_all(format!("{line}\n").as_bytes())
                .await
                .unwrap();
        }
        let expected = lines.iter().filter(|line| line["id"].is_number()).count();
        let mut answers = Vec::new();
        let mut read = BufReader::new(read).lines();
        while answers.len() < expected
            && let Ok(Some(line)) = read.next_line().await
        {
            answers.push(serde_json::from_str(&line).unwrap());
        }
        write.shutdown().await.unwrap();
        drop((read, write));
        (served.await.unwrap(), answers)
    }

    fn modern(id: u32, method: &str) -> Value {
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {}
        });
        json!({"jsonrpc": "2.0", "id": id, "method": method, "params": {"_meta": meta}})
    }

    #[tokio::test]
    async fn both_eras_are_spoken_and_the_end_of_input_is_the_end() {
        let (ended, answers) = dialogue(&[
            modern(1, "server/discover"),
            modern(2, "tools/list"),
            modern(3, "prompts/list"),
        ])
        .await;
        ended.unwrap();
        let of = |id: u32| answers.iter().find(|answer| answer["id"] == id).unwrap();
        assert!(of(1)["result"]["supportedVersions"].is_array());
        assert!(of(2)["result"]["_meta"].is_object());
        assert_eq!(of(3)["error"]["code"], -32601);

        let (ended, answers) = dialogue(&[
            json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
                "protocolVersion": "2025-06-18", "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"}
            }}),
            json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
            json!({"jsonrpc": "2.0", "id": 2, "method": "ping"}),
        ])
        .await;
        ended.unwrap();
        assert_eq!(answers[0]["result"]["protocolVersion"], "2025-06-18");
        assert_eq!(answers[1]["result"], json!({}));
    }

    #[tokio::test]
    async fn a_client_that_says_nothing_is_no_error() {
        dialogue(&[]).await.0.unwrap();
    }
}
