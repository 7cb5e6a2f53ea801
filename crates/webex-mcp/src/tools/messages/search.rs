//! Finds messages of a space by what they say.

use std::ops::ControlFlow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::messages;

use super::Message;
use super::filters::Filters;
use super::scan::scan;
use super::terms::Terms;
use crate::error::CallError;
use crate::limits::SEARCH_MAX_MESSAGES;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};

/// Searches a space, newest first: at most 1,000 messages a call; readBackTo says how far,
/// page.cursor goes on. Without words: webex-get-message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Id, link or name.
    room_id: String,
    /// All words must occur, in any case.
    query: Option<String>,
    #[serde(flatten)]
    filters: Filters,
    /// With, or without, a file.
    has_files: Option<bool>,
    #[serde(flatten)]
    part: Part,
}

/// What was found, and how far was looked.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Matches {
    messages: Vec<Message>,
    /// Messages looked at.
    read: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_back_to: Option<String>,
    page: PageInfo,
}

#[derive(Debug)]
pub struct SearchMessages;

impl Tool for SearchMessages {
    const NAME: &'static str = "webex-search-messages";
    const TITLE: &'static str = "Search messages";
    const POLICY: Policy = Policy {
        operations: &[&messages::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Matches;

    async fn call(context: &Context, arguments: Arguments) -> Result<Matches, CallError> {
        let goes_on_before: Option<String> = context.position(arguments.part.cursor.as_deref())?;
        let (filters, room_id) = (&arguments.filters, arguments.room_id);
        let asked = filters.asked(Some(&room_id));
        let query = filters.query(room_id.clone(), goes_on_before);
        let terms = Terms::new(arguments.query.as_deref(), arguments.has_files);
        let entries = arguments.part.entries() as usize;
        let (mut found, mut too_old) = (Vec::new(), false);
        let scanned = scan(context, query, SEARCH_MAX_MESSAGES, |message| {
            too_old = filters.ends_at(&message);
            if !too_old && terms.fit(&message) {
                found.push(Message::of(message, asked));
            }
            match too_old || found.len() >= entries {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        let scanned = scanned.await?;
        let next = scanned.last_id.filter(|_| scanned.more && !too_old);
        Ok(Matches {
            page: context.page(found.len(), next.as_ref())?,
            messages: found,
            read: scanned.read,
            read_back_to: scanned.last_created.map(|time| time.to_string()),
        })
    }
}
