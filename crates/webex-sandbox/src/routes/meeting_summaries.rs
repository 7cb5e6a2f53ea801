//! `/meetingSummaries`: what an ended meeting came to, as a machine would write it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use webex::meeting_summaries::{MeetingSummary, SummaryStatus, SummaryText};

use crate::Sandbox;
use crate::page::Page;
use crate::problem::Problem;
use crate::request::Query;
use crate::rows::meetings::{Target, Transcript, Utterance};
use crate::rules::caller::Caller;
use crate::rules::meetings::{self, acting};
use crate::world::World;

/// What a summary repeats of a meeting.
const MAX_NOTES: usize = 10;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new().route("/meetingSummaries", get(list))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfMeeting {
    meeting_id: Option<String>,
}

/// One summary of a meeting that has a transcript; else an empty list.
async fn list(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<OfMeeting>,
) -> Result<Response, Problem> {
    let id = query.meeting_id.unwrap_or_default();
    let page = sandbox.read(|world| {
        let person = acting(world, &caller, None)?;
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
        Ok(Page { items, next: None })
    })?;
    Ok(page.answer(&caller))
}

/// Notes of what was said first by whom, and as tasks what people said they will do.
fn summary(world: &World, meeting_id: &str, transcript: &Transcript) -> MeetingSummary {
    let text = |content: String| SummaryText {
        content: Some(content),
    };
    let name = |said: &Utterance| {
        let speaker = world.people.get(said.speaker);
        speaker.map(|speaker| speaker.display_name.clone())
    };
    let lines = transcript.said.iter().take(MAX_NOTES).map(|said| {
        let (name, words) = (name(said).unwrap_or_default(), escape(&said.text));
        format!("<li>{}: {words}</li>", escape(&name))
    });
    let notes = format!("<ul>{}</ul>", lines.collect::<String>());
    let tasks = transcript
        .said
        .iter()
        .filter(|said| said.text.starts_with("I will "));
    let tasks = tasks.take(MAX_NOTES).map(|said| {
        let task = said.text.trim_start_matches("I will ");
        text(format!("{}: {task}", name(said).unwrap_or_default()))
    });
    MeetingSummary {
        id: format!("{}_summary", transcript.id),
        meeting_id: Some(meeting_id.to_owned()),
        status: Some(match transcript.is_deleted {
            true => SummaryStatus::Deleted,
            false => SummaryStatus::Available,
        }),
        notes: Some(text(notes)),
        action_items: Some(tasks.collect()),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
