//! JSON-RPC on a pair of streams, one message a line: read as strictly as what is posted over HTTP.

use std::collections::VecDeque;
use std::io;

use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use rmcp::ErrorData;
use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, ErrorCode, GetMeta as _, RequestId,
    ServerJsonRpcMessage,
};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio_util::codec::{AnyDelimiterCodec, AnyDelimiterCodecError, Decoder, FramedRead};
use tokio_util::task::AbortOnDropHandle;

use super::wire::{self, Outgoing, Posted};
use crate::edge::limits;
use crate::edge::refusal::printable;

/// What some programs write before the first line.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

pub(super) struct Lines<R> {
    lines: FramedRead<R, Bounded>,
    writer: Writer,
    writing: AbortOnDropHandle<()>,
    /// The refusal of the line before, until it is queued.
    refusal: Option<Outgoing>,
    /// Whether the version of the conversation has batches.
    takes_batches: bool,
    /// The messages of the batch before that are not read yet.
    batch: VecDeque<Bytes>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Must be called inside a Tokio runtime.
    pub(super) fn new<W: AsyncWrite + Unpin + Send + 'static>(read: R, write: W) -> Self {
        let (queue, queued) = mpsc::channel(limits::STDIO_QUEUE_LINES);
        Lines {
            lines: FramedRead::new(read, Bounded::default()),
            writer: Writer(queue),
            writing: AbortOnDropHandle::new(tokio::spawn(write_all(write, queued))),
            refusal: None,
            takes_batches: false,
            batch: VecDeque::new(),
        }
    }

    /// From now on, a line may have several messages. Each is answered on a line of its own, as if it
    /// had come alone.
    pub(super) fn take_batches(&mut self) {
        self.takes_batches = true;
    }

    pub(super) fn writer(&self) -> Writer {
        self.writer.clone()
    }

    /// The next message; `None` once the client has closed its end, or where it cannot be read or
    /// answered. A line that is no message is refused. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            if self.refusal.is_some() {
                let place = self.writer.0.reserve().await.ok()?;
                if let Some(refusal) = self.refusal.take() {
                    place.send(Line::of(&refusal));
                }
            }
            let read = match self.batch.pop_front() {
                Some(line) => message(&line),
                None => match self.line().await? {
                    Some(line) if self.takes_batches && wire::is_batch(&line) => {
                        self.unpack(&line).map(|()| None)
                    }
                    Some(line) => message(&line),
                    None => Err((None, too_long())),
                },
            };
            match read {
                Ok(Some(message)) => return Some(message),
                Ok(None) => {}
                Err((id, error)) => self.refuse(id, error),
            }
        }
    }

    /// The next line; `Some(None)` for one that is too long.
    async fn line(&mut self) -> Option<Option<Bytes>> {
        let line = self.lines.next().await?;
        let line = line.inspect_err(|error| {
            tracing::warn!(error = %error.kind(), "standard input cannot be read");
        });
        line.ok()
    }

    /// Keeps the messages of a batch, to be read one by one.
    fn unpack(&mut self, line: &Bytes) -> Result<(), (Option<RequestId>, ErrorData)> {
        match wire::batch(line) {
            Ok(messages) => {
                let messages = messages.iter();
                let messages = messages.map(|one| line.slice_ref(one.get().as_bytes()));
                self.batch = messages.collect();
                Ok(())
            }
            Err(error) if error.code == ErrorCode::PARSE_ERROR => Err((None, not_json())),
            Err(error) => Err((None, error)),
        }
    }

    /// Answers with this error, in the next call of [`Lines::next`].
    pub(super) fn refuse(&mut self, id: Option<RequestId>, error: ErrorData) {
        let refused = ServerJsonRpcMessage::error(error, id);
        self.refusal = Some(Outgoing::new(refused, None));
    }

    /// Writes nothing more.
    pub(super) fn give_up(&self) {
        self.writing.abort();
    }

    /// Waits until what is queued is written, for a short time: the SDK closes no conversation that
    /// never began.
    pub(super) async fn flush(&mut self) {
        let last = self.refusal.take();
        let last = move || last.map_or_else(Vec::new, |refusal| Line::of(&refusal).bytes);
        let flushed = self.writer().put(last);
        let _ended = tokio::time::timeout(limits::LAST_LINES, flushed).await;
    }

    /// Writes what is queued, for a short time: a client that reads nothing holds up nobody.
    pub(super) async fn close(&mut self) {
        // Without a sender of ours, the task ends after the last line.
        let (none, _) = mpsc::channel(1);
        self.writer = Writer(none);
        let _ended = tokio::time::timeout(limits::LAST_LINES, &mut self.writing).await;
    }
}

/// Queues lines for the task that writes them: who stops waiting for a line holds up no other.
#[derive(Clone)]
pub(super) struct Writer(mpsc::Sender<Line>);

struct Line {
    bytes: Vec<u8>,
    /// Hears once it is written.
    written: Option<oneshot::Sender<()>>,
}

