//! What was posted lately: in the spaces where something happened, or in one.

use jiff::{SignedDuration, Timestamp};
use webex::messages::Message;
use webex::people::Person;
use webex::rooms::Room;

use super::{Brief, Item, id, joined};
use crate::error::CallError;
use crate::limits::{BRIEF_MESSAGE_MAX_BYTES, BRIEF_MESSAGES_OF_EACH, BRIEF_SPACES_MAX};
use crate::tool::{Context, Theirs, counted};
use crate::tools::messages::shown_text;
pub use crate::tools::workflows::news::written;
use crate::tools::workflows::news::{self, Active, News, Wanted};

/// The time so many days ago.
pub fn days_ago(days: u32) -> Timestamp {
    let now = Timestamp::now();
    let span = SignedDuration::from_hours(24 * i64::from(days));
    now.checked_sub(span).unwrap_or(now)
}

/// Says that there are more, if there are.
pub fn tell_more(active: &Active, brief: &mut Brief) {
    if active.more > 0 || active.has_unseen {
        let at_least = if active.has_unseen { "at least " } else { "" };
        let more = counted(active.more, "more space");
        brief.line(format!(
            "Not looked into: {at_least}{more} with activity; webex-get-space lists them."
        ));
    }
}

/// The caller's spaces in which something happened since then, and which are `wanted`.
///
/// # Errors
/// Whatever Webex refuses.
pub async fn active(
    context: &Context,
    since: Timestamp,
    wanted: impl Fn(&Room) -> bool,
) -> Result<Active, CallError> {
    news::active(context, since, BRIEF_SPACES_MAX, wanted).await
}

/// What a brief wants to know of spaces.
pub fn wanted(since: Timestamp, me: Option<Person>, only_mentions: bool) -> Wanted {
    Wanted {
        since,
        own_id: me.map(|me| me.id),
        only_mentions,
        of_each: BRIEF_MESSAGES_OF_EACH,
        older_mentions: false,
    }
}

/// A message in a brief: who, when and which, and the beginning of what it says.
pub fn item(message: Message, is_mention: bool) -> Item {
    let words = shown_text(&message);
    let files = message.files.as_ref().map_or(0, Vec::len);
    let facts = [
        message.person_email.clone(),
        message.created.map(written),
        is_mention.then(|| "mentions me".to_owned()),
        (files > 0).then(|| counted(files, "file")),
        message.parent_id.as_ref().map(|_| "a reply".to_owned()),
        Some(id("messageId", &message.id)),
    ];
    Item {
        line: joined(&facts),
        words: words.map(|words| words.shortened(BRIEF_MESSAGE_MAX_BYTES, "webex-get-message")),
    }
}

/// Tells the news of spaces, each with the same share of what is left.
pub fn tell(brief: &mut Brief, all: Vec<News>, wanted: &Wanted) {
    let (mut news, mut silent) = (Vec::new(), 0);
    for one in all {
        match &one.messages {
            Ok(messages) if messages.is_empty() => silent += 1,
            _ => news.push(one),
        }
    }
    // What waits for the caller comes first.
    let is_for_all = |one: &News| {
        let messages = one.messages.as_deref().unwrap_or_default();
        !one.is_direct() && !messages.iter().any(|message| wanted.mentions(message))
    };
    news.sort_by_key(is_for_all);
    let count = news.len();
    for (at, one) in news.into_iter().enumerate() {
        let share = brief.left() / (count - at);
        let kind = match one.is_direct() {
            true => "Direct messages with",
            false => "Space",
        };
        brief.section(format!("{kind} ({}):", id("roomId", &one.room.id)));
        brief.theirs(one.room.title().map(Theirs::from));
        match one.messages {
            Ok(messages) => {
                let rest = "webex-get-message with this roomId has them.";
                let items = messages.into_iter().map(|message| {
                    let is_mention = wanted.mentions(&message);
                    item(message, is_mention)
                });
                brief.items(items.collect(), share, "Nothing.", rest);
                if one.has_more {
                    brief.line(format!("There is more than was read: {rest}"));
                }
            }
            Err(error) => brief.line(format!("It could not be read: {}", error.message)),
        }
    }
    if silent > 0 {
        let spaces = counted(silent, "space");
        brief.section(format!("{spaces} had activity, but no such message."));
    }
}
