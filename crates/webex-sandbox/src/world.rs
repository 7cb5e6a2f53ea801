//! The state of a simulated organisation: plain tables, their indices, and the one present moment.
//!
//! Rules live in the noun files; here is only what keeps the tables consistent with each other.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::contents::{FileState, Stored};
use crate::delivery::Delivery;
use crate::meetings::calendar::Calendar;
use crate::problem::Problem;
use crate::table::{Key, Row, Table};

pub(crate) type PersonKey = Key<Person>;
pub(crate) type RoomKey = Key<Room>;
pub(crate) type MembershipKey = Key<Membership>;
pub(crate) type MessageKey = Key<Message>;
pub(crate) type FileKey = Key<File>;
pub(crate) type TeamKey = Key<Team>;
pub(crate) type WebhookKey = Key<Webhook>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RoomKind {
    Direct,
    Group,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    User,
    Administrator,
    ComplianceOfficer,
    Bot,
}

#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) email: String,
    pub(crate) token: String,
    pub(crate) title: &'static str,
    pub(crate) role: Role,
    pub(crate) created: Timestamp,
    pub(crate) last_activity: Timestamp,
    pub(crate) rooms: BTreeSet<RoomKey>,
    pub(crate) webhooks: BTreeSet<WebhookKey>,
}

#[derive(Debug)]
pub(crate) struct Team {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) creator: PersonKey,
    pub(crate) created: Timestamp,
    pub(crate) general: Option<RoomKey>,
    pub(crate) members: BTreeSet<PersonKey>,
}

#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) kind: RoomKind,
    pub(crate) is_locked: bool,
    pub(crate) is_announcement_only: bool,
    pub(crate) is_read_only: bool,
    pub(crate) is_public: bool,
    pub(crate) made_public: Option<Timestamp>,
    pub(crate) classification_id: Option<String>,
    pub(crate) team: Option<TeamKey>,
    pub(crate) creator: PersonKey,
    pub(crate) created: Timestamp,
    pub(crate) last_activity: Timestamp,
    pub(crate) members: BTreeMap<PersonKey, MembershipKey>,
    /// Oldest first, as all lists of keys.
    pub(crate) messages: Vec<MessageKey>,
    pub(crate) mentions: HashMap<PersonKey, Vec<MessageKey>>,
}

#[derive(Debug)]
pub(crate) struct Membership {
    pub(crate) id: String,
    pub(crate) room: RoomKey,
    pub(crate) person: PersonKey,
    pub(crate) is_moderator: bool,
    pub(crate) is_room_hidden: bool,
    pub(crate) created: Timestamp,
}

#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) room: RoomKey,
    pub(crate) author: PersonKey,
    pub(crate) parent: Option<MessageKey>,
    pub(crate) replies: Vec<MessageKey>,
    pub(crate) mentioned: Vec<PersonKey>,
    pub(crate) files: Vec<FileKey>,
    pub(crate) edits: u32,
    pub(crate) created: Timestamp,
    /// The answer as it is sent, but for the URLs of files, which depend on who is asked.
    pub(crate) wire: Arc<webex::messages::Message>,
}

#[derive(Debug)]
pub(crate) struct File {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) stored: Stored,
    pub(crate) state: FileState,
    pub(crate) message: Option<MessageKey>,
}

#[derive(Debug)]
pub(crate) struct Webhook {
    pub(crate) id: String,
    pub(crate) owner: PersonKey,
    pub(crate) name: String,
    pub(crate) target_url: String,
    pub(crate) resource: String,
    pub(crate) event: String,
    pub(crate) filter: Option<String>,
    pub(crate) secret: Option<String>,
    pub(crate) is_org_wide: bool,
    pub(crate) is_active: bool,
    pub(crate) created: Timestamp,
    /// Moments of recent failed deliveries, oldest first.
    pub(crate) failures: VecDeque<Timestamp>,
}

