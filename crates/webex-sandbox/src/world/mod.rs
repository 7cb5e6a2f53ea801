//! The state of a simulated organisation: plain tables, their indices, and the one present moment.
//!
//! Rules live in the noun files; here is only what keeps the tables consistent with each other.

mod file;
mod origin;
mod removal;
mod rows;

pub use file::WorldFileError;
pub(crate) use file::{has_space, read, write};
pub(crate) use origin::Origin;
pub(crate) use removal::remove_sorted;
pub(crate) use rows::*;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use crate::belonging::moderates;
use crate::delivery::Delivery;
use crate::meetings::calendar::Calendar;
use crate::oauth::Registry;
use crate::population::Generator;
use crate::problem::Problem;
use crate::request::Caller;
use crate::scopes::{Rules, Scopes};
use crate::table::{Full, Key, Table};
use crate::tokens::{Access, Tokens};

pub(crate) type PersonKey = Key<Person>;
pub(crate) type RoomKey = Key<Room>;
pub(crate) type MembershipKey = Key<Membership>;
pub(crate) type MessageKey = Key<Message>;
pub(crate) type FileKey = Key<File>;
pub(crate) type TeamKey = Key<Team>;
pub(crate) type TeamMembershipKey = Key<TeamMembership>;
pub(crate) type WebhookKey = Key<Webhook>;
pub(crate) type ActionKey = Key<AttachmentAction>;

