//! One space: how it is set up, and what was said in it.

use std::collections::BTreeMap;

use webex::messages::Message;
use webex::rooms::Room;

use super::{Brief, id, joined, news};
use crate::tool::Theirs;

/// Authors that are counted by name.
const AUTHORS_NAMED: usize = 10;

/// Tells what the space is.
pub fn tell(brief: &mut Brief, room: &Room) {
    brief.section(format!(
        "The space ({}): {}",
        id("roomId", &room.id),
        settings(room)
    ));
    brief.theirs(room.title().map(Theirs::from));
    brief.theirs(room.description().map(Theirs::from));
}

fn settings(room: &Room) -> String {
    let set = |is: Option<bool>, word: &str| is.filter(|is| *is).map(|_| word.to_owned());
    joined(&[
        room.room_type.as_ref().map(ToString::to_string),
        set(room.is_locked, "moderated"),
        set(room.is_announcement_only, "only moderators post"),
        set(room.is_public, "public"),
        set(room.is_read_only, "read-only"),
        room.team_id
            .as_ref()
            .map(|team| format!("of the team with {}", id("teamId", team))),
        room.created
            .map(|time| format!("made on {}", time.strftime("%Y-%m-%d"))),
    ])
}

/// Tells what was said, as far as there is room.
pub fn tell_said(brief: &mut Brief, said: Vec<Message>) {
    brief.section("What was said, newest first:");
    let items = said.into_iter().map(|message| news::item(message, false));
    let left = brief.left();
    let rest = "webex-get-message with this roomId has them.";
    brief.items(items.collect(), left, "Nothing that I can see.", rest);
}

/// Who wrote how many; those who wrote most come first.
pub fn authors(said: &[Message]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for author in said
        .iter()
        .filter_map(|message| message.person_email.as_deref())
    {
        *counts.entry(author).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let named = counts.iter().take(AUTHORS_NAMED);
    let named = named.map(|(author, count)| format!("{author} {count}"));
    named.collect::<Vec<_>>().join(", ")
}
