//! The state of a simulated organization: plain tables, their indices, and the current time.
//!
//! It contains no rules, only code that keeps the tables consistent with each other.

mod file;
mod origin;
pub(crate) mod registry;

pub use file::WorldFileError;
pub(crate) use file::{has_space, holds_too_many, let_go, read, write};
pub(crate) use origin::Origin;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use origin::{MAX_HELD_ROWS, MAX_HELD_SPACES};
use registry::Registry;

use crate::population::Generator;
use crate::rows::meetings::Calendar;
use crate::rows::scopes::{Rules, Scopes};
use crate::rows::tokens::{Access, Tokens};
use crate::rows::{
    AttachmentAction, Delivery, Event, File, Membership, MembershipKey, Message, MessageKey,
    Person, PersonKey, Room, RoomKey, RoomKind, Team, TeamMembership, Webhook, WebhookKey,
};
use crate::table::{Full, Key, Table};

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) origin: Origin,
    /// Makes the generated part, if there is one.
    pub(crate) generator: Option<Arc<Generator>>,
    pub(crate) organization_id: String,
    pub(crate) rules: Rules,
    /// The time of the current change; it never goes backwards.
    pub(crate) now: Timestamp,
    /// The scheme and host of the request for the change: URLs of files start with it.
    pub(crate) base: String,
    pub(crate) people: Table<Person>,
    pub(crate) teams: Table<Team>,
    pub(crate) team_memberships: Table<TeamMembership>,
    pub(crate) rooms: Table<Room>,
    pub(crate) memberships: Table<Membership>,
    pub(crate) messages: Table<Message>,
    pub(crate) files: Table<File>,
    pub(crate) actions: Table<AttachmentAction>,
    pub(crate) webhooks: Table<Webhook>,
    pub(crate) meetings: Calendar,
    pub(crate) events: Table<Event>,
    /// The sandbox's own tokens; those of OAuth are in its registry.
    pub(crate) tokens: Tokens,
    pub(crate) outbox: Vec<Delivery>,
    pub(crate) org_wide_webhooks: BTreeSet<WebhookKey>,
    pub(crate) direct_rooms: HashMap<(PersonKey, PersonKey), RoomKey>,
    pub(crate) oauth: Registry,
    by_email: HashMap<String, PersonKey>,
}

impl World {
    /// A world without any people besides generated ones.
    pub(crate) fn new(origin: Origin, now: Timestamp) -> Self {
        let namespace = origin.namespace();
        let generator = origin.generator();
        let all = &generator;
        World {
            origin,
            rules: Rules::read(),
            organization_id: origin.organization_id(),
            now,
            base: String::new(),
            people: origin.table(all, MAX_HELD_ROWS, Generator::people, Generator::person),
            teams: Table::new(namespace),
            team_memberships: Table::new(namespace),
            rooms: origin.table(all, MAX_HELD_SPACES, Generator::spaces, Generator::space),
            memberships: origin.table(
                all,
                MAX_HELD_ROWS,
                Generator::memberships,
                Generator::membership,
            ),
            messages: origin.table(all, MAX_HELD_ROWS, Generator::messages, Generator::message),
            files: Table::new(namespace),
            actions: Table::new(namespace),
            webhooks: Table::new(namespace),
            meetings: Calendar::new(namespace),
            events: origin.table(all, MAX_HELD_ROWS, Generator::messages, Generator::event),
            tokens: Tokens::default(),
            outbox: Vec::new(),
            org_wide_webhooks: BTreeSet::new(),
            direct_rooms: HashMap::new(),
            oauth: Registry::new(namespace),
            by_email: HashMap::new(),
            generator,
        }
    }

    /// Starts a change: sets its time, and the host of its request.
    pub(crate) fn begin(&mut self, now: Timestamp, base: &str) {
        self.now = self.now.max(now);
        if self.base != base {
            self.base = base.to_owned();
        }
    }

    /// Adds a person with their own address and a token for everything that their role allows.
    pub(crate) fn add_person(
        &mut self,
        make: impl FnOnce(String) -> Person,
    ) -> Result<PersonKey, Full> {
        self.tokens.check_space()?;
        let key = self.people.insert_with(make)?;
        let person = self.people.get(key).ok_or(Full)?;
        self.by_email.insert(person.email.to_lowercase(), key);
        self.grant_own_token(key)?;
        Ok(key)
    }

    /// Makes a person's own token valid for everything that their role allows.
    pub(crate) fn grant_own_token(&mut self, key: PersonKey) -> Result<(), Full> {
        let person = self.people.get(key).ok_or(Full)?;
        let (token, scopes) = (person.token.clone(), self.rules.of_role(person.role));
        self.tokens.grant(token, key, scopes, None)
    }

    pub(crate) fn move_email(&mut self, key: PersonKey, email: String) {
        if let Some(person) = self.people.get_mut(key) {
            self.by_email.remove(&person.email.to_lowercase());
            self.by_email.insert(email.to_lowercase(), key);
            person.email = email;
        }
    }

    /// A new token for a person; its text contains the number of tokens so far.
    pub(crate) fn grant(
        &mut self,
        person: PersonKey,
        scopes: Scopes,
        ends: Option<Timestamp>,
    ) -> Result<String, Full> {
        let text = format!("sandbox-token-{}", self.tokens.granted);
        self.tokens.grant(text.clone(), person, scopes, ends)?;
        Ok(text)
    }

