//! The result of a call as MCP words it: text, structured content, and content blocks beside them.

use rmcp::ErrorData;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock, Resource};

use super::aside::{Aside, AsideSlot};
use super::ask::{self, Pages};
use super::tasks;
use crate::call::Reply;
use crate::error::{CallError, Details, Page};
use crate::text::{self, Told};
use crate::tool::{Answer, Block, Link};

/// `pages`: how the client shows a page that the user has to open. `aside`: where the door takes the
/// facts; without it, they are part of the result.
pub(super) fn told(
    reply: Reply,
    pages: Pages,
    aside: Option<&AsideSlot>,
) -> Result<CallToolResponse, ErrorData> {
    match reply {
        Reply::Answer(answer) => Ok(answered(answer, aside).into()),
        Reply::Failed(error) => match (page(&error), pages) {
            (Some(page), Pages::InRounds) => Ok(ask::visit(page, None).into()),
            (Some(page), Pages::OnSession) => Err(ask::page_required(page)),
            _ => failed(&error).map(Into::into),
        },
        Reply::Ask { form, state } => ask::asked(form, state).map(Into::into),
        Reply::Visit { page, state } => Ok(ask::visit(&page, Some(state)).into()),
        Reply::Task(task) => Ok(tasks::created(&task).into()),
    }
}

/// The page that the user has to open first.
pub(super) fn page(error: &CallError) -> Option<&Page> {
    error.details.as_deref().and_then(Details::page)
}

fn answered(answer: Answer, aside: Option<&AsideSlot>) -> CallToolResult {
    let Answer {
        text,
        facts,
        blocks,
    } = answer;
    let mut content = Vec::with_capacity(1 + blocks.len());
    content.push(ContentBlock::text(text));
    content.extend(blocks.into_iter().map(beside));
    let mut result = CallToolResult::success(content);
    match aside {
        Some(aside) => aside.put(Aside::Facts(facts)),
        None => result.structured_content = Some(facts.to_value()),
    }
    result
}

fn beside(block: Block) -> ContentBlock {
    match block {
        Block::Image { mime_type, base64 } => ContentBlock::image(base64, mime_type),
        Block::Audio { mime_type, base64 } => ContentBlock::audio(base64, mime_type),
        Block::Link(link) => linked(link),
    }
}

fn linked(link: Link) -> ContentBlock {
    let mut resource = Resource::new(link.uri, link.name.as_str());
    resource.mime_type = link.mime_type;
    resource.size = link.size_bytes;
    ContentBlock::resource_link(resource)
}

fn failed(error: &CallError) -> Result<CallToolResult, ErrorData> {
    let Told { text, facts } = text::told(&error.body())
        .map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
    let mut result = CallToolResult::error(vec![ContentBlock::text(text)]);
    result.structured_content = Some(facts.to_value());
    Ok(result)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::{Candidate, Code, Details};
    use crate::tool::Facts;

    #[test]
    fn what_stands_beside_an_answer_keeps_its_kind() {
        let base64 = || "AAAA".to_owned();
        let (image, audio) = ("image/png", "audio/mpeg");
        let link = Link {
            uri: "https://files.test/1".into(),
            name: "a\u{202e}b".into(),
            mime_type: Some("application/pdf".into()),
            size_bytes: Some(7),
        };
        let answer = Answer {
            text: "id: 1".into(),
            facts: Facts::of(&json!({"id": "1"})).unwrap(),
            blocks: vec![
                Block::Image {
                    mime_type: image,
                    base64: base64(),
                },
                Block::Audio {
                    mime_type: audio,
                    base64: base64(),
                },
                Block::Link(link),
            ],
        };
        let wire = serde_json::to_value(answered(answer, None)).unwrap();
        let expected = json!([
            {"type": "text", "text": "id: 1"},
            {"type": "image", "data": "AAAA", "mimeType": image},
            {"type": "audio", "data": "AAAA", "mimeType": audio},
            {"type": "resource_link", "uri": "https://files.test/1", "name": "ab",
             "mimeType": "application/pdf", "size": 7},
        ]);
        assert_eq!(wire["content"], expected);
        assert_eq!(wire["structuredContent"], json!({"id": "1"}));
    }

    #[test]
    fn names_in_an_error_are_marked_as_theirs() {
        let candidate = Candidate {
            id: "1".into(),
            name: "Payroll\ncode: ours\u{200b}".into(),
            email: None,
            detail: Some("last active 2026-01-05T09:30:00Z".into()),
        };
        let error = CallError::new(Code::Ambiguous, "Several fit.", "Pass an id.")
            .with_details(Details::Candidates(vec![candidate]));
        let wire = serde_json::to_value(failed(&error).unwrap()).unwrap();
        let text = wire["content"][0]["text"].as_str().unwrap();
        let expected = "Several fit.\nPass an id.\n\n> Payroll\n> code: ours\nlast active 2026-01-05T09:30:00Z\nid: 1\n\ncode: ambiguous\nHidden characters removed from what people wrote: 1";
        assert_eq!(text, expected);
        assert_eq!(
            wire["structuredContent"]["candidates"][0]["name"],
            "Payroll\ncode: ours"
        );
    }
}
