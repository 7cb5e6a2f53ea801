//! `/meetingTranscripts`: what was said in ended meetings, as a whole and piece by piece.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete as remove, get};
use axum::{Json, Router};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde::Deserialize;
use webex::transcripts::snippets::{Snippet, UpdateSnippet};
use webex::transcripts::{ListTranscripts, Transcript as Wire, TranscriptStatus};

use crate::Sandbox;
use crate::meetings::calendar::{InstanceKey, Target, Transcript, TranscriptKey, Utterance};
use crate::meetings::show::SITE;
use crate::meetings::{acting, is_host, record_transcript};
use crate::page::{Cursor, Page, PageRequest, Paging};
use crate::problem::Problem;
use crate::request::{API_PATH, Caller, JsonBody, Query};
use crate::world::{PersonKey, World};

/// People speak about so many characters in a second: the length of what was said follows from it.
const CHARS_PER_SECOND: u64 = 15;

/// A correction as long as this is no longer one.
const MAX_SNIPPET_CHARS: usize = 10_000;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/meetingTranscripts", get(list))
        .route("/meetingTranscripts/{id}", remove(delete))
        .route("/meetingTranscripts/{id}/download", get(download))
        .route("/meetingTranscripts/{id}/snippets", get(snippets))
        .route(
            "/meetingTranscripts/{id}/snippets/{snippet}",
            get(snippet).put(update_snippet),
        )
        .route("/admin/meetingTranscripts", get(admin_list))
}

/// The transcript, with links under the scheme and host that were asked.
pub(crate) fn show(world: &World, key: TranscriptKey, base: &str) -> Option<Wire> {
    let transcript = world.meetings.transcripts.get(key)?;
    let instance = world.meetings.instances.get(transcript.instance)?;
    let series = world.meetings.series.get(instance.series)?;
    let host = world.people.get(series.host)?;
    let link = |format: &str| {
        let id = &transcript.id;
        format!("{base}{API_PATH}/meetingTranscripts/{id}/download?format={format}")
    };
    Some(Wire {
        id: transcript.id.clone(),
        site_url: Some(SITE.to_owned()),
        start_time: Some(instance.started),
        meeting_topic: Some(instance.title.clone()),
        meeting_id: Some(instance.id.clone()),
        scheduled_meeting_id: Some(series.occurrence_id(instance.name)),
        meeting_series_id: Some(series.id.clone()),
        host_user_id: Some(host.id.clone()),
        vtt_download_link: Some(link("vtt")),
        txt_download_link: Some(link("txt")),
        status: Some(match transcript.is_deleted {
            true => TranscriptStatus::Deleted,
            false => TranscriptStatus::Available,
        }),
    })
}

fn is_of_host(world: &World, transcript: &Transcript, person: PersonKey) -> bool {
    let series = world
        .meetings
        .series_of(Target::Instance(transcript.instance));
    series.is_some_and(|series| is_host(world, series, person))
}

/// One page of transcripts, newest first.
fn cut(
    world: &World,
    base: &str,
    page: PageRequest,
    query: &ListTranscripts,
    now: Timestamp,
    may_see: impl Fn(&Transcript) -> bool,
) -> Result<Page<Wire>, Problem> {
    let window = crate::recordings::window(query.from, query.to, now)?;
    let all = world.meetings.transcripts.iter().rev();
    let found = all.filter(|(_, transcript)| may_see(transcript));
    Ok(page.cut_newest(found.map(|(key, _)| key), |key| {
        let wire = show(world, key, base)?;
        let is_wanted = match &query.meeting_id {
            Some(_) => wire.meeting_id == query.meeting_id,
            None => wire
                .start_time
                .is_some_and(|at| at >= window.0 && at < window.1),
        };
        is_wanted.then_some(wire)
    }))
}

async fn list(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<ListTranscripts>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let page = paging.few()?;
    let now = sandbox.clock().now();
    if let Some(id) = &query.meeting_id
        && webex::meetings::is_scheduled_id(id)
    {
        return Err(Problem::bad_request(
            "meetingId must be the ID of an ended meeting instance.",
        ));
    }
    let page = sandbox.read(|world| {
        let person = acting(world, &caller, query.host_email.as_deref())?;
        cut(world, &caller.base, page, &query, now, |transcript| {
            !transcript.is_deleted && is_of_host(world, transcript, person)
        })
    })?;
    Ok(page.answer(&caller))
}

