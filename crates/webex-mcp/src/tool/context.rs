//! What a tool may reach: Webex as its caller, pages, progress, files on their way, and nothing else.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use futures::future::BoxFuture;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use webex::{AccessToken, WebexError};

use super::{Gateway, Ledger, Link, Maker, Outbox, Plans, Receiver, Schedules, Toolbox};
use crate::error::{CallError, Code};
use crate::identity::{Caller, Principal};
use crate::limits;
use crate::text::{Lines, Render, Theirs, with_commas};

/// Which part of a list is wanted. The same on every list: `#[serde(flatten)] part: Part`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct Part {
    /// Default 20, at most 100.
    #[schemars(range(min = 1, max = 100))]
    pub max: Option<u32>,
    /// For more: page.cursor.
    pub cursor: Option<String>,
}

impl Part {
    /// Entries that one answer may have.
    pub fn entries(&self) -> u32 {
        self.max
            .unwrap_or(limits::LIST_DEFAULT_ENTRIES)
            .min(limits::LIST_MAX_ENTRIES)
    }
}

/// How far a list went. The same on every list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PageInfo {
    // The name says it; a description would stand in every list's schema.
    pub returned: usize,
    /// Of the next page, or null.
    pub cursor: Option<String>,
}

impl PageInfo {
    /// Of a list that is all there is.
    pub fn whole(returned: usize) -> Self {
        PageInfo {
            returned,
            cursor: None,
        }
    }
}

impl PageInfo {
    /// Ends a line that has said how many there are.
    pub fn render_on(&self, out: &mut Lines) {
        match &self.cursor {
            Some(cursor) => out.add(&["; more: cursor ", cursor]),
            None => out.add(&["."]),
        }
    }
}

impl Render for PageInfo {
    fn render(&self, out: &mut Lines) {
        let returned = self.returned.to_string();
        match &self.cursor {
            Some(cursor) if self.returned == 0 => {
                out.line(&["There may be more: cursor ", cursor]);
            }
            Some(cursor) => out.line(&[&returned, " here; more: cursor ", cursor]),
            // One by itself needs no count.
            None if self.returned > 1 => out.line(&[&returned, " here; no more."]),
            None => {}
        }
    }
}

/// How much has been done of how much, with a word on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub done: u64,
    pub total: Option<u64>,
    pub message: Cow<'static, str>,
}

/// Where a tool says how far it is; silent where nobody listens.
#[derive(Debug, Clone, Default)]
pub struct Progress(Option<mpsc::Sender<Note>>);

impl Progress {
    /// A progress and the end where its notes come out.
    pub fn channel() -> (Self, mpsc::Receiver<Note>) {
        let (sender, receiver) = mpsc::channel(limits::PROGRESS_QUEUE_NOTES);
        (Progress(Some(sender)), receiver)
    }

    /// Never waits: a note that finds the queue full is superseded by a later one.
    pub fn report(&self, done: u64, total: Option<u64>, message: impl Into<Cow<'static, str>>) {
        if let Some(sender) = &self.0 {
            let _ = sender.try_send(Note {
                done,
                total,
                message: message.into(),
            });
        }
    }
}

/// What the operator allows tools, as plain values.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Webhooks may target private and loopback addresses.
    pub private_webhook_targets: bool,
    /// Directories that `path` of an upload may lie in; empty: `path` is refused.
    pub upload_directories: Vec<PathBuf>,
    /// The caller is on this machine (stdio), so that paths mean something to it.
    pub local: bool,
}

/// Where a file too large for an answer goes.
pub trait FileShelf: Send + Sync + std::fmt::Debug {
    /// Makes the file reachable for the caller and says where; nothing is read before it is asked for.
    fn place<'a>(
        &'a self,
        principal: &'a Principal,
        token: &'a AccessToken,
        file: ShelfFile,
    ) -> BoxFuture<'a, Result<Link, CallError>>;
}

