//! Files of messages: their details, and their bytes as a stream.

use std::fmt;

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Method, Response};

use crate::client::Client;
use crate::error::WebexError;
use crate::operation::{Answer, Call, Operation, Repeat};
use crate::send::Reading;
use crate::transport::Body;

mod disposition;

/// `HEAD /contents/{contentId}`
pub static HEAD: Operation = Operation {
    name: "contents.head",
    method: Method::HEAD,
    path: "/contents/{contentId}",
    repeat: Repeat::Read,
    scopes: &["spark:messages_read"],
};

/// `GET /contents/{contentId}`
pub static GET: Operation = Operation {
    name: "contents.get",
    method: Method::GET,
    path: "/contents/{contentId}",
    repeat: Repeat::Read,
    scopes: &["spark:messages_read"],
};

/// The facts about a file that are known without reading it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileDetails {
    /// The name, without any path. People wrote it.
    pub file_name: Option<String>,
    /// The media type.
    pub content_type: Option<String>,
    /// The size in bytes.
    pub length_bytes: Option<u64>,
}

/// A file that is being downloaded.
pub struct Download {
    /// The facts about it.
    pub details: FileDetails,
    /// The bytes as they arrive; an error ends the stream, and so does a length other than the
    /// announced one.
    pub stream: BoxStream<'static, Result<Bytes, WebexError>>,
}

impl fmt::Debug for Download {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Download({:?})", self.details)
    }
}

/// The calls. `url` is an entry of a message's `files`; `allow_unscannable` requests a file even if
/// it cannot be scanned for malware.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a>(pub(crate) &'a Client);

impl Contents<'_> {
    /// Reads a file's details. Scope: `spark:messages_read`.
    ///
    /// # Errors
    /// [`WebexError::Foreign`] where the URL is not a file of the configured Webex: nothing is
    /// sent. [`WebexError::Locked`] while the file is being scanned, [`WebexError::Unscannable`]
    /// where it cannot be scanned, [`WebexError::Refused`] with 410 where it is infected.
    pub async fn head(
        &self,
        url: &str,
        allow_unscannable: bool,
    ) -> Result<FileDetails, WebexError> {
        let call = self.call(&HEAD, url, allow_unscannable)?;
        let deadline = self.0.deadline_of(&call);
        let answer = self.0.send(&call, deadline).await.map_err(unscannable)?;
        Ok(details(answer.headers()))
    }

    /// Opens a file; its bytes are read as the stream is consumed. Scope: `spark:messages_read`.
    ///
    /// # Errors
    /// The errors of [`Contents::head`].
    pub async fn get(&self, url: &str, allow_unscannable: bool) -> Result<Download, WebexError> {
        let call = self.call(&GET, url, allow_unscannable)?;
        open(self.0, call).await.map_err(unscannable)
    }

    fn call<'o>(
        &self,
        operation: &'o Operation,
        url: &str,
        allow_unscannable: bool,
    ) -> Result<Call<'o>, WebexError> {
        let foreign = || WebexError::Foreign {
            what: "the file's URL",
        };
        let base = self.0.webex().base();
        let own = base.relative(url).ok_or_else(foreign)?;
        if own.query().is_some() || own.fragment().is_some() {
            // Without its query or fragment, the address could mean something else.
            let reason = "the address of a file has no query and no fragment";
            return Err(WebexError::invalid("fileUrl", reason));
        }
        let path = base.below(own.path()).unwrap_or_default();
        let id = path.strip_prefix("/contents/").ok_or_else(foreign)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~.=/".contains(&byte);
        if !id.split('/').all(|segment| !segment.is_empty()) || !id.bytes().all(plain) {
            return Err(foreign());
        }
        let mut call = operation.call();
        path.clone_into(&mut call.target);
        if allow_unscannable {
            call.target.push_str("?allow=unscannable");
        }
        call.answer = Answer::Stream;
        Ok(call)
    }
}

/// Sends a call whose answer is a file, and passes its bytes on as they arrive.
pub(crate) async fn open(client: &Client, mut call: Call<'_>) -> Result<Download, WebexError> {
    call.answer = Answer::Stream;
    let reading = Reading {
        is_write: false,
        deadline: client.deadline_of(&call),
        pause: client.webex().settings().between_bytes_timeout,
    };
    let answer = client.send(&call, reading.deadline).await?;
    Ok(download(answer, reading))
}

/// 428 has this meaning only for files.
fn unscannable(error: WebexError) -> WebexError {
    match error {
        WebexError::Refused {
            status: 428,
            tracking_id,
            ..
        } => WebexError::Unscannable { tracking_id },
        error => error,
    }
}

fn details(headers: &HeaderMap) -> FileDetails {
    let text = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
    let disposition = headers.get(CONTENT_DISPOSITION);
    FileDetails {
        file_name: disposition.and_then(|value| disposition::file_name(value.as_bytes())),
        content_type: text(CONTENT_TYPE),
        length_bytes: text(CONTENT_LENGTH).and_then(|length| length.parse().ok()),
    }
}

/// Passes the bytes on, and fails if their length is not the announced one.
fn download(answer: Response<Body>, reading: Reading) -> Download {
    let details = details(answer.headers());
    let expected_bytes = details.length_bytes;
    let start = Some((answer.into_body(), 0u64));
    let stream = stream::unfold(start, move |state| async move {
        let (mut body, received_bytes) = state?;
        match reading.next(&mut body).await {
            Some(Ok(bytes)) => {
                let received_bytes = received_bytes + bytes.len() as u64;
                Some((Ok(bytes), Some((body, received_bytes))))
            }
            Some(Err(error)) => Some((Err(error), None)),
            None if expected_bytes.is_some_and(|expected| expected != received_bytes) => {
                Some((Err(cut_short()), None))
            }
            None => None,
        }
    });
    Download {
        details,
        stream: Box::pin(stream),
    }
}

fn cut_short() -> WebexError {
    WebexError::unreachable(false, "the file's length is not the one announced".into())
}
