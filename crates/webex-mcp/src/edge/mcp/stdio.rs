//! The stdio transport, for a client that started this process: one caller, JSON-RPC on stdin and
//! stdout.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, GetExtensions as _, RequestId, ServerJsonRpcMessage,
};
use rmcp::service::{ServerInitializeError, serve_server_with_ct};
use rmcp::transport::{Transport, stdio_pipes};
use rmcp::{RoleServer, ServerHandler};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::dispatch::Dispatch;
use super::exchange::DeliverySlot;
use super::handler::Handler;
use super::lines::Lines;
use super::prepared::{Prepared, PreparedSlot};
use super::wire::Outgoing;
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
    let at_work = handler.at_work();
    converse(handler, at_work, stdio_pipes(), drain, patience).await
}

/// A transport that waits at its end for unsent answers, and that knows which answers arrived.
struct Draining<R, W> {
    lines: Lines<R, W>,
    drain: CancellationToken,
    patience: Duration,
    owed: Arc<Owed>,
}

/// Requests that were read and not yet answered.
struct Owed {
    /// What a drain of the calls waits for.
    at_work: TaskTracker,
    answers: Mutex<HashMap<RequestId, Answer>>,
    changed: Notify,
}

/// What belongs to an answer on its way.
struct Answer {
    receipt: Receipt,
    prepared: PreparedSlot,
    _at_work: TaskTrackerToken,
}

impl Owed {
    fn enter(&self, id: RequestId) -> (Delivered, PreparedSlot) {
        let (receipt, delivered) = receipt();
        let prepared = PreparedSlot::empty();
        let answer = Answer {
            receipt,
            prepared: prepared.clone(),
            _at_work: self.at_work.token(),
        };
        self.answers.lock().insert(id, answer);
        (delivered, prepared)
    }

    fn prepared(&self, id: Option<&RequestId>) -> Option<Prepared> {
        self.answers.lock().get(id?)?.prepared.take()
    }

    fn leave(&self, id: Option<&RequestId>) -> Option<Receipt> {
        let answer = self.answers.lock().remove(id?);
        self.changed.notify_waiters();
        answer.map(|answer| answer.receipt)
    }

    async fn none_left(&self) {
        loop {
            let changed = self.changed.notified();
            if self.answers.lock().is_empty() {
                return;
            }
            changed.await;
        }
    }

    /// Adds the answer that this message needs, or removes it if the message cancels a request.
    fn read(&self, message: &mut ClientJsonRpcMessage) {
        match message {
            ClientJsonRpcMessage::Request(request) => {
                let (delivered, prepared) = self.enter(request.id.clone());
                let extensions = request.request.extensions_mut();
                extensions.insert(DeliverySlot::of(delivered));
                extensions.insert(prepared);
            }
            ClientJsonRpcMessage::Notification(notification) => {
                if let ClientNotification::CancelledNotification(cancelled) =
                    &notification.notification
                {
                    drop(self.leave(cancelled.params.request_id.as_ref()));
                }
            }
            _ => {}
        }
    }
}

impl<R, W> Transport<RoleServer> for Draining<R, W>
where
    R: AsyncRead + Unpin + Send,
    W: AsyncWrite + Unpin + Send + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let answers = match &message {
            ServerJsonRpcMessage::Response(response) => Some(response.id.clone()),
            ServerJsonRpcMessage::Error(error) => error.id.clone(),
            _ => None,
        };
        let (owed, writer) = (self.owed.clone(), self.lines.writer());
        async move {
            let prepared = owed.prepared(answers.as_ref());
            let sent = writer.write(Outgoing::new(message, prepared)).await;
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
            received = self.lines.next() => received,
        };
        if let Some(mut message) = received {
            self.owed.read(&mut message);
            return Some(message);
        }
        self.drain.cancel();
        let answered = tokio::time::timeout(self.patience, self.owed.none_left());
        if answered.await.is_err() {
            tracing::warn!("the process ends before everything was answered");
        }
        None
    }

    async fn close(&mut self) -> io::Result<()> {
        self.lines.writer().close().await
    }
}

async fn converse<H, R, W>(
    handler: Arc<H>,
    at_work: TaskTracker,
    (read, write): (R, W),
    drain: CancellationToken,
    patience: Duration,
) -> Result<(), Broken>
where
    H: ServerHandler,
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    let transport = Draining {
        lines: Lines::new(read, write),
        drain,
        patience,
        owed: Arc::new(Owed {
            at_work,
            answers: Mutex::default(),
            changed: Notify::new(),
        }),
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
            TaskTracker::new(),
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
