//! The tools that answer in one go, or talk first: progress, log lines, questions of old sessions.
#![expect(
    deprecated,
    reason = "the suite still tests sampling and logging on old versions"
)]

use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResult, ClientCapabilities, ContentBlock,
    CreateMessageRequestParams, ElicitRequestParams, ListToolsResult, LoggingLevel,
    LoggingMessageNotificationParam, ProgressNotificationParam, ProtocolVersion, SamplingMessage,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};

use crate::{long, typed};

/// One red pixel.
pub const IMAGE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg==";
/// A WAV without a sample.
const AUDIO: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=";
/// Between two messages of one answer, so that a client can tell them apart.
const PAUSE: Duration = Duration::from_millis(50);

/// Name, description, and the required string argument where there is one.
const TOOLS: [(&str, &str, Option<&str>); 23] = [
    ("test_simple_text", "Answers a text", None),
    ("test_image_content", "Answers an image", None),
    ("test_audio_content", "Answers a sound", None),
    ("test_embedded_resource", "Answers a resource", None),
    (
        "test_multiple_content_types",
        "Answers a text, an image and a resource",
        None,
    ),
    ("test_error_handling", "Answers an error", None),
    ("test_tool_with_progress", "Reports progress", None),
    ("test_tool_with_logging", "Logs while it works", None),
    ("test_logging_tool", "Logs if the client asked for it", None),
    (
        "test_missing_capability",
        "Needs a client that can sample",
        None,
    ),
    ("test_sampling", "Asks the client's model", Some("prompt")),
    ("test_elicitation", "Asks the user", Some("message")),
    (
        "test_elicitation_sep1034_defaults",
        "Asks the user with defaults",
        None,
    ),
    (
        "test_elicitation_sep1330_enums",
        "Asks the user to choose",
        None,
    ),
    (
        "test_streaming_elicitation",
        "Asks the user in rounds",
        None,
    ),
    (
        "test_input_required_result_elicitation",
        "Asks the user's name",
        None,
    ),
    (
        "test_input_required_result_sampling",
        "Asks the client's model in rounds",
        None,
    ),
    (
        "test_input_required_result_list_roots",
        "Asks for roots in rounds",
        None,
    ),
    (
        "test_input_required_result_request_state",
        "Carries state",
        None,
    ),
    (
        "test_input_required_result_multiple_inputs",
        "Asks three things at once",
        None,
    ),
    ("test_input_required_result_multi_round", "Asks twice", None),
    (
        "test_input_required_result_tampered_state",
        "Notices altered state",
        None,
    ),
    (
        "test_input_required_result_capabilities",
        "Asks what the client can",
        None,
    ),
];

pub fn list() -> Result<ListToolsResult, ErrorData> {
    let mut tools: Vec<Value> = TOOLS
        .iter()
        .map(|(name, description, argument)| {
            let properties: serde_json::Map<_, _> = argument
                .iter()
                .map(|name| {
                    (
                        (*name).to_owned(),
                        json!({"type": "string", "description": "Text"}),
                    )
                })
                .collect();
            let required: Vec<_> = argument.iter().collect();
            json!({
                "name": name,
                "description": description,
                "inputSchema": {
                    "type": "object", "properties": properties, "required": required
                }
            })
        })
        .collect();
    tools.extend(long::TOOLS.iter().map(|(name, description, arguments)| {
        let properties = arguments.iter().map(|(name, kind)| {
            let schema = json!({"type": kind, "description": "For the suite"});
            ((*name).to_owned(), schema)
        });
        let properties: serde_json::Map<_, _> = properties.collect();
        json!({
            "name": name,
            "description": description,
            "inputSchema": {"type": "object", "properties": properties}
        })
    }));
    tools.push(json!({
        "name": "json_schema_2020_12_tool",
        "description": "Has a schema that uses what 2020-12 allows",
        "inputSchema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "$defs": {
                "address": {
                    "$anchor": "addressDef",
                    "type": "object",
                    "properties": {"street": {"type": "string"}, "city": {"type": "string"}}
                }
            },
            "properties": {
                "name": {"type": "string"},
                "address": {"$ref": "#/$defs/address"},
                "contactMethod": {"type": "string", "enum": ["phone", "email"]},
                "phone": {"type": "string"},
                "email": {"type": "string"}
            },
            "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
            "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
            "then": {"required": ["phone"]},
            "else": {"required": ["email"]},
            "additionalProperties": false
        }
    }));
    typed(
        json!({"resultType": "complete", "ttlMs": 60_000, "cacheScope": "public", "tools": tools}),
    )
}

