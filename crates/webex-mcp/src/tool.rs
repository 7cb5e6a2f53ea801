//! The contract between a tool and the house: what a tool says of itself, and what it may reach.
//!
//! A tool reaches Webex, cursors, progress and files through its [`Context`] and nothing else:
//! no store, no token, no protocol, no other tool.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use futures::future::BoxFuture;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc;
use webex::{NextPage, Operation, Page, WebexError};

use crate::error::CallError;
use crate::limits;

/// What a call does to the world; annotations, confirmation and scopes derive from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Adds or changes; what was there can be brought back.
    Write,
    /// Removes something that cannot be brought back: asks first.
    Destroy,
}

/// How long a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// [`limits::CALL_DEADLINE`].
    Call,
    /// [`limits::TRANSFER_DEADLINE`]: files.
    Transfer,
}

/// Everything that is enforced or published about a tool beyond its schemas.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    pub effect: Effect,
    /// The same call twice leaves Webex as the same call once.
    pub idempotent: bool,
    pub span: Span,
    /// The Webex operations it may use; its scopes are theirs.
    pub operations: &'static [&'static Operation],
    /// Scopes that Webex names for the tool beyond those of its operations.
    pub extra_scopes: &'static [&'static str],
}

impl Policy {
    /// A tool's policy is one of these three, with its operations:
    /// `Policy { operations: &[&webex::messages::LIST], ..Policy::READ }`.
    pub const READ: Policy = Policy::of(Effect::Read, true);
    pub const WRITE: Policy = Policy::of(Effect::Write, false);
    pub const DESTROY: Policy = Policy::of(Effect::Destroy, true);

    const fn of(effect: Effect, idempotent: bool) -> Self {
        Policy {
            effect,
            idempotent,
            span: Span::Call,
            operations: &[],
            extra_scopes: &[],
        }
    }

    /// The OAuth scopes that its operations need, each once, in order.
    pub fn scopes(&self) -> Vec<&'static str> {
        let of_operations = self
            .operations
            .iter()
            .flat_map(|operation| operation.scopes);
        let mut scopes: Vec<_> = of_operations.chain(self.extra_scopes).copied().collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    }
}

/// One tool. Its arguments' doc comment is the description that a model reads, their fields' doc
/// comments describe the arguments; the schemas of both ends are derived and enforced.
pub trait Tool: 'static {
    /// Published: it never changes once landed.
    const NAME: &'static str;
    /// What a person sees in a list of tools.
    const TITLE: &'static str;
    const POLICY: Policy;

    /// `#[serde(deny_unknown_fields, rename_all = "camelCase")]`, with `#[schemars(...)]` bounds.
    type Arguments: DeserializeOwned + JsonSchema + Send + Sync;
    /// Lean facts; an object at the root. Text of people only in fields `text`, `title`, `name`.
    type Output: Serialize + JsonSchema + Send;

    /// Names in the arguments are ids by now, and a destructive call is confirmed.
    fn call(
        context: &Context,
        arguments: Self::Arguments,
    ) -> impl Future<Output = Result<Self::Output, CallError>> + Send;

    /// What to ask before a destructive call; may read what it needs to ask well.
    fn question(
        _context: &Context,
        _arguments: &Self::Arguments,
    ) -> impl Future<Output = Result<Question, CallError>> + Send {
        async { Ok(Question::plain("This cannot be undone.")) }
    }

    /// Links that stand beside the answer, for clients that fetch them themselves.
    fn links(_output: &Self::Output) -> Vec<Link> {
        Vec::new()
    }
}

/// What a person is asked before something is destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What will happen, in our words.
    pub effect: Cow<'static, str>,
    /// What people call the thing it happens to: their text.
    pub name: Option<String>,
}

impl Question {
    pub fn plain(effect: impl Into<Cow<'static, str>>) -> Self {
        Question {
            effect: effect.into(),
            name: None,
        }
    }

    pub fn about(effect: impl Into<Cow<'static, str>>, name: Option<String>) -> Self {
        Question {
            effect: effect.into(),
            name,
        }
    }
}

/// Something beside the answer that a client may fetch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    pub uri: String,
    pub name: String,
    pub mime_type: Option<String>,
    pub size_bytes: Option<u64>,
}

