//! What a person is asked where a tool has no question of its own: what it does, and with what.

use serde_json::Value;

use super::{Context, Effect, Policy, Question, Theirs, email_address};
use crate::limits;

/// The arguments that name a thing by its id, in the order in which they are told: by its name where
/// that is known.
const THINGS: [(&str, &str); 16] = [
    ("roomId", "Space"),
    ("personId", "Person"),
    ("toPersonId", "Person"),
    ("teamId", "Team"),
    ("meetingId", "Meeting"),
    ("messageId", "Message"),
    ("parentId", "Thread"),
    ("membershipId", "Membership"),
    ("teamMembershipId", "Membership"),
    ("managerId", "Manager"),
    ("webhookId", "Webhook"),
    ("meetingInviteeId", "Invitee"),
    ("participantId", "Participant"),
    ("classificationId", "Classification"),
    ("uploadId", "Upload"),
    ("recordingId", "Recording"),
];

/// The arguments that a person understands, as they are called here, in the order in which they are
/// told.
const TOLD: [(&str, &str); 62] = [
    ("toPersonEmail", "To"),
    ("personEmail", "Person"),
    ("email", "Person"),
    ("displayName", "Name"),
    ("coHost", "Cohost"),
    ("panelist", "Panelist"),
    ("muted", "Muted"),
    ("admit", "Let in"),
    ("expel", "Removed"),
    ("sendEmail", "Webex sends mail"),
    ("title", "Title"),
    ("name", "Name"),
    ("text", "Text"),
    ("markdown", "Text"),
    ("html", "Text"),
    ("files", "File"),
    ("fileName", "File"),
    ("path", "File"),
    ("description", "Description"),
    ("targetUrl", "Target"),
    ("resource", "Resource"),
    ("event", "Event"),
    ("filter", "Filter"),
    ("status", "Status"),
    ("ownedBy", "Owned by"),
    ("isModerator", "Moderator"),
    ("isRoomHidden", "Hidden"),
    ("isLocked", "Moderated"),
    ("isAnnouncementOnly", "Only moderators post"),
    ("isReadOnly", "Nobody posts"),
    ("isPublic", "Public"),
    ("reason", "Reason"),
    ("comment", "Comment"),
    ("firstName", "First name"),
    ("lastName", "Last name"),
    ("department", "Department"),
    ("manager", "Manager"),
    ("phoneNumbers", "Number"),
    ("extension", "Extension"),
    ("loginEnabled", "May sign in"),
    ("allowEmpty", "May be empty"),
    ("start", "Start"),
    ("end", "End"),
    ("durationMinutes", "Minutes"),
    ("at", "At"),
    ("timezone", "Time zone"),
    ("recurrence", "Repeats"),
    ("agenda", "Agenda"),
    ("enabledJoinBeforeHost", "People may join before the host"),
    ("joinBeforeHostMinutes", "Minutes before the start"),
    ("enabledAutoRecordMeeting", "Recorded"),
    ("hostEmail", "Host"),
    ("siteUrl", "Site"),
    ("removeEmail", "Who leaves"),
    ("keepOthers", "Others stay"),
    ("dryRun", "Only shown"),
    ("includePassword", "With the recording's password"),
    ("inactiveSince", "Inactive since"),
    ("inactiveDays", "Inactive for days"),
    ("then", "Then"),
    ("format", "Format"),
    ("withFiles", "With files"),
];

/// Lists, in the order in which they are told: how many entries, and the first people among them.
const LISTS: [(&str, &str); 5] = [
    ("invitees", "People"),
    ("participantIds", "Participants"),
    ("roomIds", "Spaces"),
    ("toPersonEmails", "People"),
    ("emails", "Members"),
];

/// What is there, and not told.
const HELD: [(&str, &str); 11] = [
    ("csv", " With a list."),
    ("attachments", " With a card."),
    ("secret", " With a signing secret."),
    ("facts", " With facts."),
    ("inputs", " With inputs."),
    ("buttons", " With buttons."),
    ("password", " With a password."),
    ("repeat", " As a series."),
    ("addInvitees", " More people are invited."),
    ("changeInvitees", " Invitations are changed."),
    ("removeInvitees", " Invitations are withdrawn."),
];