impl Line {
    fn of(message: &Outgoing) -> Self {
        let mut bytes = Vec::from(message.encode());
        bytes.push(b'\n');
        Line {
            bytes,
            written: None,
        }
    }
}

impl Writer {
    /// Returns once nothing can be written any more.
    pub(super) async fn unread(&self) {
        self.0.closed().await;
    }

    /// Returns once it is written.
    ///
    /// # Errors
    /// `BrokenPipe` where it cannot be written, or the conversation is over.
    pub(super) async fn write(self, message: Outgoing) -> io::Result<()> {
        self.put(move || Line::of(&message).bytes).await
    }

    async fn put(self, bytes: impl FnOnce() -> Vec<u8>) -> io::Result<()> {
        let is_over = || io::Error::from(io::ErrorKind::BrokenPipe);
        // Only what has a place is made a text: a client that reads nothing costs no more than that.
        let place = self.0.reserve().await.map_err(|_| is_over())?;
        let (written, is_written) = oneshot::channel();
        place.send(Line {
            bytes: bytes(),
            written: Some(written),
        });
        tokio::select! {
            biased;
            is_written = is_written => is_written.map_err(|_| is_over()),
            // A line that comes just after the end of the task stays in the queue.
            () = self.unread() => Err(is_over()),
        }
    }
}

async fn write_all<W: AsyncWrite + Unpin>(mut write: W, mut queued: mpsc::Receiver<Line>) {
    while let Some(line) = queued.recv().await {
        let writing = async {
            write.write_all(&line.bytes).await?;
            write.flush().await
        };
        if let Err(error) = writing.await {
            tracing::debug!(error = %error.kind(), "nobody reads standard output");
            return;
        }
        let _ = line.written.map(|written| written.send(()));
    }
}

/// The message of a line; `None` for one that needs no answer and says nothing to us.
fn message(line: &[u8]) -> Result<Option<ClientJsonRpcMessage>, (Option<RequestId>, ErrorData)> {
    let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    match wire::read(line) {
        Ok(Posted::Request { id, method, params }) => match wire::typed(&method, params, line) {
            Ok((mut request, meta)) => {
                *request.get_meta_mut() = meta;
                Ok(Some(ClientJsonRpcMessage::request(request, id)))
            }
            Err(error) => Err((Some(id), error)),
        },
        Ok(Posted::Notification { method, .. }) => {
            let read = serde_json::from_slice(line).ok();
            let read = read.filter(|message| !is_foreign(message));
            if read.is_none() {
                tracing::debug!(
                    method = printable(&method),
                    "a notification was passed over"
                );
            }
            Ok(read)
        }
        Ok(Posted::Reply { id }) => {
            let read = serde_json::from_slice(line);
            Ok(Some(read.unwrap_or_else(|_| misfit(id))))
        }
        Err(error) => match glimpse(line) {
            // It is answered once: the answer is JSON, and no answer is answered.
            None => Err((None, not_json())),
            Some(seen) if seen.result.is_some() || seen.error.is_some() => Ok(seen.id.map(misfit)),
            Some(_) if wire::is_batch(line) => Err((None, no_batch())),
            Some(seen) => Err((seen.id, error)),
        },
    }
}

/// Whether it is a notification of another protocol, or not in the form of its kind.
fn is_foreign(message: &ClientJsonRpcMessage) -> bool {
    let ClientJsonRpcMessage::Notification(told) = message else {
        return false;
    };
    matches!(told.notification, ClientNotification::CustomNotification(_))
}

/// A reply that nobody can read, as an error for the call that waits for it: a reply must not be
/// replied to.
fn misfit(id: RequestId) -> ClientJsonRpcMessage {
    ClientJsonRpcMessage::error(wire::reply_misfits(), Some(id))
}

/// What can be seen of a line that is JSON and no message.
#[derive(Default, Deserialize)]
struct Glimpse {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<RequestId>,
    result: Option<IgnoredAny>,
    error: Option<IgnoredAny>,
}

/// `None` for what is no JSON.
fn glimpse(line: &[u8]) -> Option<Glimpse> {
    let json: &RawValue = serde_json::from_slice(line).ok()?;
    Some(serde_json::from_str(json.get()).unwrap_or_default())
}

fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RequestId>, D::Error> {
    let id = <&RawValue>::deserialize(deserializer)?;
    Ok(wire::request_id(id).ok())
}

fn not_json() -> ErrorData {
    ErrorData::parse_error(
        "The line is not JSON: send one JSON-RPC object a line.",
        None,
    )
}

