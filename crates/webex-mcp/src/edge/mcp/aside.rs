//! The part of an answer that is JSON text already. It travels beside the SDK's result, which could
//! hold it only as a tree of values.

use std::borrow::Cow;

use rmcp::model::{
    CacheScope, CallToolResult, Cursor, ListToolsResult, MetaObject, ResultType, ServerResult,
};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::exchange::Slot;
use crate::tool::Facts;

/// A tool in a list, as text.
pub(super) type ToolText = Cow<'static, RawValue>;

/// The handler puts it there, and the door writes it.
pub(super) type AsideSlot = Slot<Aside>;

#[derive(Debug)]
pub(super) enum Aside {
    /// The structured content of a tool's answer.
    Facts(Facts),
    /// The tools of a list.
    Tools(Vec<ToolText>),
}

impl Aside {
    /// About how many bytes it has in the answer.
    pub(super) fn bytes(&self) -> usize {
        match self {
            // The text block says the same and is about as long.
            Aside::Facts(facts) => 2 * facts.as_str().len(),
            Aside::Tools(tools) => tools.iter().map(|tool| tool.get().len() + 1).sum(),
        }
    }

    /// The result that it belongs to, with it; `None` for another result.
    pub(super) fn in_result<'a>(&'a self, result: &'a ServerResult) -> Option<Whole<'a>> {
        match (self, result) {
            (Aside::Facts(facts), ServerResult::CallToolResult(result)) => {
                Some(Whole::Answer { result, facts })
            }
            (Aside::Tools(tools), ServerResult::ListToolsResult(result)) => {
                Some(Whole::tools(result, tools))
            }
            _ => None,
        }
    }
}

/// A result as the client gets it.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Whole<'a> {
    Answer {
        #[serde(flatten)]
        result: &'a CallToolResult,
        #[serde(rename = "structuredContent")]
        facts: &'a Facts,
    },
    #[serde(rename_all = "camelCase")]
    Tools {
        #[serde(skip_serializing_if = "Option::is_none")]
        result_type: Option<&'a ResultType>,
        #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
        meta: Option<&'a MetaObject>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_cursor: Option<&'a Cursor>,
        #[serde(skip_serializing_if = "Option::is_none")]
        ttl_ms: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_scope: Option<CacheScope>,
        #[serde(serialize_with = "in_order")]
        tools: &'a [ToolText],
    },
}

impl<'a> Whole<'a> {
    fn tools(result: &'a ListToolsResult, tools: &'a [ToolText]) -> Self {
        // Named one by one, so that no field is forgotten that the SDK adds.
        let ListToolsResult {
            result_type,
            meta,
            next_cursor,
            ttl_ms,
            cache_scope,
            tools: _,
        } = result;
        Whole::Tools {
            result_type: result_type.as_ref(),
            meta: meta.as_ref(),
            next_cursor: next_cursor.as_ref(),
            ttl_ms: *ttl_ms,
            cache_scope: *cache_scope,
            tools,
        }
    }
}

fn in_order<S: Serializer>(tools: &&[ToolText], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(tools.iter().map(|tool| &**tool))
}

#[cfg(test)]
mod tests {
    use rmcp::model::Tool;
    use serde_json::value::to_raw_value;
    use serde_json::{json, to_value};

    use super::*;

    #[test]
    fn a_list_with_its_tools_aside_is_the_sdks_own() {
        let schema = || json!({"type": "object"}).as_object().unwrap().clone();
        let tools: Vec<_> = (0..3)
            .map(|number| Tool::new(format!("t{number}"), "says <&>", schema()))
            .collect();
        let texts = tools.iter().map(|tool| to_raw_value(tool).unwrap());
        let aside = Aside::Tools(texts.map(Cow::Owned).collect());
        let plain = ListToolsResult::with_all_items(Vec::new());
        let mut full = plain
            .clone()
            .with_ttl_ms(1_000)
            .with_cache_scope(CacheScope::Private);
        full.meta = Some(MetaObject::default());
        full.next_cursor = Some("next".to_owned());
        for list in [plain, full] {
            let whole = ListToolsResult {
                tools: tools.clone(),
                ..list.clone()
            };
            let result = ServerResult::ListToolsResult(list);
            let ours = to_value(aside.in_result(&result).unwrap()).unwrap();
            assert_eq!(ours, to_value(whole).unwrap());
        }
    }
}
