//! Reads the meetings of a report on attendance, and who was in each.

use jiff::Timestamp;
use webex::invitees::{self, Invitee, ListInvitees};
use webex::meetings::{ListMeetings, Meeting, MeetingState, MeetingType};
use webex::participants::{ListParticipants, Participant};

use super::attendees::{Attendee, Host, Seen, attendees};
use crate::error::{CallError, Code};
use crate::limits::{
    ATTENDANCE_MEETINGS_MAX, ATTENDANCE_PARTICIPANT_PAGES, INVITEES_READ_MAX_PAGES,
    LIST_MAX_ENTRIES, MEETING_LOOKUP_PAGE_ENTRIES,
};
use crate::tool::{Context, Theirs};
use crate::tools::meetings::{Kind, not_of_kind};
use crate::tools::workflows::ended::{ended, optional};

/// Which meetings are wanted.
#[derive(Debug)]
pub struct Sought {
    pub meeting_id: String,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

/// A meeting that has ended.
#[derive(Debug)]
pub struct Held {
    pub id: String,
    pub title: Option<Theirs>,
    pub start: Option<Timestamp>,
    pub host: Host,
}

/// Who was in one meeting.
#[derive(Debug)]
pub struct Attendance {
    pub meeting: Held,
    pub people: Vec<Attendee>,
    /// The invitees could be read; else absent people are not known.
    pub knows_invited: bool,
    /// There are more participants than are read.
    pub has_more: bool,
}

impl Sought {
    /// # Errors
    /// `invalid_arguments` for a period that holds nothing, or goes with no series.
    pub fn check(&self, now: Timestamp) -> Result<(), CallError> {
        if self.from.is_some_and(|from| from >= now) {
            return Err(CallError::invalid("from", "it has to lie in the past"));
        }
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from >= to
        {
            let wrong = "it has to be earlier than to; no meeting starts between them";
            return Err(CallError::invalid("from", wrong));
        }
        match Kind::of(&self.meeting_id) {
            kind @ (Kind::Instance | Kind::Occurrence) if self.from.or(self.to).is_some() => {
                Err(not_of_kind(kind, "a series is needed for from and to"))
            }
            _ => Ok(()),
        }
    }

    /// The meetings that ended, the earliest first, and whether there are more.
    ///
    /// # Errors
    /// `not_found` where none did; `conflict` for one that has not ended.
    pub async fn meetings(&self, context: &Context) -> Result<(Vec<Held>, bool), CallError> {
        if self.from.or(self.to).is_none() {
            let ended = ended(context, &self.meeting_id).await?;
            let one = Held {
                id: ended.id,
                title: ended.title,
                start: ended.start,
                host: Host {
                    email: ended.host_email,
                    name: ended.host_name,
                },
            };
            return Ok((vec![one], false));
        }
        let query = ListMeetings {
            meeting_series_id: Some(self.meeting_id.clone()),
            meeting_type: Some(MeetingType::Meeting),
            state: Some(MeetingState::Ended),
            from: self.from,
            to: self.to,
            max: Some(MEETING_LOOKUP_PAGE_ENTRIES),
            ..ListMeetings::default()
        };
        let is_over = |one: &Meeting| one.state != Some(MeetingState::InProgress);
        let mut held: Vec<Held> = Vec::new();
        let mut page = context.webex.meetings().list(&query).await?;
        loop {
            let over = page.items.into_iter().filter(is_over);
            held.extend(over.map(|one| Held {
                id: one.id,
                title: one.title.map(Theirs::from),
                start: one.start,
                host: Host {
                    email: one.host_email,
                    name: one.host_display_name,
                },
            }));
            match page.next {
                Some(next) if held.len() <= ATTENDANCE_MEETINGS_MAX => {
                    // Webex leaves filters out of its links.
                    let next = next.asking(&query)?;
                    page = context.webex.next_page(&query, &next).await?;
                }
                _ => break,
            }
        }
        if held.is_empty() {
            return Err(none_ended());
        }
        let has_more = held.len() > ATTENDANCE_MEETINGS_MAX;
        held.truncate(ATTENDANCE_MEETINGS_MAX);
        Ok((held, has_more))
    }
}

impl Attendance {
    /// # Errors
    /// Whatever Webex refuses; that the caller may not see the invitees is none.
    pub async fn of(context: &Context, meeting: Held) -> Result<Self, CallError> {
        let (people, invited) = futures::join!(
            participants(context, &meeting.id),
            invited(context, &meeting.id)
        );
        let (people, has_more) = people.map_err(hosts_see)?;
        let invited = optional(invited)?;
        Ok(Attendance {
            knows_invited: invited.is_some(),
            people: attendees(Seen {
                participants: people,
                has_more,
                invitees: invited,
                host: meeting.host.clone(),
            }),
            meeting,
            has_more,
        })
    }
}

async fn participants(
    context: &Context,
    meeting_id: &str,
) -> Result<(Vec<Participant>, bool), CallError> {
    let query = ListParticipants {
        meeting_id: meeting_id.to_owned(),
        max: Some(LIST_MAX_ENTRIES),
        ..ListParticipants::default()
    };
    let mut page = context.webex.participants().list(&query).await?;
    let mut all = std::mem::take(&mut page.items);
    for _ in 1..ATTENDANCE_PARTICIPANT_PAGES {
        let Some(next) = page.next else { break };
        let next = next.asking(&query)?;
        page = context.webex.next_page(&query, &next).await?;
        all.append(&mut page.items);
    }
    Ok((all, page.next.is_some()))
}

async fn invited(context: &Context, meeting_id: &str) -> Result<Vec<Invitee>, CallError> {
    let query = ListInvitees {
        meeting_id: meeting_id.to_owned(),
        max: Some(LIST_MAX_ENTRIES),
        ..ListInvitees::default()
    };
    let mut page = context.webex.invitees().list(&query).await?;
    let mut all = std::mem::take(&mut page.items);
    for _ in 1..INVITEES_READ_MAX_PAGES {
        let Some(next) = page.next else { break };
        let next = next.asking(&query)?;
        page = context.webex.next_page(&invitees::LIST, &next).await?;
        all.append(&mut page.items);
    }
    Ok(all)
}

fn hosts_see(error: CallError) -> CallError {
    match error.code {
        Code::NotFound | Code::Forbidden => error.advise(
            "Only the host and cohosts see who took part; webex-get-meeting-invitee lists who was invited.",
        ),
        _ => error,
    }
}

fn none_ended() -> CallError {
    CallError::new(
        Code::NotFound,
        "No meeting of this series that you can see ended between from and to.",
        "Give a longer period; webex-list-meetings with meetingType meeting lists what has taken place.",
    )
}
