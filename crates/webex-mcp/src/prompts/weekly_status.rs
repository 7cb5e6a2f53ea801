//! A status report from what was said in one space.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::messages::{ListMessages, Message};
use webex::{messages, people, rooms};

use crate::briefs::news::{days_ago, written};
use crate::briefs::people::own;
use crate::briefs::space::{authors, tell_said};
use crate::briefs::{Brief, space};
use crate::error::CallError;
use crate::limits::{BRIEF_DAYS_MAX, BRIEF_MESSAGES_OF_ONE};
use crate::tool::{Context, Policy, Tool, counted};
use crate::tools::workflows::news::is_program;

/// Writes a status report of the week from what was said in a space.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// The space: id, link or title.
    room_id: String,
    /// How many days back, 1 to 31; without it, 7.
    #[schemars(range(min = 1, max = BRIEF_DAYS_MAX))]
    days: Option<u32>,
}

pub struct WeeklyStatus;

const TASK: &str = "Write a status report from what was said in this Webex space, for somebody who did not follow it: what was done, what was decided and by whom, what is open and who has it, what is at risk. Use only the facts below, keep it to one page, and name the date of what you refer to.";

impl Tool for WeeklyStatus {
    const NAME: &'static str = "webex-weekly-status";
    const TITLE: &'static str = "Weekly status from a space";
    const POLICY: Policy = Policy {
        operations: &[&rooms::GET, &messages::LIST],
        courtesy: &[&people::ME],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Brief;

    async fn call(context: &Context, arguments: Arguments) -> Result<Brief, CallError> {
        let since = days_ago(arguments.days.unwrap_or(7));
        let is_bot = own(context).await?.as_ref().is_some_and(is_program);
        let query = ListMessages {
            mentioned_people: is_bot.then(|| "me".to_owned()),
            max: Some(BRIEF_MESSAGES_OF_ONE),
            ..ListMessages::in_room(&*arguments.room_id)
        };
        let (rooms, messages) = (context.webex.rooms(), context.webex.messages());
        let (room, page) = futures::join!(rooms.get(&arguments.room_id), messages.list(&query));
        let (room, page) = (room?, page?);
        let is_new = |message: &Message| message.created.is_some_and(|time| time >= since);
        let has_more = page.next.is_some() && page.items.iter().all(is_new);
        let said: Vec<_> = page.items.into_iter().filter(is_new).collect();

        let mut brief = Brief::new(TASK);
        space::tell(&mut brief, &room);
        let of_all = if has_more { "at least " } else { "" };
        let count = counted(said.len(), "message");
        let (since, authors) = (written(since), authors(&said));
        brief.line(format!(
            "Since {since} {of_all}{count}; by author: {authors}"
        ));
        tell_said(&mut brief, said);
        Ok(brief)
    }
}
