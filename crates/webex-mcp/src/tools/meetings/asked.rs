//! What a person is asked before a meeting is deleted.

use webex::invitees::ListInvitees;
use webex::meetings::{GetMeeting, Meeting, MeetingType};

use super::delete::Arguments;
use super::rule::in_words;
use super::{by_host, when};
use crate::error::CallError;
use crate::limits::LIST_MAX_ENTRIES;
use crate::tool::{Context, Question, counted};

/// Reads the meeting and who is invited, and words the question.
///
/// # Errors
/// Those of reading, and `forbidden` where it is certainly not for this caller to delete.
pub async fn deletion(context: &Context, arguments: &Arguments) -> Result<Question, CallError> {
    let of_meeting = GetMeeting {
        host_email: arguments.host_email.clone(),
        ..GetMeeting::default()
    };
    let of_people = ListInvitees {
        meeting_id: arguments.meeting_id.clone(),
        max: Some(LIST_MAX_ENTRIES),
        host_email: arguments.host_email.clone(),
        panelist: None,
    };
    let (meetings, invitees) = (context.webex.meetings(), context.webex.invitees());
    let (meeting, people) = tokio::try_join!(
        meetings.get(&arguments.meeting_id, &of_meeting),
        invitees.list(&of_people)
    )?;
    let mailed = match (arguments.send_email, people.items.len(), people.next) {
        (Some(false), ..) => " Nobody gets mail.".to_owned(),
        (_, 0, None) => " Nobody is invited.".to_owned(),
        (_, 1, None) => " 1 invitee gets mail.".to_owned(),
        (_, count, None) => format!(" {} get mail.", counted(count, "invitee")),
        (_, count, Some(_)) => format!(" More than {count} invitees get mail."),
    };
    let question = worded(&meeting, &mailed);
    match &arguments.host_email {
        // Of an administrator.
        Some(_) => Ok(question),
        None => by_host(context, question, &meeting).await,
    }
}

/// One occurrence, a whole series, or a meeting that happens once; when, and whose it is.
fn worded(meeting: &Meeting, mailed: &str) -> Question {
    let is_series = meeting.recurrence.is_some();
    let kind = match meeting.meeting_type {
        Some(MeetingType::ScheduledMeeting) => "Delete one occurrence of",
        _ if is_series => "Delete the whole series",
        _ => "Delete the meeting",
    };
    let mut question = Question::new("").named(kind, meeting.title.as_deref());
    if let Some(when) = when(meeting) {
        let first = if is_series {
            ", whose first meeting is on "
        } else {
            ", on "
        };
        question = question.and(first).and(&when);
    }
    if let Some(rule) = &meeting.recurrence {
        let words = in_words(rule);
        let repeated = words.unwrap_or_else(|| format!("repeated by {rule}"));
        question = question.and(", ").and(&repeated);
    }
    if let Some(host) = &meeting.host_email {
        question = question.and(", hosted by ").and(host);
    }
    let question = match meeting.meeting_type {
        Some(MeetingType::ScheduledMeeting) => question.and("? Other dates stay."),
        _ if is_series => question.and(", with all its dates?"),
        _ => question.and("?"),
    };
    question.and(mailed).and(" This cannot be undone.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_which_part_goes() {
        let once = Meeting {
            meeting_type: Some(MeetingType::MeetingSeries),
            title: Some("Design\nReview".into()),
            start: "2026-01-06T15:00:00Z".parse().ok(),
            timezone: Some("Europe/Berlin".into()),
            host_email: Some("carol@example.com".into()),
            ..Meeting::default()
        };
        let occurrence = Meeting {
            meeting_type: Some(MeetingType::ScheduledMeeting),
            ..once.clone()
        };
        let series = Meeting {
            recurrence: Some("FREQ=DAILY;COUNT=5".into()),
            ..once.clone()
        };
        for (meeting, expected) in [
            (
                &once,
                "Delete the meeting “Design Review”, on 2026-01-06 at 16:00 (Europe/Berlin), hosted by carol@example.com? 1 invitee gets mail. This cannot be undone.",
            ),
            (
                &occurrence,
                "Delete one occurrence of “Design Review”, on 2026-01-06 at 16:00 (Europe/Berlin), hosted by carol@example.com? Other dates stay. 1 invitee gets mail. This cannot be undone.",
            ),
            (
                &series,
                "Delete the whole series “Design Review”, whose first meeting is on 2026-01-06 at 16:00 (Europe/Berlin), every day, 5 times, hosted by carol@example.com, with all its dates? 1 invitee gets mail. This cannot be undone.",
            ),
            (
                &Meeting::default(),
                "Delete the meeting? 1 invitee gets mail. This cannot be undone.",
            ),
        ] {
            assert_eq!(worded(meeting, " 1 invitee gets mail.").as_str(), expected);
        }
    }
}
