//! A tool as the world sees it: the definition that `tools/list` answers, in JSON.

use serde_json::{Value, json};

use crate::call::listing::Listed;
use crate::tool::Effect;

/// Bytes that make about one token of a language model, for estimates.
const TOKEN_BYTES: usize = 4;

/// The whole definition.
pub fn definition(tool: &Listed) -> Value {
    let policy = &tool.entry.policy;
    json!({
        "name": tool.entry.name,
        "title": tool.entry.title,
        "description": tool.description,
        "inputSchema": tool.input_schema,
        "outputSchema": tool.output_schema,
        "annotations": {
            "title": tool.entry.title,
            "readOnlyHint": policy.effect == Effect::Read,
            "destructiveHint": policy.effect == Effect::Destroy,
            "idempotentHint": policy.idempotent,
            "openWorldHint": true,
        },
    })
}

/// About how many tokens a model spends on reading name, description and input schema.
pub fn model_tokens(tool: &Listed) -> usize {
    let shown = json!({
        "name": tool.entry.name,
        "description": tool.description,
        "inputSchema": tool.input_schema,
    });
    tokens(&shown)
}

/// About how many tokens the whole definition is.
pub fn definition_tokens(tool: &Listed) -> usize {
    tokens(&definition(tool))
}

fn tokens(value: &Value) -> usize {
    value.to_string().len().div_ceil(TOKEN_BYTES)
}

/// The effect in one word.
pub const fn effect(tool: &Listed) -> &'static str {
    match tool.entry.policy.effect {
        Effect::Read => "read",
        Effect::Write => "write",
        Effect::Destroy => "destroy",
    }
}
