//! The words of ended meetings.

use serde::Serialize;
use serde_json::json;

use crate::problem::{Problem, Result};
use crate::rows::meetings::{InstanceKey, Transcript, TranscriptKey};
use crate::rows::{PersonKey, moment};
use crate::rules::caller::API_PATH;
use crate::rules::meetings::is_host;
use crate::rules::meetings::show::SITE;
use crate::rules::shown::{Shown, shown};
use crate::world::World;

/// How many characters people say in a second: it gives the duration of a text.
const CHARS_PER_SECOND: u64 = 15;

/// The transcript, with links for the scheme and host of the request.
pub(crate) fn show(world: &World, key: TranscriptKey, base: &str) -> Option<Shown> {
    let transcript = world.meetings.transcripts.get(key)?;
    let (instance, series) = world.meetings.held(transcript.instance)?;
    let host = world.people.get(series.host)?;
    let link = |format: &str| {
        let id = &transcript.id;
        format!("{base}{API_PATH}/meetingTranscripts/{id}/download?format={format}")
    };
    Some(shown(json!({
        "id": transcript.id,
        "siteUrl": SITE,
        "startTime": moment::text(instance.started),
        "meetingTopic": instance.title,
        "meetingId": instance.id,
        "scheduledMeetingId": series.occurrence_id(instance.name),
        "meetingSeriesId": series.id,
        "hostUserId": host.id,
        "vttDownloadLink": link("vtt"),
        "txtDownloadLink": link("txt"),
        "status": if transcript.is_deleted { "deleted" } else { "available" },
    })))
}

pub(crate) fn is_of_host(world: &World, transcript: &Transcript, person: PersonKey) -> bool {
    let held = world.meetings.held(transcript.instance);
    held.is_some_and(|(_, series)| is_host(world, series, person))
}

pub(crate) fn missing() -> Problem {
    Problem::not_found("Could not find a transcript with provided ID.")
}

/// The transcript, if the caller hosted the meeting or is a compliance officer.
pub(crate) fn find<'w>(
    world: &'w World,
    person: PersonKey,
    id: &str,
) -> Result<(TranscriptKey, &'w Transcript)> {
    let (key, transcript) = world.meetings.transcripts.named(id).ok_or_else(missing)?;
    let is_known = is_of_host(world, transcript, person) && !transcript.is_deleted;
    missing().unless(is_known || world.is_compliance_officer(person))?;
    Ok((key, transcript))
}

/// The most characters that somebody says without a pause.
const MAX_WORDS_CHARS: usize = 10_000;

pub(crate) fn check_words(text: &str) -> Result<()> {
    Problem::bad_request("text must have 1 to 10000 characters.")
        .when(text.trim().is_empty() || text.chars().count() > MAX_WORDS_CHARS)
}

/// A person's words, in the form of the answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snippet {
    id: String,
    text: String,
    person_name: String,
    person_email: String,
    offset_millisecond: u64,
    duration_millisecond: u64,
}

/// A snippet's id consists of its transcript's id and its position.
pub(crate) fn show_snippet(world: &World, transcript: &Transcript, at: usize) -> Option<Snippet> {
    let said = transcript.said.get(at)?;
    let instance = world.meetings.instances.get(transcript.instance)?;
    let speaker = world.people.get(said.speaker)?;
    let offset = said.at.duration_since(instance.started).as_millis();
    let chars = u64::try_from(said.text.chars().count()).unwrap_or_default();
    Some(Snippet {
        id: format!("{}_{at}", transcript.id),
        text: said.text.clone(),
        person_name: speaker.display_name.clone(),
        person_email: speaker.email.clone(),
        offset_millisecond: u64::try_from(offset).unwrap_or_default(),
        duration_millisecond: (chars * 1_000 / CHARS_PER_SECOND).max(1_000),
    })
}

/// The transcript of an instance, which may be deleted.
pub(crate) fn of(world: &World, instance: InstanceKey) -> Option<&Transcript> {
    let key = world.meetings.instances.get(instance)?.transcript?;
    world.meetings.transcripts.get(key)
}

pub(crate) fn snippets(world: &World, transcript: &Transcript) -> impl Iterator<Item = Snippet> {
    let all = 0..transcript.said.len();
    all.filter_map(move |at| show_snippet(world, transcript, at))
}

fn clock(offset_ms: u64) -> String {
    let (seconds, ms) = (offset_ms / 1_000, offset_ms % 1_000);
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{ms:03}", seconds % 60)
}

pub(crate) fn vtt(snippets: impl Iterator<Item = Snippet>) -> String {
    let mut text = "WEBVTT\n".to_owned();
    for (number, snippet) in snippets.enumerate() {
        let from = snippet.offset_millisecond;
        let to = from + snippet.duration_millisecond;
        text += &format!(
            "\n{} \"{}\"\n{} --> {}\n{}\n",
            number + 1,
            snippet.person_name,
            clock(from),
            clock(to),
            snippet.text.replace("-->", "→"),
        );
    }
    text
}

pub(crate) fn txt(snippets: impl Iterator<Item = Snippet>) -> String {
    let lines = snippets.map(|one| format!("{}: {}\n", one.person_name, one.text));
    lines.collect()
}

/// The position of a snippet in its transcript.
pub(crate) fn place(transcript: &Transcript, id: &str) -> Result<usize> {
    let missing = || Problem::not_found("Could not find a snippet with provided ID.");
    let (of, at) = id.rsplit_once('_').ok_or_else(missing)?;
    let at: usize = at.parse().map_err(|_| missing())?;
    missing().unless(of == transcript.id && at < transcript.said.len())?;
    Ok(at)
}