async fn admin_list(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<ListTranscripts>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let page = paging.few()?;
    let now = sandbox.clock().now();
    let page = sandbox.read(|world| {
        if !world.is_compliance_officer(caller.person) {
            return Err(Problem::forbidden(
                "Only compliance officers see the transcripts of others.",
            ));
        }
        cut(world, &caller.base, page, &query, now, |_| true)
    })?;
    Ok(page.answer(&caller))
}

fn missing() -> Problem {
    Problem::not_found("Could not find a transcript with provided ID.")
}

/// The transcript, if the caller hosted the meeting or is a compliance officer.
fn find(world: &World, person: PersonKey, id: &str) -> Result<TranscriptKey, Problem> {
    let key = world.meetings.transcripts.find(id).ok_or_else(missing)?;
    let transcript = world.meetings.transcripts.get(key).ok_or_else(missing)?;
    let is_known = is_of_host(world, transcript, person) && !transcript.is_deleted;
    match is_known || world.is_compliance_officer(person) {
        true => Ok(key),
        false => Err(missing()),
    }
}

/// A snippet's id is its transcript's, and its place in it.
fn snippet_id(transcript: &Transcript, at: usize) -> String {
    format!("{}_{at}", transcript.id)
}

fn show_snippet(world: &World, transcript: &Transcript, at: usize) -> Option<Snippet> {
    let said = transcript.said.get(at)?;
    let instance = world.meetings.instances.get(transcript.instance)?;
    let speaker = world.people.get(said.speaker)?;
    let offset = said.at.duration_since(instance.started).as_millis();
    Some(Snippet {
        id: snippet_id(transcript, at),
        text: Some(said.text.clone()),
        person_name: Some(speaker.display_name.clone()),
        person_email: Some(speaker.email.clone()),
        offset_millisecond: Some(u64::try_from(offset).unwrap_or_default()),
        duration_millisecond: Some(spoken_ms(said)),
    })
}

fn spoken_ms(said: &Utterance) -> u64 {
    let chars = u64::try_from(said.text.chars().count()).unwrap_or_default();
    (chars * 1_000 / CHARS_PER_SECOND).max(1_000)
}

#[derive(Debug, Deserialize)]
struct Download {
    format: Option<String>,
}

async fn download(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<Download>,
) -> Result<Response, Problem> {
    sandbox.read(|world| {
        let key = find(world, caller.person, &id)?;
        let transcript = world.meetings.transcripts.get(key).ok_or_else(missing)?;
        let snippets =
            (0..transcript.said.len()).filter_map(|at| show_snippet(world, transcript, at));
        let (content_type, text) = match query.format.as_deref() {
            None | Some("vtt") => ("text/vtt", vtt(snippets)),
            Some("txt") => ("text/plain", txt(snippets)),
            Some(_) => return Err(Problem::bad_request("format must be vtt or txt.")),
        };
        Ok(([(CONTENT_TYPE, content_type)], text).into_response())
    })
}

/// What was said in an instance, as VTT.
pub(crate) fn vtt_of(world: &World, instance: InstanceKey) -> Option<String> {
    let key = world.meetings.instances.get(instance)?.transcript?;
    let transcript = world.meetings.transcripts.get(key)?;
    let transcript = Some(transcript).filter(|transcript| !transcript.is_deleted)?;
    let snippets = 0..transcript.said.len();
    let snippets = snippets.filter_map(|at| show_snippet(world, transcript, at));
    Some(vtt(snippets))
}

fn clock(offset_ms: u64) -> String {
    let (seconds, ms) = (offset_ms / 1_000, offset_ms % 1_000);
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{ms:03}", seconds % 60)
}