fn no_batch() -> ErrorData {
    let message =
        "A batch is not accepted, but in a session of 2025-03-26: send one message a line.";
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
    use serde_json::{Value, json, to_value};
    use tokio::io::{AsyncReadExt as _, DuplexStream, duplex};

    use super::*;

    const PING: &str = r#"{"jsonrpc":"2.0","id":9,"method":"ping"}"#;

    /// A client sends these pieces and closes its end. Returns what is read of it, and what it is
    /// answered at once.
    async fn read(pieces: &[&[u8]]) -> (Vec<Value>, Vec<Value>) {
        let (mut client, sent) = duplex(64 * 1024);
        let (answers, mut client_reads) = duplex(64 * 1024);
        let sending = async move {
            for piece in pieces {
                client.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        let reading = async {
            let mut lines: Lines<DuplexStream> = Lines::new(sent, answers);
            let mut messages = Vec::new();
            loop {
                // What a piece begins is dropped and asked for again.
                let next = tokio::select! {
                    biased;
                    next = lines.next() => next,
                    () = tokio::task::yield_now() => continue,
                };
                match next {
                    Some(message) => messages.push(to_value(message).unwrap()),
                    None => break,
                }
            }
            lines.close().await;
            messages
        };
        let mut answered = String::new();
        let hearing = client_reads.read_to_string(&mut answered);
        let ((), messages, heard) = tokio::join!(sending, reading, hearing);
        heard.unwrap();
        let answers = answered
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        (messages, answers.collect())
    }

    #[tokio::test]
    async fn a_line_that_is_no_message_is_refused_and_the_next_is_read() {
        let too_long = "x".repeat(limits::LINE_MAX_BYTES + 1);
        let cursor = r#"{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"cursor":7}}"#;
        for (line, id, code) in [
            ("{}", None, -32600),
            ("7", None, -32600),
            (&*format!("[{PING}]"), None, -32600),
            (
                r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
                None,
                -32600,
            ),
            (
                r#"{"jsonrpc":"1.0","id":5,"method":"ping"}"#,
                Some(5),
                -32600,
            ),
            (r#"{"id":5,"method":"ping"}"#, Some(5), -32600),
            (r#"{"jsonrpc":"2.0","id":5}"#, Some(5), -32600),
            (cursor, Some(7), -32602),
            (&*too_long, None, -32600),
            ("nonsense", None, -32700),
            ("{", None, -32700),
            ("\"\u{1}\"", None, -32700),
            ("[junk", None, -32700),
            (r#"{"jsonrpc":"2.0","id":8,"method":"ping""#, None, -32700),
        ] {
            let sent = format!("{line}\n{PING}\n");
            let half = sent.len() / 2;
            for pieces in [
                &[sent.as_bytes()][..],
                &[&sent.as_bytes()[..half], &sent.as_bytes()[half..]],
            ] {
                let (messages, answers) = read(pieces).await;
                assert_eq!(messages.len(), 1, "{line:.80}");
                assert_eq!(messages[0]["id"], 9, "{line:.80}");
                let [answer] = answers.as_slice() else {
                    panic!("{line:.80}: {answers:?}");
                };
                let told = (answer.get("id").cloned(), &answer["error"]["code"]);
                assert_eq!(
                    told,
                    (id.map(|id: u32| json!(id)), &json!(code)),
                    "{line:.80}"
                );
                // What we write as a refusal, read back, begins no dialogue.
                let echoed = read(&[answer.to_string().as_bytes()]).await;
                assert!(echoed.1.is_empty(), "{echoed:?}");
            }
        }
    }

    #[tokio::test]
    async fn what_says_nothing_to_us_is_passed_over() {
        for line in [
            &b""[..],
            b"   \r",
            br#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"what?"}}"#,
            br#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what?"}}"#,
            br#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":7}"#,
            br#"{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{}}"#,
        ] {
            let shown = String::from_utf8_lossy(line).into_owned();
            let (messages, answers) = read(&[line, b"\n", PING.as_bytes(), b"\n"]).await;
            assert_eq!(messages.len(), 1, "{shown}: {messages:?}");
            assert_eq!(messages[0]["id"], 9, "{shown}");
            assert!(answers.is_empty(), "{shown}: {answers:?}");
        }
    }

    #[tokio::test]
    async fn a_reply_that_nobody_can_read_is_an_error_for_who_waits() {
        for line in [
            r#"{"jsonrpc":"2.0","id":3,"error":"no"}"#,
            r#"{"jsonrpc":"2.0","id":3,"result":{},"error":{"code":1,"message":""}}"#,
        ] {
            let (messages, answers) = read(&[line.as_bytes()]).await;
            assert_eq!(messages.len(), 1, "{line}: {messages:?}");
            assert_eq!((&messages[0]["id"], answers.len()), (&json!(3), 0));
            assert_eq!(messages[0]["error"]["code"], -32600, "{line}");
        }
    }

    #[tokio::test]
    async fn a_mark_before_and_a_missing_end_after_a_line_do_no_harm() {
        for sent in [
            [BYTE_ORDER_MARK, PING.as_bytes()].concat(),
            format!("{PING}\r\n").into(),
            PING.into(),
        ] {
            let (messages, answers) = read(&[&sent]).await;
            assert_eq!((messages.len(), answers.len()), (1, 0));
        }
    }
}