pub async fn call(
    call: CallToolRequestParams,
    context: RequestContext<RoleServer>,
) -> Result<CallToolResult, ErrorData> {
    let argument = |name: &str| {
        let arguments = call.arguments.as_ref();
        let value = arguments.and_then(|arguments| arguments.get(name)?.as_str());
        value.unwrap_or_default().to_owned()
    };
    match &*call.name {
        "test_tool_with_progress" => progress(&context).await,
        "test_tool_with_logging" => log(&context).await,
        "test_logging_tool" => {
            if context.meta.log_level().is_some() {
                return log(&context).await;
            }
            Ok(text("Nothing was logged"))
        }
        "test_missing_capability" => {
            let can = context
                .client_capabilities()
                .is_some_and(|can| can.sampling.is_some());
            if can {
                return Ok(text("The client can sample"));
            }
            let needed: ClientCapabilities = typed(json!({"sampling": {}}))?;
            Err(ErrorData::missing_required_client_capability(needed))
        }
        "test_sampling" => sample(&context, &argument("prompt")).await,
        "test_elicitation" => {
            let schema = json!({
                "type": "object",
                "properties": {
                    "username": {"type": "string", "description": "User's response"},
                    "email": {"type": "string", "description": "User's email address"}
                },
                "required": ["username", "email"]
            });
            elicit(&context, &argument("message"), schema).await
        }
        "test_elicitation_sep1034_defaults" => {
            elicit(&context, "Every field has a default", defaults()).await
        }
        "test_elicitation_sep1330_enums" => elicit(&context, "Choose", choices()).await,
        name => plain(name),
    }
}

fn plain(name: &str) -> Result<CallToolResult, ErrorData> {
    let image = json!({"type": "image", "data": IMAGE, "mimeType": "image/png"});
    let resource = |uri: &str, mime: &str, text: &str| json!({"type": "resource", "resource": {"uri": uri, "mimeType": mime, "text": text}});
    let content = match name {
        "test_simple_text" => return Ok(text("This is a simple text response for testing.")),
        "test_image_content" => json!([image]),
        "test_audio_content" => json!([{"type": "audio", "data": AUDIO, "mimeType": "audio/wav"}]),
        "test_embedded_resource" => json!([resource(
            "test://embedded-resource",
            "text/plain",
            "This is an embedded resource content."
        )]),
        "test_multiple_content_types" => json!([
            {"type": "text", "text": "Multiple content types test:"},
            image,
            resource(
                "test://mixed-content-resource",
                "application/json",
                r#"{"test":"data","value":123}"#
            )
        ]),
        "test_error_handling" => {
            let message = "This tool intentionally returns an error for testing";
            return Ok(CallToolResult::error(vec![ContentBlock::text(message)]));
        }
        _ => return Err(ErrorData::invalid_params("There is no such tool.", None)),
    };
    typed(json!({"resultType": "complete", "content": content}))
}

async fn progress(context: &RequestContext<RoleServer>) -> Result<CallToolResult, ErrorData> {
    for done in [0.0, 50.0, 100.0] {
        if let Some(token) = context.meta.get_progress_token() {
            let note = ProgressNotificationParam::new(token, done).with_total(100.0);
            context.peer.notify_progress(note).await.map_err(unheard)?;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(text("Progress was reported"))
}

async fn log(context: &RequestContext<RoleServer>) -> Result<CallToolResult, ErrorData> {
    let old = context
        .protocol_version()
        .is_none_or(|version| version < ProtocolVersion::V_2026_07_28);
    for line in [
        "Tool execution started",
        "Tool processing data",
        "Tool execution completed",
    ] {
        if old || context.meta.log_level().is_some() {
            let line = LoggingMessageNotificationParam::new(LoggingLevel::Info, json!(line));
            context
                .peer
                .notify_logging_message(line)
                .await
                .map_err(unheard)?;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(text("Three lines were logged"))
}

async fn sample(
    context: &RequestContext<RoleServer>,
    prompt: &str,
) -> Result<CallToolResult, ErrorData> {
    let messages = vec![SamplingMessage::user_text(prompt)];
    let request = CreateMessageRequestParams::new(messages, 100);
    let reply = context
        .peer
        .create_message(request)
        .await
        .map_err(unheard)?;
    let reply = serde_json::to_string(&reply).unwrap_or_default();
    Ok(text(&format!("LLM response: {reply}")))
}

async fn elicit(
    context: &RequestContext<RoleServer>,
    message: &str,
    schema: Value,
) -> Result<CallToolResult, ErrorData> {
    let form: ElicitRequestParams =
        typed(json!({"mode": "form", "message": message, "requestedSchema": schema}))?;
    let reply = context
        .peer
        .create_elicitation(form)
        .await
        .map_err(unheard)?;
    let reply = serde_json::to_string(&reply).unwrap_or_default();
    Ok(text(&format!("User response: {reply}")))
}

fn defaults() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "default": "John Doe"},
            "age": {"type": "integer", "default": 30},
            "score": {"type": "number", "default": 95.5},
            "status": {
                "type": "string", "enum": ["active", "inactive", "pending"], "default": "active"
            },
            "verified": {"type": "boolean", "default": true}
        }
    })
}

fn choices() -> Value {
    let options = json!(["option1", "option2", "option3"]);
    let titled = json!([
        {"const": "value1", "title": "First"},
        {"const": "value2", "title": "Second"},
        {"const": "value3", "title": "Third"}
    ]);
    json!({
        "type": "object",
        "properties": {
            "untitledSingle": {"type": "string", "enum": options},
            "titledSingle": {"type": "string", "oneOf": titled},
            "legacyEnum": {
                "type": "string",
                "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"]
            },
            "untitledMulti": {"type": "array", "items": {"type": "string", "enum": options}},
            "titledMulti": {"type": "array", "items": {"anyOf": titled}}
        }
    })
}

fn text(text: &str) -> CallToolResult {
    CallToolResult::success(vec![ContentBlock::text(text)])
}

fn unheard(error: rmcp::ServiceError) -> ErrorData {
    ErrorData::internal_error(error.to_string(), None)
}
