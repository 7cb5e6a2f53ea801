//! `/meetingTranscripts`: the words of ended meetings, as a whole and in snippets.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde::Deserialize;

use crate::page::{Cursor, First, Page, PageRequest};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::meetings::Transcript;
use crate::rows::moment;
use crate::rules::meetings::acting;
use crate::rules::meetings::announce::record_transcript;
use crate::rules::meetings::transcripts::{
    Snippet, find, is_of_host, missing, place, show, show_snippet, txt, vtt,
};
use crate::rules::shown::Shown;
use crate::world::World;

/// The longest correction.
const MAX_SNIPPET_CHARS: usize = 10_000;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/meetingTranscripts", list)
        .delete("/meetingTranscripts/{id}", delete)
        .get("/meetingTranscripts/{id}/download", download)
        .get("/meetingTranscripts/{id}/snippets", snippets)
        .get("/meetingTranscripts/{id}/snippets/{snippet}", snippet)
        .put(
            "/meetingTranscripts/{id}/snippets/{snippet}",
            update_snippet,
        )
        .get("/admin/meetingTranscripts", admin_list)
}

/// One page of transcripts, newest first.
fn cut(
    world: &World,
    base: &str,
    page: PageRequest,
    query: &ListTranscripts,
    now: Timestamp,
    may_see: impl Fn(&Transcript) -> bool,
) -> Result<Page<Shown>> {
    let window = crate::rules::meetings::recordings::window(query.from, query.to, now)?;
    let all = world.meetings.transcripts.iter().rev();
    let found = all.filter(|(_, transcript)| may_see(transcript));
    Ok(page.cut_rows(First::Newest, found, |(key, transcript)| {
        let instance = world.meetings.instances.get(transcript.instance)?;
        let is_wanted = match &query.meeting_id {
            Some(id) => instance.id == *id,
            None => instance.started >= window.0 && instance.started < window.1,
        };
        is_wanted.then(|| show(world, key, base))?
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListTranscripts {
    #[serde(default, with = "moment")]
    from: Option<Timestamp>,
    #[serde(default, with = "moment")]
    to: Option<Timestamp>,
    meeting_id: Option<String>,
    host_email: Option<String>,
}

/// Whether an id is that of a series or of an occurrence.
fn is_scheduled(id: &str) -> bool {
    let (series, start) = id.split_once('_').unwrap_or((id, ""));
    series.len() == 32
        && series.bytes().all(|byte| byte.is_ascii_hexdigit())
        && (start.is_empty() || moment::read(start).is_some())
}

fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: ListTranscripts = call.query()?;
    let page = call.few()?;
    let now = call.now;
    Problem::bad_request("meetingId must be the ID of an ended meeting instance.")
        .when(query.meeting_id.as_deref().is_some_and(is_scheduled))?;
    let person = acting(world, call, query.host_email.as_deref())?;
    cut(world, &call.base, page, &query, now, |transcript| {
        !transcript.is_deleted && is_of_host(world, transcript, person)
    })
}

fn admin_list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: ListTranscripts = call.query()?;
    let page = call.few()?;
    let now = call.now;
    Problem::forbidden("Only compliance officers see the transcripts of others.")
        .unless(world.is_compliance_officer(call.person))?;
    cut(world, &call.base, page, &query, now, |_| true)
}

fn download(world: &World, call: &Call) -> Result<Response> {
    let key = find(world, call.person, call.id())?;
    let transcript = world.meetings.transcripts.row(key)?;
    let snippets = (0..transcript.said.len()).filter_map(|at| show_snippet(world, transcript, at));
    let (content_type, text) = match call.parameter("format")?.as_deref() {
        None | Some("vtt") => ("text/vtt", vtt(snippets)),
        Some("txt") => ("text/plain", txt(snippets)),
        Some(_) => return Err(Problem::bad_request("format must be vtt or txt.")),
    };
    Ok(([(CONTENT_TYPE, content_type)], text).into_response())
}

fn snippets(world: &World, call: &Call) -> Result<Page<Snippet>> {
    let page = call.few()?;
    let key = find(world, call.person, call.id())?;
    let transcript = world.meetings.transcripts.row(key)?;
    let count = u32::try_from(transcript.said.len()).unwrap_or(u32::MAX);
    let rest = (page.start()..count).map(|ordinal| (Cursor::at(ordinal), ordinal));
    Ok(page.cut(rest, |at| {
        show_snippet(world, transcript, usize::try_from(at).ok()?)
    }))
}

fn snippet(world: &World, call: &Call) -> Result<Json<Snippet>> {
    let snippet = call.part();
    let key = find(world, call.person, call.id())?;
    let transcript = world.meetings.transcripts.row(key)?;
    let at = place(transcript, snippet)?;
    let snippet = show_snippet(world, transcript, at);
    snippet.map(Json).ok_or_else(missing)
}

#[derive(Debug, Deserialize)]
struct UpdateSnippet {
    reason: Option<String>,
    text: String,
}

fn update_snippet(world: &mut World, call: &Call) -> Result<Json<Snippet>> {
    let snippet = call.part();
    let update: UpdateSnippet = call.body()?;
    let count = update.text.chars().count();
    Problem::bad_request("text must have 1 to 10000 characters.")
        .when(update.text.trim().is_empty() || count > MAX_SNIPPET_CHARS)?;
    let key = find(world, call.person, call.id())?;
    let is_officer = world.is_compliance_officer(call.person);
    Problem::bad_request("reason is required.")
        .when(is_officer && update.reason.as_deref().unwrap_or_default().is_empty())?;
    let transcript = world.meetings.transcripts.row_mut(key)?;
    let at = place(transcript, snippet)?;
    if let Some(said) = transcript.said.get_mut(at) {
        said.text = update.text;
    }
    record_transcript(world, "updated", call.person, key);
    let transcript = world.meetings.transcripts.row(key)?;
    let snippet = show_snippet(world, transcript, at);
    snippet.map(Json).ok_or_else(missing)
}

/// Afterwards only compliance officers see it; a reason may be given and is not stored.
fn delete(world: &mut World, call: &Call) -> Result<()> {
    let key = find(world, call.person, call.id())?;
    let transcript = world.meetings.transcripts.row_mut(key)?;
    transcript.is_deleted = true;
    record_transcript(world, "deleted", call.person, key);
    Ok(())
}