macro_rules! rows {
    ($($row:ty => $kind:literal),*) => {
        $(impl Row for $row {
            const KIND: &'static str = $kind;
            fn id(&self) -> &str {
                &self.id
            }
        })*
    };
}
rows!(Person => "PEOPLE", Team => "TEAM", Room => "ROOM", Membership => "MEMBERSHIP",
      Message => "MESSAGE", File => "CONTENT", Webhook => "WEBHOOK");

/// Everything there is.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) organization_id: String,
    /// The present of the change that is going on; it never runs backwards.
    pub(crate) now: Timestamp,
    /// Scheme and host under which the change was asked for: URLs of files start with it.
    pub(crate) base: String,
    pub(crate) people: Table<Person>,
    pub(crate) teams: Table<Team>,
    pub(crate) rooms: Table<Room>,
    pub(crate) memberships: Table<Membership>,
    pub(crate) messages: Table<Message>,
    pub(crate) files: Table<File>,
    pub(crate) webhooks: Table<Webhook>,
    pub(crate) meetings: Calendar,
    pub(crate) outbox: Vec<Delivery>,
    pub(crate) org_wide_webhooks: BTreeSet<WebhookKey>,
    pub(crate) direct_rooms: HashMap<(PersonKey, PersonKey), RoomKey>,
    by_token: HashMap<String, PersonKey>,
    by_email: HashMap<String, PersonKey>,
}

impl World {
    /// A world without anybody in it.
    pub(crate) fn new(seed: u64, now: Timestamp) -> Self {
        let namespace = Uuid::new_v5(&Uuid::NAMESPACE_URL, &seed.to_be_bytes());
        let organization = Uuid::new_v5(&namespace, b"ORGANIZATION");
        World {
            organization_id: webex::id::encode("us", "ORGANIZATION", organization),
            now,
            base: String::new(),
            people: Table::new(namespace),
            teams: Table::new(namespace),
            rooms: Table::new(namespace),
            memberships: Table::new(namespace),
            messages: Table::new(namespace),
            files: Table::new(namespace),
            webhooks: Table::new(namespace),
            meetings: Calendar::new(namespace),
            outbox: Vec::new(),
            org_wide_webhooks: BTreeSet::new(),
            direct_rooms: HashMap::new(),
            by_token: HashMap::new(),
            by_email: HashMap::new(),
        }
    }

    /// Starts a change: its moment, and the host it was asked under.
    pub(crate) fn begin(&mut self, now: Timestamp, base: &str) {
        self.now = self.now.max(now);
        if self.base != base {
            self.base = base.to_owned();
        }
    }

    pub(crate) fn add_person(
        &mut self,
        make: impl FnOnce(String) -> Person,
    ) -> Result<PersonKey, Problem> {
        let key = self.people.insert_with(make)?;
        if let Some(person) = self.people.get(key) {
            self.by_token.insert(person.token.clone(), key);
            self.by_email.insert(person.email.to_lowercase(), key);
        }
        Ok(key)
    }

    pub(crate) fn person_by_token(&self, token: &str) -> Option<PersonKey> {
        self.by_token.get(token).copied()
    }

    pub(crate) fn person_by_email(&self, email: &str) -> Option<PersonKey> {
        self.by_email.get(&email.to_lowercase()).copied()
    }

    /// The person named by an id or, failing that, by an e-mail address.
    pub(crate) fn person_named(
        &self,
        id: Option<&str>,
        email: Option<&str>,
    ) -> Result<PersonKey, Problem> {
        let found = match (id, email) {
            (Some(id), None) => self.people.find(id),
            (None, Some(email)) => self.person_by_email(email),
            _ => return Err(Problem::bad_request("Give either personId or personEmail.")),
        };
        found.ok_or_else(|| Problem::not_found("Could not find the person."))
    }

    pub(crate) fn person(&self, key: PersonKey) -> Result<&Person, Problem> {
        self.people.get(key).ok_or_else(Problem::vanished)
    }

