//! The two bodies of `POST /messages`: JSON, and multipart with a file in it.

use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};

use crate::Sandbox;
use crate::problem::{Problem, Result};
use crate::request::{is_media_type, read_json, unsupported};
use crate::routes::contents::{not_stored, unreadable};
use crate::rules::messages::NewMessage;
use crate::storage::NewFile;

/// Parts of one multipart body; Webex knows seven.
const MAX_PARTS: usize = 16;

/// A text part: beyond the longest message, the exact length does not matter.
const MAX_TEXT_PART_BYTES: usize = 64 * 1024;

/// Reads either of the two bodies.
pub(crate) async fn read(sandbox: &Sandbox, request: Request) -> Result<NewMessage> {
    if is_media_type(request.headers(), "application/json") {
        return read_json(request).await;
    }
    unsupported().unless(is_media_type(request.headers(), "multipart/form-data"))?;
    let parts = Multipart::from_request(request, sandbox).await;
    let mut parts = parts.map_err(|_| unreadable())?;
    let mut message = NewMessage::default();
    for _ in 0..MAX_PARTS {
        let Some(part) = parts.next_field().await.map_err(|_| unreadable())? else {
            return Ok(message);
        };
        take(sandbox, part, &mut message).await?;
    }
    Err(Problem::bad_request(
        "The multipart body has too many parts.",
    ))
}

async fn take(sandbox: &Sandbox, part: Field<'_>, message: &mut NewMessage) -> Result<()> {
    let name = part.name().unwrap_or_default().to_owned();
    if name == "files" && part.file_name().is_some() {
        let file_name = part.file_name().unwrap_or("file").to_owned();
        let guessed = mime_guess::from_path(&file_name).first_or_octet_stream();
        let content_type = part.content_type().map(str::to_owned);
        message.uploads.push(NewFile {
            content_type: content_type.unwrap_or_else(|| guessed.to_string()),
            name: file_name,
            stored: sandbox.storage().receive(part).await.map_err(not_stored)?,
        });
        return Ok(());
    }
    let text = read_text(part).await?;
    match name.as_str() {
        "roomId" => message.room_id = Some(text),
        "toPersonId" => message.to_person_id = Some(text),
        "toPersonEmail" => message.to_person_email = Some(text),
        "parentId" => message.parent_id = Some(text),
        "text" => message.words.text = Some(text),
        "markdown" => message.words.markdown = Some(text),
        "html" => message.words.html = Some(text),
        "files" => message.files.push(text),
        "attachments" => {
            let refused = || Problem::bad_request("attachments must be a JSON array.");
            message.attachments = serde_json::from_str(&text).map_err(|_| refused())?;
        }
        _ => {}
    }
    Ok(())
}

async fn read_text(mut part: Field<'_>) -> Result<String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|_| unreadable())? {
        Problem::bad_request("A text part of the multipart body is too long.")
            .when(bytes.len() + chunk.len() > MAX_TEXT_PART_BYTES)?;
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| unreadable())
}
