//! What was posted lately: in the spaces where something happened, or in one.

use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use webex::messages::{ListMessages, Message};
use webex::rooms::{ListRooms, Room, RoomOrder, RoomType};

use super::{Brief, Item, id, joined};
use crate::error::CallError;
use crate::limits::{
    BRIEF_MESSAGE_MAX_BYTES, BRIEF_MESSAGES_OF_EACH, BRIEF_SPACES_AT_ONCE, BRIEF_SPACES_MAX,
    BRIEF_SPACES_SEEN,
};
use crate::tool::{Context, Theirs, counted};

/// The time so many days ago.
pub fn days_ago(days: u32) -> Timestamp {
    let now = Timestamp::now();
    let span = SignedDuration::from_hours(24 * i64::from(days));
    now.checked_sub(span).unwrap_or(now)
}

/// The time as a brief writes it.
pub fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Spaces in which something happened.
#[derive(Debug)]
pub struct Active {
    /// Those that a brief looks into; the latest first.
    pub rooms: Vec<Room>,
    /// How many more there are, at least.
    more: usize,
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
    let query = ListRooms {
        sort_by: Some(RoomOrder::LastActivity),
        max: Some(BRIEF_SPACES_SEEN),
        ..ListRooms::default()
    };
    let mut rooms = context.webex.rooms().list(&query).await?.items;
    rooms.retain(|room| room.last_activity.is_some_and(|time| time >= since) && wanted(room));
    let more = rooms.len().saturating_sub(BRIEF_SPACES_MAX);
    rooms.truncate(BRIEF_SPACES_MAX);
    Ok(Active { rooms, more })
}

impl Active {
    /// Says that there are more, if there are.
    pub fn tell_more(&self, brief: &mut Brief) {
        if self.more > 0 {
            let more = counted(self.more, "more space");
            brief.line(format!(
                "Not looked into: {more} with activity; webex-get-space lists them."
            ));
        }
    }
}

/// What somebody wants to know of spaces.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub since: Timestamp,
    /// The caller: its own messages are no news, and mentions are of it.
    pub own_id: Option<String>,
    /// Only messages that mention the caller; bots see no others in groups.
    pub only_mentions: bool,
}

impl Wanted {
    fn is_news(&self, message: &Message) -> bool {
        message.created.is_some_and(|time| time >= self.since)
            && (self.own_id.is_none() || message.person_id != self.own_id)
    }

    pub fn mentions(&self, message: &Message) -> bool {
        let has = |people: &Vec<String>| people.iter().any(|id| Some(id) == self.own_id.as_ref());
        message.mentioned_people.as_ref().is_some_and(has)
            || message
                .mentioned_groups
                .as_ref()
                .is_some_and(|groups| !groups.is_empty())
    }
}

/// The news of one space.
#[derive(Debug)]
pub struct News {
    pub room: Room,
    /// Newest first; an error where this space cannot be read.
    pub messages: Result<Vec<Message>, CallError>,
    /// There are more than were read.
    pub has_more: bool,
}

/// The news of each space, in the same order; one that cannot be read hides no other.
pub async fn of_spaces(context: &Context, rooms: Vec<Room>, wanted: &Wanted) -> Vec<News> {
    let read = |room: Room| async move {
        let only_mentions = wanted.only_mentions && room.room_type != Some(RoomType::Direct);
        let query = ListMessages {
            mentioned_people: only_mentions.then(|| "me".to_owned()),
            max: Some(BRIEF_MESSAGES_OF_EACH),
            ..ListMessages::in_room(&*room.id)
        };
        let (messages, has_more) = match context.webex.messages().list(&query).await {
            Ok(mut page) => {
                let oldest = page.items.last().and_then(|message| message.created);
                let is_new = oldest.is_some_and(|time| time >= wanted.since);
                page.items.retain(|message| wanted.is_news(message));
                (Ok(page.items), page.next.is_some() && is_new)
            }
            Err(error) => (Err(error.into()), false),
        };
        News {
            room,
            messages,
            has_more,
        }
    };
    let all = stream::iter(rooms.into_iter().map(read));
    all.buffered(BRIEF_SPACES_AT_ONCE).collect().await
}

/// A message in a brief: who, when and which, and the beginning of what it says.
pub fn item(message: Message, is_mention: bool) -> Item {
    let words = message.markdown().or(message.text()).map(Theirs::from);
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
        let is_direct = one.room.room_type == Some(RoomType::Direct);
        let messages = one.messages.as_deref().unwrap_or_default();
        !is_direct && !messages.iter().any(|message| wanted.mentions(message))
    };
    news.sort_by_key(is_for_all);
    let count = news.len();
    for (at, one) in news.into_iter().enumerate() {
        let share = brief.left() / (count - at);
        let kind = match one.room.room_type {
            Some(RoomType::Direct) => "Direct messages with",
            _ => "Space",
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
