//! JSON-RPC on a pair of streams, one message a line: read as strictly as what is posted over HTTP.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use rmcp::ErrorData;
use rmcp::model::{ClientJsonRpcMessage, GetMeta as _, RequestId, ServerJsonRpcMessage};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Mutex;
use tokio_util::codec::{AnyDelimiterCodec, AnyDelimiterCodecError, Decoder, FramedRead};

use super::wire::{self, Outgoing, Posted};
use crate::edge::limits;

/// What some programs write before the first line.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

pub(super) struct Lines<R, W> {
    lines: FramedRead<R, Bounded>,
    writer: Writer<W>,
    /// The refusal of the line before, until it is written.
    refusal: Option<BoxFuture<'static, io::Result<()>>>,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin + Send + 'static> Lines<R, W> {
    pub(super) fn new(read: R, write: W) -> Self {
        Lines {
            lines: FramedRead::new(read, Bounded::default()),
            writer: Writer(Arc::new(Mutex::new(write))),
            refusal: None,
        }
    }

    pub(super) fn writer(&self) -> Writer<W> {
        self.writer.clone()
    }

    /// The next message; `None` once the client has closed its end. A line that is no message is
    /// refused. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            if let Some(refusal) = &mut self.refusal {
                let written = refusal.await;
                self.refusal = None;
                written.ok()?;
            }
            let read = match self.lines.next().await?.ok()? {
                Some(line) => message(&line),
                None => Err((None, too_long())),
            };
            match read {
                Ok(Some(message)) => return Some(message),
                Ok(None) => {}
                Err((id, error)) => {
                    let refused = ServerJsonRpcMessage::error(error, id);
                    let writing = self.writer().write(Outgoing::new(refused, None));
                    self.refusal = Some(Box::pin(writing));
                }
            }
        }
    }
}

/// Writes whole messages, one after the other.
pub(super) struct Writer<W>(Arc<Mutex<W>>);

impl<W> Clone for Writer<W> {
    fn clone(&self) -> Self {
        Writer(self.0.clone())
    }
}

impl<W: AsyncWrite + Unpin> Writer<W> {
    pub(super) async fn write(self, message: Outgoing) -> io::Result<()> {
        let mut line = Vec::from(message.encode());
        line.push(b'\n');
        let mut write = self.0.lock().await;
        write.write_all(&line).await?;
        write.flush().await
    }

    pub(super) async fn close(&self) -> io::Result<()> {
        self.0.lock().await.shutdown().await
    }
}

/// The message of a line; `None` for one that needs no answer and says nothing to us.
fn message(line: &Bytes) -> Result<Option<ClientJsonRpcMessage>, (Option<RequestId>, ErrorData)> {
    let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    if wire::is_batch(line) {
        return Err((None, no_batch()));
    }
    let posted = match wire::read(line) {
        Ok(posted) => posted,
        // Answering text that is not JSON begins an endless dialogue with a program that echoes.
        Err(error) if error.code == rmcp::model::ErrorCode::PARSE_ERROR => {
            tracing::debug!("a line on standard input is not JSON");
            return Ok(None);
        }
        Err(error) => return Err((None, error)),
    };
    match posted {
        Posted::Request { id, method, params } => match wire::typed(&method, params, line) {
            Ok((mut request, meta)) => {
                *request.get_meta_mut() = meta;
                Ok(Some(ClientJsonRpcMessage::request(request, id)))
            }
            Err(error) => Err((Some(id), error)),
        },
        // One of another protocol, or that does not have its form.
        Posted::Notification { .. } => Ok(serde_json::from_slice(line).ok()),
        Posted::Reply { .. } => wire::reply(line).map(Some).map_err(|error| (None, error)),
    }
}

fn no_batch() -> ErrorData {
    let message = "A batch is not accepted here: send one message a line.";
    ErrorData::invalid_request(message, None)
}

fn too_long() -> ErrorData {
    let message = "The line is longer than 16 MiB; larger files go by path or link.";
    ErrorData::invalid_request(message, None)
}

/// Splits at line ends. A line that is too long is `None`, and nothing of it is kept.
struct Bounded(AnyDelimiterCodec);