/// A file of Webex's to be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShelfFile {
    /// Webex's own URL of the file; already known to be on its host.
    pub url: String,
    pub name: String,
    pub mime_type: Option<String>,
    pub size_bytes: Option<u64>,
    pub allow_unscannable: bool,
}

/// Where bytes come in that are too many for arguments. An upload is its caller's alone.
pub trait Inbox: Send + Sync + std::fmt::Debug {
    /// An address that takes the file once.
    fn offer<'a>(
        &'a self,
        caller: &'a Caller,
        file: Expected,
    ) -> BoxFuture<'a, Result<Offer, CallError>>;

    /// The file, if its bytes have arrived.
    fn open<'a>(
        &'a self,
        caller: &'a Caller,
        upload_id: &'a str,
    ) -> BoxFuture<'a, Result<Arrived, CallError>>;

    /// Deletes the file.
    fn remove<'a>(
        &'a self,
        caller: &'a Caller,
        upload_id: &'a str,
    ) -> BoxFuture<'a, Result<(), CallError>>;
}

/// A file that is to come; its bytes are held against both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    pub file_name: String,
    pub content_type: Option<String>,
}

/// Where the bytes of a file may be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    pub upload_url: String,
    pub upload_id: String,
    pub expires_at: String,
    pub max_bytes: u64,
}

impl Render for Offer {
    fn render(&self, out: &mut Lines) {
        out.line(&["uploadUrl: ", &self.upload_url]);
        out.line(&["uploadId: ", &self.upload_id]);
        let max_bytes = with_commas(self.max_bytes);
        out.line(&[
            "Until ",
            &self.expires_at,
            ", up to ",
            &max_bytes,
            " bytes.",
        ]);
    }
}

/// A file whose bytes are here, of the type that they were found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    pub path: PathBuf,
    pub file_name: String,
    pub content_type: String,
}

/// Seals and opens the cursors of one call; see `call::cursor`.
pub trait CursorBook: Send + Sync + std::fmt::Debug {
    fn seal(&self, position: &[u8]) -> Result<String, CallError>;
    fn open(&self, cursor: &str) -> Result<Vec<u8>, CallError>;
}

/// What is known of a thing besides its id, because a name or an address became that id.
#[derive(Debug, Clone)]
pub struct Met {
    /// A title, or a person's name.
    pub name: Theirs,
    pub email: Option<String>,
}

/// Everything that a tool may reach, made anew for each call.
#[derive(Debug)]
pub struct Context {
    /// Webex as this caller, under this call's deadline.
    pub webex: webex::Client,
    pub progress: Progress,
    pub rules: Arc<Rules>,
    /// By id; as many as the call has references.
    pub(crate) met: BTreeMap<String, Met>,
    pub(crate) cursors: Box<dyn CursorBook>,
    pub(crate) caller: Caller,
    pub(crate) gateway: Arc<dyn Gateway>,
    pub(crate) toolbox: Arc<dyn Toolbox>,
    /// Tells an error about one item in the words in which this server tells it of a whole call.
    pub(crate) alike: fn(CallError) -> CallError,
    pub(crate) shelf: Arc<dyn FileShelf>,
    /// Absent where files come by their path.
    pub(crate) inbox: Option<Arc<dyn Inbox>>,
    /// Absent where there is no directory for files.
    pub(crate) outbox: Option<Arc<dyn Outbox>>,
    pub(crate) maker: Maker,
    pub(crate) receiver: Box<dyn Receiver>,
    /// Present for long work.
    pub(crate) ledger: Option<Arc<dyn Ledger>>,
    /// Present for long work, and for the question before it.
    pub(crate) plans: Option<Arc<dyn Plans>>,
    /// Present where calls of the tool may be kept for later.
    pub(crate) schedules: Option<Arc<dyn Schedules>>,
    /// The time of a schedule has come, and this is its call.
    pub(crate) is_due: bool,
    /// It is a work that goes on after a restart.
    pub(crate) is_resumed: bool,
}