    pub(crate) fn room(&self, key: RoomKey) -> Result<&Room, Problem> {
        self.rooms.get(key).ok_or_else(Problem::vanished)
    }

    pub(crate) fn room_mut(&mut self, key: RoomKey) -> Result<&mut Room, Problem> {
        self.rooms.get_mut(key).ok_or_else(Problem::vanished)
    }

    pub(crate) fn membership(&self, key: MembershipKey) -> Result<&Membership, Problem> {
        self.memberships.get(key).ok_or_else(Problem::vanished)
    }

    pub(crate) fn message(&self, key: MessageKey) -> Result<&Message, Problem> {
        self.messages.get(key).ok_or_else(Problem::vanished)
    }

    pub(crate) fn is_compliance_officer(&self, person: PersonKey) -> bool {
        self.people
            .get(person)
            .is_some_and(|person| person.role == Role::ComplianceOfficer)
    }

    /// The room, if this person may know of it: a member, or a compliance officer.
    pub(crate) fn known_room(&self, person: PersonKey, id: &str) -> Result<RoomKey, Problem> {
        let missing = || Problem::not_found("Could not find a room with provided ID.");
        let key = self.rooms.find(id).ok_or_else(missing)?;
        let is_member = self.room(key)?.members.contains_key(&person);
        if is_member || self.is_compliance_officer(person) {
            return Ok(key);
        }
        Err(missing())
    }

    /// The room, if this person is in it.
    pub(crate) fn own_room(&self, person: PersonKey, id: &str) -> Result<RoomKey, Problem> {
        let missing = || Problem::not_found("Could not find a room with provided ID.");
        let key = self.rooms.find(id).ok_or_else(missing)?;
        match self.room(key)?.members.contains_key(&person) {
            true => Ok(key),
            false => Err(missing()),
        }
    }

    pub(crate) fn is_moderator(&self, person: PersonKey, room: &Room) -> bool {
        let membership = room.members.get(&person);
        membership
            .and_then(|key| self.memberships.get(*key))
            .is_some_and(|membership| membership.is_moderator)
    }

    /// Whether a person sees a message: members do, bots in groups only what mentions them or is theirs.
    pub(crate) fn sees(&self, person: PersonKey, message: &Message) -> bool {
        let Some(room) = self.rooms.get(message.room) else {
            return false;
        };
        if self.is_compliance_officer(person) {
            return true;
        }
        if !room.members.contains_key(&person) {
            return false;
        }
        let is_bot = self
            .people
            .get(person)
            .is_some_and(|person| person.role == Role::Bot);
        !is_bot
            || room.kind == RoomKind::Direct
            || message.author == person
            || message.mentioned.contains(&person)
    }

    /// Takes a room away with everything in it.
    pub(crate) fn remove_room(&mut self, key: RoomKey) -> Result<Room, Problem> {
        let room = self.rooms.remove(key).ok_or_else(Problem::vanished)?;
        for (person, membership) in &room.members {
            self.memberships.remove(*membership);
            if let Some(person) = self.people.get_mut(*person) {
                person.rooms.remove(&key);
            }
        }
        for message in &room.messages {
            if let Some(message) = self.messages.remove(*message) {
                for file in message.files {
                    self.files.remove(file);
                }
            }
        }
        Ok(room)
    }

    /// Takes a message away from every list that names it.
    pub(crate) fn remove_message(&mut self, key: MessageKey) -> Result<Message, Problem> {
        let message = self.messages.remove(key).ok_or_else(Problem::vanished)?;
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
        for file in &message.files {
            self.files.remove(*file);
        }
        Ok(message)
    }
}

/// Removes a key from a list in order; lists of keys are always in order.
pub(crate) fn remove_sorted<R>(keys: &mut Vec<Key<R>>, key: Key<R>) {
    if let Ok(at) = keys.binary_search(&key) {
        keys.remove(at);
    }
}