impl Default for Bounded {
    fn default() -> Self {
        let end = b"\n".to_vec();
        Bounded(AnyDelimiterCodec::new_with_max_length(
            end.clone(),
            end,
            limits::LINE_MAX_BYTES,
        ))
    }
}

impl Decoder for Bounded {
    type Item = Option<Bytes>;
    type Error = io::Error;

    fn decode(&mut self, read: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        bounded(self.0.decode(read))
    }

    fn decode_eof(&mut self, read: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        bounded(self.0.decode_eof(read))
    }
}

fn bounded(
    decoded: Result<Option<Bytes>, AnyDelimiterCodecError>,
) -> io::Result<Option<Option<Bytes>>> {
    match decoded {
        Ok(line) => Ok(line.map(Some)),
        Err(AnyDelimiterCodecError::MaxChunkLengthExceeded) => Ok(Some(None)),
        Err(AnyDelimiterCodecError::Io(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tokio::io::{AsyncBufReadExt as _, BufReader, DuplexStream, ReadHalf, WriteHalf, split};

    use super::*;

    type Ours = Lines<ReadHalf<DuplexStream>, WriteHalf<DuplexStream>>;

    /// A client sends this and closes its end; what is read of it, and what it is answered at once.
    async fn read(sent: Vec<u8>) -> (Vec<Value>, Vec<Value>) {
        let (client, server) = tokio::io::duplex(64 * 1024);
        let (from_us, mut to_us) = split(client);
        let sending = async move {
            to_us.write_all(&sent).await.unwrap();
            to_us.shutdown().await.unwrap();
        };
        let reading = async {
            let (read, write) = split(server);
            let mut lines: Ours = Lines::new(read, write);
            let mut messages = Vec::new();
            while let Some(message) = lines.next().await {
                messages.push(serde_json::to_value(message).unwrap());
            }
            lines.writer().close().await.unwrap();
            messages
        };
        let ((), messages) = tokio::join!(sending, reading);
        let mut answers = Vec::new();
        let mut from_us = BufReader::new(from_us).lines();
        while let Some(line) = from_us.next_line().await.unwrap() {
            answers.push(serde_json::from_str(&line).unwrap());
        }
        (messages, answers)
    }

    const PING: &str = r#"{"jsonrpc":"2.0","id":9,"method":"ping"}"#;

    #[tokio::test]
    async fn a_line_that_is_no_message_is_refused_and_the_next_is_read() {
        let too_long = "x".repeat(limits::LINE_MAX_BYTES + 1);
        let cursor = r#"{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"cursor":7}}"#;
        let reply = r#"{"jsonrpc":"2.0","id":1,"error":"no"}"#;
        for (line, id, code) in [
            ("{}", Value::Null, -32600),
            ("7", Value::Null, -32600),
            (&*format!("[{PING}]"), Value::Null, -32600),
            (
                r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
                Value::Null,
                -32600,
            ),
            (reply, Value::Null, -32600),
            (cursor, json!(7), -32602),
            (&*too_long, Value::Null, -32600),
        ] {
            let (messages, answers) = read(format!("{line}\n{PING}\n").into()).await;
            assert_eq!(messages.len(), 1, "{line:.80}");
            assert_eq!(messages[0]["id"], 9, "{line:.80}");
            let [answer] = answers.as_slice() else {
                panic!("{line:.80}: {answers:?}");
            };
            assert_eq!(
                (&answer["id"], &answer["error"]["code"]),
                (&id, &json!(code))
            );
        }
    }

    #[tokio::test]
    async fn what_says_nothing_to_us_is_passed_over() {
        for line in [
            "",
            "   \r",
            "nonsense",
            "{",
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":7}"#,
        ] {
            let (messages, answers) = read(format!("{line}\n{PING}\n").into()).await;
            let last = messages.last().unwrap();
            assert_eq!(last["id"], 9, "{line}");
            assert!(answers.is_empty(), "{line}: {answers:?}");
        }
    }

    #[tokio::test]
    async fn a_mark_before_and_a_missing_end_after_a_line_do_no_harm() {
        for sent in [
            [BYTE_ORDER_MARK, PING.as_bytes()].concat(),
            format!("{PING}\r\n").into(),
            PING.into(),
        ] {
            let (messages, answers) = read(sent).await;
            assert_eq!((messages.len(), answers.len()), (1, 0));
        }
    }
}