impl Context {
    /// The tools of the server that was called.
    pub fn toolbox(&self) -> &dyn Toolbox {
        &*self.toolbox
    }

    /// What is known of this thing without reading it.
    pub fn met(&self, id: &str) -> Option<&Met> {
        self.met.get(id)
    }

    /// Where the caller's cursor points, if it gave one.
    ///
    /// # Errors
    /// `invalid_arguments` for a cursor that is foreign, altered, expired, or of other arguments.
    pub fn position<P: DeserializeOwned>(
        &self,
        cursor: Option<&str>,
    ) -> Result<Option<P>, CallError> {
        let Some(cursor) = cursor else {
            return Ok(None);
        };
        let bytes = self.cursors.open(cursor)?;
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(CallError::internal)
    }

    /// The page line of a list: how many, and a sealed cursor to `next`, if there is more.
    pub fn page<P: Serialize>(
        &self,
        returned: usize,
        next: Option<&P>,
    ) -> Result<PageInfo, CallError> {
        let cursor = match next {
            Some(position) => {
                let bytes = serde_json::to_vec(position).map_err(CallError::internal)?;
                Some(self.cursors.seal(&bytes)?)
            }
            None => None,
        };
        Ok(PageInfo { returned, cursor })
    }

    /// What a read gives that only makes a question or an answer nicer; `None` where the token lacks
    /// its scope.
    ///
    /// # Errors
    /// Any other failure of the read.
    pub async fn courtesy<T>(
        &self,
        read: impl Future<Output = Result<T, WebexError>>,
    ) -> Result<Option<T>, CallError> {
        match read.await.map_err(CallError::from) {
            Ok(found) => Ok(Some(found)),
            Err(error) if matches!(error.code, Code::Forbidden) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What only makes an answer nicer; nothing where it cannot be read, or not soon. What the call
    /// does is done all the same.
    pub async fn best_effort<T>(
        &self,
        read: impl Future<Output = Result<T, WebexError>>,
    ) -> Option<T> {
        let read = tokio::time::timeout(limits::COURTESY_WAIT, read).await;
        read.ok()?.ok()
    }

    /// Puts a large file where the caller can fetch it.
    pub async fn place_file(&self, file: ShelfFile) -> Result<Link, CallError> {
        let principal = &self.caller.principal;
        let token = self.gateway.token().await?;
        self.shelf.place(principal, &token, file).await
    }

    /// Whether there are addresses for files that are too large for arguments.
    pub fn takes_uploads(&self) -> bool {
        self.inbox.is_some()
    }

    /// An address for a file that is too large for arguments; `None` where this door has none.
    pub async fn offer_upload(&self, file: Expected) -> Result<Option<Offer>, CallError> {
        match &self.inbox {
            Some(inbox) => inbox.offer(&self.caller, file).await.map(Some),
            None => Ok(None),
        }
    }

    /// The file that was sent to the address of this id.
    ///
    /// # Errors
    /// `not_found` where it has not arrived, has expired, or is somebody else's.
    pub async fn uploaded(&self, upload_id: &str) -> Result<Arrived, CallError> {
        match &self.inbox {
            Some(inbox) => inbox.open(&self.caller, upload_id).await,
            None => Err(CallError::new(
                Code::NotFound,
                "`uploadId`: this server takes files by their path.",
                "Give path or content instead.",
            )),
        }
    }

    /// Deletes an uploaded file that has been sent. Where it fails, the file expires.
    pub async fn forget_upload(&self, upload_id: &str) {
        if let Some(inbox) = &self.inbox
            && let Err(error) = inbox.remove(&self.caller, upload_id).await
        {
            tracing::warn!(
                cause = error.why(),
                "a file that was sent could not be deleted"
            );
        }
    }
}