/// `arguments` are those of the call, with ids where names were.
pub(super) async fn question(
    context: &Context,
    title: &str,
    policy: &Policy,
    arguments: &Value,
) -> Question {
    let mut question = Question::new(title).and("?");
    let given = arguments.as_object();
    let effect = given.map_or(policy.effect, |given| policy.effect_of(given));
    let can_be_undone = given.is_some_and(|given| policy.can_be_undone(given));
    if effect == Effect::Destroy && !can_be_undone {
        question = question.and(" This cannot be undone.");
    }
    let mut question = tell_arguments(context, question, arguments).await;
    for (argument, label) in LISTS {
        if let Some(Value::Array(entries)) = arguments.get(argument) {
            question = listed(context, question, label, entries);
        }
    }
    let is_there = |value: &Value| value.as_array().is_none_or(|values| !values.is_empty());
    let held = HELD.into_iter();
    let held = held.filter(|(argument, _)| arguments.get(argument).is_some_and(is_there));
    let question = held.fold(question, |question, (_, words)| question.and(words));
    let listed = addresses(arguments.get("csv"));
    question.listing("In it", listed.iter().map(String::as_str))
}

/// Goes on with the things that the arguments name and the values that they give, each in a sentence.
pub async fn tell_arguments(
    context: &Context,
    mut question: Question,
    arguments: &Value,
) -> Question {
    for (argument, label) in THINGS {
        let Some(id) = arguments.get(argument).and_then(Value::as_str) else {
            continue;
        };
        let (name, email) = match context.met(id) {
            Some(met) => (Some(met.name.clone()), met.email.as_deref()),
            None if argument == "roomId" => (context.space_title(Some(id)).await, None),
            None if argument == "meetingId" => (context.meeting_title(Some(id)).await, None),
            None => (None, None),
        };
        question = question.and(" ").and(label).and(": ");
        question = match name {
            Some(name) => question.person(Some(name), email),
            None => question.and("id ").quote(id),
        };
        question = question.and(".");
    }
    for (argument, label) in TOLD {
        let values = match arguments.get(argument) {
            Some(Value::Array(values)) => values.as_slice(),
            value => value.map_or(&[][..], std::slice::from_ref),
        };
        for value in values.iter().take(limits::QUOTED_MAX_VALUES) {
            question = match value {
                Value::String(words) => {
                    let question = question.and(" ").and(label).and(": ");
                    question.quote(words.as_str()).and(".")
                }
                Value::Number(number) => {
                    let number = number.to_string();
                    question.and(" ").and(label).and(": ").and(&number).and(".")
                }
                Value::Bool(is) => {
                    let answer = if *is { ": yes." } else { ": no." };
                    question.and(" ").and(label).and(answer)
                }
                _ => question,
            };
        }
    }
    question
}

/// How many entries there are, and what the first ones are called.
fn listed(context: &Context, question: Question, label: &str, entries: &[Value]) -> Question {
    let count = entries.len().to_string();
    let question = question.and(" ").and(label).and(": ").and(&count);
    let by_id = |id: &str| {
        let met = context.met(id)?;
        Some((Some(met.name.clone()), met.email.clone()))
    };
    let named = |entry: &Value| {
        let text = |field: &str| entry.get(field).and_then(Value::as_str);
        match (entry.as_str(), text("email"), text("personId")) {
            (Some(text), ..) => by_id(text).or_else(|| Some((None, Some(email_address(text)?)))),
            (_, Some(email), _) => Some((None, Some(email.to_owned()))),
            (_, None, Some(id)) => by_id(id).or_else(|| Some((None, Some(id.to_owned())))),
            (_, None, None) => None,
        }
    };
    let mut all = entries.iter().filter_map(named).peekable();
    if all.peek().is_none() {
        return question.and(".");
    }
    let tell = |question: Question, (name, email): (Option<Theirs>, Option<String>)| {
        question.person(name, email.as_deref())
    };
    question.and(" (").first_of(all, tell).and(").")
}

/// The addresses in a list, whatever parts its cells.
fn addresses(list: Option<&Value>) -> Vec<String> {
    let cells = list.and_then(Value::as_str).unwrap_or_default();
    let cells = cells.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"'));
    cells.filter_map(email_address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::catalogue;

    /// What nobody would miss in a question.
    const LEFT_OUT: [&str; 9] = [
        // The bytes of a file, whose name is told, and their type.
        "content",
        "contentType",
        "confirmationToken",
        // The question of a plan says what is planned.
        "planId",
        // Of what is scheduled, its own question tells more.
        "list",
        "scheduleId",
        "cancel",
        "max",
        "cursor",
    ];

    #[test]
    fn a_question_tells_every_argument_of_a_write() {
        for tool in catalogue().filter(|tool| tool.policy.effect != Effect::Read) {
            let schema = (tool.input_schema)();
            let properties = schema.get("properties").and_then(Value::as_object).unwrap();
            for argument in properties.keys().map(String::as_str) {
                let told = THINGS.iter().chain(&TOLD).chain(&LISTS).chain(&HELD);
                let is_told = told.clone().any(|(told, _)| *told == argument);
                assert!(
                    is_told || LEFT_OUT.contains(&argument),
                    "{}: {argument}",
                    tool.name
                );
            }
        }
    }
}
