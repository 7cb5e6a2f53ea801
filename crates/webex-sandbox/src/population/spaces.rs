//! Generated spaces: their members, and all their messages.

use std::collections::HashMap;

use crate::population::people::SPACES_OPENED_DAYS;
use crate::population::{Choice, Generator};
use crate::rows::{MessageKey, PersonKey, Room, RoomKind};
use crate::table::Key;

impl Generator {
    fn title(&self, space: u32) -> String {
        let words = &self.words;
        let pick = |list, choice| self.pick(list, choice, space).unwrap_or_default();
        let title = |list| pick(list, Choice::SpaceTitle);
        let topic = pick(&words.topics, Choice::SpaceTopic);
        let number = space + 1;
        match self.plan.kind_of(space) {
            0 => format!("Everybody in {} {number}", title(&words.towns)),
            1 => format!("{} {number}", title(&words.departments)),
            2 => format!("Project {} {number}", title(&words.projects)),
            _ => format!("{} {topic} {number}", title(&words.towns)),
        }
    }

    pub(crate) fn space(&self, space: u32) -> Room {
        let opened = self.before(SPACES_OPENED_DAYS);
        let seats = self.plan.memberships_in(space).map(|at| self.plan.seat(at));
        let members = seats.map(|seat| {
            let membership = Key::from_ordinal(seat.membership);
            (Key::from_ordinal(seat.person), membership)
        });
        let creator = self.plan.seat(self.plan.memberships_in(space).start).person;
        let positions = 0..self.plan.messages_in(space);
        let messages: Vec<MessageKey> = positions
            .map(|position| Key::from_ordinal(self.plan.message_at(space, position)))
            .collect();
        let mut mentions: HashMap<PersonKey, Vec<MessageKey>> = HashMap::new();
        for message in &messages {
            if let Some(person) = self.mentioned(message.ordinal()) {
                let of_person = mentions.entry(Key::from_ordinal(person)).or_default();
                of_person.push(*message);
            }
        }
        let last = messages.last().map(|last| self.moment(last.ordinal()));
        let id = self.ids.id::<Room>(space);
        Room {
            title: self.title(space),
            last_activity: last.unwrap_or(opened),
            members: members.collect(),
            messages,
            mentions,
            ..Room::new(id, RoomKind::Group, Key::from_ordinal(creator), opened)
        }
    }
}
