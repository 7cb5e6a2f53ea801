//! Which messages a list has: those of a space, or of the direct space with a person.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::messages::{ListDirectMessages, ListMessages, Message};
use webex::{Page, WebexError};

use super::filters::Filters;
use super::{Asked, bots_see_mentions};
use crate::error::{CallError, Code};
use crate::tool::Context;

/// The arguments of a list, as `webex-get-message` has them.
#[derive(Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    /// The space: id, link or title.
    room_id: Option<String>,
    /// Direct chat: id or full name.
    person_id: Option<String>,
    /// Direct chat: e-mail address.
    #[schemars(extend("format" = "email"))]
    person_email: Option<String>,
    /// Only before this one: id or link.
    before_message: Option<String>,
    #[serde(flatten)]
    pub filters: Filters,
}

impl Listing {
    /// # Errors
    /// `invalid_arguments` unless exactly one space is named, and times that may have messages.
    pub fn check(&self) -> Result<(), CallError> {
        self.filters.check()?;
        let named = [&self.room_id, &self.person_id, &self.person_email];
        match named.into_iter().flatten().count() {
            1 => Ok(()),
            _ => Err(CallError::invalid(
                "roomId",
                "give exactly one of roomId, personId, personEmail, or else messageId",
            )),
        }
    }

    /// Webex's 404 says no more than that there is nothing.
    pub fn explained(&self, error: CallError) -> CallError {
        match (error.code, &self.person_email) {
            (Code::NotFound, Some(_)) => error.advise(
                "Check the address: nobody has it, or you have no direct messages with them; webex-search-spaces lists the direct spaces.",
            ),
            (Code::NotFound, None) if self.person_id.is_some() => CallError {
                message: "You have no direct messages with this person yet.".into(),
                ..error.advise("webex-create-message with toPersonId writes the first one; webex-search-spaces lists the direct spaces.")
            },
            _ => bots_see_mentions(error),
        }
    }

    /// What was named, so that the answer need not repeat it.
    pub fn asked(&self) -> Asked<'_> {
        self.filters.asked(self.room_id.as_deref())
    }

    /// What Webex is asked, as far as the arguments say it: the id of a direct space is not known.
    pub fn query(&self, max: u32) -> ListMessages {
        let room_id = self.room_id.clone().unwrap_or_default();
        let mut query = self.filters.query(room_id, self.before_message.clone());
        query.max = Some(max);
        query
    }

    /// The first page. A direct space is looked up first: Webex's own list of it knows no paging.
    pub async fn first(
        &self,
        context: &Context,
        mut query: ListMessages,
    ) -> Result<Page<Message>, WebexError> {
        let messages = context.webex.messages();
        if self.room_id.is_none() {
            let direct = ListDirectMessages {
                person_id: self.person_id.clone(),
                person_email: self.person_email.clone(),
                ..ListDirectMessages::default()
            };
            let page = messages.list_direct(&direct).await?;
            match page.items.iter().find_map(|item| item.room_id.clone()) {
                Some(room_id) => query.room_id = room_id,
                None => return Ok(page),
            }
        }
        messages.list(&query).await
    }
}
