//! A resource is the answer of a read tool: its URI becomes the tool's arguments, and the answer
//! says which tool reads the rest.

use serde::Deserialize;

use super::{Call, Reply};
use crate::limits::ANSWER_TEXT_MAX_BYTES;
use crate::tool::{Address, Answer, Kind};

/// Makes a call of the template that the URI is of. The URI of no resource stays, and is not found.
pub(super) fn open(mut call: Call) -> Call {
    if call.kind == Kind::Resource
        && let Some((listed, arguments)) = call.server.resource(&call.name)
    {
        call.name = listed.entry.name.to_owned();
        call.arguments = arguments;
    }
    call
}

/// A resource whose list a tool reads on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paged {
    tool: &'static str,
    address: &'static Address,
}

pub(super) fn paged(call: &Call) -> Option<Paged> {
    let entry = &call.server.find(call.kind, &call.name)?.entry;
    let address = entry.address.filter(|_| call.kind == Kind::Resource)?;
    Some(Paged {
        tool: entry.pager(),
        address,
    })
}

/// The part of an answer that says whether there is more.
#[derive(Deserialize)]
struct Rest {
    page: Option<Page>,
}

#[derive(Deserialize)]
struct Page {
    cursor: Option<String>,
}

/// The reply, with a last line about the rest where there is some.
pub(super) fn reply(paged: Paged, reply: Reply) -> Reply {
    match reply {
        Reply::Answer(answer) => Reply::Answer(with_rest(paged, answer)),
        reply => reply,
    }
}

fn with_rest(paged: Paged, mut answer: Answer) -> Answer {
    let page = answer.facts.read::<Rest>().ok().and_then(|rest| rest.page);
    if page.and_then(|page| page.cursor).is_some() {
        let same = match paged.address.variable() {
            Some(variable) => format!("the same {variable} and "),
            None => String::new(),
        };
        let line = format!("\nThe rest: {} with {same}this cursor.", paged.tool);
        let room = ANSWER_TEXT_MAX_BYTES.saturating_sub(line.len());
        if answer.text.len() > room {
            answer.text.truncate(answer.text.floor_char_boundary(room));
        }
        answer.text.push_str(&line);
    }
    answer
}
