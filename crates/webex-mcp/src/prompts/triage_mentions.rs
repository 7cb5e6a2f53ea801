//! Who mentioned the caller, and what for.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::rooms::{Room, RoomType};
use webex::{messages, people, rooms};

use crate::briefs::Brief;
use crate::briefs::news::{self, days_ago, tell_more, wanted, written};
use crate::briefs::people::own;
use crate::error::CallError;
use crate::limits::BRIEF_DAYS_MAX;
use crate::tool::{Context, Policy, Tool};
use crate::tools::workflows::news::{News, of_spaces};

/// Sorts the messages that mention you by what they want of you, with a draft of each answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// How many days back, 1 to 31; without it, 7.
    #[schemars(range(min = 1, max = BRIEF_DAYS_MAX))]
    days: Option<u32>,
}

pub struct TriageMentions;

const TASK: &str = "Go through the messages below, which mention me in Webex. Sort them: what needs an answer today, what can wait, what is only for my information. For each say in one line who wants what, and where. For those that need an answer write a short draft; webex-get-thread with roomId and parentId shows what was said around a message.";

impl Tool for TriageMentions {
    const NAME: &'static str = "webex-triage-mentions";
    const TITLE: &'static str = "Triage my mentions";
    const POLICY: Policy = Policy {
        operations: &[&rooms::LIST, &messages::LIST],
        courtesy: &[&people::ME],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Brief;

    async fn call(context: &Context, arguments: Arguments) -> Result<Brief, CallError> {
        let since = days_ago(arguments.days.unwrap_or(7));
        let is_group = |room: &Room| room.room_type != Some(RoomType::Direct);
        let (me, active) = futures::join!(own(context), news::active(context, since, is_group));
        let (me, active) = (me?, active?);
        let wanted = wanted(since, me, true);
        let mut brief = Brief::new(TASK);
        brief.section(format!(
            "Messages that mention me since {}.",
            written(since)
        ));
        tell_more(&active, &mut brief);
        let active_is_whole = active.more == 0 && !active.has_unseen;
        let all = of_spaces(context, active.rooms, &wanted).await;
        let has_any = |one: &News| one.messages.as_ref().map_or(true, |all| !all.is_empty());
        if !all.iter().any(has_any) {
            brief.line(match active_is_whole {
                true => "There are none.",
                false => "There are none in the spaces that were looked into.",
            });
        }
        news::tell(&mut brief, all, &wanted);
        Ok(brief)
    }
}
