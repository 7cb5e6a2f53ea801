//! The resources and their template.

use rmcp::ErrorData;
use rmcp::model::{
    ListResourceTemplatesResult, ListResourcesResult, ReadResourceResponse, ReadResourceResult,
};
use serde_json::json;

use crate::{tools, typed};

pub fn list() -> Result<ListResourcesResult, ErrorData> {
    let described = |uri: &str, mime: &str| json!({"uri": uri, "name": uri, "description": "A resource of the suite", "mimeType": mime});
    typed(json!({
        "resultType": "complete",
        "ttlMs": 60_000,
        "cacheScope": "public",
        "resources": [
            described("test://static-text", "text/plain"),
            described("test://static-binary", "image/png"),
            described("test://watched-resource", "text/plain"),
        ]
    }))
}

pub fn templates() -> Result<ListResourceTemplatesResult, ErrorData> {
    typed(json!({
        "resultType": "complete",
        "ttlMs": 60_000,
        "cacheScope": "public",
        "resourceTemplates": [{
            "uriTemplate": "test://template/{id}/data",
            "name": "template",
            "description": "A template of the suite",
            "mimeType": "application/json"
        }]
    }))
}

pub fn read(uri: &str) -> Result<ReadResourceResponse, ErrorData> {
    let templated = uri
        .strip_prefix("test://template/")
        .and_then(|rest| rest.strip_suffix("/data"));
    let content = match (uri, templated) {
        ("test://static-text", _) => json!({
            "uri": uri, "mimeType": "text/plain",
            "text": "This is the content of the static text resource."
        }),
        ("test://static-binary", _) => {
            json!({"uri": uri, "mimeType": "image/png", "blob": tools::IMAGE})
        }
        ("test://watched-resource", _) => {
            json!({"uri": uri, "mimeType": "text/plain", "text": "Watched."})
        }
        (_, Some(id)) => json!({
            "uri": uri, "mimeType": "application/json",
            "text": json!({"id": id, "templateTest": true, "data": format!("Data for ID: {id}")})
                .to_string()
        }),
        _ => {
            let data = Some(json!({"uri": uri}));
            return Err(ErrorData::resource_not_found(
                "There is no such resource.",
                data,
            ));
        }
    };
    let result: ReadResourceResult = typed(json!({
        "resultType": "complete", "ttlMs": 60_000, "cacheScope": "public", "contents": [content]
    }))?;
    Ok(result.into())
}
