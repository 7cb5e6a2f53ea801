//! The stdio transport, for a client that started this process: one caller, JSON-RPC on stdin and
//! stdout.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{
    ClientJsonRpcMessage, ClientRequest, GetMeta as _, ProtocolVersion, ServerJsonRpcMessage,
    ServerResult,
};
use rmcp::service::{ServerInitializeError, serve_server_with_ct};
use rmcp::transport::{Transport, stdio_pipes};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::dispatch::{Dispatch, unknown_method};
use super::handler::{Handler, VERSIONS};
use super::headers;
use super::lines::Lines;
use super::owed::{Owed, Place};
use super::wire::Outgoing;

/// The conversation could not begin, and at which end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("the client on standard input did not speak MCP, or left in the middle of a message")]
    Input,
    #[error(
        "the answer to the client could not be written to standard output; the client has to keep that open, and read it"
    )]
    Output,
}

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
struct Draining<R> {
    lines: Lines<R>,
    drain: CancellationToken,
    patience: Duration,
    owed: Arc<Owed>,
    /// The place of the next request.
    place: Option<Place>,
    /// What the client chose: a handshake, or requests that stand for themselves.
    begun: Option<Era>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Era {
    Session,
    Alone,
}

impl<R: AsyncRead + Unpin + Send> Draining<R> {
    /// The next message. Dropping the future loses nothing.
    async fn next(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            if self.place.is_none() {
                self.place = self.owed.place().await;
            }
            let mut message = self.lines.next().await?;
            match &message {
                ClientJsonRpcMessage::Request(request) => match self.admit(&request.request) {
                    Ok(()) => {}
                    Err(error) => {
                        self.lines.refuse(Some(request.id.clone()), error);
                        continue;
                    }
                },
                // The SDK ends a conversation that begins with something else.
                _ if self.begun.is_none() => continue,
                _ => {}
            }
            match self.owed.note(&mut message, &mut self.place) {
                Ok(()) => return Some(message),
                Err(id) => self.lines.refuse(Some(id), in_use()),
            }
        }
    }

