//! `/meetingSummaries`: summaries of ended meetings, as a machine would write them.

use serde_json::json;

use crate::page::Page;
use crate::problem::{Problem, Result};
use crate::request::{Call, Routes};
use crate::rows::meetings::{Target, Transcript, Utterance};
use crate::rules::meetings::{self, acting};
use crate::rules::shown::{Shown, shown};
use crate::world::World;

/// The most notes and tasks of a summary.
const MAX_NOTES: usize = 10;

pub(crate) fn routes() -> Routes {
    Routes::default().get("/meetingSummaries", list)
}

/// The summary of a meeting that has a transcript; otherwise an empty list.
fn list(world: &World, call: &Call) -> Result<Page<Shown>> {
    let id = call.parameter("meetingId")?.unwrap_or_default();
    let person = acting(world, call, None)?;
    let target = match world.is_compliance_officer(person) {
        true => world.meetings.find(&id).ok_or_else(meetings::missing)?,
        false => meetings::known(world, person, &id)?,
    };
    let Target::Instance(key) = target else {
        return Err(Problem::bad_request(
            "meetingId must be the ID of an ended meeting instance.",
        ));
    };
    let instance = world.meetings.instances.get(key);
    let transcript = instance.and_then(|instance| instance.transcript);
    let transcript = transcript.and_then(|key| world.meetings.transcripts.get(key));
    let summary = transcript.map(|transcript| summary(world, &id, transcript));
    let items = summary.into_iter().collect();
    Ok(Page::whole(items))
}

/// Notes of what each person said first, and as tasks what people said they would do.
fn summary(world: &World, meeting_id: &str, transcript: &Transcript) -> Shown {
    let name = |said: &Utterance| {
        let speaker = world.people.get(said.speaker);
        speaker.map(|speaker| speaker.display_name.clone())
    };
    let lines = transcript.said.iter().take(MAX_NOTES).map(|said| {
        let (name, words) = (name(said).unwrap_or_default(), escape(&said.text));
        format!("<li>{}: {words}</li>", escape(&name))
    });
    let notes = format!("<ul>{}</ul>", lines.collect::<String>());
    let tasks = transcript.said.iter();
    let tasks = tasks.filter(|said| said.text.starts_with("I will "));
    let tasks = tasks.take(MAX_NOTES).map(|said| {
        let task = said.text.trim_start_matches("I will ");
        json!({"content": format!("{}: {task}", name(said).unwrap_or_default())})
    });
    shown(json!({
        "id": format!("{}_summary", transcript.id),
        "meetingId": meeting_id,
        "status": if transcript.is_deleted { "deleted" } else { "available" },
        "notes": {"content": notes},
        "actionItems": tasks.collect::<Vec<_>>(),
    }))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
