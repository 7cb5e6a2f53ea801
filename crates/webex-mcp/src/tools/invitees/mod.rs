//! Invitees: who is invited to a meeting. What they look like in answers, how one is named, and
//! which meeting a write was about.

mod add;
mod change;
mod get;
mod plan;
mod remove;
mod render;
mod source;
mod update;
mod which;

use schemars::JsonSchema;
use serde::Serialize;
use webex::WebexError;
use webex::invitees::{self as api, ListInvitees};
use webex::meetings::{GetMeeting, Meeting, MeetingType};

use crate::error::CallError;
use crate::limits::{INVITEE_LIST_MAX_PAGES, LIST_MAX_ENTRIES};
use crate::tool::{Context, Entry, Question, Row, Theirs, lengths};
use crate::tools::meetings::by_host;

pub const TOOLS: &[Entry] = &[
    Entry::of::<add::AddInvitees>(),
    Entry::of::<get::GetInvitee>(),
    Entry::of::<update::UpdateInvitee>(),
    Entry::of::<remove::RemoveInvitee>(),
];

/// An invitee as an answer tells it; what is absent is unknown or false.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invitee {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    co_host: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    panelist: Option<bool>,
    /// Where it was not in the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_id: Option<String>,
}

impl Invitee {
    /// The facts of Webex's invitee; `known_meeting` is left out, it was in the question.
    fn of(invitee: api::Invitee, known_meeting: Option<&str>) -> Self {
        Invitee {
            id: invitee.id,
            email: invitee.email,
            display_name: invitee.display_name.map(Theirs::from),
            co_host: invitee.co_host.filter(|is| *is),
            panelist: invitee.panelist.filter(|is| *is),
            meeting_id: invitee.meeting_id.filter(|id| known_meeting != Some(id)),
        }
    }

    /// What the person is beyond invited, to go on with.
    fn role(&self) -> &'static str {
        match (self.co_host, self.panelist) {
            (Some(true), Some(true)) => ", cohost, panelist",
            (Some(true), _) => ", cohost",
            (_, Some(true)) => ", panelist",
            _ => "",
        }
    }
}

impl Row for Invitee {
    fn bytes(&self) -> usize {
        let name = self.display_name.as_ref().map_or(0, Theirs::shown_bytes);
        self.id.len() + lengths([self.email.as_deref(), self.meeting_id.as_deref()]) + name
    }
}

/// Which meeting a write was about, as far as that can be read.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct About {
    /// The meeting's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Theirs>,
    /// Of a meeting that happens once, or of the one occurrence that it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    /// The start as a question tells it.
    #[serde(skip)]
    when: Option<String>,
    /// It was about every meeting of a series.
    #[serde(skip_serializing_if = "Option::is_none")]
    whole_series: Option<bool>,
}

impl From<Meeting> for About {
    fn from(meeting: Meeting) -> Self {
        let is_one = meeting.meeting_type != Some(MeetingType::MeetingSeries);
        let is_one = is_one || meeting.recurrence.is_none();
        let start = meeting.start.filter(|_| is_one);
        About {
            when: crate::tools::meetings::when(&meeting).filter(|_| is_one),
            title: meeting.title.map(Theirs::from),
            start: start.map(|start| start.to_string()),
            whole_series: (!is_one).then_some(true),
        }
    }
}

impl About {
    /// Reads it at best effort.
    async fn read(context: &Context, meeting_id: Option<&str>) -> Self {
        match meeting(context, meeting_id).await {
            Some(meeting) => meeting.into(),
            None => About::default(),
        }
    }

    /// Ends a question with the meeting; `preposition` leads to it.
    fn asked(self, question: Question, preposition: &str) -> Question {
        let kind = match self.whole_series {
            Some(true) => "every meeting of the series",
            _ => "the meeting",
        };
        let question = question.and(preposition);
        let question = question.and(" ").named(kind, self.title);
        match self.when {
            Some(when) => question.and(" on ").and(&when),
            None => question,
        }
    }
}

/// What is asked before an invitation is withdrawn.
async fn removal(
    context: &Context,
    invitee: api::Invitee,
    is_mailed: bool,
) -> Result<Question, CallError> {
    let found = meeting(context, invitee.meeting_id.as_deref()).await;
    let about = found.clone().map(About::from).unwrap_or_default();
    let question = Question::new("Take ").person(invitee.display_name, invitee.email.as_deref());
    let question = about.asked(question, " off the invitees of").and("?");
    let question = question.and(match is_mailed {
        true => " Webex mails the person.",
        false => " Webex mails nobody.",
    });
    match &found {
        Some(meeting) => by_host(context, question, meeting).await,
        None => Ok(question),
    }
}

/// A meeting for an answer, at best effort.
async fn meeting(context: &Context, meeting_id: Option<&str>) -> Option<Meeting> {
    let query = GetMeeting::default();
    let meetings = context.webex.meetings();
    let read = meetings.get(meeting_id?, &query);
    context.best_effort(read).await
}

/// Everybody who is invited to a meeting.
///
/// # Errors
/// Whatever Webex refuses.
async fn all_invitees(
    context: &Context,
    meeting_id: &str,
) -> Result<Vec<api::Invitee>, WebexError> {
    let query = ListInvitees {
        meeting_id: meeting_id.to_owned(),
        max: Some(LIST_MAX_ENTRIES),
        ..ListInvitees::default()
    };
    let mut page = context.webex.invitees().list(&query).await?;
    let mut all = page.items;
    for _ in 1..INVITEE_LIST_MAX_PAGES {
        let Some(next) = page.next else { break };
        page = context.webex.next_page(&api::LIST, &next).await?;
        all.append(&mut page.items);
    }
    Ok(all)
}

/// What changes an invitee needs a part of a meeting that can still change.
///
/// # Errors
/// `invalid_arguments` for an instance, naming the kind that was given.
fn check_scheduled(meeting_id: Option<&str>) -> Result<(), CallError> {
    match meeting_id {
        Some(id) => crate::tools::meetings::scheduled(id).map(drop),
        None => Ok(()),
    }
}