fn vtt(snippets: impl Iterator<Item = Snippet>) -> String {
    let mut text = "WEBVTT\n".to_owned();
    for (number, snippet) in snippets.enumerate() {
        let from = snippet.offset_millisecond.unwrap_or_default();
        let to = from + snippet.duration_millisecond.unwrap_or_default();
        text += &format!(
            "\n{} \"{}\"\n{} --> {}\n{}\n",
            number + 1,
            snippet.person_name.unwrap_or_default(),
            clock(from),
            clock(to),
            snippet.text.unwrap_or_default().replace("-->", "→"),
        );
    }
    text
}

fn txt(snippets: impl Iterator<Item = Snippet>) -> String {
    let mut text = String::new();
    for snippet in snippets {
        let (name, words) = (snippet.person_name, snippet.text);
        text += &format!(
            "{}: {}\n",
            name.unwrap_or_default(),
            words.unwrap_or_default()
        );
    }
    text
}

async fn snippets(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let page = paging.few()?;
    let page = sandbox.try_read(|world| {
        let key = find(world, caller.person, &id)?;
        let transcript = world.meetings.transcripts.get(key).ok_or_else(missing)?;
        let start = page
            .after
            .map_or(0, |after| after.ordinal.saturating_add(1));
        let count = u32::try_from(transcript.said.len()).unwrap_or(u32::MAX);
        let rest = (start..count).map(|ordinal| (Cursor { sort: 0, ordinal }, ordinal));
        Ok(page.cut(rest, |at| {
            show_snippet(world, transcript, usize::try_from(at).ok()?)
        }))
    })?;
    Ok(page.answer(&caller))
}

/// Where a snippet stands in its transcript.
fn place(transcript: &Transcript, id: &str) -> Result<usize, Problem> {
    let missing = || Problem::not_found("Could not find a snippet with provided ID.");
    let (of, at) = id.rsplit_once('_').ok_or_else(missing)?;
    let at: usize = at.parse().map_err(|_| missing())?;
    match of == transcript.id && at < transcript.said.len() {
        true => Ok(at),
        false => Err(missing()),
    }
}

async fn snippet(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path((id, snippet)): Path<(String, String)>,
) -> Result<Json<Snippet>, Problem> {
    sandbox.read(|world| {
        let key = find(world, caller.person, &id)?;
        let transcript = world.meetings.transcripts.get(key).ok_or_else(missing)?;
        let at = place(transcript, &snippet)?;
        let snippet = show_snippet(world, transcript, at);
        snippet.map(Json).ok_or_else(missing)
    })
}

async fn update_snippet(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path((id, snippet)): Path<(String, String)>,
    JsonBody(update): JsonBody<UpdateSnippet>,
) -> Result<Json<Snippet>, Problem> {
    let count = update.text.chars().count();
    if update.text.trim().is_empty() || count > MAX_SNIPPET_CHARS {
        return Err(Problem::bad_request(
            "text must have 1 to 10000 characters.",
        ));
    }
    sandbox.write(&caller, |world| {
        let key = find(world, caller.person, &id)?;
        let is_officer = world.is_compliance_officer(caller.person);
        if is_officer && update.reason.as_deref().unwrap_or_default().is_empty() {
            return Err(Problem::bad_request("reason is required."));
        }
        let transcript = world
            .meetings
            .transcripts
            .get_mut(key)
            .ok_or_else(missing)?;
        let at = place(transcript, &snippet)?;
        if let Some(said) = transcript.said.get_mut(at) {
            said.text = update.text;
        }
        record_transcript(world, "updated", caller.person, key);
        let transcript = world.meetings.transcripts.get(key).ok_or_else(missing)?;
        let snippet = show_snippet(world, transcript, at);
        snippet.map(Json).ok_or_else(missing)
    })
}

/// Only compliance officers still see it; a reason, which may come along, is not kept.
async fn delete(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    sandbox.write(&caller, |world| {
        let key = find(world, caller.person, &id)?;
        let transcript = world
            .meetings
            .transcripts
            .get_mut(key)
            .ok_or_else(missing)?;
        transcript.is_deleted = true;
        record_transcript(world, "deleted", caller.person, key);
        Ok(StatusCode::NO_CONTENT)
    })
}
