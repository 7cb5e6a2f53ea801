//! The prompts, and the completion of their arguments.

use rmcp::ErrorData;
use rmcp::model::{
    CompleteResult, GetPromptRequestParams, GetPromptResponse, GetPromptResult, ListPromptsResult,
};
use serde_json::{Value, json};

use crate::{rounds, tools, typed};

/// Name and required arguments.
const PROMPTS: [(&str, &[&str]); 5] = [
    ("test_simple_prompt", &[]),
    ("test_prompt_with_arguments", &["arg1", "arg2"]),
    ("test_prompt_with_embedded_resource", &["resourceUri"]),
    ("test_prompt_with_image", &[]),
    ("test_input_required_result_prompt", &[]),
];

pub fn list() -> Result<ListPromptsResult, ErrorData> {
    let prompts: Vec<Value> = PROMPTS
        .iter()
        .map(|(name, arguments)| {
            let arguments: Vec<_> = arguments
                .iter()
                .map(|name| json!({"name": name, "description": "Text", "required": true}))
                .collect();
            json!({"name": name, "description": "A prompt of the suite", "arguments": arguments})
        })
        .collect();
    typed(json!({
        "resultType": "complete", "ttlMs": 60_000, "cacheScope": "public", "prompts": prompts
    }))
}

pub fn get(prompt: &GetPromptRequestParams) -> Result<GetPromptResponse, ErrorData> {
    let argument = |name: &str| -> Result<&str, ErrorData> {
        let arguments = prompt.arguments.as_ref();
        let value = arguments.and_then(|arguments| arguments.get(name)?.as_str());
        value.ok_or_else(|| ErrorData::invalid_params(format!("`{name}` is missing."), None))
    };
    let text = |text: &str| json!({"type": "text", "text": text});
    let contents = match prompt.name.as_str() {
        "test_simple_prompt" => vec![text("This is a simple prompt for testing.")],
        "test_prompt_with_arguments" => vec![text(&format!(
            "Prompt with arguments: arg1='{}', arg2='{}'",
            argument("arg1")?,
            argument("arg2")?
        ))],
        "test_prompt_with_embedded_resource" => vec![
            json!({"type": "resource", "resource": {
                "uri": argument("resourceUri")?,
                "mimeType": "text/plain",
                "text": "Embedded resource content for testing."
            }}),
            text("Please process the embedded resource above."),
        ],
        "test_prompt_with_image" => vec![
            json!({"type": "image", "data": tools::IMAGE, "mimeType": "image/png"}),
            text("Please analyze the image above."),
        ],
        "test_input_required_result_prompt" => {
            let answers = prompt.input_responses.clone().unwrap_or_default();
            if !rounds::is_answer(&answers, "user_context") {
                return Ok(GetPromptResponse::InputRequired(rounds::ask_context()?));
            }
            vec![text("This prompt has its context.")]
        }
        _ => return Err(ErrorData::invalid_params("There is no such prompt.", None)),
    };
    let messages: Vec<Value> = contents
        .into_iter()
        .map(|content| json!({"role": "user", "content": content}))
        .collect();
    let result: GetPromptResult = typed(json!({"resultType": "complete", "messages": messages}))?;
    Ok(result.into())
}

pub fn complete() -> Result<CompleteResult, ErrorData> {
    typed(json!({
        "resultType": "complete",
        "completion": {"values": ["test", "testing"], "total": 2, "hasMore": false}
    }))
}