/// Everything there is.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) origin: Origin,
    /// What makes the generated part of it, where there is one.
    pub(crate) generator: Option<Arc<Generator>>,
    pub(crate) organization_id: String,
    pub(crate) rules: Rules,
    /// The present of the change that is going on; it never runs backwards.
    pub(crate) now: Timestamp,
    /// Scheme and host under which the change was asked for: URLs of files start with it.
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
    /// A world without anybody in it but those who are generated.
    pub(crate) fn new(origin: Origin, now: Timestamp) -> Self {
        let namespace = origin.namespace();
        let generator = origin.generator();
        let generated = generator.as_ref();
        World {
            origin,
            rules: Rules::read(),
            organization_id: origin.organization_id(),
            now,
            base: String::new(),
            people: Table::on(namespace, generated.map(Origin::people)),
            teams: Table::new(namespace),
            team_memberships: Table::new(namespace),
            rooms: Table::on(namespace, generated.map(Origin::rooms)),
            memberships: Table::on(namespace, generated.map(Origin::memberships)),
            messages: Table::on(namespace, generated.map(Origin::messages)),
            files: Table::new(namespace),
            actions: Table::new(namespace),
            webhooks: Table::new(namespace),
            meetings: Calendar::new(namespace),
            events: Table::on(namespace, generated.map(Origin::events)),
            tokens: Tokens::default(),
            outbox: Vec::new(),
            org_wide_webhooks: BTreeSet::new(),
            direct_rooms: HashMap::new(),
            oauth: Registry::new(namespace),
            by_email: HashMap::new(),
            generator,
        }
    }

    /// Starts a change: its moment, and the host it was asked under.
    pub(crate) fn begin(&mut self, now: Timestamp, base: &str) {
        self.now = self.now.max(now);
        if self.base != base {
            self.base = base.to_owned();
        }
    }

    /// Adds a person with an address of their own and a token for all that their role may do.
    pub(crate) fn add_person(
        &mut self,
        make: impl FnOnce(String) -> Person,
    ) -> Result<PersonKey, Full> {
        self.tokens.check_space()?;
        let key = self.people.insert_with(make)?;
        let person = self.people.get(key).ok_or(Full)?;
        let access = Access {
            person: key,
            scopes: self.rules.of_role(person.role),
        };
        self.by_email.insert(person.email.to_lowercase(), key);
        self.tokens.grant(person.token.clone(), access, None)?;
        Ok(key)
    }

    /// Gives a person another address.
    pub(crate) fn move_email(&mut self, key: PersonKey, email: String) {
        if let Some(person) = self.people.get_mut(key) {
            self.by_email.remove(&person.email.to_lowercase());
            self.by_email.insert(email.to_lowercase(), key);
            person.email = email;
        }
    }

    /// A new token for somebody; its text counts the tokens so far.
    pub(crate) fn grant(
        &mut self,
        person: PersonKey,
        scopes: Scopes,
        ends: Option<Timestamp>,
    ) -> Result<String, Full> {
        let text = format!("sandbox-token-{}", self.tokens.granted());
        let access = Access { person, scopes };
        self.tokens.grant(text.clone(), access, ends)?;
        Ok(text)
    }

    /// Whom a token stands for: one of the sandbox's own, or one of OAuth.
    /// Nothing where its owner may not sign in.
    pub(crate) fn access(&self, text: &str, now: Timestamp) -> Option<(Access, &Person)> {
        let own = self.own_access(text, now);
        let access = own.or_else(|| self.oauth.access(text, now))?;
        let person = self.people.get(access.person)?;
        person.may_sign_in.then_some((access, person))
    }

    /// What one of the sandbox's own tokens opens.
    pub(crate) fn own_access(&self, text: &str, now: Timestamp) -> Option<Access> {
        let kept = self.tokens.find(text, now).cloned();
        kept.or_else(|| {
            let person = self.generator.as_ref()?.person_with_token(text)?;
            Some(Access {
                person: Key::from_ordinal(person),
                scopes: self.rules.of_users().clone(),
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

    /// Whether generated rows fill more memory than they should between two requests.
    pub(crate) fn holds_too_many(&self) -> bool {
        self.people.holds_too_many()
            || self.rooms.holds_too_many()
            || self.memberships.holds_too_many()
            || self.messages.holds_too_many()
            || self.events.holds_too_many()
    }

    /// Forgets the generated rows that are held, where they are too many.
    pub(crate) fn let_go(&mut self) {
        self.people.let_go();
        self.rooms.let_go();
        self.memberships.let_go();
        self.messages.let_go();
        self.events.let_go();
    }
}

impl World {
    /// The person named by an id or, failing that, by an e-mail address.
    pub(crate) fn person_named(
        &self,
        id: Option<&str>,
        email: Option<&str>,
    ) -> Result<PersonKey, Problem> {
        let (found, missing) = match (id, email) {
            (Some(id), None) => (self.people.find(id), "Could not find the person."),
            (None, Some(email)) => (
                self.person_by_email(email),
                "Failed to find user with specified email address.",
            ),
            _ => return Err(Problem::bad_request("Give either personId or personEmail.")),
        };
        found.ok_or_else(|| Problem::not_found(missing))
    }

    pub(crate) fn person(&self, key: PersonKey) -> Result<&Person, Problem> {
        self.people.get(key).ok_or_else(Problem::vanished)
    }

    pub(crate) fn is_compliance_officer(&self, person: PersonKey) -> bool {
        let person = self.people.get(person);
        person.is_some_and(|person| person.role == Role::ComplianceOfficer)
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

    pub(crate) fn team(&self, key: TeamKey) -> Result<&Team, Problem> {
        self.teams.get(key).ok_or_else(Problem::vanished)
    }

    pub(crate) fn team_mut(&mut self, key: TeamKey) -> Result<&mut Team, Problem> {
        self.teams.get_mut(key).ok_or_else(Problem::vanished)
    }

    pub(crate) fn team_membership(
        &self,
        key: TeamMembershipKey,
    ) -> Result<&TeamMembership, Problem> {
        self.team_memberships.get(key).ok_or_else(Problem::vanished)
    }

    /// The team whose General space this is.
    pub(crate) fn team_of_general(&self, key: RoomKey) -> Option<TeamKey> {
        let team = self.rooms.get(key)?.team?;
        (self.teams.get(team)?.general == Some(key)).then_some(team)
    }

    /// The room, if the caller may know of it: as a member, or by a scope of compliance officers.
    pub(crate) fn known_room(
        &self,
        caller: &Caller,
        id: &str,
        scope: &str,
    ) -> Result<RoomKey, Problem> {
        let missing = || Problem::not_found("Could not find a room with provided ID.");
        let key = self.rooms.find(id).ok_or_else(missing)?;
        let is_member = self.room(key)?.members.contains_key(&caller.person);
        if is_member || caller.may(scope) {
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
        moderates(self, &room.members, person)
    }

    /// Whether the caller sees a message: by a compliance officer's scope, or as a person.
    pub(crate) fn shows(&self, caller: &Caller, message: &Message) -> bool {
        let officers = [
            "spark-compliance:messages_read",
            "spark-compliance:messages_write",
        ];
        officers.iter().any(|scope| caller.may(scope)) || self.sees(caller.person, message)
    }

    /// Whether a person sees a message: members do, bots in groups only what mentions them or is theirs.
    pub(crate) fn sees(&self, person: PersonKey, message: &Message) -> bool {
        let Some(room) = self.rooms.get(message.room) else {
            return false;
        };
        if !room.members.contains_key(&person) {
            return false;
        }
        // Who is generated and unchanged is no bot.
        let is_bot = self
            .people
            .kept(person)
            .is_some_and(|person| person.role == Role::Bot);
        !is_bot
            || room.kind == RoomKind::Direct
            || message.author == person
            || message.mentioned.contains(&person)
    }
}
