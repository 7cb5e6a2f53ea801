//! What briefs tell of meetings.

use webex::invitees::{Invitee, ListInvitees};
use webex::meeting_summaries::MeetingSummary;
use webex::meetings::Meeting;

use crate::briefs::news::written;
use crate::briefs::{Brief, Item, joined, optional};
use crate::error::{CallError, Code};
use crate::limits::{BRIEF_AGENDA_MAX_BYTES, BRIEF_NOTES_MAX_BYTES, BRIEF_PEOPLE_SEEN};
use crate::tool::{Context, Theirs, counted};
use crate::tools::meetings::{Ended, last_ended};
use crate::tools::messages::writing::shown_html;

/// Tells what the meeting is.
pub fn tell(brief: &mut Brief, meeting: Meeting) {
    let facts = joined(&[
        meeting.meeting_type.as_ref().map(ToString::to_string),
        meeting.state.as_ref().map(ToString::to_string),
        meeting
            .start
            .map(|start| format!("from {}", written(start))),
        meeting.end.map(|end| format!("to {}", written(end))),
        meeting.timezone,
        meeting.host_email.map(|host| format!("host {host}")),
        meeting
            .meeting_number
            .map(|number| format!("number {number}")),
    ]);
    brief.section(format!("The meeting (meetingId {}): {facts}", meeting.id));
    brief.theirs(meeting.title.map(Theirs::from));
    let agenda = meeting.agenda.map(Theirs::from);
    match agenda.map(|agenda| agenda.shortened(BRIEF_AGENDA_MAX_BYTES, "webex-get-meeting-status"))
    {
        Some(agenda) => brief.theirs(Some(agenda)),
        None => brief.line("It has no agenda."),
    }
}

/// Those who are invited to a meeting.
#[derive(Debug)]
pub struct Invited {
    all: Vec<Invitee>,
    has_more: bool,
}

/// # Errors
/// Whatever Webex refuses, but for a caller who may not see them.
pub async fn invited(context: &Context, meeting_id: &str) -> Result<Invited, CallError> {
    let query = ListInvitees {
        meeting_id: meeting_id.to_owned(),
        max: Some(BRIEF_PEOPLE_SEEN),
        ..ListInvitees::default()
    };
    let page = optional(context.webex.invitees().list(&query).await)?;
    Ok(Invited {
        has_more: page.as_ref().is_some_and(|page| page.next.is_some()),
        all: page.map(|page| page.items).unwrap_or_default(),
    })
}

impl Invited {
    pub fn tell(self, brief: &mut Brief) {
        let of_all = if self.has_more { "at least " } else { "" };
        brief.section(format!(
            "Invited: {of_all}{}",
            counted(self.all.len(), "invitee")
        ));
        let items = self.all.into_iter().map(|one| Item {
            line: joined(&[
                one.email,
                one.co_host.filter(|is| *is).map(|_| "co-host".to_owned()),
            ]),
            words: one.display_name.map(Theirs::from),
        });
        let share = brief.left() / 3;
        let rest = "webex-get-meeting-invitee with this meetingId has them.";
        brief.items(items.collect(), share, "Nobody that I can see.", rest);
    }
}

/// The meeting of this series that ended last, if one has.
///
/// # Errors
/// Whatever else Webex refuses.
pub async fn last(context: &Context, meeting_id: &str) -> Result<Option<Ended>, CallError> {
    match last_ended(&context.webex, meeting_id, None).await {
        Ok(ended) => Ok(Some(ended)),
        // An instance has no series that it could be looked for in.
        Err(error) if matches!(error.code, Code::NotFound | Code::InvalidArguments) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Tells the summary, or that there is none.
pub fn tell_summary(brief: &mut Brief, summary: Option<MeetingSummary>) {
    let Some(summary) = summary else {
        brief.line("Webex has no summary of it, or I may not read it.");
        return;
    };
    let notes = summary.notes.and_then(|notes| notes.content);
    let notes = notes.map(|html| shown_html(&html));
    let whole = "webex-get-meeting-summary";
    brief.line("Its summary:");
    brief.theirs(notes.map(|notes| Theirs::from(notes).shortened(BRIEF_NOTES_MAX_BYTES, whole)));
    let items = summary.action_items.into_iter().flatten();
    let items = items.filter_map(|item| item.content).map(|words| Item {
        line: "Action item:".to_owned(),
        words: Some(words.into()),
    });
    let share = brief.left() / 2;
    brief.items(
        items.collect(),
        share,
        "No action items.",
        "webex-get-meeting-summary has them.",
    );
}
