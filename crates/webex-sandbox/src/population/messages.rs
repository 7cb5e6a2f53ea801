//! Generated messages, and the events for them.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::population::{Choice, Generator, HISTORY_DAYS};
use crate::rows::moment::earlier;
use crate::rows::{Event, Happening, Message, MessageKey, Person, Posted, Room, RoomKind};
use crate::table::{Key, mix};

/// How many messages of a space lie between two that can start a thread; replies come from these.
const THREAD_MESSAGES: u32 = 8;

/// The percentage of possible replies that are replies, and of messages that mention somebody.
const REPLY_PERCENT: u32 = 45;
const MENTION_PERCENT: u32 = 10;

#[derive(Debug, Clone, Copy)]
struct Spot {
    message: u32,
    space: u32,
    position: u32,
}

impl Generator {
    /// When a message was posted: evenly distributed over the whole history, each after the one
    /// before.
    pub(super) fn moment(&self, message: u32) -> Timestamp {
        let whole_ms = SignedDuration::from_hours(HISTORY_DAYS * 24).as_millis();
        let passed_ms = whole_ms * i128::from(message) / i128::from(self.population.messages());
        let left_ms = i64::try_from(whole_ms - passed_ms).unwrap_or(0);
        let left = SignedDuration::from_millis(left_ms);
        earlier(self.until, left)
    }

    fn spot(&self, message: u32) -> Spot {
        let (space, position) = self.plan.place_of(message);
        Spot {
            message,
            space,
            position,
        }
    }

    fn member(&self, spot: Spot, choice: Choice) -> u32 {
        let members = self.plan.memberships_in(spot.space);
        let count = members.end - members.start;
        let membership = members.start + self.below(count, choice, spot.message);
        self.plan.seat(membership).person
    }

    pub(crate) fn author(&self, message: u32) -> u32 {
        self.member(self.spot(message), Choice::Author)
    }

    /// The person whom a message mentions: a member of its space, never its author.
    pub(super) fn mentioned(&self, message: u32) -> Option<u32> {
        if self.below(100, Choice::HasMention, message) >= MENTION_PERCENT {
            return None;
        }
        let spot = self.spot(message);
        let person = self.member(spot, Choice::Mention);
        (person != self.member(spot, Choice::Author)).then_some(person)
    }

    /// Whether a message replies to the start of its thread.
    fn is_reply(&self, spot: Spot) -> bool {
        let is_start = spot.position.is_multiple_of(THREAD_MESSAGES);
        !is_start && self.below(100, Choice::IsReply, spot.message) < REPLY_PERCENT
    }

    fn parent(&self, spot: Spot) -> Option<u32> {
        let start = spot.position - spot.position % THREAD_MESSAGES;
        self.is_reply(spot)
            .then(|| self.plan.message_at(spot.space, start))
    }

    fn replies(&self, spot: Spot) -> Vec<MessageKey> {
        let Spot {
            space, position, ..
        } = spot;
        if !position.is_multiple_of(THREAD_MESSAGES) {
            return Vec::new();
        }
        let end = (position + THREAD_MESSAGES).min(self.plan.messages_in(space));
        let after = ((position + 1)..end).map(|position| Spot {
            message: self.plan.message_at(space, position),
            space,
            position,
        });
        let replies = after.filter(|spot| self.is_reply(*spot));
        replies
            .map(|spot| Key::from_ordinal(spot.message))
            .collect()
    }

    pub(crate) fn message(&self, message: u32) -> Message {
        let spot = self.spot(message);
        let wire = self.wire(spot);
        let mentioned = self.mentioned(message).map(Key::from_ordinal);
        Message {
            id: wire.id.clone(),
            room: Key::from_ordinal(spot.space),
            author: Key::from_ordinal(self.member(spot, Choice::Author)),
            parent: self.parent(spot).map(Key::from_ordinal),
            replies: self.replies(spot),
            mentioned: mentioned.into_iter().collect(),
            files: Vec::new(),
            actions: Vec::new(),
            edits: 0,
            created: self.moment(message),
            wire: Arc::new(wire),
        }
    }

    fn wire(&self, spot: Spot) -> Posted {
        let author = self.member(spot, Choice::Author);
        let parent = self.parent(spot);
        let words = self.words(spot.message, parent.is_some());
        let wire = Posted {
            id: self.ids.id::<Message>(spot.message),
            room_id: Some(self.ids.id::<Room>(spot.space)),
            room_type: Some(RoomKind::Group.as_str().to_owned()),
            parent_id: parent.map(|parent| self.ids.id::<Message>(parent)),
            person_id: Some(self.ids.id::<Person>(author)),
            person_email: Some(self.email(author)),
            created: Some(self.moment(spot.message)),
            ..Posted::default()
        };
        let Some(mentioned) = self.mentioned(spot.message) else {
            return Posted {
                text: Some(words),
                ..wire
            };
        };
        // As the sandbox renders a mention; the vocabulary has nothing to escape.
        let (id, name) = (self.ids.id::<Person>(mentioned), self.first_name(mentioned));
        Posted {
            text: Some(format!("{name} {words}")),
            markdown: Some(format!("<@personId:{id}|{name}> {words}")),
            html: Some(format!(
                "<p><spark-mention data-object-type=\"person\" data-object-id=\"{id}\">{name}</spark-mention> {words}</p>"
            )),
            mentioned_people: Some(vec![id]),
            ..wire
        }
    }

    /// A sentence or two about work.
    fn words(&self, message: u32, is_reply: bool) -> String {
        let words = &self.words;
        let mut hash = self.hash(Choice::Words, message);
        let mut pick = |list: &[&'static str]| {
            hash = mix(hash);
            let at = hash % (list.len() as u64).max(1);
            list.get(at as usize).copied().unwrap_or_default()
        };
        let sentence = format!(
            "{} {} {} {}",
            pick(&words.openings),
            pick(&words.objects),
            pick(&words.verbs),
            pick(&words.endings)
        );
        match is_reply {
            true => format!("{} {sentence}", pick(&words.answers)),
            false => sentence,
        }
    }

    /// The event of posting a message; it has the message's ordinal.
    pub(crate) fn event(&self, message: u32) -> Event {
        let wire = self.wire(self.spot(message));
        Event {
            id: self.ids.id::<Event>(message),
            kind: "created".into(),
            actor_id: wire.person_id.clone().unwrap_or_default(),
            created: self.moment(message),
            happening: Happening::Message(Arc::new(wire), Vec::new()),
        }
    }
}
