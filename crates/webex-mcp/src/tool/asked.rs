//! What a person is asked where a tool has no question of its own: what it does, and with what.

use serde_json::Value;

use super::{Context, Effect, Policy, Question};

/// The arguments that a person understands, as they are called here, in the order in which they are
/// told. Spaces and people are told by name.
const TOLD: [(&str, &str); 22] = [
    ("toPersonEmail", "To"),
    ("personEmail", "Person"),
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
    ("isModerator", "Moderator"),
    ("isRoomHidden", "Hidden"),
    ("isLocked", "Moderated"),
    ("isAnnouncementOnly", "Only moderators post"),
    ("isReadOnly", "Nobody posts"),
    ("isPublic", "Public"),
];

/// `arguments` are those of the call, with ids where names were.
pub(super) async fn question(
    context: &Context,
    title: &str,
    policy: &Policy,
    arguments: &Value,
) -> Question {
    let mut question = Question::new(title).and("?");
    if policy.effect == Effect::Destroy {
        question = question.and(" This cannot be undone.");
    }
    let room_id = arguments.get("roomId").and_then(Value::as_str);
    if let Some(space) = context.space_title(room_id).await {
        question = question.and(" Space: ").quote(space).and(".");
    }
    let people = ["personId", "toPersonId"].into_iter();
    for id in people.filter_map(|argument| arguments.get(argument)?.as_str()) {
        question = question.and(" Person: ");
        question = match context.met(id) {
            Some(met) => question.person(Some(met.name.clone()), met.email.as_deref()),
            None => question.and("id ").quote(id),
        };
        question = question.and(".");
    }
    for (argument, label) in TOLD {
        let value = match arguments.get(argument) {
            Some(Value::Array(values)) => values.first(),
            value => value,
        };
        question = match value {
            Some(Value::String(words)) => {
                let question = question.and(" ").and(label).and(": ");
                question.quote(words.as_str()).and(".")
            }
            Some(Value::Bool(is)) => {
                let answer = if *is { ": yes." } else { ": no." };
                question.and(" ").and(label).and(answer)
            }
            _ => question,
        };
    }
    question
}
