//! What a person is asked before dates of a series are replaced, or people are uninvited.

use serde_json::{Value, json};
use webex::invitees::Invitee;
use webex::meetings::{Meeting, MeetingType};

use super::changes::Of;
use super::patch::Update;
use super::rule::in_words;
use super::update::Arguments;
use super::{by_host, scheduled, when};
use crate::error::CallError;
use crate::tool::{Context, Question, Theirs, tell_arguments};

/// Reads the meeting, and who of those that are to go is invited; needless where nothing goes.
///
/// # Errors
/// `invalid_arguments` for what is wrong with the call, and those of reading.
pub async fn question(context: &Context, arguments: &Arguments) -> Result<Question, CallError> {
    let Arguments { update, changes } = arguments;
    update.check(scheduled(&update.meeting_id)?)?;
    changes.check()?;
    let leaving = changes.remove_invitees.as_deref().unwrap_or_default();
    if leaving.is_empty() && !update.plan.recurs() {
        return Ok(Question::needless());
    }
    let meeting = update.read(context).await?;
    let rule = update.planned(Some(&meeting))?.recurrence.flatten();
    let rule = rule.filter(|new| is_other(meeting.recurrence.as_deref(), new));
    let present = match leaving.is_empty() {
        true => Default::default(),
        false => Of::new(context, update).present().await?,
    };
    let of = Of::new(context, update);
    let leaving: Vec<_> = leaving
        .iter()
        .filter_map(|email| of.own(email, &present).ok())
        .collect();
    let question = match (rule, leaving.as_slice()) {
        (None, []) => return Ok(Question::needless()),
        (Some(rule), []) => dates(&meeting, &rule),
        (None, leaving) => people(Question::default(), &meeting, leaving),
        (Some(rule), leaving) => people(dates(&meeting, &rule).and(" "), &meeting, leaving),
    };
    let question = match (update.plan.send_email, leaving.is_empty()) {
        (Some(false), _) => question.and(" Webex mails nobody."),
        (_, true) => question,
        (_, false) => question.and(" Webex mails them."),
    };
    let question = tell_arguments(context, question, &others(update)).await;
    let is_given = |length: Option<usize>| length.unwrap_or(0) > 0;
    let (added, changed) = (&changes.add_invitees, &changes.change_invitees);
    let also = [
        (update.plan.password.is_some(), " With a password."),
        (
            is_given(added.as_ref().map(Vec::len)),
            " More people are invited.",
        ),
        (
            is_given(changed.as_ref().map(Vec::len)),
            " Invitations are changed.",
        ),
    ];
    let also = also.into_iter().filter(|(is_so, _)| *is_so);
    let question = also.fold(question, |question, (_, words)| question.and(words));
    match &update.plan.host_email {
        // Of an administrator.
        Some(_) => Ok(question),
        None => by_host(context, question, &meeting).await,
    }
}

/// Whether a series gets another rule; a meeting that happens once loses no date.
fn is_other(old: Option<&str>, new: &str) -> bool {
    old.is_some_and(|old| {
        let old = old.trim().trim_start_matches("RRULE:");
        !old.eq_ignore_ascii_case(new)
    })
}

fn dates(meeting: &Meeting, rule: &str) -> Question {
    let question = Question::new("Replace the dates of ");
    let question = question.named("the series", meeting.title.as_deref());
    let old = meeting.recurrence.as_deref().unwrap_or_default();
    let question = told(question.and(" ("), old).and(") by new ones (");
    told(question, rule).and(")? Dates that are not among the new ones fall away.")
}

/// A rule in words, or as it is written.
fn told(question: Question, rule: &str) -> Question {
    match in_words(rule) {
        Some(words) => question.and(&words),
        None => question.and("repeated by ").quote(rule),
    }
}

fn people(question: Question, meeting: &Meeting, leaving: &[&Invitee]) -> Question {
    let question = question.and("Take ").first_of(leaving, |question, one| {
        let name = one.display_name.as_deref().map(Theirs::from);
        question.person(name, one.email.as_deref())
    });
    let is_one = meeting.meeting_type != Some(MeetingType::MeetingSeries);
    let (kind, when) = match is_one || meeting.recurrence.is_none() {
        true => ("the meeting", when(meeting)),
        false => ("every meeting of the series", None),
    };
    let question = question.and(" off the invitees of ");
    let question = question.named(kind, meeting.title.as_deref());
    match when {
        Some(when) => question.and(" on ").and(&when).and("?"),
        None => question.and("?"),
    }
}

/// What else the call changes.
fn others(update: &Update) -> Value {
    let plan = &update.plan;
    json!({
        "title": update.title,
        "start": update.start,
        "end": plan.end,
        "durationMinutes": plan.duration_minutes,
        "timezone": plan.timezone,
        "agenda": plan.agenda,
        "enabledJoinBeforeHost": plan.enabled_join_before_host,
        "joinBeforeHostMinutes": plan.join_before_host_minutes,
        "enabledAutoRecordMeeting": plan.enabled_auto_record_meeting,
        "hostEmail": plan.host_email,
    })
}
