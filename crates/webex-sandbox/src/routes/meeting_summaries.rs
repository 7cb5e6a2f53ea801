//! `/meetingSummaries`: summaries of ended meetings, as a machine would write them.

use serde_json::json;

use crate::page::Page;
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::meetings::{Transcript, Utterance};
use crate::rules::meetings::{self, acting, transcripts};
use crate::rules::messages::markdown::escaped;
use crate::rules::shown::{Shown, shown};
use crate::world::World;

/// The most notes and tasks of a summary.
const MAX_NOTES: usize = 10;

pub(crate) fn routes() -> Routes {
    Routes::default().get("/meetingSummaries", list)
}

/// The summary of a meeting that has a transcript; otherwise an empty list.
fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let id = Problem::required(call.parameter("meetingId")?, "meetingId")?;
    let person = acting(world, call, None)?;
    let target = match world.is_compliance_officer(person) {
        true => world.meetings.find(&id).ok_or_else(meetings::missing)?,
        false => meetings::known(world, person, &id)?,
    };
    let not_held = Problem::bad_request("meetingId must be the ID of an ended meeting instance.");
    let key = target.instance.ok_or(not_held)?;
    let transcript = transcripts::of(world, key);
    let summary = transcript.map(|transcript| summary(world, &id, transcript));
    Ok(Page::whole(summary.into_iter().collect()))
}

/// Notes of what each person said first, and as tasks what people said they would do.
fn summary(world: &World, meeting_id: &str, transcript: &Transcript) -> Shown {
    let name = |said: &Utterance| {
        let speaker = world.people.get(said.speaker);
        speaker.map_or("", |speaker| &speaker.display_name)
    };
    let lines = transcript.said.iter().take(MAX_NOTES).map(|said| {
        let (name, words) = (escaped(name(said)), escaped(&said.text));
        format!("<li>{name}: {words}</li>")
    });
    let notes = format!("<ul>{}</ul>", lines.collect::<String>());
    let tasks = transcript.said.iter();
    let tasks = tasks.filter(|said| said.text.starts_with("I will "));
    let tasks = tasks.take(MAX_NOTES).map(|said| {
        let task = said.text.trim_start_matches("I will ");
        json!({"content": format!("{}: {task}", name(said))})
    });
    shown(json!({
        "id": format!("{}_summary", transcript.id),
        "meetingId": meeting_id,
        "status": if transcript.is_deleted { "deleted" } else { "available" },
        "notes": {"content": notes},
        "actionItems": tasks.collect::<Vec<_>>(),
    }))
}