    /// Whether a request may come now, and which era it begins.
    fn admit(&mut self, request: &ClientRequest) -> Result<(), ErrorData> {
        if is_handshake(request) {
            if self.begun.is_some() {
                return Err(begun_before());
            }
            self.begun = Some(Era::Session);
            return Ok(());
        }
        if self.begun.is_none() && is_unknown(request) {
            return Err(unknown_method(request.method()));
        }
        let missing = request
            .get_meta()
            .missing_required_keys(&ProtocolVersion::V_2026_07_28);
        let needs = match request {
            ClientRequest::PingRequest(_) => self.begun == Some(Era::Alone),
            _ => self.begun != Some(Era::Session),
        };
        match self.begun {
            None if needs && !missing.is_empty() => Err(not_begun(&missing)),
            Some(_) if needs && !missing.is_empty() => Err(headers::lacking(&missing)),
            None if stands_for_itself(request) => {
                self.begun = Some(Era::Alone);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl<R: AsyncRead + Unpin + Send> Transport<RoleServer> for Draining<R> {
    type Error = io::Error;

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let answered = match &message {
            ServerJsonRpcMessage::Response(response) => {
                if let ServerResult::InitializeResult(begun) = &response.result
                    && begun.protocol_version == ProtocolVersion::V_2025_03_26
                {
                    self.lines.take_batches();
                }
                Some(&response.id)
            }
            ServerJsonRpcMessage::Error(error) => error.id.as_ref(),
            _ => None,
        };
        let owing = answered.map(|id| self.owed.take(id));
        let writer = self.lines.writer();
        async move {
            match owing {
                // The client no longer waits for it.
                Some(None) => Ok(()),
                Some(Some(owing)) => {
                    let message = Outgoing::new(message, owing.aside.take());
                    writer.write(message).await?;
                    owing.receipt.confirm();
                    Ok(())
                }
                None => writer.write(Outgoing::new(message, None)).await,
            }
        }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        let (drain, writer) = (self.drain.clone(), self.lines.writer());
        let received = tokio::select! {
            biased;
            () = drain.cancelled() => None,
            () = writer.unread() => None,
            received = self.next() => received,
        };
        if received.is_some() {
            return received;
        }
        self.place = None;
        self.drain.cancel();
        let answered = tokio::time::timeout(self.patience, self.owed.none_left());
        if answered.await.is_err() {
            tracing::warn!("the process ends before everything was answered");
            // Or the SDK would wait some seconds more for each.
            self.lines.give_up();
        }
        self.lines.flush().await;
        None
    }

    async fn close(&mut self) -> io::Result<()> {
        self.lines.close().await;
        Ok(())
    }
}

fn is_unknown(request: &ClientRequest) -> bool {
    matches!(request, ClientRequest::CustomRequest(_))
}

fn is_handshake(request: &ClientRequest) -> bool {
    matches!(request, ClientRequest::InitializeRequest(_))
}

/// Whether a conversation of requests that stand for themselves begins with it, to the SDK.
fn stands_for_itself(request: &ClientRequest) -> bool {
    let meta = request.get_meta();
    let is_probe = matches!(
        request,
        ClientRequest::DiscoverRequest(_) | ClientRequest::PingRequest(_)
    );
    let missing = meta.missing_required_keys(&ProtocolVersion::V_2026_07_28);
    let version = meta.protocol_version();
    // The SDK refuses another version, and the conversation has not begun.
    let is_supported = version.is_some_and(|version| VERSIONS.contains(&version));
    !is_probe && missing.is_empty() && is_supported
}

fn not_begun(missing: &[&str]) -> ErrorData {
    let message = format!(
        "Initialize first, or send the `_meta` fields of 2026-07-28; missing or misspelt: {}.",
        missing.join(", ")
    );
    ErrorData::invalid_params(message, None)
}

fn begun_before() -> ErrorData {
    let message = "The conversation has begun; initialize comes first, and once.";
    ErrorData::invalid_request(message, None)
}

fn in_use() -> ErrorData {
    let message = "The request before with this `id` is not answered yet: give each its own.";
    ErrorData::invalid_request(message, None)
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
        owed: Arc::new(Owed::new(at_work)),
        place: None,
        begun: None,
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
            tracing::debug!(%error, "no conversation");
            // Only what is sent can fail: what cannot be received ends the input.
            Err(match error {
                ServerInitializeError::TransportError { .. } => Broken::Output,
                _ => Broken::Input,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::limits;
    use rmcp::model::{Implementation, ServerCapabilities, ServerConfig};
    use serde_json::{Value, json};
    use tokio::io::{
        AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, duplex, split,
    };

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
        let messages = lines.iter().flat_map(|line| match line.as_array() {
            Some(messages) => messages.iter().collect(),
            None => vec![line],
        });
        let expected = messages.filter(|line| line["id"].is_number()).count();
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

    fn initialize(id: u32, version: &str) -> Value {
        json!({"jsonrpc": "2.0", "id": id, "method": "initialize", "params": {
            "protocolVersion": version, "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"}
        }})
    }

    fn notified(what: &str) -> Value {
        json!({"jsonrpc": "2.0", "method": format!("notifications/{what}")})
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
            initialize(1, "2025-06-18"),
            notified("initialized"),
            json!({"jsonrpc": "2.0", "id": 2, "method": "ping"}),
        ])
        .await;
        ended.unwrap();
        assert_eq!(answers[0]["result"]["protocolVersion"], "2025-06-18");
        assert_eq!(answers[1]["result"], json!({}));
    }

    #[tokio::test]
    async fn a_batch_is_answered_only_where_the_version_has_it() {
        let ping = |id: u32| json!({"jsonrpc": "2.0", "id": id, "method": "ping"});
        let batch = json!([
            ping(2),
            {"jsonrpc": "2.0", "id": 3, "method": "nope"},
            notified("roots/list_changed"),
            initialize(4, "2025-03-26"),
            {"jsonrpc": "1.0", "id": 5, "method": "ping"},
        ]);
        let begin = |version| [initialize(1, version), notified("initialized")];
        let (ended, answers) = dialogue(
            &[
                &begin("2025-03-26")[..],
                &[batch.clone(), ping(6), json!([ping(7)])],
            ]
            .concat(),
        )
        .await;
        ended.unwrap();
        let of = |id: u32| answers.iter().find(|answer| answer["id"] == id).unwrap();
        for id in [2, 6, 7] {
            assert_eq!(of(id)["result"], json!({}), "{answers:?}");
        }
        for (id, code) in [(3, -32601), (4, -32600), (5, -32600)] {
            assert_eq!(of(id)["error"]["code"], code, "{answers:?}");
        }
        let many = Value::from(vec![ping(8); limits::BATCH_MAX_MESSAGES + 1]);
        for (version, batch) in [
            ("2025-06-18", batch),
            ("2025-03-26", many),
            ("2025-03-26", json!([])),
            ("2025-03-26", json!([[ping(9)]])),
        ] {
            let batch = serde_json::value::to_raw_value(&batch).unwrap();
            let lines = begin(version).map(|line| line.to_string());
            let lines = [lines.join("\n"), batch.to_string()].join("\n");
            let (mut to_us, from_us, _drain, served) = roomy();
            to_us
                .write_all(format!("{lines}\n").as_bytes())
                .await
                .unwrap();
            let mut read = BufReader::new(from_us).lines();
            let mut answers = Vec::new();
            for _ in 0..2 {
                let line = read.next_line().await.unwrap().unwrap();
                answers.push(serde_json::from_str::<Value>(&line).unwrap());
            }
            let refused = answers.iter().find(|answer| answer["id"] != 1).unwrap();
            assert_eq!(refused["error"]["code"], -32600, "{answers:?}");
            drop((to_us, read));
            served.await.unwrap().unwrap();
        }
    }

    #[tokio::test]
    async fn an_unknown_method_is_told_as_such_before_the_handshake_too() {
        let unknown = json!({"jsonrpc": "2.0", "id": 1, "method": "nope/this"});
        let lines = [unknown, initialize(2, "2025-06-18")];
        let (ended, answers) = dialogue(&lines).await;
        ended.unwrap();
        let of = |id: u32| answers.iter().find(|answer| answer["id"] == id).unwrap();
        assert_eq!(of(1)["error"]["code"], -32601, "{answers:?}");
        assert!(of(2)["result"].is_object(), "{answers:?}");
    }

    #[tokio::test]
    async fn what_a_request_lacks_is_told_by_what_began() {
        let bare = |id: u32| json!({"jsonrpc": "2.0", "id": id, "method": "tools/list"});
        for (lines, expected) in [
            (
                vec![bare(1)],
                "Initialize first, or send the `_meta` fields of 2026-07-28",
            ),
            (
                vec![modern(2, "tools/list"), bare(1)],
                "`_meta` lacks or misspells",
            ),
        ] {
            let (_, answers) = dialogue(&lines).await;
            let of = |id: u32| answers.iter().find(|answer| answer["id"] == id).unwrap();
            assert_eq!(of(1)["error"]["code"], -32602, "{answers:?}");
            let told = of(1)["error"]["message"].as_str().unwrap();
            assert!(told.contains(expected), "{told}");
        }
    }

    #[tokio::test]
    async fn a_refusal_is_written_although_the_input_ends_right_after_it() {
        for (line, code) in [
            ("7", -32600),
            (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, -32600),
            (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600),
            ("{", -32700),
            (r#"{"jsonrpc":"2.0","id":1,"method":"nope"}"#, -32601),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, -32602),
        ] {
            let (mut to_us, from_us, _drain, served) = roomy();
            to_us.write_all(line.as_bytes()).await.unwrap();
            drop(to_us);
            let mut read = BufReader::new(from_us).lines();
            let answer = read.next_line().await.unwrap();
            let answer = answer.unwrap_or_else(|| panic!("{line} is not answered"));
            let answer: Value = serde_json::from_str(&answer).unwrap();
            assert_eq!(answer["error"]["code"], code, "{line}");
            served.await.unwrap().unwrap();
        }
    }

    #[tokio::test]
    async fn a_client_that_says_nothing_is_no_error() {
        dialogue(&[]).await.0.unwrap();
    }

    #[tokio::test]
    async fn what_comes_before_the_first_request_does_no_harm() {
        let ping = json!({"jsonrpc": "2.0", "id": 5, "method": "ping"});
        let old = json!({"jsonrpc": "2.0", "id": 6, "method": "tools/list"});
        let reply = json!({"jsonrpc": "2.0", "id": "42", "result": {}});
        for before in [
            &[notified("initialized")][..],
            &[notified("roots/list_changed"), reply],
            &[modern(4, "server/discover"), notified("initialized")],
            &[ping, notified("initialized")],
            &[old, notified("initialized")],
        ] {
            for first in [initialize(7, "2025-06-18"), modern(7, "tools/list")] {
                let lines = [before, &[first]].concat();
                let (ended, answers) = dialogue(&lines).await;
                ended.unwrap();
                let last = answers.last().unwrap();
                assert!(last["id"] == 7 && last["result"].is_object(), "{answers:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_handshake_comes_first_and_once() {
        let (_, answers) = dialogue(&[
            initialize(1, "2026-07-28"),
            notified("initialized"),
            initialize(2, "2026-07-28"),
            json!({"jsonrpc": "2.0", "id": 3, "method": "ping"}),
        ])
        .await;
        let first = &answers[0]["result"];
        assert_eq!(first["protocolVersion"], "2025-11-25");
        assert_eq!(first["capabilities"]["tools"], json!({}));
        let of = |id: u32| answers.iter().find(|answer| answer["id"] == id).unwrap();
        assert_eq!(of(2)["error"]["code"], -32600);
        assert_eq!(of(3)["result"], json!({}));
    }

    /// A conversation whose client has so little room for answers that none is written before it
    /// reads.
    fn cramped() -> (DuplexStream, DuplexStream, CancellationToken, Served) {
        with_room(16)
    }

    fn roomy() -> (DuplexStream, DuplexStream, CancellationToken, Served) {
        with_room(64 * 1024)
    }

    fn with_room(bytes: usize) -> (DuplexStream, DuplexStream, CancellationToken, Served) {
        let (to_us, read) = duplex(64 * 1024);
        let (write, from_us) = duplex(bytes);
        let drain = CancellationToken::new();
        let (handler, tracker) = (Arc::new(Small), TaskTracker::new());
        let patience = Duration::from_secs(5);
        let served = converse(handler, tracker, (read, write), drain.clone(), patience);
        (to_us, from_us, drain, tokio::spawn(served))
    }

    /// What is no message and two requests, until their answers wait to be written.
    async fn crowd(to_us: &mut DuplexStream) {
        for line in [json!({}), modern(1, "tools/list"), modern(2, "tools/list")] {
            let line = format!("{line}\n");
            to_us.write_all(line.as_bytes()).await.unwrap();
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }

    type Served = tokio::task::JoinHandle<Result<(), Broken>>;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_nothing_holds_up_no_end() {
        let (mut to_us, _from_us, drain, served) = cramped();
        crowd(&mut to_us).await;
        drain.cancel();
        let ended = tokio::time::timeout(Duration::from_secs(60), served).await;
        ended.unwrap().unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_owed_is_written_while_the_process_drains() {
        let (mut to_us, from_us, drain, served) = cramped();
        crowd(&mut to_us).await;
        drain.cancel();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut lines = BufReader::new(from_us).lines();
        let mut ids = Vec::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            let answer: Value = serde_json::from_str(&line).unwrap();
            ids.push(answer["id"].as_u64());
        }
        ids.sort_unstable();
        assert_eq!(ids, [None, Some(1), Some(2)]);
        served.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn an_answer_that_cannot_be_written_is_no_fault_of_the_input() {
        let (to_us, input) = duplex(64 * 1024);
        let (output, from_us) = duplex(64 * 1024);
        drop(from_us);
        let served = tokio::spawn(converse(
            Arc::new(Small),
            TaskTracker::new(),
            (input, output),
            CancellationToken::new(),
            Duration::from_secs(5),
        ));
        let mut to_us = to_us;
        let line = format!("{}\n", initialize(1, "2025-06-18"));
        to_us.write_all(line.as_bytes()).await.unwrap();
        assert_eq!(served.await.unwrap(), Err(Broken::Output));
    }

    #[tokio::test]
    async fn who_stops_reading_ends_the_conversation() {
        let (mut to_us, from_us, _drain, served) = cramped();
        drop(from_us);
        let line = format!("{}\n", modern(1, "tools/list"));
        to_us.write_all(line.as_bytes()).await.unwrap();
        served.await.unwrap().unwrap();
    }
}
