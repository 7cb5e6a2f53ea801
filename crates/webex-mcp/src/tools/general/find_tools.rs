//! Finds tools by what they do.

use schemars::JsonSchema;
use serde::Deserialize;

use super::rank::score;
use super::{Described, Found};
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool, query_words};

const DEFAULT_TOOLS: u32 = 5;
/// Finds tools of this server by words of what you want to do, such as "mute participant" or
/// "delete webhook". Answers name, description and arguments (JSON schema) of the best, to be run
/// with webex-use-read-tool or webex-use-tool. It finds tools, not things in Webex: webex-find does.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Words of what is to be done, such as "schedule meeting"; up to 16.
    query: String,
    /// How many tools: default 5, at most 10.
    #[schemars(range(min = 1, max = 10))]
    max: Option<u32>,
}

#[derive(Debug)]
pub struct FindTools;

impl Tool for FindTools {
    const NAME: &'static str = "webex-find-tools";
    const TITLE: &'static str = "Find a tool";
    const POLICY: Policy = Policy::READ;

    type Arguments = Arguments;
    type Output = Found;

    async fn call(context: &Context, arguments: Arguments) -> Result<Found, CallError> {
        let words = query_words(&arguments.query)?;
        if words.is_empty() {
            return Err(CallError::invalid(
                "query",
                "it needs a word of what is to be done",
            ));
        }
        let offered = context.toolbox().offered();
        let mut ranked: Vec<_> = offered
            .iter()
            .map(|tool| (score(tool, &words), tool))
            .collect();
        ranked.retain(|(score, _)| *score > 0);
        // Stable: tools that fit equally stay in published order.
        ranked.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        let max = arguments.max.unwrap_or(DEFAULT_TOOLS) as usize;
        let best = ranked.into_iter().take(max).map(|(_, tool)| Described {
            name: tool.name,
            effect: tool.effect.name(),
            description: tool.description.to_owned(),
            input_schema: tool.input_schema.clone(),
        });
        Ok(Found {
            tools: best.collect(),
        })
    }
}