    /// The owner of a token and what it allows: one of the sandbox's own tokens, or one of OAuth.
    /// `None` if its owner may not sign in.
    pub(crate) fn access(&self, text: &str, now: Timestamp) -> Option<(Access, &Person)> {
        let own = self.own_access(text, now);
        let access = own.or_else(|| self.oauth.access(text, now))?;
        let person = self.people.get(access.person)?;
        person.may_sign_in.then_some((access, person))
    }

    /// What one of the sandbox's own tokens allows.
    pub(crate) fn own_access(&self, text: &str, now: Timestamp) -> Option<Access> {
        let kept = self.tokens.find(text, now).cloned();
        kept.or_else(|| {
            let person = self.generator.as_ref()?.person_with_token(text)?;
            Some(Access {
                person: Key::from_ordinal(person),
                scopes: self.rules.of_users.clone(),
            })
        })
    }

    pub(crate) fn person_by_email(&self, email: &str) -> Option<PersonKey> {
        let kept = self.by_email.get(&email.to_lowercase()).copied();
        kept.or_else(|| {
            let person = self.generator.as_ref()?.person_with_email(email)?;
            let key = Key::from_ordinal(person);
            let has_it = self.people.get(key)?.email.eq_ignore_ascii_case(email);
            has_it.then_some(key)
        })
    }

    /// Removes a room with everything in it, and from every list and index that contains it.
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
        for team in self.teams.iter_mut() {
            if let Some(membership) = team.members.remove(&key) {
                self.team_memberships.remove(membership);
            }
        }
        for webhook in self.webhooks.iter_mut() {
            webhook.is_active &= webhook.owner != key;
        }
        Some(person)
    }

    /// Adds a membership to the lists of its room and its person.
    pub(crate) fn link_membership(&mut self, key: MembershipKey) -> Option<()> {
        let membership = self.memberships.get(key)?;
        let (room_key, person_key) = (membership.room, membership.person);
        self.people.get_mut(person_key)?.rooms.insert(room_key);
        let room = self.rooms.get_mut(room_key)?;
        room.members.insert(person_key, key);
        let mut pair = room.members.keys().copied();
        if let (RoomKind::Direct, Some(one), Some(other)) = (room.kind, pair.next(), pair.next()) {
            self.direct_rooms.insert((one, other), room_key);
        }
        Some(())
    }

    /// Removes a membership from these lists.
    pub(crate) fn unlink_membership(&mut self, key: MembershipKey, membership: &Membership) {
        let (room, person) = (membership.room, membership.person);
        let room = self.rooms.get_mut(room);
        if let Some(room) = room.filter(|room| room.members.get(&person) == Some(&key)) {
            room.members.remove(&person);
        }
        if let Some(person) = self.people.get_mut(person) {
            person.rooms.remove(&membership.room);
        }
    }

    /// Adds a webhook to the list of its owner, who may be gone, or of the organization.
    pub(crate) fn link_webhook(&mut self, key: WebhookKey) -> Option<()> {
        let webhook = self.webhooks.get(key)?;
        if webhook.is_org_wide {
            self.org_wide_webhooks.insert(key);
        } else if let Some(owner) = self.people.get_mut(webhook.owner) {
            owner.webhooks.insert(key);
        }
        Some(())
    }

    /// Adds a message to every list that should contain it, also in place of its mentions before.
    pub(crate) fn link_message(
        &mut self,
        key: MessageKey,
        mentioned_before: &[PersonKey],
    ) -> Option<()> {
        let message = self.messages.get(key)?;
        let (parent, mentioned) = (message.parent, message.mentioned.clone());
        let room = self.rooms.get_mut(message.room)?;
        insert_sorted(&mut room.messages, key);
        remove_mentions(room, mentioned_before, key);
        for person in mentioned {
            insert_sorted(room.mentions.entry(person).or_default(), key);
        }
        // The message that was answered may be gone, or may already have this reply because both
        // are generated.
        let knows = |parent: &Message| parent.replies.binary_search(&key).is_ok();
        let parent = parent.filter(|parent| !self.messages.get(*parent).is_some_and(knows));
        if let Some(parent) = parent.and_then(|parent| self.messages.get_mut(parent)) {
            insert_sorted(&mut parent.replies, key);
        }
        Some(())
    }

    /// Removes a message from every list that contains it.
    pub(crate) fn unlink_message(&mut self, key: MessageKey, message: &Message) {
        if let Some(room) = self.rooms.get_mut(message.room) {
            remove_sorted(&mut room.messages, key);
            remove_mentions(room, &message.mentioned, key);
        }
        if let Some(parent) = message.parent.and_then(|key| self.messages.get_mut(key)) {
            remove_sorted(&mut parent.replies, key);
        }
    }

    pub(crate) fn remove_message(&mut self, key: MessageKey) -> Option<Message> {
        let message = self.messages.remove(key)?;
        self.unlink_message(key, &message);
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

fn remove_mentions(room: &mut Room, people: &[PersonKey], key: MessageKey) {
    for person in people {
        if let Some(mentions) = room.mentions.get_mut(person) {
            remove_sorted(mentions, key);
        }
    }
}

/// Adds a key to an ordered list, unless it is there; lists of keys are always ordered.
fn insert_sorted<R>(keys: &mut Vec<Key<R>>, key: Key<R>) {
    if let Err(at) = keys.binary_search(&key) {
        keys.insert(at, key);
    }
}

pub(crate) fn remove_sorted<R>(keys: &mut Vec<Key<R>>, key: Key<R>) {
    if let Ok(at) = keys.binary_search(&key) {
        keys.remove(at);
    }
}
