//! The contract between a tool and the server: what a tool declares, and what it can reach.
//!
//! A tool reaches Webex, cursors, progress and files through its [`Context`] and nothing else: no
//! store, no token, no protocol, no other tool.

use futures::future::BoxFuture;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::CallError;
use crate::text;

mod address;
mod again;
mod answer;
mod artifact;
mod asked;
mod context;
mod executable;
mod foreseen;
mod gateway;
mod list;
mod media_type;
pub mod member;
mod outbox;
mod person;
pub mod plan;
mod policy;
mod query;
mod receiver;
mod rights;
mod schedule;
pub mod table;
mod title;
mod toolbox;
mod total;
mod work;

pub use crate::text::{Facts, Lines, Question, Render, ShortId, Theirs, counted, with_commas};
pub use address::{Address, Members, is_addressable};
pub use answer::{Answer, Block, Link};
pub use artifact::{Artifact, ArtifactFile, ArtifactWriter, render_address};
pub use asked::tell_arguments;
pub use context::{
    Arrived, Context, CursorBook, Expected, FileShelf, Inbox, Met, Note, Offer, PageInfo, Part,
    Progress, Rules, ShelfFile,
};
pub use executable::{begun, only_details};
pub use foreseen::{Container, Foreseen, Reasons};
pub use gateway::Gateway;
pub use list::{Opened, Place, Row, Rows, lengths, render_failed_first, render_rows};
pub use media_type::media_type;
pub use outbox::{Maker, Outbox, ReadArtifact};
pub use person::{Person, email_address, one_person};
pub use plan::{KeptPlan, Plans};
pub use policy::{DestroysBy, Effect, Looks, Policy, Span};
pub use query::query_words;
pub use receiver::{Prepared, Received, Receiver, Watched};
pub use rights::only;
pub use schedule::{Fate, Keeping, Past, Scheduled, Schedules, State, Wish};
pub use toolbox::{Offered, Toolbox};
pub use total::{Total, expected_in_period};
pub use work::{Became, Item, Ledger, Noted, Through};

/// What kind of request an entry answers. All kinds go the same way; a door words each in its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Named by a name; its facts are the answer.
    Tool,
    /// Named by its URI; the text block of its answer is the content.
    Resource,
    /// Named by a name; the text block of its answer is what the user says to the model.
    Prompt,
    /// Named by the prompt or the template of resources whose argument is completed; gets
    /// `{argument, value}` and answers `{values, total, hasMore}`. No entry is of this kind: what
    /// can be completed follows from the arguments of the others.
    Completion,
}

/// One tool. Its arguments' doc comment is the description that a model reads, their fields' doc
/// comments describe the arguments; the schemas of both ends are derived and enforced.
pub trait Tool: 'static {
    /// Published: it never changes once landed.
    const NAME: &'static str;
    /// What a person sees in a list of tools.
    const TITLE: &'static str;
    const POLICY: Policy;

    /// `#[serde(deny_unknown_fields, rename_all = "camelCase")]`, with `#[schemars(...)]` bounds:
    /// every list has its own; a string without one gets what goes with its name.
    type Arguments: DeserializeOwned + JsonSchema + Send + Sync;
    /// Lean facts; an object at the root. What people wrote is [`Theirs`], never a `String`. Its
    /// renderer tells a reader the same facts.
    type Output: Serialize + JsonSchema + Render + Send;

    /// Names in the arguments are ids by now, and a destructive call is confirmed.
    fn call(
        context: &Context,
        arguments: Self::Arguments,
    ) -> impl Future<Output = Result<Self::Output, CallError>> + Send;

    /// What to ask before a call: a question that a person understands who sees nothing else. It may
    /// read what it needs to name things. `None`: what the tool does, and with which arguments.
    /// [`Question::needless`]: this call only changes something, whatever its arguments may do.
    fn question(
        _context: &Context,
        _arguments: &Self::Arguments,
    ) -> impl Future<Output = Result<Option<Question>, CallError>> + Send {
        async { Ok(None) }
    }

    /// What stands beside the answer: pictures, sound, links.
    fn blocks(_output: Self::Output) -> Vec<Block> {
        Vec::new()
    }
}

type CallFuture<'a> = BoxFuture<'a, Result<Answer, CallError>>;
type QuestionFuture<'a> = BoxFuture<'a, Result<Option<Question>, CallError>>;

/// One line of the catalogue: a tool as a value.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub kind: Kind,
    pub name: &'static str,
    pub title: &'static str,
    pub policy: Policy,
    /// The tools that a server has to offer for it to offer this: the entry reads what they read.
    pub needs: &'static [&'static str],
    /// Where it is, if it is a tool's answer as a resource.
    pub address: Option<&'static Address>,
    pub input_schema: fn() -> Schema,
    pub output_schema: fn() -> Schema,
    pub(crate) call: for<'a> fn(&'a Context, Value) -> CallFuture<'a>,
    /// [`Tool::question`]. Nobody is asked before a read, so no code is made for it.
    own_question: Option<for<'a> fn(&'a Context, Value) -> QuestionFuture<'a>>,
}

impl Entry {
    pub const fn of<T: Tool>() -> Self {
        Entry::of_kind::<T>(Kind::Tool)
    }

    /// An entry that answers requests of another kind than calls of tools.
    pub const fn of_kind<T: Tool>(kind: Kind) -> Self {
        Entry {
            kind,
            name: T::NAME,
            title: T::TITLE,
            policy: T::POLICY,
            needs: &[],
            address: None,
            input_schema: accepted::<T::Arguments>,
            output_schema: answered::<T::Output>,
            call: call_of::<T>,
            own_question: match T::POLICY.effect {
                Effect::Read => None,
                Effect::Write | Effect::Destroy => Some(own_question_of::<T>),
            },
        }
    }

    /// What a person is asked before such a call.
    pub(crate) async fn question(
        &self,
        context: &Context,
        arguments: &Value,
    ) -> Result<Question, CallError> {
        if let Some(own_question) = self.own_question
            && let Some(own) = own_question(context, arguments.clone()).await?
        {
            return Ok(own);
        }
        Ok(self.plain_question(context, arguments).await)
    }

    /// What the call does, and with which arguments.
    pub(crate) async fn plain_question(&self, context: &Context, arguments: &Value) -> Question {
        asked::question(context, self.title, &self.policy, arguments).await
    }

    /// A prompt that reads what these tools read.
    pub const fn prompt<T: Tool>(needs: &'static [&'static str]) -> Self {
        Entry {
            needs,
            ..Entry::of_kind::<T>(Kind::Prompt)
        }
    }

    /// The answer of a read tool as a resource.
    pub const fn at<T: Tool>(address: &'static Address) -> Self {
        Entry {
            name: address.uri,
            title: address.title,
            needs: Needs::<T>::ITSELF,
            address: Some(address),
            ..Entry::of_kind::<T>(Kind::Resource)
        }
    }

    /// The tool that goes on in its lists.
    pub fn pager(&self) -> &'static str {
        match (self.address, self.needs) {
            (Some(_), [tool]) => tool,
            _ => self.name,
        }
    }
}

/// What the resource of a tool needs.
struct Needs<T>(std::marker::PhantomData<T>);

impl<T: Tool> Needs<T> {
    const ITSELF: &'static [&'static str] = &[T::NAME];
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
        let text::Told { text, facts } = text::told(&output).map_err(CallError::internal)?;
        let blocks = T::blocks(output);
        Ok(Answer {
            text,
            facts,
            blocks,
        })
    })
}

fn own_question_of<T: Tool>(context: &Context, arguments: Value) -> QuestionFuture<'_> {
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
