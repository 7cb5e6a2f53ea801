//! Removes things, and removes them from every list and index that contains them.

use crate::rows::{Message, MessageKey, Person, PersonKey, Room, RoomKey, TeamKey, WebhookKey};
use crate::table::Key;
use crate::world::World;

impl World {
    /// Removes a room with everything in it.
    pub(crate) fn remove_room(&mut self, key: RoomKey) -> Option<Room> {
        let room = self.rooms.remove(key)?;
        for (person, membership) in &room.members {
            self.memberships.remove(*membership);
            if let Some(person) = self.people.get_mut(*person) {
                person.rooms.remove(&key);
            }
        }
        for message in &room.messages {
            if let Some(message) = self.messages.remove(*message) {
                self.remove_parts(&message);
            }
        }
        Some(room)
    }

    /// Removes a person from everything; what they wrote stays.
    pub(crate) fn remove_person(&mut self, key: PersonKey) -> Option<Person> {
        let person = self.people.remove(key)?;
        self.by_email.remove(&person.email.to_lowercase());
        self.tokens.revoke_all(key);
        for room in &person.rooms {
            let Some(room) = self.rooms.get_mut(*room) else {
                continue;
            };
            if let Some(membership) = room.members.remove(&key) {
                self.memberships.remove(membership);
            }
            if room.title.is_empty() {
                // A direct room keeps the name of the person who was in it.
                room.title.clone_from(&person.display_name);
            }
        }
        self.direct_rooms
            .retain(|(one, other), _| *one != key && *other != key);
        self.leave_teams(key);
        for webhook in self.webhooks_of(key) {
            if let Some(webhook) = self.webhooks.get_mut(webhook) {
                webhook.is_active = false;
            }
        }
        Some(person)
    }

    fn leave_teams(&mut self, person: PersonKey) {
        let teams = self.teams.iter();
        let of_person = teams.filter(|(_, team)| team.members.contains_key(&person));
        let of_person: Vec<TeamKey> = of_person.map(|(key, _)| key).collect();
        for key in of_person {
            let Some(team) = self.teams.get_mut(key) else {
                continue;
            };
            if let Some(membership) = team.members.remove(&person) {
                self.team_memberships.remove(membership);
            }
        }
    }

    fn webhooks_of(&self, person: PersonKey) -> Vec<WebhookKey> {
        let webhooks = self.webhooks.iter();
        let of_person = webhooks.filter(|(_, webhook)| webhook.owner == person);
        of_person.map(|(key, _)| key).collect()
    }

    /// Removes a message from every list that contains it.
    pub(crate) fn remove_message(&mut self, key: MessageKey) -> Option<Message> {
        let message = self.messages.remove(key)?;
        if let Some(room) = self.rooms.get_mut(message.room) {
            remove_sorted(&mut room.messages, key);
            for person in &message.mentioned {
                if let Some(mentions) = room.mentions.get_mut(person) {
                    remove_sorted(mentions, key);
                }
            }
        }
        if let Some(parent) = message.parent.and_then(|key| self.messages.get_mut(key)) {
            remove_sorted(&mut parent.replies, key);
        }
        self.remove_parts(&message);
        Some(message)
    }

    fn remove_parts(&mut self, message: &Message) {
        for file in &message.files {
            self.files.remove(*file);
        }
        for action in &message.actions {
            self.actions.remove(*action);
        }
    }
}

/// Removes a key from an ordered list; lists of keys are always ordered.
pub(crate) fn remove_sorted<R>(keys: &mut Vec<Key<R>>, key: Key<R>) {
    if let Ok(at) = keys.binary_search(&key) {
        keys.remove(at);
    }
}
