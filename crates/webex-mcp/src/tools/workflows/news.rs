//! What was posted lately in the caller's spaces: for the tool that catches up, and for the prompts.

use std::collections::HashSet;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};
use webex::WebexError;
use webex::messages::{ListMessages, Message};
use webex::people::Person;
use webex::rooms::{ListRooms, Room, RoomOrder, RoomType};

use crate::error::{CallError, Code};
use crate::limits::{BRIEF_SPACES_AT_ONCE, BRIEF_SPACES_SEEN, NEWS_READ_SECONDS};
use crate::tool::Context;
use crate::tools::meetings::is_bot;

/// The time as people read it.
pub fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The time in UTC as answers have it, to the second: nobody reads fractions of one.
pub fn to_the_second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Whether this is a bot: Webex shows it only what mentions it.
pub fn is_program(person: &Person) -> bool {
    let mut emails = person.emails.iter().flatten();
    emails.any(|email| is_bot(email))
}

/// Spaces in which something happened.
#[derive(Debug)]
pub struct Active {
    /// Those to look into: direct ones before others, in each the latest first.
    pub rooms: Vec<Room>,
    /// How many more were seen.
    pub more: usize,
    /// There may be still more, which were not seen.
    pub has_unseen: bool,
}

/// The caller's spaces in which something happened since then, and which are `wanted`; at most
/// `max` to look into.
///
/// # Errors
/// Whatever Webex refuses.
pub async fn active(
    context: &Context,
    since: Timestamp,
    max: usize,
    wanted: impl Fn(&Room) -> bool,
) -> Result<Active, CallError> {
    let query = ListRooms {
        sort_by: Some(RoomOrder::LastActivity),
        max: Some(BRIEF_SPACES_SEEN),
        ..ListRooms::default()
    };
    let page = context.webex.rooms().list(&query).await?;
    let is_active = |room: &Room| room.last_activity.is_some_and(|time| time >= since);
    let has_unseen = page.next.is_some() && page.items.last().is_some_and(is_active);
    let mut rooms = page.items;
    rooms.retain(|room| is_active(room) && wanted(room));
    // Somebody who writes directly wants an answer; many groups in which only the caller wrote must
    // not hide that.
    rooms.sort_by_key(|room| room.room_type != Some(RoomType::Direct));
    let more = rooms.len().saturating_sub(max);
    rooms.truncate(max);
    Ok(Active {
        rooms,
        more,
        has_unseen,
    })
}

/// What somebody wants to know of spaces.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub since: Timestamp,
    /// The caller: its own messages are no news, and mentions are of it.
    pub own_id: Option<String>,
    /// Only messages that mention the caller; bots see no others in groups.
    pub only_mentions: bool,
    /// Messages that are read of each space.
    pub of_each: u32,
    /// Of a space with more news than that, the older mentions of the caller as well.
    pub older_mentions: bool,
}

impl Wanted {
    fn is_news(&self, message: &Message) -> bool {
        message.created.is_some_and(|time| time >= self.since) && !self.is_own(message)
    }

    pub fn is_own(&self, message: &Message) -> bool {
        self.own_id.is_some() && message.person_id == self.own_id
    }

    /// Whether it mentions the caller, or everybody.
    pub fn mentions(&self, message: &Message) -> bool {
        let groups = &message.mentioned_groups;
        self.mentions_me(message) || groups.as_ref().is_some_and(|groups| !groups.is_empty())
    }

    /// Whether it mentions the caller by name.
    pub fn mentions_me(&self, message: &Message) -> bool {
        let has = |people: &Vec<String>| people.iter().any(|id| Some(id) == self.own_id.as_ref());
        message.mentioned_people.as_ref().is_some_and(has)
    }
}

/// The news of one space.
#[derive(Debug)]
pub struct News {
    pub room: Room,
    /// Newest first; an error where this space cannot be read.
    pub messages: Result<Vec<Message>, CallError>,
    /// What came along and is no news: the caller's own messages, and older ones.
    pub beside: Vec<Message>,
    /// There are more than were read.
    pub has_more: bool,
}

impl News {
    pub fn is_direct(&self) -> bool {
        self.room.room_type == Some(RoomType::Direct)
    }
}

/// The news of each space, in the same order; one that cannot be read hides no other. What is not
/// read in time counts as such a one.
pub async fn of_spaces(context: &Context, rooms: Vec<Room>, wanted: &Wanted) -> Vec<News> {
    let until = Instant::now() + Duration::from_secs(NEWS_READ_SECONDS);
    let one = |room: Room| async move {
        let read = timeout_at(until, read(context, &room, wanted)).await;
        match read.unwrap_or_else(|_| Err(no_time())) {
            Ok(read) => News {
                room,
                messages: Ok(read.news),
                beside: read.beside,
                has_more: read.has_more,
            },
            Err(error) => News {
                room,
                messages: Err(error),
                beside: Vec::new(),
                has_more: false,
            },
        }
    };
    let all = stream::iter(rooms.into_iter().map(one));
    all.buffered(BRIEF_SPACES_AT_ONCE).collect().await
}

struct Read {
    news: Vec<Message>,
    beside: Vec<Message>,
    has_more: bool,
}

async fn read(context: &Context, room: &Room, wanted: &Wanted) -> Result<Read, CallError> {
    let is_direct = room.room_type == Some(RoomType::Direct);
    let only_mentions = wanted.only_mentions && !is_direct;
    let (page, has_next) = page(context, room, only_mentions, wanted.of_each).await?;
    let oldest = page.last().and_then(|message| message.created);
    let has_more = has_next && oldest.is_some_and(|time| time >= wanted.since);
    let (mut news, beside): (Vec<_>, Vec<_>) =
        page.into_iter().partition(|one| wanted.is_news(one));
    if has_more && wanted.older_mentions && !is_direct && !only_mentions {
        let (older, _) = self::page(context, room, true, wanted.of_each).await?;
        let known: HashSet<_> = news.iter().map(|one| one.id.clone()).collect();
        let is_older = |one: &Message| wanted.is_news(one) && !known.contains(&one.id);
        news.extend(older.into_iter().filter(is_older));
    }
    Ok(Read {
        news,
        beside,
        has_more,
    })
}

/// The latest messages, and whether there are older ones.
async fn page(
    context: &Context,
    room: &Room,
    only_mentions: bool,
    max: u32,
) -> Result<(Vec<Message>, bool), WebexError> {
    let query = ListMessages {
        mentioned_people: only_mentions.then(|| "me".to_owned()),
        max: Some(max),
        ..ListMessages::in_room(&*room.id)
    };
    let page = context.webex.messages().list(&query).await?;
    Ok((page.items, page.next.is_some()))
}

fn no_time() -> CallError {
    CallError::new(
        Code::Timeout,
        "There was no time left to read it.",
        "Read this space by itself.",
    )
}
