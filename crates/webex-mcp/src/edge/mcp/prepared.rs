//! The part of an answer that is JSON text already, on its way beside the SDK's result, which could
//! hold it only as a tree of values.

use std::sync::Arc;

use rmcp::model::{
    CacheScope, CallToolResult, Cursor, ListToolsResult, MetaObject, ResultType, ServerResult,
};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::exchange::Slot;
use crate::tool::Facts;

/// The handler puts it there, and the door writes it.
pub(super) type PreparedSlot = Slot<Prepared>;

#[derive(Debug)]
pub(super) enum Prepared {
    /// The structured content of a tool's answer.
    Facts(Facts),
    /// The tools of a list.
    Tools(Vec<Arc<RawValue>>),
}

impl Prepared {
    /// Its length in the answer, in bytes, about.
    pub(super) fn bytes(&self) -> usize {
        match self {
            // The text block says the same and is about as long.
            Prepared::Facts(facts) => 2 * facts.as_str().len(),
            Prepared::Tools(tools) => tools.iter().map(|tool| tool.get().len() + 1).sum(),
        }
    }

    /// The result that it belongs to, with it; `None` for another result.
    pub(super) fn in_result<'a>(&'a self, result: &'a ServerResult) -> Option<Whole<'a>> {
        match (self, result) {
            (Prepared::Facts(facts), ServerResult::CallToolResult(result)) => {
                Some(Whole::Answer { result, facts })
            }
            (Prepared::Tools(tools), ServerResult::ListToolsResult(result)) => {
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
    #[serde(rename_all = "camelCase")]
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
        tools: &'a [Arc<RawValue>],
    },
}

impl<'a> Whole<'a> {
    fn tools(result: &'a ListToolsResult, tools: &'a [Arc<RawValue>]) -> Self {
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

fn in_order<S: Serializer>(tools: &&[Arc<RawValue>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(tools.iter().map(|tool| &**tool))
}
