//! What happened lately, over all spaces.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::{messages, people, rooms};

use crate::briefs::Brief;
use crate::briefs::news::{self, days_ago, tell_more, wanted, written};
use crate::briefs::people::own;
use crate::error::CallError;
use crate::limits::BRIEF_DAYS_MAX;
use crate::tool::{Context, Policy, Tool};
use crate::tools::workflows::news::{is_program, of_spaces};

/// Tells what happened in your spaces lately: first what waits for you, then each space in short.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// How many days back, 1 to 31; without it, 1.
    #[schemars(range(min = 1, max = BRIEF_DAYS_MAX))]
    days: Option<u32>,
}

pub struct CatchMeUp;

const TASK: &str = "Catch me up on Webex, from the facts below. Begin with what waits for an answer or a decision of mine: mentions and direct messages. Then tell of each space in one or two sentences what happened and what was decided, with names and dates. Say what you could not see. What is cut here, the tools that are named below can read.";

impl Tool for CatchMeUp {
    const NAME: &'static str = "webex-catch-me-up";
    const TITLE: &'static str = "Catch me up";
    const POLICY: Policy = Policy {
        operations: &[&rooms::LIST, &messages::LIST],
        courtesy: &[&people::ME],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Brief;

    async fn call(context: &Context, arguments: Arguments) -> Result<Brief, CallError> {
        let since = days_ago(arguments.days.unwrap_or(1));
        let (me, active) = futures::join!(own(context), news::active(context, since, |_| true));
        let (me, active) = (me?, active?);
        let is_bot = me.as_ref().is_some_and(is_program);
        let wanted = wanted(since, me, is_bot);
        let mut brief = Brief::new(TASK);
        brief.section(format!("What others posted since {}.", written(since)));
        tell_more(&active, &mut brief);
        let all = of_spaces(context, active.rooms, &wanted).await;
        if all.is_empty() {
            brief.line("Nothing happened in any space that I am in.");
        }
        news::tell(&mut brief, all, &wanted);
        Ok(brief)
    }
}
