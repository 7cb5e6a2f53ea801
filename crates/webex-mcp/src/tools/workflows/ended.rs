//! What there is of a meeting that has ended: its summary, who was there, recordings, transcripts.

use webex::meeting_summaries::MeetingSummary;
use webex::meetings::{GetMeeting, Meeting, MeetingState};
use webex::participants::{ListParticipants, Participant};
use webex::recordings::{ListRecordings, Recording};
use webex::transcripts::{ListTranscripts, Transcript};

use super::news::written;
use crate::error::{CallError, Code};
use crate::limits::{BRIEF_PEOPLE_SEEN, LIST_DEFAULT_ENTRIES};
use crate::tool::{Context, Theirs};
use crate::tools::meetings::{Ended, Kind, last_ended};

/// What an answer can do without: nothing where the caller may not read it, or where it is not
/// there.
///
/// # Errors
/// Any other failure of the read.
pub fn optional<T, E: Into<CallError>>(read: Result<T, E>) -> Result<Option<T>, CallError> {
    match read.map_err(Into::into) {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.code, Code::Forbidden | Code::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The meeting of this id with its title and start, or the one of its series that ended last. A
/// tool that calls it declares [`webex::meetings::series::LIST`] and
/// [`webex::meetings::series::GET`].
///
/// # Errors
/// `conflict` with its time for a meeting that has not ended; else whatever Webex refuses.
pub async fn ended(context: &Context, meeting_id: &str) -> Result<Ended, CallError> {
    let (meetings, asked) = (context.webex.meetings(), GetMeeting::default());
    if Kind::of(meeting_id) == Kind::Instance {
        let found = meetings.get(meeting_id, &asked).await?;
        return match found.state {
            Some(MeetingState::InProgress | MeetingState::Lobby) => Err(not_ended(&found)),
            _ => Ok(Ended {
                id: found.id,
                title: found.title.map(Theirs::from),
                start: found.start,
                host_email: found.host_email,
                host_name: found.host_display_name,
            }),
        };
    }
    match last_ended(&context.webex, meeting_id, None).await {
        Err(error) if error.code == Code::NotFound => {
            let found = meetings.get(meeting_id, &asked).await?;
            Err(not_ended(&found))
        }
        found => found,
    }
}

fn not_ended(meeting: &Meeting) -> CallError {
    let time = match (meeting.start, meeting.end) {
        (Some(start), Some(end)) => format!("; it is from {} to {}", written(start), written(end)),
        (Some(start), None) => format!("; it starts at {}", written(start)),
        (None, _) => String::new(),
    };
    CallError::new(
        Code::Conflict,
        format!("This meeting has not ended, or less than 15 minutes ago{time}."),
        "Call again once it is over; Webex tells of a meeting 15 minutes after its end.",
    )
}

/// What Webex's assistant wrote about it, if it did.
///
/// # Errors
/// Whatever Webex refuses, but for a missing scope or summary.
pub async fn summary(
    context: &Context,
    ended: &Ended,
) -> Result<Option<MeetingSummary>, CallError> {
    let page = optional(context.webex.meeting_summaries().list(&ended.id).await)?;
    Ok(page.and_then(|page| page.items.into_iter().next()))
}

/// Those who took part.
#[derive(Debug)]
pub struct Attended {
    pub people: Vec<Participant>,
    pub has_more: bool,
}

/// Who took part; `None` where only its host is told.
///
/// # Errors
/// Whatever Webex refuses, but for a caller who may not see them.
pub async fn participants(context: &Context, ended: &Ended) -> Result<Option<Attended>, CallError> {
    let query = ListParticipants {
        meeting_id: ended.id.clone(),
        max: Some(BRIEF_PEOPLE_SEEN),
        ..ListParticipants::default()
    };
    let page = optional(context.webex.participants().list(&query).await)?;
    Ok(page.map(|page| Attended {
        has_more: page.next.is_some(),
        people: page.items,
    }))
}

/// Its recordings.
///
/// # Errors
/// Whatever Webex refuses, but for a caller who may not see them.
pub async fn recordings(context: &Context, ended: &Ended) -> Result<Vec<Recording>, CallError> {
    let query = ListRecordings {
        meeting_id: Some(ended.id.clone()),
        // Else Webex may look through the last 7 days only.
        from: ended.start,
        max: Some(LIST_DEFAULT_ENTRIES),
        ..ListRecordings::default()
    };
    let page = optional(context.webex.recordings().list(&query).await)?;
    Ok(page.map(|page| page.items).unwrap_or_default())
}

/// Its transcripts.
///
/// # Errors
/// Whatever Webex refuses, but for a caller who may not see them.
pub async fn transcripts(context: &Context, ended: &Ended) -> Result<Vec<Transcript>, CallError> {
    let query = ListTranscripts {
        meeting_id: Some(ended.id.clone()),
        from: ended.start,
        max: Some(LIST_DEFAULT_ENTRIES),
        ..ListTranscripts::default()
    };
    let page = optional(context.webex.transcripts().list(&query).await)?;
    Ok(page.map(|page| page.items).unwrap_or_default())
}