/// Which part of a list is wanted. The same on every list: `#[serde(flatten)] part: Part`.
#[derive(Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct Part {
    /// Default 20.
    #[schemars(range(min = 1, max = 100))]
    pub max: Option<u32>,
    /// Last page.cursor.
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
    /// Entries in this answer.
    pub returned: usize,
    /// Pass as `cursor` for the next page; null at the end.
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
        client: &'a webex::Client,
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

/// Seals and opens the cursors of one call; see `call::cursor`.
pub trait CursorBook: Send + Sync + std::fmt::Debug {
    fn seal(&self, position: &[u8]) -> Result<String, CallError>;
    fn open(&self, cursor: &str) -> Result<Vec<u8>, CallError>;
}

/// Everything that a tool may reach, made anew for each call.
#[derive(Debug)]
pub struct Context {
    /// Webex as this caller, under this call's deadline.
    pub webex: webex::Client,
    pub progress: Progress,
    pub rules: Arc<Rules>,
    pub(crate) cursors: Box<dyn CursorBook>,
    pub(crate) shelf: Arc<dyn FileShelf>,
}

impl Context {
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

    /// One page of Webex's list: the one that the cursor points to, or the `first`.
    ///
    /// # Errors
    /// As of [`Context::position`], and whatever Webex refuses.
    pub async fn listed<T: DeserializeOwned>(
        &self,
        operation: &Operation,
        part: &Part,
        first: impl Future<Output = Result<Page<T>, WebexError>>,
    ) -> Result<(Vec<T>, PageInfo), CallError> {
        let page = match self.position::<String>(part.cursor.as_deref())? {
            Some(next) => {
                let next = NextPage::parse(self.webex.webex(), &next)?;
                self.webex.next_page(operation, &next).await?
            }
            None => first.await?,
        };
        let info = self.page(page.items.len(), page.next.as_ref())?;
        Ok((page.items, info))
    }

    /// Puts a large file where the caller can fetch it.
    pub async fn place_file(&self, file: ShelfFile) -> Result<Link, CallError> {
        self.shelf.place(&self.webex, file).await
    }
}

/// What a tool answered, on its way to a door.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Satisfies the published output schema.
    pub facts: Value,
    pub links: Vec<Link>,
}

type CallFuture<'a> = BoxFuture<'a, Result<Answer, CallError>>;
type QuestionFuture<'a> = BoxFuture<'a, Result<Question, CallError>>;

/// One line of the catalogue: a tool as a value.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub name: &'static str,
    pub title: &'static str,
    pub policy: Policy,
    pub input_schema: fn() -> Schema,
    pub output_schema: fn() -> Schema,
    pub(crate) call: for<'a> fn(&'a Context, Value) -> CallFuture<'a>,
    pub(crate) question: for<'a> fn(&'a Context, Value) -> QuestionFuture<'a>,
}

impl Entry {
    pub const fn of<T: Tool>() -> Self {
        Entry {
            name: T::NAME,
            title: T::TITLE,
            policy: T::POLICY,
            input_schema: accepted::<T::Arguments>,
            output_schema: answered::<T::Output>,
            call: call_of::<T>,
            question: question_of::<T>,
        }
    }
}

/// What may come in.
fn accepted<T: JsonSchema>() -> Schema {
    schema_of::<T>(SchemaSettings::draft2020_12())
}

/// What goes out: a field that is left out when empty is not required.
fn answered<T: JsonSchema>() -> Schema {
    schema_of::<T>(SchemaSettings::draft2020_12().for_serialize())
}

fn schema_of<T: JsonSchema>(settings: SchemaSettings) -> Schema {
    settings
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<T>()
}

fn call_of<T: Tool>(context: &Context, arguments: Value) -> CallFuture<'_> {
    Box::pin(async move {
        let output = T::call(context, typed::<T>(arguments)?).await?;
        let links = T::links(&output);
        let facts = serde_json::to_value(output).map_err(CallError::internal)?;
        Ok(Answer { facts, links })
    })
}

fn question_of<T: Tool>(context: &Context, arguments: Value) -> QuestionFuture<'_> {
    Box::pin(async move { T::question(context, &typed::<T>(arguments)?).await })
}

/// The schema has been satisfied by now; what serde still refuses is named all the same.
fn typed<T: Tool>(arguments: Value) -> Result<T::Arguments, CallError> {
    serde_path_to_error::deserialize(arguments).map_err(|error| {
        // Serde's words may quote the value, which people wrote: only the place is told.
        let field = error.path().to_string();
        CallError::invalid(&field, "it is not of the form that the schema describes")
    })
}
