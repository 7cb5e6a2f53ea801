//! `/meetingTranscripts`: the words of ended meetings, as a whole and in snippets.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use serde::Deserialize;

use crate::page::{Cursor, First, Page, PageRequest};
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::meetings::Transcript;
use crate::rules::meetings::announce::record_transcript;
use crate::rules::meetings::transcripts::{
    Snippet, check_words, find, is_of_host, missing, place, show, show_snippet, txt, vtt,
};
use crate::rules::meetings::{Window, acting, transcripts};
use crate::rules::shown::Shown;
use crate::world::World;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/meetingTranscripts", list)
        .delete("/meetingTranscripts/{id}", delete)
        .get("/meetingTranscripts/{id}/download", download)
        .get("/meetingTranscripts/{id}/snippets", snippets)
        .get("/meetingTranscripts/{id}/snippets/{snippet}", snippet)
        .put("/meetingTranscripts/{id}/snippets/{snippet}", correct)
        .get("/admin/meetingTranscripts", admin_list)
}

/// One page of transcripts, newest first.
fn cut(
    world: &World,
    call: &Call,
    page: PageRequest,
    query: &ListTranscripts,
    may_see: impl Fn(&Transcript) -> bool,
) -> Result<Page<Shown>> {
    let window = query.window.checked(call.now)?;
    let all = world.meetings.transcripts.iter().rev();
    let found = all.filter(|(_, transcript)| may_see(transcript));
    Ok(page.cut_rows(First::Newest, found, |(key, transcript)| {
        let instance = world.meetings.instances.get(transcript.instance)?;
        let is_wanted = match &query.meeting_id {
            Some(id) => instance.id == *id,
            None => window.contains(&instance.started),
        };
        is_wanted.then(|| show(world, key, &call.base))?
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListTranscripts {
    #[serde(flatten)]
    window: Window,
    meeting_id: Option<String>,
    host_email: Option<String>,
}

fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: ListTranscripts = call.query()?;
    let page = call.few()?;
    let named = query.meeting_id.as_deref();
    let named = named.and_then(|id| world.meetings.find(id));
    Problem::bad_request("meetingId must be the ID of an ended meeting instance.")
        .when(named.is_some_and(|target| target.instance.is_none()))?;
    Problem::bad_request("hostEmail needs meetingId.")
        .when(query.host_email.is_some() && query.meeting_id.is_none())?;
    let person = acting(world, call, query.host_email.as_deref())?;
    cut(world, call, page, &query, |transcript| {
        !transcript.is_deleted && is_of_host(world, transcript, person)
    })
}

fn admin_list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let query: ListTranscripts = call.query()?;
    let page = call.few()?;
    let site = call.parameter("siteUrl")?;
    site.ok_or_else(|| Problem::parameter_missing("siteUrl"))?;
    Problem::forbidden("Only compliance officers see the transcripts of others.")
        .unless(world.is_compliance_officer(call.person))?;
    cut(world, call, page, &query, |_| true)
}

fn download(world: &World, call: &Call) -> Result<Response> {
    let (_, transcript) = find(world, call.host(world)?, call.id())?;
    let snippets = transcripts::snippets(world, transcript);
    let (content_type, text) = match call.parameter("format")?.as_deref() {
        None | Some("vtt") => ("text/vtt", vtt(snippets)),
        Some("txt") => ("text/plain", txt(snippets)),
        Some(_) => return Err(Problem::bad_request("format must be vtt or txt.")),
    };
    Ok(([(CONTENT_TYPE, content_type)], text).into_response())
}

fn snippets(world: &World, call: &Call) -> Result<Page<Snippet>> {
    let page = call.few()?;
    let (_, transcript) = find(world, call.person, call.id())?;
    let count = u32::try_from(transcript.said.len()).unwrap_or(u32::MAX);
    let rest = (page.start()..count).map(|ordinal| (Cursor::at(ordinal), ordinal));
    Ok(page.cut(rest, |at| {
        show_snippet(world, transcript, usize::try_from(at).ok()?)
    }))
}

fn snippet(world: &World, call: &Call) -> Result<Json<Snippet>> {
    let (_, transcript) = find(world, call.person, call.id())?;
    let at = place(transcript, call.part())?;
    let snippet = show_snippet(world, transcript, at);
    snippet.map(Json).ok_or_else(missing)
}

#[derive(Debug, Deserialize)]
struct Correction {
    text: String,
}

fn correct(world: &mut World, call: &Call) -> Result<Json<Snippet>> {
    let update: Correction = call.body()?;
    check_words(&update.text)?;
    let (key, transcript) = find(world, call.person, call.id())?;
    call.check_reason(world, false)?;
    let at = place(transcript, call.part())?;
    world.meetings.transcripts.row_mut(key)?.said[at].text = update.text;
    record_transcript(world, "updated", call.person, key);
    snippet(world, call)
}

/// Afterwards only compliance officers see it.
fn delete(world: &mut World, call: &Call) -> Result<()> {
    let (key, transcript) = find(world, call.person, call.id())?;
    call.check_reason(world, is_of_host(world, transcript, call.person))?;
    world.meetings.transcripts.row_mut(key)?.is_deleted = true;
    record_transcript(world, "deleted", call.person, key);
    Ok(())
}
